r"""Names of slices in reports and limits: one name for each slice.

A cross of features is written as TFMA writes it, ``gender_X_race:female_X_black``. Where a
part holds what separates the parts, a backslash stands before it: the values ``a_X_b`` and
``c`` are ``a_\X_b_X_c``, and ``a`` and ``b_X_c`` are ``a_X_b_\X_c``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_CROSS = "_X_"
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def slice_name(features: Sequence[str], values: Sequence[str]) -> str:
    """The name of the slice in which each feature has its value; one feature at least."""
    if len(features) == 1:
        return f"{features[0]}:{values[0]}"
    return f"{_crossed(features)}:{_crossed(values)}"


def _crossed(parts: Iterable[str]) -> str:
    return _CROSS.join(part.replace("\\", "\\\\").replace("_X", "_\\X") for part in parts)


def parts_of_cross(crossed: str) -> list[str]:
    """The features or the values that a crossed name is made of."""
    return [_ESCAPED.sub(r"\1", part) for part in crossed.split(_CROSS)]
