"""The gate's results in the run's own report, where the run was given limits.

They are what `fairflip gate` finds but for the run's integrity, which only a finished
directory has.
"""

from __future__ import annotations

from fairflip.pipeline.gate.command import tfma_results
from fairflip.pipeline.gate.limits import load_limits
from fairflip.pipeline.gate.verdict import check_limits
from fairflip.protos.config_pb2 import PipelineConfig
from fairflip.protos.errors import ConfigurationError
from fairflip.protos.report_pb2 import RunReport


def enter_gate(config: PipelineConfig, report: RunReport) -> None:
    """Fills `report.gate`: the limits' results, and those of TFMA's MetricThresholds.

    Limits that match nothing in the report are not entered; the gate itself, which
    comes when the report is written, refuses them by name.
    """
    del report.gate[:]
    if config.evaluation.limits:
        try:
            report.gate.extend(check_limits(report, load_limits(config.evaluation.limits)))
        except ConfigurationError:
            return
    report.gate.extend(tfma_results(config.output.output_dir))
