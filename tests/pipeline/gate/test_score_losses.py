"""The gate says what scores took out of the rates, and fails above the run's own limit."""

from __future__ import annotations

import pytest

from fairflip.pipeline.gate.score_losses import NAME, score_losses
from fairflip.pipeline.gate.verdict import check_limits, exit_code
from fairflip.protos.config_pb2 import PipelineConfig
from fairflip.protos.forms.json_form import config_to_json
from fairflip.protos.report_pb2 import RunReport
from fairflip.view.words.findings import find
from support.configurations import parse_limits


def a_report(lost: int, limit: float | None = None) -> RunReport:
    config = PipelineConfig()
    if limit is not None:
        config.evaluation.max_rejects = limit
    report = RunReport(
        rejects=[{"stage": "score", "reason": "score_out_of_range", "count": lost}],
        provenance={"config": config_to_json(config)},
        sums=[
            {
                "stage": "read",
                "input": "pairs",
                "num_in": 500,
                "num_kept": 400,
                "num_rejected": 100,
            },
            {"stage": "score", "input": "pairs", "num_in": 400, "num_rejected": lost},
        ],
    )
    report.models.add(name="m").slices.add(slice="Overall", num_pairs=400 - lost)
    return report


@pytest.mark.parametrize(
    ("lost", "limit", "verdict"),
    [
        (1, None, "pass"),
        (20, None, "pass"),
        (21, None, "fail"),
        (213, None, "fail"),
        (213, 0.6, "pass"),
        (213, 0.5, "fail"),
        (213, 213, "pass"),
        (213, 212, "fail"),
        (1, 0, "fail"),
    ],
)
def test_a_rate_over_records_chosen_by_score_does_not_pass_in_silence(lost, limit, verdict):
    report = a_report(lost, limit)
    results = check_limits(report, parse_limits('limits { metric: "num_pairs" min: 1 }'))
    assert [result.verdict for result in results] == ["pass", verdict]
    assert results[-1].name == NAME
    assert f"{lost} of 400 pairs have no score, or one off its scale" in results[-1].message
    assert f"the other {400 - lost}" in results[-1].message
    assert exit_code(results) == (0 if verdict == "pass" else 1)
    [output] = [line for line in find(report).cautions if "off its scale" in line]
    assert output.startswith(f"{lost} of 400 pairs")


def test_nothing_is_said_where_every_pair_has_its_score():
    assert list(score_losses(a_report(0))) == []
    assert not [line for line in find(a_report(0)).cautions if "off its scale" in line]


def test_a_report_of_another_version_is_held_to_the_default():
    report = a_report(30)
    report.provenance.config = '{"unknown": 1}'
    assert [result.verdict for result in score_losses(report)] == ["fail"]
