"""Which columns tell the attribute: Cramer's V, by SciPy.

A change of the attribute alone leaves them behind: a model that knows the title and the
occupation may know the gender without its column.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fairflip.pipeline.tabular.swap import cell_texts

#: Numbers are cut into so many parts of equally many records.
NUM_PARTS = 10
#: Rarer categories count as one.
_MOST_CATEGORIES = 50


class Association(NamedTuple):
    """How strongly a column goes with the attribute.

    Attributes:
        column: Its name.
        cramers_v: From 0 (independent) to 1 (one tells the other).
        p_value: Of no association, by the chi-squared test.
    """

    column: str
    cramers_v: float
    p_value: float


def associations(
    attribute: pa.Array, features: Sequence[tuple[str, pa.Array]]
) -> list[Association]:
    """Each feature's association with the attribute, the strongest first.

    A missing cell is a category of its own. A feature with one value is left out.

    Args:
        attribute: [N] values.
        features: (name, [N] values).
    """
    from scipy.stats import chi2_contingency
    from scipy.stats.contingency import association, crosstab

    groups = _categories(attribute)
    tested = []
    for name, values in features:
        table = crosstab(groups, _categories(values)).count
        if min(table.shape, default=0) < 2:
            continue
        strength = float(association(table, method="cramer"))
        p_value = float(chi2_contingency(table, correction=False).pvalue)
        tested.append(Association(name, strength, p_value))
    return sorted(tested, key=lambda one: (-one.cramers_v, one.column))


def _categories(values: pa.Array) -> np.ndarray:
    """[N] the number of each value's category."""
    missing = values.is_null().to_numpy(zero_copy_only=False)
    if pa.types.is_floating(values.type) and len(pc.unique(values)) > NUM_PARTS:
        numbers = values.to_numpy(zero_copy_only=False)
        known = numbers[~missing]
        edges = np.unique(np.quantile(known, np.linspace(0, 1, NUM_PARTS + 1)[1:-1]))
        parts = np.searchsorted(edges, numbers, side="right")
        return np.where(missing, -1, parts)
    encoded = cell_texts(values).dictionary_encode()
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    sizes = np.bincount(codes[codes >= 0], minlength=len(encoded.dictionary))
    if len(sizes) <= _MOST_CATEGORIES:
        return codes
    names = np.array(encoded.dictionary.to_pylist())
    order = np.lexsort((names, -sizes))
    place = np.empty(len(sizes), np.int64)
    place[order] = np.arange(len(sizes))
    return np.where(codes < 0, -1, np.minimum(place[np.maximum(codes, 0)], _MOST_CATEGORIES - 1))
