"""The gate's limits: read, and checked as far as they can be without a report.

See protos/limits.proto for what can be said, docs/gate.md for examples.
"""

from __future__ import annotations

from fairflip.pipeline.gate.report_values import (
    BY_MODEL,
    BY_SLICE,
    BY_THRESHOLD,
    COMPARABLE,
    WITH_ORIGINALS,
    Metric,
    metric_names,
    resolve,
)
from fairflip.pipeline.storage.file_heads import read_head
from fairflip.protos.errors import ConfigurationError
from fairflip.protos.forms.checks import Problems, check_duplicates, check_field
from fairflip.protos.forms.messages import nearest, quote, read_message
from fairflip.protos.limits_pb2 import Limit, Limits


def load_limits(path: str) -> Limits:
    """Reads a file of limits: textproto, JSON or YAML.

    Raises:
        ConfigurationError: With all mistakes in the file.
    """
    limits = read_message(path, Limits, "--limits", read_head)
    problems = problems_of(limits)
    if problems:
        raise ConfigurationError([f"{path}: {problem}" for problem in problems])
    return limits


def problems_of(limits: Limits) -> list[str]:
    """All that is wrong with limits before a report is seen."""
    problems = Problems()
    if not limits.limits:
        problems.add("limits", "no limit is given, so that any run would pass", "give one")
    for field in limits.DESCRIPTOR.fields:
        check_field(limits, field.name, "", problems)
    check_duplicates("limits.name", [each.name for each in limits.limits if each.name], problems)
    for index, limit in enumerate(limits.limits):
        _check_limit(f"limits[{index}]", limit, problems)
    return problems


def metric_of(limit: Limit) -> Metric | None:
    """The number that a limit is on."""
    return resolve(limit.metric, per_threshold=bool(limit.thresholds))


def worse_side(metric: Metric) -> str:
    """On which side a change is for the worse: "max" (too high), "min", "" where neither is.

    A positive rate, a signed gap, a test and a size are neither good nor bad.
    """
    if metric.table not in COMPARABLE or metric.is_size or metric.field == "flip_count":
        return ""
    field = metric.field
    if field in ("auc", "accuracy", "true_positive_rate", "true_negative_rate"):
        return "min"
    is_flip = any(part in field for part in ("flip_rate", "_to_", "with_flip"))
    is_gap = field.endswith("ctf_gap") and not field.startswith("signed")
    is_error = field in ("false_positive_rate", "false_negative_rate")
    is_spread = field in ("mean_score_deviation", "mean_score_range")
    return "max" if is_flip or is_gap or is_error or is_spread else ""


def as_difference(limit: Limit) -> Limit:
    """A limit with `not_worse_by` as the limit on a difference that it stands for.

    The side follows from the metric: a flip rate may not rise, an AUC not fall. Held by the
    interval, where the difference has one; any other limit is returned as it is.
    """
    metric = metric_of(limit)
    if not limit.HasField("not_worse_by") or metric is None:
        return limit
    result = Limit()
    result.CopyFrom(limit)
    result.ClearField("not_worse_by")
    result.relative_to_baseline = "difference"
    if worse_side(metric) == "max":
        result.max = limit.not_worse_by
    else:
        result.min = -limit.not_worse_by
    result.bound = limit.bound or ("interval" if metric.comparison else "point")
    result.name = limit.name or f"{limit.metric} not worse by {limit.not_worse_by:g}"
    return result


def apart(limits: Limits) -> tuple[Limits, Limits]:
    """Limits on the run itself, and those on its differences from a reference."""
    parts = Limits(), Limits()
    for part, relative in zip(parts, (False, True), strict=True):
        part.CopyFrom(limits)
        del part.limits[:]
        part.limits.extend(one for one in limits.limits if one.HasField("not_worse_by") == relative)
    return parts


def bound_of(limit: Limit) -> str:
    """What is held against a limit: the value, unless the limit or the metric says otherwise.

    An excess is decided by its interval: below 0 it is no evidence of anything, and near 0
    a value alone says less than it seems to.
    """
    metric = metric_of(limit)
    default = "interval" if metric is not None and metric.over_words else "point"
    return limit.bound or default


