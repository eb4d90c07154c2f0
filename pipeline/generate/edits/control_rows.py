"""Rows of controls beside the rows of their pairs, whatever is edited: words or cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from fairflip.pipeline.records.pairing_audit import canonical
from fairflip.protos import columns

LISTS = pa.list_(pa.string())
_SCORES = columns.counterfactual(columns.SCORE_PREFIX)


def control_rows(
    pairs: pa.RecordBatch,
    rows: Sequence[int] | np.ndarray,
    numbers: Sequence[int] | np.ndarray,
    kinds: Sequence[str | None] | pa.Array,
    own: Mapping[str, pa.Array],
) -> pa.RecordBatch:
    """The rows of controls: those of their pairs, with what is theirs.

    Args:
        pairs: With the columns of `labelled`.
        rows: For each control, the row of its pair.
        numbers: Its `counterfactual_index`.
        kinds: Its `control_kind`.
        own: Those of the pairs' columns that controls change, with their values; others that
            the pairs lack are not taken.
    """
    taken = pa.array(rows, pa.int64())
    schema = pairs.schema

    def of_pair(name: str) -> pa.Array:
        return pairs.column(name).take(taken)

    values = {
        **own,
        columns.COUNTERFACTUAL_INDEX: pa.array(numbers, pa.int32()),
        columns.EDIT: pa.repeat(columns.CONTROL, len(rows)),
        columns.CONTROL_KIND: pa.array(kinds, pa.string()),
        columns.CONTROL_OF: of_pair(columns.COUNTERFACTUAL_INDEX).cast(pa.int32()),
    }
    if columns.COUNTERFACTUAL_ID in schema.names:
        ids = canonical(of_pair(columns.COUNTERFACTUAL_ID)).to_pylist()
        values[columns.COUNTERFACTUAL_ID] = pa.array(
            [f"{id}~{number}" for id, number in zip(ids, numbers, strict=True)], pa.string()
        )
    for name in schema.names:
        if name in values:
            continue
        feature = name.removeprefix(columns.COUNTERFACTUAL_PREFIX)
        is_other_side = feature != name and not name.startswith(_SCORES)
        if name in (columns.SPAN, columns.VALIDITY, columns.EDITED_WORDS):
            values[name] = pa.nulls(len(rows), schema.field(name).type)
        elif is_other_side and feature in schema.names:
            # A control changes nothing else.
            values[name] = of_pair(feature)
        else:
            values[name] = of_pair(name)
    made = [values[name] for name in schema.names]
    fields = [
        field if column.type == field.type else pa.field(field.name, column.type)
        for field, column in zip(schema, made, strict=True)
    ]
    return pa.RecordBatch.from_arrays(made, schema=pa.schema(fields, schema.metadata))


def labelled(pairs: pa.RecordBatch) -> pa.RecordBatch:
    """Pairs with the columns that controls have, and with lists of terms."""
    nothing = pa.nulls(pairs.num_rows)
    for name, kind, value in (
        (columns.EDIT, pa.string(), pa.array([columns.IDENTITY] * pairs.num_rows, pa.string())),
        (columns.CONTROL_KIND, pa.string(), nothing.cast(pa.string())),
        (columns.CONTROL_OF, pa.int32(), nothing.cast(pa.int32())),
        (columns.TERM, LISTS, nothing.cast(LISTS)),
        (columns.REPLACEMENT, LISTS, nothing.cast(LISTS)),
    ):
        if name not in pairs.schema.names:
            pairs = pairs.append_column(name, value)
        elif name in (columns.EDIT, columns.CONTROL_KIND):
            default = columns.IDENTITY if name == columns.EDIT else None
            given = canonical(pairs.column(name))
            pairs = with_column(pairs, name, given if default is None else given.fill_null(default))
        elif pairs.schema.field(name).type != kind:
            given = pairs.column(name)
            if kind == LISTS and not pa.types.is_list(given.type):
                given = _in_lists(canonical(given))
            pairs = with_column(pairs, name, given.cast(kind))
    return pairs


def _in_lists(texts: pa.Array) -> pa.Array:
    """Each text as a list of one; null stays null."""
    return pa.array([None if text is None else [text] for text in texts.to_pylist()], LISTS)


def joined(
    pairs: pa.RecordBatch, controls: pa.RecordBatch, order: Sequence[int] | np.ndarray
) -> pa.RecordBatch:
    """The rows of both, in an order of their numbers."""
    columns_of_both = [
        pa.concat_arrays([one, other.cast(one.type)])
        for one, other in zip(pairs.columns, controls.columns, strict=True)
    ]
    both = pa.RecordBatch.from_arrays(columns_of_both, schema=pairs.schema)
    return both.take(pa.array(order, pa.int64())) if controls.num_rows else both


def with_column(batch: pa.RecordBatch, name: str, values: pa.Array) -> pa.RecordBatch:
    """The batch with other values in a column that it has."""
    position = batch.schema.get_field_index(name)
    return batch.set_column(position, name, values)
