"""What the Fairness Indicators component shows, from a run report or TFMA results.

One compact form for all: names once, numbers in rows. The page expands it
into the component's own form (`templates/fairness_component.js`), where every
slice of every model then has every metric; the component draws nothing
otherwise.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from fairflip.protos import report_pb2
from fairflip.protos.errors import InputError
from fairflip.protos.slice_names import slice_name
from fairflip.view.words import evidence, numbers
from fairflip.view.words.numbers import Estimate
from fairflip.view.words.report_index import OVERALL, ReportIndex

#: A metric's value: a number, [value, lower, upper], or None where unknown.
Value = float | list[float] | None

#: Rates that the component shows by threshold, beside the flip metrics.
THRESHOLDED_RATES = (
    "false_negative_rate",
    "false_positive_rate",
    "true_positive_rate",
    "true_negative_rate",
    "positive_rate",
    "negative_rate",
    "false_discovery_rate",
    "false_omission_rate",
    "accuracy",
    "precision",
    "recall",
)
_FLIP_RATES = {
    "flip_rate/overall": "flip_rate",
    "flip_rate/negative_to_positive": "negative_to_positive_rate",
    "flip_rate/positive_to_negative": "positive_to_negative_rate",
}
#: Only in a run with controls; the interval is the one about these terms.
_CONTROL_RATES = {
    f"{kind}_flip_rate/{way}": f"{kind}_{field}"
    for kind in ("control", "excess")
    for way, field in (
        ("overall", "flip_rate"),
        ("negative_to_positive", "negative_to_positive_rate"),
        ("positive_to_negative", "positive_to_negative_rate"),
    )
}
_FLIP_COUNTS = {
    "flip_count/negative_to_positive": "negative_to_positive_count",
    "flip_count/positive_to_negative": "positive_to_negative_count",
}
_REPORT_RATES = (
    "accuracy",
    "false_positive_rate",
    "false_negative_rate",
    "true_positive_rate",
    "true_negative_rate",
)
_PREFIXES = ("post_export_metrics/", "fairness_indicators_metrics/")
_DIGITS = 7


def from_report(report: report_pb2.RunReport, index: ReportIndex | None = None) -> dict[str, Any]:
    """The payload of a run report, for all its models.

    Rates are over pairs, ``flip_rate/negative_to_positive`` included; the
    example count is the number of pairs.

    Returns:
      ``{"models", "slices", "metrics", "values": {model: rows}}``, a row per
      slice with a value per metric.
    """
    index = index or ReportIndex(report)
    metrics_by_place = {
        (model, name): _report_metrics(index, model, name)
        for model in index.models
        for name in index.slices
    }
    return _aligned(index.models, index.slices, metrics_by_place)


def from_eval_results(results: Mapping[str, Any]) -> dict[str, Any]:
    """The payload of TFMA results.

    Args:
      results: `tfma.EvalResult` by the name it is shown under.

    Returns:
      As in `from_report`. Metrics that are no number, count or bounded value
      (plots, matrices, bytes) are left out; so are slices whose metrics are an
      error, such as those below the smallest slice size.

    Raises:
      InputError: nothing is left to show.
    """
    metrics_by_place: dict[tuple[str, str], dict[str, Value]] = {}
    slices: dict[str, None] = {}
    for name, result in results.items():
        for slice_key, outputs in result.slicing_metrics:
            slice_name = stringify_slice(slice_key)
            metrics = dict(_eval_metrics(outputs))
            if metrics:
                slices.setdefault(slice_name)
                metrics_by_place[name, slice_name] = metrics
    if not metrics_by_place:
        raise InputError(
            f"the results {list(results)} hold no metric that can be shown; check the folder "
            "they were loaded from"
        )
    ordered = sorted(slices, key=lambda name: name != OVERALL)
    return _aligned(list(results), ordered, metrics_by_place)


def stringify_slice(slice_key: Sequence[tuple[str, Any]]) -> str:
    """A TFMA slice key as one name: ``gender:female``, ``a_X_b:1_X_2``."""
    if not slice_key:
        return OVERALL
    features, values = zip(*slice_key, strict=True)
    shown = [v.decode("utf-8", "replace") if isinstance(v, bytes) else str(v) for v in values]
    return slice_name(features, shown)


def select(payload: dict[str, Any], models: Sequence[str]) -> dict[str, Any]:
    """The payload of one or two of its models, the first shown as base.

    Raises:
      InputError: a model is not in the payload, or there are more than two.
    """
    unknown = [model for model in models if model not in payload["models"]]
    if unknown or not 1 <= len(models) <= 2:
        raise InputError(
            f"the component shows one or two of the models {payload['models']}, not {list(models)}"
        )
    return {
        **payload,
        "models": list(models),
        "values": {model: payload["values"][model] for model in models},
    }


def _report_metrics(index: ReportIndex, model: str, name: str) -> dict[str, Value]:
    slice_report = index.slice(model, name)
    if slice_report is None:
        return {}
    metrics: dict[str, Value] = {"example_count": slice_report.num_pairs}
    for at in slice_report.thresholds:
        if not at.HasField("threshold"):  # a decision by argmax: no direction, no threshold
            metrics |= {
                name: _bounded(numbers.estimate(at, field))
                for name, field in (*_FLIP_RATES.items(), *_CONTROL_RATES.items())
                if name.endswith("/overall") and at.HasField(field)
            }
            metrics["flip_count/overall"] = at.flip_count
            continue
        suffix = "@" + numbers.threshold(at.threshold)
        for metric, field in _FLIP_RATES.items():
            metrics[metric + suffix] = _bounded(numbers.estimate(at, field))
        # The component sorts only metrics that it knows by their thresholds: of others each
        # threshold would be a metric of its own in its list.
        is_first = at.threshold == index.first_threshold
        for metric, field in _CONTROL_RATES.items():
            if is_first and at.HasField(field):
                metrics[metric + suffix] = _bounded(numbers.estimate(at, field))
        for metric, field in _FLIP_COUNTS.items():
            metrics[metric + suffix] = getattr(at, field)
        if at.positive_count + at.negative_count:
            metrics["positive_rate" + suffix] = _number(at.positive_rate)
        for field in _REPORT_RATES:
            if at.HasField(field):
                metrics[field + suffix] = _number(getattr(at, field))
    if slice_report.HasField("auc"):
        interval = numbers.estimate(slice_report, "auc_interval")
        metrics["auc"] = _bounded(Estimate(slice_report.auc, interval.lower, interval.upper))
    if slice_report.HasField("ctf_gap"):
        metrics["ctf_gap"] = _bounded(numbers.estimate(slice_report, "ctf_gap"))
    if slice_report.HasField("matched"):
        metrics["matched_flip_rate"] = _bounded(evidence.matched_rate(slice_report))
    return metrics


def _eval_metrics(outputs: Mapping[str, Any]) -> Iterable[tuple[str, Value]]:
    for output_name, by_sub_key in outputs.items():
        for sub_key, metrics in by_sub_key.items():
            for name, value in metrics.items():
                converted = _eval_value(value)
                if name == "__ERROR__" or converted is _UNSHOWABLE:
                    continue
                prefix = "".join(f"{part}/" for part in (output_name, sub_key) if part)
                yield prefix + _one_threshold_format(name), converted


_UNSHOWABLE: Any = object()


def _eval_value(value: Any) -> Value:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _number(value)
    if not isinstance(value, Mapping):
        return _UNSHOWABLE
    if "doubleValue" in value:
        return _number(_float(value["doubleValue"]))
    if "int64Value" in value:
        return _number(_float(value["int64Value"]))
    if "boundedValue" in value:
        bounded = value["boundedValue"]
        # Proto JSON leaves zeros out.
        return _bounded(
            Estimate(
                *(_float(bounded.get(key, 0.0)) for key in ("value", "lowerBound", "upperBound"))
            )
        )
    return _UNSHOWABLE


def _float(value: Any) -> float:
    # Proto JSON writes NaN and 64-bit integers as strings.
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan


def _one_threshold_format(name: str) -> str:
    """``flip_rate/overall@0.50`` and ``…@0.5`` are one metric, named the same."""
    match = re.fullmatch(r"(.+)@(\d*\.?\d+(?:[eE][-+]?\d+)?)", name)
    if match is None:
        return name
    bare = match[1]
    for prefix in _PREFIXES:
        bare = bare.removeprefix(prefix)
    if bare not in (*THRESHOLDED_RATES, *_FLIP_RATES, *_CONTROL_RATES, *_FLIP_COUNTS):
        return name
    return f"{match[1]}@{numbers.threshold(float(match[2]))}"


def _aligned(
    models: Sequence[str],
    slices: Sequence[str],
    metrics_by_place: Mapping[tuple[str, str], Mapping[str, Value]],
) -> dict[str, Any]:
    names: dict[str, None] = {}
    for metrics in metrics_by_place.values():
        names.update(dict.fromkeys(metrics))
    return {
        "models": list(models),
        "slices": list(slices),
        "metrics": list(names),
        "values": {
            model: [
                [metrics_by_place.get((model, name), {}).get(metric) for metric in names]
                for name in slices
            ]
            for model in models
        },
    }


def _number(value: float) -> Value:
    if not math.isfinite(value):
        return None
    return int(value) if float(value).is_integer() else float(f"{value:.{_DIGITS}g}")


def _bounded(rate: Estimate) -> Value:
    if not rate.is_known:
        return None
    if not rate.has_interval:
        return _number(rate.value)
    return [_number(part) for part in (rate.value, rate.lower, rate.upper)]  # type: ignore[misc]
