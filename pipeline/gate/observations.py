"""What a run shows for a limit: values, gaps between groups, changes from the baseline.

Each comes with what stands in its way: evidence that is missing or too little.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Sequence

from fairflip.pipeline.gate.missing_evidence import doubts_about, one_answer_doubts, why_absent
from fairflip.pipeline.gate.report_values import (
    TOO_FEW,
    Metric,
    Row,
    Value,
    baselines_of,
    rows,
    value_of,
)
from fairflip.protos import errors
from fairflip.protos.forms.messages import count_of
from fairflip.protos.limits_pb2 import Limit
from fairflip.protos.report_pb2 import RunReport


@dataclasses.dataclass(frozen=True)
class Observation:
    """What is held against one limit: a value somewhere, and what stands in its way.

    Attributes:
        doubt: Why it decides nothing.
        uncertainty: Why it decides with its whole interval only.
    """

    model: str
    slice: str
    threshold: float | None
    value: Value
    doubt: str = ""
    detail: str = ""
    uncertainty: str = ""


def observe_all(
    report: RunReport, metric: Metric, selected: Iterable[Row], least: int
) -> list[Observation]:
    """The metric's number in each of some rows, with what speaks against it.

    Args:
        report: Whose rows they are.
        metric: A size (a count of what there is) needs no evidence.
        selected: Of the metric's table.
        least: The fewest originals that tell anything.
    """
    absent, doubts = why_absent(report, metric), doubts_about(report, metric)
    only = one_answer_doubts(report, metric)
    return [
        _observe(
            row,
            metric,
            least,
            absent,
            doubts.get(row.model, "") or only.get((row.model, row.threshold), ""),
        )
        for row in selected
    ]


def _observe(row: Row, metric: Metric, least: int, absent: str, doubted: str) -> Observation:
    value = value_of(row, metric)
    doubt = ""
    if metric.is_size:
        pass
    elif row.num_originals is not None and row.num_originals < least:
        doubt = f"{count_of(row.num_originals, 'original')}, and at least {least} are needed"
    elif math.isnan(value.value):
        doubt = absent
    elif doubted:
        doubt = doubted
    elif row.unmatched and metric.needs_match:
        doubt = row.unmatched
    elif not value.has_interval:
        doubt = row.lacks(metric)
    uncertainty = "" if metric.is_size or doubt else row.lacks(metric)
    return Observation(row.model, row.slice, row.threshold, value, doubt, uncertainty=uncertainty)


def against_baseline(
    report: RunReport,
    limit: Limit,
    metric: Metric,
    observed: Sequence[Observation],
    baseline_values: Sequence[Observation],
) -> list[Observation]:
    """The same values as difference from, or ratio to, the baseline's."""
    baseline_by_model = baselines_of(report)
    there = {(each.model, each.slice, each.threshold): each for each in baseline_values}
    paired: dict[tuple[str, str, float | None], Value] = {}
    if metric.comparison is not None and not limit.gap_over:
        paired = {
            (row.model, row.slice, row.threshold): value_of(row, metric.comparison)
            for row in rows(report, metric.comparison)
        }
    compared = []
    for each in observed:
        baseline = baseline_by_model.get(each.model, "")
        if each.model == baseline:
            continue
        other = there.get((baseline, each.slice, each.threshold))
        if other is None:
            none = Value(math.nan)
            doubt = "the baseline has no such slice"
            compared.append(dataclasses.replace(each, value=none, doubt=doubt))
            continue
        mine, theirs = each.value.value, other.value.value
        detail = f"{mine:.6g} against the baseline's {theirs:.6g}"
        if limit.relative_to_baseline == "ratio":
            value = _ratio(each, other)
        else:
            bounds = paired.get((each.model, each.slice, each.threshold))
            value = Value(
                mine - theirs,
                bounds.lower if bounds else math.nan,
                bounds.upper if bounds else math.nan,
            )
        doubt = each.doubt or (other.doubt and f"baseline: {other.doubt}")
        little = each.uncertainty or (other.uncertainty and f"baseline: {other.uncertainty}")
        if not doubt and math.isnan(value.value):
            doubt = "both are 0, and have no ratio"
        if not doubt and (TOO_FEW in little or not value.has_interval):
            # Few originals tell nothing of two numbers together, whatever the interval.
            doubt = little
        uncertainty = "" if doubt else little
        compared.append(
            dataclasses.replace(
                each, value=value, doubt=doubt, detail=detail, uncertainty=uncertainty
            )
        )
    return compared


def _ratio(mine: Observation, theirs: Observation) -> Value:
    """The quotient; with the widest bounds that both intervals allow where one is uncertain.

    Those hold however the two depend on each other, and are wide. So they stand in for
    a point only where that decides nothing: four flips of four thousand are surely less
    than half of three hundred.
    """
    over, under = mine.value, theirs.value
    if not under.value:
        return Value(math.nan if over.value == 0 else math.inf)
    ratio = over.value / under.value
    is_bounded = over.has_interval and under.has_interval and min(over.lower, under.lower) >= 0
    if not (mine.uncertainty or theirs.uncertainty) or not is_bounded:
        return Value(ratio)
    upper = over.upper / under.lower if under.lower else math.inf
    return Value(ratio, over.lower / under.upper, upper)


def printable(text: str) -> str:
    """A name that came from data, safe and short enough for a message."""
    shown = errors.printable(text)
    return shown if len(shown) <= 120 else shown[:117] + "..."
