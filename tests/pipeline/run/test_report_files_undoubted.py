"""A run on pairs written elsewhere: doubts in files, slices and report, and rates without them."""

from __future__ import annotations

import csv

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fairflip.metrics.intervals.rates_and_means import wilson_interval
from fairflip.pipeline import cli
from fairflip.pipeline.evaluate.recounting import UNDOUBTED
from fairflip.pipeline.run.report_files import read_report
from fairflip.protos import columns
from fairflip.text.doubts import pair_doubts
from fairflip.view.words.left_out_pairs import doubtful_pairs

# Whole evaluations.
pytestmark = pytest.mark.system

NUM_PAIRS = 120


def _row(number: int) -> tuple[str, str, float, float]:
    """Every fourth pair contradicts a number; one flip in three there, one in twelve elsewhere."""
    other = number + 1 if number % 4 == 0 else number
    flips = number % 3 == 0 if number % 4 == 0 else number % 12 == 1
    texts = f"The old woman sat at table {number}.", f"The old man sat at table {other}."
    return *texts, 0.7, 0.3 if flips else 0.9


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A run on a file with columns of its own, as CrowS-Pairs has them."""
    folder = tmp_path_factory.mktemp("written")
    with open(folder / "in.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["", "sent_more", "sent_less", "s", "counterfactual.s"])
        writer.writerows([number, *_row(number)] for number in range(NUM_PAIRS))
    flags = ["--id_feature", "#row", "--text_feature", "sent_more"]
    flags += ["--counterfactual_feature", "sent_less", "--score", "m=s"]
    flags += ["--slice", "counterfactual_doubt", "--output_dir", str(folder / "out"), "--quiet"]
    assert cli.main(["evaluate", "--pairs", str(folder / "in.csv"), *flags]) == 0
    return folder / "out"


def test_counts_slices_and_rates_by_a_recount(finished):
    report = read_report(str(finished))
    pairs = pq.read_table(finished / "scored_pairs")
    is_doubtful = np.array(
        [int(text.split()[-1][:-1]) % 4 == 0 for text in pairs["sent_more"].to_pylist()]
    )
    marks = pairs["doubts"].to_pylist()
    assert marks == [
        [pair_doubts.OTHER_NUMBERS if one else columns.NO_DOUBT] for one in is_doubtful
    ]
    assert report.pairing.num_pairs == report.pairing.num_examined_pairs == NUM_PAIRS
    assert report.pairing.num_doubtful_pairs == is_doubtful.sum() == NUM_PAIRS / 4
    assert [(one.doubt, one.num_pairs) for one in report.pairing.doubts] == [
        (pair_doubts.OTHER_NUMBERS, NUM_PAIRS / 4)
    ]
    flips = (pairs["score.m"].to_numpy() > 0.5) != (
        pairs["counterfactual.score.m"].to_numpy() > 0.5
    )
    slices = {one.slice: one for one in report.models[0].slices}
    for name, rows in ((pair_doubts.OTHER_NUMBERS, is_doubtful), (columns.NO_DOUBT, ~is_doubtful)):
        part = slices[f"counterfactual_doubt:{name}"]
        assert part.num_pairs == rows.sum()
        assert part.thresholds[0].flip_count == flips[rows].sum()
    part = report.models[0].undoubted
    assert (part.slice, part.num_pairs) == (UNDOUBTED, (~is_doubtful).sum())
    rate = part.thresholds[0].flip_rate
    assert part.thresholds[0].flip_count == flips[~is_doubtful].sum()
    assert rate.value == pytest.approx(flips[~is_doubtful].mean())
    assert rate.upper == pytest.approx(wilson_interval(rate.value, part.num_pairs).upper)
    assert slices["Overall"].thresholds[0].flip_rate.value == pytest.approx(flips.mean())


def test_the_page_says_it_beside_the_rate(finished):
    [line] = doubtful_pairs(read_report(str(finished)))
    assert "Of 120 pairs that were written elsewhere 30 (25.0%) are doubtful" in line
    assert "a number differs (30)" in line
    assert "Flip rate without them: m 11.1% " in line
    for page in ("report.html", "details/report.md"):
        content = (finished / page).read_text(encoding="utf-8")
        assert "that were written elsewhere 30" in content
        assert "a number differs" in content


def test_a_run_without_doubts_says_nothing_of_them(tmp_path):
    table = pa.table(
        {
            "example_id": ["a", "b"],
            "comment_text": ["She left at 5.", "He sang."],
            "counterfactual.comment_text": ["He left at 5.", "She sang."],
            "s": [0.1, 0.9],
            "counterfactual.s": [0.1, 0.9],
        }
    )
    pq.write_table(table, tmp_path / "in.parquet")
    flags = ["--score", "m=s", "--output_dir", str(tmp_path / "out"), "--quiet"]
    assert cli.main(["evaluate", "--pairs", str(tmp_path / "in.parquet"), *flags]) == 0
    report = read_report(str(tmp_path / "out"))
    assert report.pairing.num_examined_pairs == 2
    assert not report.pairing.doubts
    assert not report.models[0].HasField("undoubted")
    assert doubtful_pairs(report) == []


def test_generated_pairs_are_not_examined(tmp_path, capsys):
    pq.write_table(
        pa.table({"example_id": ["a"], "comment_text": ["She left."]}), tmp_path / "in.parquet"
    )
    flags = ["--examples", str(tmp_path / "in.parquet"), "--model=m=py:builtins:len"]
    flags += ["--slice", "counterfactual_doubt", "--output_dir", str(tmp_path / "out")]
    assert cli.main(["evaluate", *flags]) == 2
    assert "written elsewhere alone" in capsys.readouterr().err
