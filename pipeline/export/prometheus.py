"""A run's numbers and the checks of its gate in the text format of Prometheus.

Gauges: `fairflip_flip_rate` and others by model, slice and threshold, each with the ends of its
interval; `fairflip_gate_check` is 1 where a check passes.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Sequence

from fairflip.pipeline.gate.verdict import passes
from fairflip.protos.report_pb2 import GateResult, Interval, RunReport

#: Field of a threshold's report -> what it is.
_RATES = {
    "flip_rate": "Pairs that flip / pairs.",
    "negative_to_positive_rate": "Pairs that flip to positive / pairs.",
    "positive_to_negative_rate": "Pairs that flip to negative / pairs.",
    "control_flip_rate": "Controls that flip / controls.",
    "excess_flip_rate": "Flip rate of pairs with controls less that of their controls.",
}


def to_prometheus(report: RunReport, checks: Sequence[GateResult] = ()) -> str:
    """The text of a run.

    Args:
        report: Of a finished run.
        checks: What a gate said of it.
    """
    lines: list[str] = []
    slices = [(model.name, part) for model in report.models for part in model.slices]
    for field, meaning in _RATES.items():
        samples = []
        for model, part in slices:
            for at in part.thresholds:
                if at.HasField(field):
                    labels = {"model": model, "slice": part.slice, "threshold": f"{at.threshold:g}"}
                    samples += _interval(field, getattr(at, field), labels)
        lines += _family(f"fairflip_{field}", meaning, samples)
    gaps, pairs, aucs = [], [], []
    for model, part in slices:
        labels = {"model": model, "slice": part.slice}
        gaps += _interval("ctf_gap", part.ctf_gap, labels)
        pairs.append(_sample("fairflip_pairs", labels, part.num_pairs))
        if part.HasField("auc"):
            aucs.append(_sample("fairflip_auc", labels, part.auc))
    lines += _family("fairflip_ctf_gap", "Mean size of the score change of a pair.", gaps)
    lines += _family("fairflip_pairs", "Pairs.", pairs)
    lines += _family("fairflip_auc", "AUC of originals.", aucs)
    checked = [
        _sample(
            "fairflip_gate_check",
            {
                "check": one.name,
                "model": one.model,
                "slice": one.slice,
                "threshold": f"{one.threshold:g}" if one.HasField("threshold") else "",
                "verdict": one.verdict,
            },
            float(passes(one)),
        )
        for one in checks
    ]
    lines += _family("fairflip_gate_check", "1 where a check of the gate passes.", checked)
    if started := _seconds(report.provenance.started):
        sample = [_sample("fairflip_run_started_seconds", {}, started)]
        lines += _family("fairflip_run_started_seconds", "When the run began.", sample)
    return "\n".join(lines) + "\n"


def _family(name: str, meaning: str, samples: list[str]) -> list[str]:
    """Samples of one name, each once, under what they mean."""
    if not samples:
        return []
    return [f"# HELP {name} {meaning}", f"# TYPE {name} gauge", *dict.fromkeys(samples)]


def _interval(field: str, interval: Interval, labels: dict[str, str]) -> list[str]:
    ends = (("value", interval.value), ("lower", interval.lower), ("upper", interval.upper))
    return [_sample(f"fairflip_{field}", labels | {"end": end}, value) for end, value in ends]


def _sample(name: str, labels: dict[str, str], value: float) -> str:
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


def _seconds(started: str) -> float:
    try:
        return datetime.datetime.fromisoformat(started.replace("Z", "+00:00")).timestamp()
    except ValueError:
        return 0.0
