"""The gate's results that a run leaves in its own report."""

from __future__ import annotations

import pytest

from fairflip.pipeline.gate import report as gate_report
from fairflip.protos.config_pb2 import PipelineConfig
from fairflip.protos.report_pb2 import GateResult, RunReport

TFMA = GateResult(name="TFMA MetricThreshold", verdict="fail")


@pytest.fixture
def report() -> RunReport:
    report = RunReport()
    report.models.add(name="m").slices.add(slice="Overall", num_pairs=12, num_originals=4)
    report.gate.add(name="of an earlier try")
    return report


@pytest.mark.parametrize(
    ("limits", "eval_config", "names"),
    [
        ("", "", []),
        ("limits { metric: 'num_pairs' min: 10 }", "", ["num_pairs min 10"]),
        ("limits { metric: 'num_pairs' min: 10 }", "own", ["num_pairs min 10", TFMA.name]),
        ("limits { metric: 'num_pairs' slices: 'none' min: 10 }", "own", [TFMA.name]),
        ("", "own", [TFMA.name]),
    ],
)
def test_limits_and_the_thresholds_of_an_evalconfig_are_entered(
    report, tmp_path, monkeypatch, limits, eval_config, names
):
    monkeypatch.setattr(gate_report, "tfma_results", lambda output_dir: [TFMA])
    config = PipelineConfig(evaluation={"eval_config": eval_config})
    if limits:
        path = tmp_path / "limits.textproto"
        path.write_text(limits)
        config.evaluation.limits = str(path)
    gate_report.enter_gate(config, report)
    assert [result.name for result in report.gate] == names
