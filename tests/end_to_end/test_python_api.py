"""`fairflip.evaluate` on a table gives the numbers of the command line on the same data."""

from __future__ import annotations

import json

import pytest

import fairflip
from fairflip.pipeline import cli
from fairflip.protos.forms.json_form import report_to_json
from support.recount import without_times


@pytest.fixture(scope="module")
def both_ways(finished_run, tmp_path_factory):
    """The same evaluation from Python on a pandas table, and from the command line."""
    from fairflip.remediation.training.saved_model import load_model
    from support.recount import read_folder

    table = read_folder(finished_run / "pairs", with_controls=True).to_pandas()
    path = finished_run / "models" / "baseline" / "model.keras"
    result = fairflip.evaluate(
        table, models={"m": load_model(path)}, slices=["gender"], thresholds=[0.3, 0.5]
    )
    out = tmp_path_factory.mktemp("command_line")
    code = cli.main(
        [
            "evaluate",
            f"--pairs={finished_run / 'pairs' / '*.parquet'}",
            f"--model=m={path}",
            "--slice=gender",
            "--threshold=0.3",
            "--threshold=0.5",
            f"--output_dir={out}",
            "--quiet",
        ]
    )
    assert code == 0
    return result, json.loads((out / "run_report.json").read_text())


def numbers(report):
    trimmed = without_times(report)
    del trimmed["provenance"]
    return trimmed


def test_same_numbers_as_the_command_line(both_ways):
    result, from_command_line = both_ways
    assert numbers(json.loads(report_to_json(result.report))) == numbers(from_command_line)


def test_the_result_is_a_table_and_a_display(both_ways):
    result, _ = both_ways
    frame = result.to_dataframe()
    assert set(frame["slice"]) >= {"Overall", "gender:female", "gender:male"}
    assert ((frame["flip_rate"] >= 0) & (frame["flip_rate"] <= 1)).all()
    assert "gender:female" in repr(result)
    assert "<table" in result._repr_html_()


def test_unknown_keywords_are_refused_with_the_nearest_name():
    with pytest.raises(fairflip.protos.errors.ConfigurationError, match="did you mean"):
        fairflip.evaluate("x.parquet", models={"m": "y.keras"}, thresholsd=[0.5])
