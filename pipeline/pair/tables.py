"""Small vectorised steps on tables of records, shared by joining and admitting."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fairflip.pipeline.pair.columns import PairColumns, checked_ids
from fairflip.pipeline.records.rejected_record import RejectedRecord
from fairflip.protos.errors import InputError

STAGE = "pair"


def is_same(left: pa.Array, right: pa.Array) -> np.ndarray:
    """Whether strings are equal, two nulls being equal."""
    same = pc.fill_null(pc.equal(left, right), False)
    if left.null_count and right.null_count:
        same = pc.or_(same, pc.and_(pc.is_null(left), pc.is_null(right)))
    return same.to_numpy(zero_copy_only=False)


def rejected(
    rows: pa.Table, names: PairColumns, source: str, reason: str, detail: str
) -> list[RejectedRecord]:
    """Rejected records of rows, each with its content."""
    return [
        RejectedRecord(STAGE, reason, source, str(row.get(names.id) or ""), detail, row)
        for row in rows.to_pylist()
    ]


def with_ids(
    table: pa.Table, names: PairColumns, source: str
) -> tuple[pa.Table, list[RejectedRecord]]:
    """The table with its IDs as strings, and the records that have none."""
    if names.id not in table.column_names:
        raise InputError(
            f"{source}: there is no ID column {names.id!r} among "
            f"{', '.join(table.column_names)[:200]}; name it with id_feature."
        )
    ids = checked_ids(table[names.id], names.id)
    table = table.set_column(table.column_names.index(names.id), names.id, ids)
    return with_value(table, names.id, names, source, "missing_id")


def with_value(
    table: pa.Table,
    feature: str,
    names: PairColumns,
    source: str,
    reason: str = "missing_value",
) -> tuple[pa.Table, list[RejectedRecord]]:
    """The records with a value in a feature, and those without, rejected."""
    if feature not in table.column_names or not table[feature].null_count:
        return table, []
    missing = np.flatnonzero(is_null(table[feature]))
    detail = f"Feature {feature!r} is empty or of no use; fill it in or leave the record out."
    records = rejected(table.take(pa.array(missing)), names, source, reason, detail)
    return without_rows(table, missing), records


def taken(table: pa.Table, rows: np.ndarray) -> pa.Table:
    """The rows at some positions, in this order; where all stand so already, the table itself."""
    if len(rows) == table.num_rows and (rows == np.arange(len(rows))).all():
        return table
    return table.take(pa.array(rows))


def without_rows(table: pa.Table, rows: np.ndarray) -> pa.Table:
    """The table without the rows at some positions."""
    if not len(rows):
        return table
    keep = np.ones(table.num_rows, dtype=bool)
    keep[rows] = False
    return table.filter(pa.array(keep))


def is_null(column: pa.Array | pa.ChunkedArray) -> np.ndarray:
    """Whether each value is null."""
    return np.asarray(column.is_null())


def is_first(keys: list[pa.Array]) -> np.ndarray:
    """Of sorted rows, whether each is the first with its keys (nulls are equal)."""
    num_rows = len(keys[0])
    first = np.ones(num_rows, dtype=bool)
    if num_rows > 1:
        first[1:] = False
        for key in keys:
            first[1:] |= ~is_same(key.slice(1), key.slice(0, num_rows - 1))
    return first
