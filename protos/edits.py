"""Which rows of a pair file are identity pairs, and which are their controls."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fairflip.protos import columns

Rows = TypeVar("Rows", pa.RecordBatch, pa.Table)


def control_mask(rows: pa.RecordBatch | pa.Table) -> np.ndarray:
    """[N] bool: the rows that are controls; none without the column `columns.EDIT`."""
    if columns.EDIT not in rows.schema.names:
        return np.zeros(rows.num_rows, dtype=bool)
    edit = rows.column(columns.EDIT)
    is_control = pc.equal(edit.cast(pa.string()), columns.CONTROL)
    return pc.fill_null(is_control, False).to_numpy(zero_copy_only=False)


def identity_pairs(rows: Rows) -> Rows:
    """The rows that are no controls: what every rate but a control rate is over."""
    mask = control_mask(rows)
    return rows.filter(pa.array(~mask)) if mask.any() else rows
