"""From which class to which pairs go: sums by slice over batches whose scores are classes."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from fairflip.metrics.flips.slicing import SliceKey
from fairflip.metrics.statistics.columns import read_columns
from fairflip.metrics.statistics.spec import StatisticsSpec


@dataclasses.dataclass(frozen=True)
class ClassTable:
    """Pairs by both classes; those marked as legitimate flips are left out. Mergeable by `+`.

    Attributes:
        counts: [M, K, K] int64 pairs by the class of the original and of the counterfactual.
    """

    counts: np.ndarray

    def __add__(self, other: ClassTable) -> ClassTable:
        """The sum over both."""
        return ClassTable(self.counts + other.counts)


def count_classes(
    batches: Sequence[pa.RecordBatch | pa.Table], spec: StatisticsSpec, num_classes: int
) -> dict[SliceKey, ClassTable]:
    """The tables of some batches, by slice.

    Args:
        batches: Pairs; the scores of each model are numbers of classes, from 0 to K - 1.
        spec: Names the columns and the slices.
        num_classes: K.
    """
    rows = read_columns(batches, spec)
    originals = rows.scores.astype(np.int64)
    counterfactuals = np.asarray(rows.counterfactual_scores).astype(np.int64)
    cells = originals * num_classes + counterfactuals
    counted = np.ones(rows.num_rows, bool) if rows.legitimate is None else ~rows.legitimate
    by_slice = {}
    for member in rows.members:
        inside = member.rows[counted[member.rows]]
        counts = [np.bincount(each[inside], minlength=num_classes**2) for each in cells]
        shape = (spec.num_models, num_classes, num_classes)
        by_slice[member.key] = ClassTable(np.stack(counts).reshape(shape).astype(np.int64))
    return by_slice


def by_slice_name(tables: Mapping[SliceKey, ClassTable]) -> dict[str, np.ndarray]:
    """The counts by the name that a slice has in a report."""
    return {key.name: table.counts for key, table in tables.items()}
