"""Which tests of a report are adjusted together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fairflip.metrics.flips.slicing import SliceKey
from fairflip.metrics.intervals.hypothesis_tests import benjamini_hochberg


def adjusted_p_values(p_values: np.ndarray, keys: Sequence[SliceKey]) -> np.ndarray:
    """p-values adjusted within their family, so that of those below q at most q are false.

    Overall is a family of its own: it is the question that was asked. The slices of one
    feature, or of one cross of features, are another, with all their thresholds and all
    candidates. A slice that is too small to be tested is in none.

    Args:
        p_values: [C, S, T] by candidate, slice and threshold; NaN: not tested.
        keys: [S] the slices.

    Returns:
        [C, S, T] adjusted p-values; NaN where nothing is tested.
    """
    families: dict[tuple[str, ...], list[int]] = {}
    for position, key in enumerate(keys):
        families.setdefault(tuple(name for name, _ in key.features), []).append(position)
    adjusted = np.full(p_values.shape, np.nan)
    for positions in families.values():
        family = p_values[:, positions]
        adjusted[:, positions] = benjamini_hochberg(family.reshape(-1)).reshape(family.shape)
    return adjusted
