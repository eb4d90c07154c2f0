"""Walks a report's message beside what is expected of it: no number may be left over."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

# Relative and absolute. Score gaps are added up as multiples of 2^-32, whatever their order.
VALUE, BOUND = (1e-9, 2e-10), (1e-6, 1e-9)


def problems(
    message: Any,
    expected: Mapping[str, Any],
    exceptions: Mapping[str, str],
    tolerances: Mapping[str, float],
    path: str = "",
) -> Iterator[str]:
    """What of a message is not as expected, and which numbers are not expected at all.

    Args:
        message: A report, or a part of one.
        expected: By field's name; None: absent. Texts may be left out, numbers may not.
        exceptions: Paths such as "provenance.seconds" that are not compared, with the reason.
        tolerances: Relative ones by path, where a number is not exact.
        path: Of the message.
    """
    for field in message.DESCRIPTOR.fields:
        here = f"{path}.{field.name}".lstrip(".")
        if here in exceptions:
            continue
        kind = field.message_type
        is_map = kind is not None and kind.GetOptions().map_entry
        is_text = field.cpp_type == field.CPPTYPE_STRING or (
            is_map and kind.fields_by_name["value"].cpp_type == field.CPPTYPE_STRING
        )
        if field.name not in expected:
            if not is_text:
                yield f"{here}: not recounted"
            continue
        value, wanted = getattr(message, field.name), expected[field.name]
        if field.has_presence and (wanted is None) == message.HasField(field.name):
            yield f"{here}: {value!r} is there, or should be: {wanted!r}"
            continue
        if wanted is None and field.has_presence:
            continue
        arguments = (exceptions, tolerances, here)
        if is_map:
            if set(value) != set(wanted):
                yield f"{here}: {sorted(value)} for {sorted(wanted)}"
                continue
            for key in wanted:
                yield from _same(value[key], wanted[key], kind.fields_by_name["value"], *arguments)
        elif field.is_repeated:
            if len(value) != len(wanted):
                yield f"{here}: {len(value)} for {len(wanted)}"
                continue
            for one, other in zip(value, wanted, strict=True):
                yield from _same(one, other, field, *arguments)
        else:
            yield from _same(value, wanted, field, *arguments)


def _same(
    value: Any,
    wanted: Any,
    field: Any,
    exceptions: Mapping[str, str],
    tolerances: Mapping[str, float],
    path: str,
) -> Iterator[str]:
    if field.message_type is not None:
        yield from problems(value, wanted, exceptions, tolerances, path)
        return
    if field.cpp_type != field.CPPTYPE_DOUBLE:
        is_same = value == wanted
    elif math.isnan(wanted) or math.isnan(value):
        is_same = math.isnan(wanted) and math.isnan(value)
    else:
        relative, absolute = BOUND if path.endswith((".lower", ".upper")) else VALUE
        relative = tolerances.get(path, relative)
        is_same = math.isclose(value, wanted, rel_tol=relative, abs_tol=absolute)
    if not is_same:
        yield f"{path}: {value!r} in the report, {wanted!r} recounted"
