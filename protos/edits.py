"""Which rows of a pair file are identity pairs, their controls, and pairs of certain terms."""

from __future__ import annotations

from collections.abc import Sequence
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


def legitimate_mask(rows: pa.RecordBatch | pa.Table) -> np.ndarray:
    """[N] bool: the pairs of which another answer to the counterfactual is right; null: no."""
    if columns.FLIP_IS_LEGITIMATE not in rows.schema.names:
        return np.zeros(rows.num_rows, dtype=bool)
    marked = rows.column(columns.FLIP_IS_LEGITIMATE).cast(pa.bool_())
    return pc.fill_null(marked, False).to_numpy(zero_copy_only=False)


def identity_pairs(rows: Rows) -> Rows:
    """The rows that are no controls: what every rate but a control rate is over."""
    mask = control_mask(rows)
    return rows.filter(pa.array(~mask)) if mask.any() else rows


def names_any_term(column: pa.Array | pa.ChunkedArray, terms: Sequence[str]) -> np.ndarray:
    """[N] bool: whether each row's terms name one of `terms`, without regard to case.

    Args:
        column: The column `columns.TERM` of N rows: a term, several with commas between, or
            a list of them in each row; a null names none.
        terms: What is looked for.
    """
    wanted = {term.casefold().strip() for term in terms}
    if isinstance(column, pa.ChunkedArray):
        column = pa.concat_arrays(column.chunks) if column.num_chunks else pa.nulls(0)
    names_one = np.zeros(len(column), bool)
    is_list = pa.types.is_list(column.type) or pa.types.is_large_list(column.type)
    values = pc.list_flatten(column) if is_list else column
    if pa.types.is_null(values.type):
        return names_one
    rows = pc.list_parent_indices(column).to_numpy() if is_list else np.arange(len(column))
    encoded = values.cast(pa.string()).dictionary_encode(null_encoding="encode")
    hits = np.array(
        [
            not wanted.isdisjoint(
                part.casefold().strip()
                for part in ((text or "",) if is_list else (text or "").split(","))
            )
            for text in encoded.dictionary.to_pylist()
        ],
        bool,
    )
    names_one[rows[hits[encoded.indices.to_numpy()]]] = True
    return names_one
