"""TFMA's own MetricThresholds, in the gate's table.

TFMA validates the thresholds of an EvalConfig while it evaluates and writes a
`ValidationResult`; this turns it into gate results. It takes the proto or the
dictionary of its proto JSON, so that TFMA need not be imported.
"""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Iterator, Mapping
from typing import Any

from google.protobuf import json_format
from google.protobuf.message import Message

from fairflip.pipeline.gate.observations import printable
from fairflip.pipeline.gate.verdict import FAIL, NOT_ENOUGH_EVIDENCE, PASS
from fairflip.protos.report_pb2 import GateResult
from fairflip.protos.slice_names import slice_name

#: Maps whose keys are the user's, not names of fields.
_MAPS = ("featureValues", "feature_values")

NAME = "TFMA MetricThreshold"


def from_tfma(validation: Message | Mapping[str, Any], model: str = "") -> list[GateResult]:
    """The results of TFMA's validation of one evaluation.

    Args:
        validation: `tfma.load_validation_result`'s, or its proto JSON as a dictionary.
        model: The model evaluated, where the result itself names none.

    Returns:
        One fail per failed threshold and per slice that was asked for and is
        missing; one pass for all the rest; nothing where the EvalConfig sets
        no threshold. Changes that were not checked for lack of a baseline
        ("rubber stamp") are not enough evidence.
    """
    validated = (
        json_format.MessageToDict(validation, preserving_proto_field_name=True)
        if isinstance(validation, Message)
        else _snake_case(validation)
    )
    results = list(_failures(validated, model))
    for missing in (
        *validated.get("missing_slices", ()),
        *validated.get("missing_cross_slices", ()),
    ):
        results.append(
            GateResult(
                name=NAME,
                verdict=FAIL,
                model=model,
                slice=_spec(missing),
                observed=math.nan,
                limit=math.nan,
                message=f"{NAME}: the slice {printable(_spec(missing))} was asked for and is "
                "not in the data",
            )
        )
    if validated.get("rubber_stamp"):
        results.append(_whole(model, NOT_ENOUGH_EVIDENCE, "changes had no baseline to check"))
    if not results and not validated.get("missing_thresholds"):
        if validated.get("validation_ok"):
            results.append(_whole(model, PASS, "all thresholds hold"))
        else:
            results.append(_whole(model, FAIL, "TFMA's validation failed without saying where"))
    return results


def _whole(model: str, verdict: str, message: str) -> GateResult:
    return GateResult(
        name=NAME,
        verdict=verdict,
        model=model,
        observed=math.nan,
        limit=math.nan,
        message=f"{NAME}: {message}",
    )


def _failures(validated: Mapping[str, Any], model: str) -> Iterator[GateResult]:
    for entry in validated.get("metric_validations_per_slice", ()):
        slice_name = _slice_name(entry)
        for failure in entry.get("failures", ()):
            key = failure.get("metric_key", {})
            observed = _observed(failure.get("metric_value", {}))
            limit, rule = _threshold(failure.get("metric_threshold", {}))
            name = key.get("name", "")
            shown = f"{observed:.6g}" if not math.isnan(observed) else "not there"
            reason = " ".join(str(failure.get("message", "")).split())[:200]
            yield GateResult(
                name=NAME,
                verdict=FAIL,
                model=key.get("model_name", "") or model,
                slice=slice_name,
                metric=name,
                observed=observed,
                limit=limit,
                message=printable(
                    f"{NAME}: {name} in {printable(slice_name)} is {shown}, breaks {rule}"
                )
                + (f": {printable(reason)}" if reason else ""),
            )


def _slice_name(entry: Mapping[str, Any]) -> str:
    if "cross_slice_key" in entry:
        cross = entry["cross_slice_key"]
        sides = (cross.get("baseline_slice_key", {}), cross.get("comparison_slice_key", {}))
        return " against ".join(_slice_name({"slice_key": side}) for side in sides)
    keys = entry.get("slice_key", {}).get("single_slice_keys", ())
    if not keys:
        return "Overall"
    values = []
    for key in keys:
        value = key.get("int64_value", key.get("float_value", ""))
        if "bytes_value" in key:
            value = _text(key["bytes_value"])
        values.append(str(value))
    return slice_name([key.get("column", "") for key in keys], values)


def _text(value: Any) -> str:
    # Proto JSON has bytes as base64.
    try:
        content = value if isinstance(value, bytes) else base64.b64decode(value, validate=True)
        return content.decode("utf-8", "backslashreplace")
    except (binascii.Error, ValueError):
        return str(value)


def _spec(spec: Mapping[str, Any]) -> str:
    if "slicing_specs" in spec or "baseline_spec" in spec:
        others = [_spec(each) for each in spec.get("slicing_specs", ())]
        return f"{_spec(spec.get('baseline_spec', {}))} against {', '.join(others)}"
    parts = [*spec.get("feature_keys", ())]
    parts += [f"{key}:{value}" for key, value in sorted(spec.get("feature_values", {}).items())]
    return ", ".join(parts) or spec.get("slice_keys_sql", "") or "Overall"


def _observed(value: Mapping[str, Any]) -> float:
    for kind in ("double_value", "bounded_value"):
        if kind in value:
            inner = value[kind]
            inner = inner.get("value", 0.0) if isinstance(inner, Mapping) else inner
            return float(inner)
    return math.nan


def _threshold(threshold: Mapping[str, Any]) -> tuple[float, str]:
    """The bound that stands for the threshold in the table, and the whole rule in words."""
    value = threshold.get("value_threshold", {})
    change = threshold.get("change_threshold", {})
    rules, bound = [], math.nan
    for words, source, field in (
        ("at least", value, "lower_bound"),
        ("at most", value, "upper_bound"),
        ("a change of", change, "absolute"),
        ("a relative change of", change, "relative"),
    ):
        if field in source:
            bound = float(source[field])
            rules.append(f"{words} {bound:g}")
    direction = change.get("direction", "")
    if direction:
        rules.append(str(direction).lower().replace("_", " "))
    return bound, " and ".join(rules) or "its threshold"


def _snake_case(value: Any) -> Any:
    """Proto JSON's lowerCamelCase names as in the .proto; values stay."""
    if isinstance(value, Mapping):
        return {
            "".join(f"_{c.lower()}" if c.isupper() else c for c in key): (
                inner if key in _MAPS else _snake_case(inner)
            )
            for key, inner in value.items()
        }
    if isinstance(value, list | tuple):
        return [_snake_case(each) for each in value]
    return value
