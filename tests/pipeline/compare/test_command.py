"""`fairflip compare` on runs: what it writes, what it says, and how it ends."""

from __future__ import annotations

import io
import json

import numpy as np
import pyarrow.parquet as pq
import pytest
from google.protobuf import json_format

from fairflip.pipeline import cli
from fairflip.pipeline.compare import command
from fairflip.pipeline.compare.command import CompareSettings, compare
from fairflip.protos.comparison_pb2 import CompareReport
from fairflip.protos.errors import ConfigurationError
from support.runs import finished_runs

PAIRS = finished_runs.pairs(400)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A run, one with 58 flips more, and the first one again."""
    folder = tmp_path_factory.mktemp("runs")
    before = np.where(np.arange(400) // 2 % 3 == 0, 0.8, 0.2)
    worse = before.copy()
    worse[::7] = 1 - before[::7]
    return [
        finished_runs.write_run(
            folder / name,
            finished_runs.scored(PAIRS, "m", before, after),
            ("m",),
            started=f"2026-0{month}-01T00:00:00+00:00",
        )
        for month, (name, after) in enumerate(
            (("old", before), ("new", worse), ("same", before)), start=1
        )
    ]


def write_limits(folder, text):
    path = folder / "limits.textproto"
    path.write_text(text)
    return str(path)


def test_page_numbers_and_names_are_written(runs, tmp_path):
    out = tmp_path / "out"
    lines = io.StringIO()
    report, _, code = compare(CompareSettings(runs, output_dir=str(out)), lines)
    assert code == 0
    written = (out / "compare_report.json").read_text()
    assert json_format.Parse(written, CompareReport()) == report
    names = pq.read_table(out / "changed_pairs.parquet")
    assert names["run"].to_pylist() == ["new"] * 58
    page, markdown = (out / "compare.html").read_text(), (out / "compare.md").read_text()
    assert "new/m flips more often than old/m" in page
    assert "http" not in page.replace("http-equiv", "")
    assert "new/m flips more often than old/m" in markdown
    assert "58 pairs are newly broken, 0 fixed, 0 still broken." in lines.getvalue()
    assert "same/m and old/m flip on the same pairs" in lines.getvalue()


def test_limits_decide_how_it_ends(runs, tmp_path, capsys):
    text = 'limits { metric: "flip_rate" not_worse_by: 0.02 slices: "Overall" }'
    limits = write_limits(tmp_path, text)
    arguments = ["--limits", limits, "--output_dir", str(tmp_path / "out")]
    assert cli.main(["compare", runs[0], runs[1], *arguments]) == 1
    assert "FAIL" in capsys.readouterr().out
    assert cli.main(["compare", runs[0], runs[2], *arguments]) == 0
    written = json.loads((tmp_path / "out" / "compare_report.json").read_text())
    assert {result["verdict"] for result in written["gate"]} == {"pass"}


def test_the_gate_takes_a_reference(runs, tmp_path, capsys):
    text = 'limits { metric: "flip_rate" max: 0.5 } limits { metric: "auc" not_worse_by: 0.1 '
    limits = write_limits(
        tmp_path,
        text
        + 'slices: "Overall" } limits { metric: "flip_rate" not_worse_by: 0.02 slices: "Overall" }',
    )
    arguments = ["gate", f"--limits={limits}"]
    assert cli.main([*arguments, f"--run={runs[1]}", f"--reference={runs[0]}"]) == 1
    output = capsys.readouterr().out
    assert "breaks max 0.02" in output
    assert "keeps max 0.5" in output
    assert cli.main([*arguments, f"--run={runs[2]}", f"--reference={runs[0]}"]) == 0
    assert cli.main([*arguments, f"--run={runs[1]}"]) == 2
    assert "give --reference RUN" in capsys.readouterr().err


def test_a_reference_that_decides_nothing_is_refused(runs, tmp_path, capsys):
    limits = write_limits(tmp_path, 'limits { metric: "flip_rate" max: 0.5 }')
    flags = [f"--limits={limits}", f"--run={runs[1]}", f"--reference={runs[0]}"]
    assert cli.main(["gate", *flags]) == 2
    assert "would decide nothing" in capsys.readouterr().err


def test_a_limit_on_the_run_itself_is_left_to_the_gate(runs, tmp_path):
    limits = write_limits(tmp_path, 'limits { metric: "rejects.share" max: 0.1 }')
    with pytest.raises(ConfigurationError, match="gate --reference"):
        compare(CompareSettings(runs[:2], limits=limits), io.StringIO())


def test_a_limit_on_no_compared_model_is_refused(runs, tmp_path):
    limits = write_limits(tmp_path, 'limits { metric: "auc" not_worse_by: 0.1 models: "other" }')
    with pytest.raises(ConfigurationError, match="no limit is on a model"):
        compare(CompareSettings(runs[:2], limits=limits), io.StringIO())


@pytest.mark.parametrize(
    ("arguments", "cure"),
    [
        ([], "compare needs two runs"),
        (["0"], "compare needs two runs"),
        (["0", "0"], "named twice"),
        (["0", "1", "--model", "n"], "is no model of"),
        (["0", "missing"], "the run is not complete"),
        (["0", "1", "--trend", "."], "leave RUN"),
    ],
)
def test_mistakes_are_said_with_the_cure(runs, tmp_path, capsys, arguments, cure):
    words = [runs[int(word)] if word.isdigit() else word for word in arguments]
    code = cli.main(["compare", *words, "--output_dir", str(tmp_path / "out")])
    assert code == 2
    assert cure in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_an_altered_run_is_refused(tmp_path, capsys):
    before = np.full(400, 0.2)
    table = finished_runs.scored(PAIRS, "m", before, before)
    folders = [finished_runs.write_run(tmp_path / name, table, ("m",)) for name in "ab"]
    path = tmp_path / "b" / "scored_pairs" / "scored-pairs-00000-of-00001.parquet"
    altered = finished_runs.scored(PAIRS, "m", before, before + 0.7)
    pq.write_table(altered, path)
    assert cli.main(["compare", *folders, "--output_dir", str(tmp_path / "out")]) == 2
    assert "was altered" in capsys.readouterr().err


def test_texts_of_data_do_nothing_on_the_page(tmp_path):
    before = np.full(400, 0.2)
    after = before.copy()
    after[::9] = 0.9
    hostile = PAIRS.set_column(
        PAIRS.column_names.index("comment_text"),
        "comment_text",
        [[f"<script>alert({i})</script> | `x` \x1b[31m" for i in range(400)]],
    )
    folders = [
        finished_runs.write_run(
            tmp_path / name, finished_runs.scored(hostile, "m", before, values), ("m",)
        )
        for name, values in (("a", before), ("b", after))
    ]
    compare(CompareSettings(folders, output_dir=str(tmp_path / "out")), io.StringIO())
    page = (tmp_path / "out" / "compare.html").read_text()
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "\x1b" not in page


def test_a_trend_lines_up_the_runs_of_a_folder(runs, tmp_path, capsys):
    folder = runs[0].rsplit("/", 1)[0]
    out = tmp_path / "out"
    assert cli.main(["compare", "--trend", folder, "--output_dir", str(out)]) == 0
    output = capsys.readouterr().out
    assert "3 runs: flip rates from 0% to 14.5%" in output
    points = json.loads((out / command.TREND_JSON).read_text())["points"]
    overall = [point for point in points if point["slice"] == "Overall"]
    assert [point["run"]["name"] for point in overall] == ["old", "new", "same"]
    assert [point["flip_rate"]["value"] for point in overall] == [0, 58 / 400, 0]
    assert "<svg" in (out / "trend.html").read_text()
