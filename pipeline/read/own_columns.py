"""Tells fairflip's own columns of pairs from the data's columns of the same names."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import pyarrow as pa

from fairflip.pipeline.read import columns as read_columns
from fairflip.pipeline.read.labels import booleans
from fairflip.pipeline.read.layout import RecordLayout
from fairflip.protos import columns
from fairflip.protos.errors import InputError


def with_own_columns(
    layout: RecordLayout, available: Sequence[str], is_marked: bool
) -> RecordLayout:
    """Settles which columns of a file of pairs are the data's own.

    In files that fairflip wrote, which bear its mark, the data's own ``group`` is
    ``original.group``. In others a slicing feature of such a name is the file's column, which
    then says nothing of what was changed.
    """
    if is_marked or layout.kind != "pairs":
        return layout
    taken = {
        name: name.removeprefix(columns.ORIGINAL_PREFIX)
        for name in layout.slices
        if name.startswith(columns.ORIGINAL_PREFIX) and name not in available
    }
    given = dict(layout.sources)
    ours = set(taken.values()) - set(given) - set(layout.required_extras)
    return dataclasses.replace(
        layout,
        strings=tuple(name for name in layout.strings if name not in ours),
        booleans=tuple(name for name in layout.booleans if name not in ours),
        lists=tuple(name for name in layout.lists if name not in ours),
        sources=(*layout.sources, *((n, c) for n, c in taken.items() if c in available)),
    )


def refuse_other_columns(layout: RecordLayout, batch: pa.RecordBatch | None, source: str) -> None:
    """Refuses columns that are called like those of a pair and hold something else.

    Args:
      layout: With the columns that say what was changed.
      batch: The first records of a file that fairflip did not write.
      source: The file.

    Raises:
      InputError: A column's values are of another type than documented.
    """
    given = dict(layout.sources)
    for name in (*layout.lists, *layout.booleans):
        if batch is None or name in given or name not in batch.schema.names:
            continue
        column = read_columns.without_views(batch.select([name])).column(0)
        kind, is_ours = "text", not read_columns.holds_numbers(column)
        if name in layout.booleans:
            values = read_columns.single(column)[0]
            kind, is_ours = "truth values", not booleans(values)[1].any()
        if not is_ours:
            raise InputError(
                f"{source}: the column {name!r} does not hold {kind}, as fairflip's own column of "
                f"this name does; say which column does (--pair_column {name}=COLUMN), or that "
                f"none does (--pair_column {name}=)"
            )


def named_as_output(batch: pa.RecordBatch, layout: RecordLayout) -> pa.RecordBatch:
    """The batch with columns that have another name in the files under that of the output."""
    for name, column in layout.sources:
        if column in batch.schema.names:
            if name in batch.schema.names:
                batch = batch.drop_columns([name])
            batch = batch.append_column(name, batch.column(column))
    return batch
