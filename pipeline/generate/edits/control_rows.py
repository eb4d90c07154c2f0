"""Rows of controls beside the rows of their pairs, whatever is edited: words or cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa

from fairflip.pipeline.records.pairing_audit import canonical
from fairflip.protos import columns

LISTS = pa.list_(pa.string())
_SCORES = columns.counterfactual(columns.SCORE_PREFIX)


def control_rows(
    pairs: pa.RecordBatch,
    rows: Sequence[int],
    numbers: Sequence[int],
    kinds: Sequence[str | None],
    own: Mapping[str, pa.Array],
) -> pa.RecordBatch:
    """The rows of controls: those of their pairs, with what is theirs.

    Args:
        pairs: With the columns of `labelled`.
        rows: For each control, the row of its pair.
        numbers: Its `counterfactual_index`.
        kinds: Its `control_kind`.
        own: Further columns, with the values of controls: what they change, and into what.
    """
    made = pairs.take(pa.array(rows, pa.int64()))
    values = {
        **own,
        columns.COUNTERFACTUAL_INDEX: pa.array(numbers, pa.int32()),
        columns.EDIT: pa.array([columns.CONTROL] * len(rows), pa.string()),
        columns.CONTROL_KIND: pa.array(kinds, pa.string()),
        columns.CONTROL_OF: made.column(columns.COUNTERFACTUAL_INDEX).cast(pa.int32()),
    }
    if columns.COUNTERFACTUAL_ID in made.schema.names:
        ids = canonical(made.column(columns.COUNTERFACTUAL_ID)).to_pylist()
        values[columns.COUNTERFACTUAL_ID] = pa.array(
            [f"{id}~{number}" for id, number in zip(ids, numbers, strict=True)], pa.string()
        )
    for name in made.schema.names:
        # A control changes nothing else.
        if name.startswith(columns.COUNTERFACTUAL_PREFIX) and name not in values:
            feature = name.removeprefix(columns.COUNTERFACTUAL_PREFIX)
            if feature in made.schema.names and not name.startswith(_SCORES):
                values[name] = made.column(feature)
        elif name in (columns.SPAN, columns.VALIDITY, columns.EDITED_WORDS):
            values[name] = pa.nulls(made.num_rows, made.schema.field(name).type)
    for name, column in values.items():
        made = with_column(made, name, column)
    return made


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


def joined(pairs: pa.RecordBatch, controls: pa.RecordBatch, order: list[int]) -> pa.RecordBatch:
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
