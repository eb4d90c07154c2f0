"""Limits at the end of a run: in its report, its page, its exit code; TFMA's thresholds too."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree

import pandas as pd
import pytest

from fairflip.pipeline import cli

# Whole evaluations, one after the other.
pytestmark = pytest.mark.system

PASSES = 'limits { name: "few flips" metric: "flip_rate" slices: "Overall" max: 0.9 }\n'
FAILS = 'limits { name: "no flips" metric: "flip_rate" slices: "Overall" max: 0.01 }\n'
UNKNOWN = (
    'limits { name: "many" metric: "flip_rate" slices: "Overall" max: 1 min_originals: 9999 }\n'
)
ALLOWED = UNKNOWN.replace(" }", " allow_not_enough_evidence: true }").replace("many", "allowed")
EVAL_CONFIG = """
metrics_specs {
  metrics {
    class_name: "ExampleCount"
    threshold { value_threshold { lower_bound { value: %d } } }
  }
}
"""


@pytest.fixture
def evaluate(tmp_path, capsys):
    """Evaluates scores that are in the data; returns exit code, report, page, what was said."""
    rows = [
        {
            "example_id": f"x{i}",
            "comment_text": f"she is {i}",
            "counterfactual.comment_text": f"he is {i}",
            "score": 0.9 if i % 3 == 0 else 0.1,
            "counterfactual.score": 0.2,
        }
        for i in range(60)
    ]
    pd.DataFrame(rows).to_csv(tmp_path / "pairs.csv", index=False)

    def run(limits: str = "", eval_config: str = ""):
        flags = [f"--pairs={tmp_path / 'pairs.csv'}", "--score=m=score", "--quiet", "--overwrite"]
        for name, text in (("limits", limits), ("eval_config", eval_config)):
            if text:
                (tmp_path / f"{name}.textproto").write_text(text)
                flags.append(f"--{name}={tmp_path / f'{name}.textproto'}")
        out = tmp_path / "out"
        code = cli.main(["evaluate", *flags, f"--output_dir={out}"])
        report = json.loads((out / "run_report.json").read_text())
        return code, report, (out / "report.html").read_text(), capsys.readouterr()

    return run


@pytest.mark.parametrize(
    ("limits", "code", "verdicts"),
    [
        (PASSES, 0, ["pass"]),
        (FAILS + PASSES, 1, ["fail", "pass"]),
        (UNKNOWN + PASSES, 1, ["not_enough_evidence", "pass"]),
        (ALLOWED + PASSES, 0, ["not_enough_evidence", "pass"]),
    ],
)
def test_the_report_holds_what_the_gate_says(evaluate, tmp_path, limits, code, verdicts):
    actual, report, page, output = evaluate(limits)
    assert actual == code
    assert [result["verdict"] for result in report["gate"]] == verdicts
    for result in report["gate"]:
        assert result["name"] in page
    suite = ElementTree.parse(tmp_path / "out" / "details" / "gate.xml").find("testsuite")
    assert int(suite.get("tests")) == 1 + len(verdicts), "the run's integrity, and the limits"
    assert (tmp_path / "out" / "details" / "gate.md").read_text().startswith("### fairflip gate: ")
    assert ("all checks pass" in output.out) == (code == 0)


@pytest.mark.system
@pytest.mark.parametrize(("least", "code"), [(10, 0), (1000, 1)])
def test_thresholds_of_the_evalconfig_decide_with_or_without_limits(evaluate, least, code):
    for limits in ("", PASSES):
        actual, report, page, output = evaluate(limits, EVAL_CONFIG % least)
        assert actual == code
        of_tfma = [r for r in report["gate"] if r["name"] == "TFMA MetricThreshold"]
        assert [r["verdict"] for r in of_tfma] == ["fail" if code else "pass"]
        assert len(report["gate"]) == 1 + bool(limits)
        assert "TFMA MetricThreshold" in page
        assert "TFMA MetricThreshold" in output.out


def test_limits_that_match_nothing_are_an_error_and_the_report_stays(evaluate, tmp_path):
    code, report, _, output = evaluate(PASSES.replace("Overall", "gender:*"))
    assert code == 2
    assert "matches no slice" in output.err
    assert report.get("gate", []) == []
    assert (tmp_path / "out" / "details" / "manifest.json").exists()


def test_a_gate_of_an_earlier_run_does_not_outlive_it(evaluate, tmp_path):
    assert evaluate(PASSES)[0] == 0
    assert (tmp_path / "out" / "details" / "gate.md").exists()
    assert evaluate()[0] == 0
    assert not (tmp_path / "out" / "details" / "gate.md").exists()
    assert not (tmp_path / "out" / "details" / "gate.xml").exists()
