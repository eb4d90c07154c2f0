"""A run's numbers and the checks of its gate as gauges, for systems that watch numbers over time.

`fairflip_flip_rate` and others by model, slice and threshold, each with the ends of its interval;
`fairflip_gate_check` is 1 where a check passes. `prometheus` and `opentelemetry_metrics` write
them down.
"""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Mapping, Sequence

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
_SECONDS = "s"


@dataclasses.dataclass(frozen=True)
class Sample:
    """One number, and what says which it is."""

    labels: Mapping[str, str]
    value: float


@dataclasses.dataclass(frozen=True)
class Gauge:
    """Numbers of one name.

    Attributes:
        name: Words joined by "_", without the prefix "fairflip_".
        meaning: One sentence.
        samples: No two with the same labels.
        unit: As UCUM writes it: "1" for rates, "s".
    """

    name: str
    meaning: str
    samples: Sequence[Sample]
    unit: str = "1"


def gauges_of(report: RunReport, checks: Sequence[GateResult] = ()) -> list[Gauge]:
    """All gauges of a run that have a sample.

    Args:
        report: Of a finished run.
        checks: What a gate said of it.
    """
    slices = [(model.name, part) for model in report.models for part in model.slices]
    gauges = []
    for field, meaning in _RATES.items():
        samples = []
        for model, part in slices:
            for at in part.thresholds:
                if at.HasField(field):
                    labels = {"model": model, "slice": part.slice, "threshold": f"{at.threshold:g}"}
                    samples += _ends(getattr(at, field), labels)
        gauges.append(Gauge(field, meaning, samples))
    gaps, pairs, aucs = [], [], []
    for model, part in slices:
        labels = {"model": model, "slice": part.slice}
        gaps += _ends(part.ctf_gap, labels)
        pairs.append(Sample(labels, part.num_pairs))
        if part.HasField("auc"):
            aucs.append(Sample(labels, part.auc))
    gauges.append(Gauge("ctf_gap", "Mean size of the score change of a pair.", gaps))
    gauges.append(Gauge("pairs", "Pairs.", pairs))
    gauges.append(Gauge("auc", "AUC of originals.", aucs))
    checked = [Sample(_of_check(one), float(passes(one))) for one in checks]
    gauges.append(Gauge("gate_check", "1 where a check of the gate passes.", checked))
    started = [Sample({}, at) for at in (_seconds(report.provenance.started),) if at]
    gauges.append(Gauge("run_started_seconds", "When the run began.", started, _SECONDS))
    return [
        dataclasses.replace(one, samples=_distinct(one.samples)) for one in gauges if one.samples
    ]


def _of_check(one: GateResult) -> dict[str, str]:
    return {
        "check": one.name,
        "model": one.model,
        "slice": one.slice,
        "threshold": f"{one.threshold:g}" if one.HasField("threshold") else "",
        "verdict": one.verdict,
    }


def _ends(interval: Interval, labels: Mapping[str, str]) -> list[Sample]:
    ends = (("value", interval.value), ("lower", interval.lower), ("upper", interval.upper))
    return [Sample({**labels, "end": end}, value) for end, value in ends]


def _distinct(samples: Sequence[Sample]) -> list[Sample]:
    """Each set of labels once: two checks of one name, place and verdict say the same."""
    by_labels: dict[tuple[tuple[str, str], ...], Sample] = {}
    for one in samples:
        by_labels.setdefault(tuple(one.labels.items()), one)
    return list(by_labels.values())


def _seconds(started: str) -> float:
    try:
        return datetime.datetime.fromisoformat(started.replace("Z", "+00:00")).timestamp()
    except ValueError:
        return 0.0
