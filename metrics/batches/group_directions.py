"""From which group to which a pair leads: sums by direction over scored batches.

A direction is a slice of the pairs: those whose original names one group and whose
counterfactual names another in its place.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fairflip.metrics.flips.slicing import SliceKey
from fairflip.metrics.statistics.spec import StatisticsSpec
from fairflip.protos import columns

# Stands in no name of a group; the column is made here and written nowhere.
_BETWEEN = "\x1f"
_FEATURE = "group_direction"


def direction_spec(spec: StatisticsSpec) -> StatisticsSpec:
    """What of a spec counting by direction needs."""
    return spec.of_feature(_FEATURE)


def ends_of(key: SliceKey) -> tuple[str, str] | None:
    """The groups that a slice leads from and to; None of Overall."""
    if not key.features:
        return None
    source, _, target = key.features[0][1].partition(_BETWEEN)
    return source, target


def with_direction(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The rows of a batch that lead from one group to another, with a column that says so."""
    if not {columns.GROUP, columns.REPLACEMENT_GROUP} <= set(batch.schema.names):
        return batch.slice(0, 0).append_column(_FEATURE, pa.array([], pa.string()))
    batch = batch.drop_columns([_FEATURE]) if _FEATURE in batch.schema.names else batch
    source, target = (_only(batch.column(n)) for n in (columns.GROUP, columns.REPLACEMENT_GROUP))
    leads = pc.fill_null(pc.not_equal(source, target), False)
    direction = pc.binary_join_element_wise(source, target, _BETWEEN)
    return batch.append_column(_FEATURE, direction).filter(leads)


def _only(column: pa.Array) -> pa.Array:
    """The one text of each row; null where there are none or several."""
    if pa.types.is_list(column.type) or pa.types.is_large_list(column.type):
        lengths = pc.fill_null(pc.list_value_length(column), 0).to_numpy(zero_copy_only=False)
        starts = np.cumsum(lengths) - lengths
        at = pa.array(starts, mask=lengths != 1)
        return pc.list_flatten(column).cast(pa.string()).take(at)
    return column.cast(pa.string())