def _check_limit(path: str, limit: Limit, problems: Problems) -> None:
    if limit.HasField("not_worse_by"):
        limit = _checked_difference(path, limit, problems)
    elif not (limit.HasField("max") or limit.HasField("min")):
        problems.add(path, "has neither max nor min", "give one of them")
    elif limit.HasField("max") and limit.HasField("min") and limit.min > limit.max:
        problems.add(path, f"min {limit.min!r} is above max {limit.max!r}", "swap them")
    metric = metric_of(limit)
    if metric is not None:
        _check_selection(path, limit, metric, problems)
    elif limit.metric:
        near = nearest(limit.metric, metric_names())
        near = near if "did you mean" in near else "; docs/gate.md lists all names"
        problems.append(f"{path}.metric: {quote(limit.metric)} names no metric{near}")


def _checked_difference(path: str, limit: Limit, problems: Problems) -> Limit:
    """What speaks against `not_worse_by`; the limit on the difference that it stands for."""
    metric = metric_of(limit)
    given = [name for name in ("max", "min") if limit.HasField(name)]
    given += [name for name in ("relative_to_baseline", "gap_over") if getattr(limit, name)]
    for name in given:
        problems.add(f"{path}.{name}", "stands beside not_worse_by", "remove one of the two")
    if metric is not None and not worse_side(metric):
        problems.add(
            f"{path}.not_worse_by",
            f"{quote(limit.metric)} has no side that is worse",
            "limit its difference: relative_to_baseline 'difference' with max and min",
        )
    return limit if given or metric is None or not worse_side(metric) else as_difference(limit)


def _check_selection(path: str, limit: Limit, metric: Metric, problems: Problems) -> None:
    """What the limit selects must be there to select on its metric."""
    name = quote(limit.metric)
    for field, has in (
        ("models", metric.table in BY_MODEL),
        ("slices", metric.table in BY_SLICE),
        ("thresholds", metric.table in BY_THRESHOLD),
        ("gap_over", metric.table in COMPARABLE),
        ("relative_to_baseline", metric.table in COMPARABLE and not metric.is_size),
    ):
        if getattr(limit, field) and not has:
            problems.add(f"{path}.{field}", f"{name} has no such choice", "remove it")
    if limit.HasField("min_originals") and metric.table not in WITH_ORIGINALS:
        problems.add(f"{path}.min_originals", f"{name} is not per slice", "remove it")
    if limit.gap_over and any(char in limit.gap_over for char in ":*,"):
        problems.add(
            f"{path}.gap_over",
            f"{quote(limit.gap_over)} is no feature",
            "give one such as 'gender'; `slices` chooses among its groups",
        )
    bound = bound_of(limit)
    cure = "use 'point'"
    if metric.over_words:
        cure = "limit the excess itself"
        if bound == "point":
            problems.add(
                f"{path}.bound",
                f"'point', but {name} is decided by its interval over words",
                "use 'interval', 'lower' or 'upper'",
            )
    if bound == "point":
        if limit.adjusted:
            problems.add(
                f"{path}.adjusted",
                "a point has no interval to make wider",
                "set bound to 'interval', 'lower' or 'upper', or remove it",
            )
        return
    if limit.relative_to_baseline == "ratio" or (limit.relative_to_baseline and limit.gap_over):
        problems.add(
            f"{path}.bound",
            f"{quote(bound)}, but the report has no interval for this comparison",
            cure,
        )
    elif limit.relative_to_baseline and metric.comparison is None:
        problems.add(
            f"{path}.bound",
            f"{quote(bound)}, but the report has no interval for the difference in {name}",
            f"{cure}, or a metric with one: flip_rate, matched.flip_rate, auc, ctf_gap",
        )
    elif not limit.relative_to_baseline and not metric.has_interval:
        problems.add(f"{path}.bound", f"{quote(bound)}, but {name} has no interval", "use 'point'")
