"""The gauges of a run in the text format of Prometheus."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from fairflip.pipeline.export.gauges import gauges_of
from fairflip.protos.report_pb2 import GateResult, RunReport


def to_prometheus(report: RunReport, checks: Sequence[GateResult] = ()) -> str:
    """The text of a run.

    Args:
        report: Of a finished run.
        checks: What a gate said of it.
    """
    lines: list[str] = []
    for gauge in gauges_of(report, checks):
        name = f"fairflip_{gauge.name}"
        lines += [f"# HELP {name} {gauge.meaning}", f"# TYPE {name} gauge"]
        lines += [_sample(name, one.labels, one.value) for one in gauge.samples]
    return "\n".join(lines) + "\n"


def _sample(name: str, labels: Mapping[str, str], value: float) -> str:
    inside = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
    return f"{name}{{{inside}}} {_number(value)}" if inside else f"{name} {_number(value)}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return repr(float(value))
