"""Holds a run against limits: pass, fail, or not enough evidence.

Nothing passes by accident. A limit that matches nothing is an error; a number
that is not there, is made from too few originals, or stands at a matched threshold
that matches nothing, is not enough evidence, and that fails unless the limits file
says otherwise; no results at all fail.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

from fairflip.pipeline.gate.group_gaps import gaps, is_by_chance
from fairflip.pipeline.gate.limits import as_difference, bound_of, metric_of, problems_of
from fairflip.pipeline.gate.many_rows import false_alarms, for_many
from fairflip.pipeline.gate.observations import (
    Observation,
    against_baseline,
    observe_all,
    printable,
)
from fairflip.pipeline.gate.report_values import (
    BY_MODEL,
    BY_SLICE,
    BY_THRESHOLD,
    Metric,
    Row,
    Value,
    baselines_of,
    rejects_value,
    rows,
)
from fairflip.pipeline.gate.score_losses import score_losses
from fairflip.protos.errors import ConfigurationError
from fairflip.protos.forms.messages import nearest, quote
from fairflip.protos.limits_pb2 import Limit, Limits
from fairflip.protos.report_pb2 import GateResult, RunReport

PASS = "pass"
FAIL = "fail"
NOT_ENOUGH_EVIDENCE = "not_enough_evidence"

#: Of intervals in reports that do not say theirs.
DEFAULT_CONFIDENCE_LEVEL = 0.95
#: Sums of rates carry rounding errors: 0.95 - 0.945 is above 0.005.
TOLERANCE = 1e-12


def exit_code(results: Iterable[GateResult]) -> int:
    """0 where everything passed; 1 where anything failed, or nothing was checked.

    Not enough evidence passes only where the limits file allowed it.
    """
    results = list(results)
    return 0 if results and all(passes(result) for result in results) else 1


def passes(result: GateResult) -> bool:
    """Whether one result lets the run through."""
    return result.verdict == PASS or (result.verdict == NOT_ENOUGH_EVIDENCE and result.is_allowed)


def check_limits(report: RunReport, limits: Limits) -> list[GateResult]:
    """Every limit against every row of the report that it selects.

    Args:
        report: Of a finished run.
        limits: As `limits.load_limits` gives them.

    Returns:
        One result per limit, row and side (max, min), in the order of the
        limits and of the report; after them what scores left out of the rates.

    Raises:
        ConfigurationError: A limit names no metric, or a model, slice or
            threshold that the report does not have; all such at once.
    """
    problems = problems_of(limits)
    results: list[GateResult] = []
    if problems:
        raise ConfigurationError(problems)
    for index, limit in enumerate(limits.limits):
        on_numbers = as_difference(limit)
        results += _check_limit(report, limits, on_numbers, f"limits[{index}]", problems)
    if problems:
        raise ConfigurationError(problems)
    return [*results, *score_losses(report)]


def _check_limit(
    report: RunReport, limits: Limits, limit: Limit, place: str, problems: list[str]
) -> list[GateResult]:
    metric = metric_of(limit)
    if metric is None:
        raise AssertionError(f"{place}: checked before")
    least = limit.min_originals if limit.HasField("min_originals") else 1
    if not limit.HasField("min_originals") and limits.HasField("min_originals"):
        least = limits.min_originals
    if metric.table == "rejects":
        observed = [Observation("", "", None, Value(rejects_value(report, metric)))]
    else:
        selected = _select(report, limit, metric, place, problems)
        observed = _observed(report, limit, metric, least, selected)
    num_rows = len(observed)
    level = _confidence_level(report)
    if limit.adjusted:
        observed = [for_many(each, num_rows, level) for each in observed]
    allowed = (
        limit.allow_not_enough_evidence
        if limit.HasField("allow_not_enough_evidence")
        else limits.allow_not_enough_evidence
    )
    return [
        _judge(limit, side, each, allowed, false_alarms(limit, num_rows, level))
        for each in observed
        for side in ("max", "min")
        if limit.HasField(side)
    ]


def _confidence_level(report: RunReport) -> float:
    return report.provenance.confidence_level or DEFAULT_CONFIDENCE_LEVEL


def _observed(
    report: RunReport, limit: Limit, metric: Metric, least: int, selected: list[Row]
) -> list[Observation]:
    """What the limit is held against: single numbers, gaps of groups, or changes of either."""

    def of_rows(chosen: Iterable[Row]) -> list[Observation]:
        seen = observe_all(report, metric, chosen, least)
        return gaps(seen, limit.gap_over, _confidence_level(report)) if limit.gap_over else seen

    if not limit.relative_to_baseline:
        return of_rows(selected)
    baselines, slices = set(baselines_of(report).values()), {row.slice for row in selected}
    same = [r for r in rows(report, metric) if r.model in baselines]
    if limit.gap_over:
        same = [row for row in same if row.slice in slices]
    return against_baseline(report, limit, metric, of_rows(selected), of_rows(same))


# --- what a limit selects ----------------------------------------------------


def _select(
    report: RunReport, limit: Limit, metric: Metric, place: str, problems: list[str]
) -> list[Row]:
    """The rows a limit is on; what it names and the report lacks goes to `problems`."""
    before = len(problems)
    selected = list(rows(report, metric))
    slices = _select_slices(limit, selected, place, problems) if metric.table in BY_SLICE else None
    if metric.table in BY_MODEL and any(row.model for row in selected):
        selected = _select_models(report, limit, selected, place, problems)
    elif limit.models:
        problems.append(
            f"{place}.models: {quote(limit.models[0])} has no {limit.metric} in the report; "
            "remove the limit"
        )
    if slices is not None:
        selected = [row for row in selected if row.slice in slices]
    if metric.table in BY_THRESHOLD and limit.thresholds:
        there = {row.threshold for row in selected if row.threshold is not None}
        for index, threshold in enumerate(limit.thresholds):
            if threshold not in there and there:
                shown = ", ".join(f"{t:g}" for t in sorted(there))
                problems.append(
                    f"{place}.thresholds[{index}]: the run has no threshold {threshold!r}; "
                    f"it has {shown}"
                )
        # A decision by argmax has no threshold that could be named.
        selected = [
            row for row in selected if row.threshold is None or row.threshold in limit.thresholds
        ]
    if not selected and len(problems) == before:
        problems.append(
            f"{place}: the report has no {limit.metric} for what the limit selects; "
            "remove the limit, or run what makes the number"
        )
    return selected


def _select_models(
    report: RunReport, limit: Limit, candidates: list[Row], place: str, problems: list[str]
) -> list[Row]:
    names = [model.name for model in report.models]
    baselines = set(baselines_of(report).values())
    chosen = list(limit.models)
    # A model's name stands for all of its outputs.
    outputs = {model.model for model in report.models if model.model}
    for index, name in enumerate(chosen):
        if name not in names and name not in outputs:
            problems.append(
                f"{place}.models[{index}]: {quote(name)} is no model of the run"
                f"{nearest(name, names)}"
            )
    if not chosen:
        chosen = [name for name in names if name not in baselines] or names
    chosen = [
        model.name for model in report.models if model.name in chosen or model.model in chosen
    ]
    if limit.relative_to_baseline and chosen and set(chosen) <= baselines:
        problems.append(
            f"{place}.relative_to_baseline: {quote(chosen[0])} is the baseline itself; "
            "compare another model"
        )
    return [row for row in candidates if row.model in chosen]


def _select_slices(
    limit: Limit, candidates: list[Row], place: str, problems: list[str]
) -> set[str]:
    """The names of the slices that a limit is on."""
    names = list(dict.fromkeys(row.slice for row in candidates))
    if limit.gap_over:
        prefix = limit.gap_over + ":"
        names = [name for name in names if name.startswith(prefix)]
        if len(names) < 2 and candidates:
            problems.append(
                f"{place}.gap_over: the report has {len(names)} slices of "
                f"{quote(limit.gap_over)}, and a gap needs two; evaluate with "
                f"--slice {printable(limit.gap_over)}"
            )
    chosen: set[str] = set() if limit.slices else set(names)
    for index, pattern in enumerate(limit.slices):
        regex = re.compile(".*".join(map(re.escape, pattern.split("*"))), re.DOTALL)
        matched = [name for name in names if regex.fullmatch(name)]
        if not matched and candidates:
            # Slice values come from data: only near names are shown, escaped.
            near = nearest(pattern, [printable(name) for name in names])
            near = near if "did you mean" in near else f"; the run has {len(names)} slices"
            problems.append(f"{place}.slices[{index}]: {quote(pattern)} matches no slice{near}")
        chosen.update(matched)
    if limit.gap_over and limit.slices and len(chosen & set(names)) < 2 <= len(names):
        problems.append(
            f"{place}.slices: select fewer than two slices of {quote(limit.gap_over)}, and a "
            "gap needs two; select more"
        )
    return chosen


# --- the verdict -------------------------------------------------------------


def _judge(
    limit: Limit, side: str, seen: Observation, allowed: bool, alarms: str = ""
) -> GateResult:
    bound = bound_of(limit)
    goal = limit.max if side == "max" else limit.min
    value, doubt = seen.value, seen.doubt
    if not doubt and bound != "point" and not value.has_interval:
        doubt = "the report has no interval"
    held = {"lower": value.lower, "upper": value.upper}.get(bound, value.value)
    if bound == "interval" or (seen.uncertainty and not doubt):
        # A number marked too few to say decides only with its whole interval:
        # five flips of four thousand pairs are surely below 5 %.
        keeps = _keeps(value.upper if side == "max" else value.lower, side, goal)
        breaks = not _keeps(value.lower if side == "max" else value.upper, side, goal)
        if not doubt and not keeps and not breaks:
            inside = "the limit lies inside the interval"
            doubt = f"{seen.uncertainty}, and {inside}" if seen.uncertainty else inside
    else:
        keeps = _keeps(held, side, goal)
    if seen.doubt and limit.gap_over and side == "max" and bound == "point":
        # Groups left out could only widen the gap: what is too wide already fails.
        doubt = doubt if math.isnan(held) or keeps else ""
    if limit.gap_over and side == "max" and not doubt and not keeps and is_by_chance(value):
        doubt = "chance alone makes as much of so many groups that do not differ"
    verdict = NOT_ENOUGH_EVIDENCE if doubt else PASS if keeps else FAIL
    name = limit.name or _default_name(limit, side)
    result = GateResult(
        name=name,
        verdict=verdict,
        slice=seen.slice,
        metric=limit.metric,
        observed=held,
        limit=goal,
        model=seen.model,
        is_allowed=allowed and verdict == NOT_ENOUGH_EVIDENCE,
        message=_sentence(limit, side, seen, doubt, verdict) + (alarms if verdict == FAIL else ""),
    )
    if seen.threshold is not None:
        result.threshold = seen.threshold
    return result


def _keeps(value: float, side: str, goal: float) -> bool:
    """NaN keeps no limit."""
    return value <= goal + TOLERANCE if side == "max" else value >= goal - TOLERANCE


def _what(limit: Limit) -> str:
    number = limit.metric
    if limit.gap_over:
        number = f"gap of {number} over {printable(limit.gap_over)}"
    if limit.relative_to_baseline:
        number = f"{limit.relative_to_baseline} of {number} to the baseline"
    return number


def _default_name(limit: Limit, side: str) -> str:
    bound = bound_of(limit) if bound_of(limit) != "point" else ""
    return " ".join(filter(None, [_what(limit), bound, side, f"{getattr(limit, side):g}"]))


def _sentence(limit: Limit, side: str, seen: Observation, doubt: str, verdict: str) -> str:
    value = seen.value
    shown = f"{value.value:.6g}"
    if value.has_interval:
        metric = metric_of(limit)
        over_words = " over words" if metric is not None and metric.over_words else ""
        shown += f" [{value.lower:.6g}, {value.upper:.6g}{over_words}]"
    places = [
        f"of {seen.model}" if seen.model else "",
        f"in {printable(seen.slice)}" if seen.slice else "",
        f"at {seen.threshold:g}" if seen.threshold is not None else "",
        f"({seen.detail})" if seen.detail else "",
    ]
    text = " ".join(filter(None, [_what(limit), *places, f"is {shown}"]))
    end = {PASS: "keeps", FAIL: "breaks", NOT_ENOUGH_EVIDENCE: "cannot be held against"}[verdict]
    text += f", {end} {side} {getattr(limit, side):g}"
    return f"{text}: {doubt}" if doubt else text
