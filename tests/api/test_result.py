"""The frame of a result holds the report's numbers, and no comparison that is none."""

from __future__ import annotations

import gc
import pathlib
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

import fairflip
from fairflip._result import Result
from support import random_reports


def test_a_matched_rate_is_there_only_where_the_model_was_matched():
    report = random_reports.report(random_reports.scored_pairs(60))
    for model in report.models:
        for part in model.slices:
            part.matched.baseline_positive_rate, part.matched.positive_rate = 0.4, 0.3
    unmatched = report.models[1].slices[1]
    unmatched.matched.positive_rate = 0.0
    frame = Result(report, "unused").to_dataframe()
    assert len(frame) == sum(len(p.thresholds) for m in report.models for p in m.slices)
    for row in frame.itertuples():
        part = next(
            part
            for model in report.models
            for part in model.slices
            if (model.name, part.slice) == (row.model, row.slice)
        )
        shown = (row.matched_flip_rate, row.matched_flip_rate_lower, row.matched_flip_rate_upper)
        if (row.model, row.slice) == ("remediated", unmatched.slice):
            assert np.isnan(shown).all()
        else:
            rate = part.matched.flip_rate
            assert shown == pytest.approx((rate.value, rate.lower, rate.upper))
    assert frame["matched_flip_rate"].isna().sum() == len(unmatched.thresholds)


def test_the_comparison_holds_each_difference_and_the_matched_one():
    report = random_reports.report(random_reports.scored_pairs(200))
    frame = Result(report, "unused").comparison()
    [comparison] = report.comparisons
    for part in comparison.slices:
        rows = frame[frame["slice"] == part.slice]
        assert len(rows) == len(part.thresholds) + part.HasField("matched")
        for row, at in zip(rows[~rows["is_matched"]].itertuples(), part.thresholds, strict=True):
            assert row.flip_rate_difference == at.flip_rate_difference.value
            assert (row.threshold, row.p_value) == (at.threshold, at.p_value)


def test_the_terms_hold_how_each_model_reacts():
    report = random_reports.report(random_reports.scored_pairs(200))
    frame = Result(report, "unused").terms
    assert set(frame["term"]) == {entry.term for entry in report.term_coverage}
    for entry in report.term_coverage:
        for row in frame[frame["term"] == entry.term].itertuples():
            assert row.ctf_gap == entry.ctf_gap[row.model].value
            assert row.num_pairs == entry.num_pairs


SECRET = "wrzlbrmft"


@pytest.fixture
def temporary(tmp_path, monkeypatch) -> pathlib.Path:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def left_with_text(folder: pathlib.Path) -> list[pathlib.Path]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path for path in files if SECRET.encode() in path.read_bytes()]


def evaluated(rows=20):
    data = pd.DataFrame(
        {
            "comment_text": [f"she {SECRET} {i}" for i in range(rows)],
            "counterfactual.comment_text": [f"he {SECRET} {i}" for i in range(rows)],
            "s": [i / rows for i in range(rows)],
            "counterfactual.s": [1 - i / rows for i in range(rows)],
        }
    )
    return fairflip.evaluate(data, scores={"m": "s"})


def test_a_folder_that_nobody_named_goes_with_its_result(temporary):
    result = evaluated()
    folder = pathlib.Path(result.output_dir)
    assert folder.parent == temporary
    assert f"files: {folder} (gone with this result" in repr(result)
    assert result.pairs.num_rows == 20
    assert (folder / "report.html").is_file()
    del result
    gc.collect()
    assert not folder.exists()
    assert left_with_text(temporary) == []


def test_it_goes_too_where_the_run_breaks(temporary):
    with pytest.raises(fairflip.protos.errors.UserError):
        fairflip.evaluate(pd.DataFrame({"comment_text": [SECRET]}), scores={"m": "s"})
    assert left_with_text(temporary) == []


def test_a_named_folder_stays(tmp_path):
    result = Result(random_reports.report(random_reports.scored_pairs(30)), str(tmp_path))
    assert "files:" not in repr(result)
    del result
    gc.collect()
    assert tmp_path.exists()


@pytest.mark.system
def test_the_first_result_of_a_process_goes_too(tmp_path):
    """Importing Beam must not keep the frames in which the data is."""
    code = (
        "import gc, os, sys, tempfile, pandas as pd, fairflip\n"
        "tempfile.tempdir = sys.argv[1]\n"
        "def evaluated():\n"
        "    rows = {'comment_text': ['she', 'he'], 'counterfactual.comment_text': ['he', 'she'],\n"
        "            's': [0.2, 0.7], 'counterfactual.s': [0.8, 0.6]}\n"
        "    result = fairflip.evaluate(pd.DataFrame(rows), scores={'m': 's'})\n"
        "    return os.path.isdir(result.output_dir)\n"
        "was_there = evaluated()\n"
        "gc.collect()\n"
        "print(was_there, os.listdir(sys.argv[1]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "True []", done.stdout + done.stderr
