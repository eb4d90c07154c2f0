"""Refuses a slice in which no record can be, before anything is scored."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from fairflip.pipeline.read.files import MAX_BYTES_TWICE, CheckedInput, read_file
from fairflip.protos import columns
from fairflip.protos.errors import InputError


def refuse_empty_slices(checked: CheckedInput, slices: Sequence[str], field: str) -> None:
    """Reads slicing features until each has named a group once.

    Args:
        checked: Originals or pairs.
        slices: `EvaluationSpec.slices`.
        field: The configuration's name of the input, for the error.

    Raises:
        InputError: No record of the input is in any group of a slicing feature, though
            some can be read; where none can, the run says so, and why.
    """
    wanted = {name for entry in slices for name in entry.split(",")}
    empty = {name for name in wanted if name not in columns.PAIR_SLICES}
    if not empty or checked.size_bytes > MAX_BYTES_TWICE:  # It then shows in the report.
        return
    # Labels and scores stay: by them a record in a CSV file is told from a piece of text.
    layout = dataclasses.replace(
        checked.layout,
        texts=(),
        inputs=(),
        cells=(),
        strings=(),
        booleans=(),
        lists=(),
        required_extras=(),
    )
    num_good = 0
    for entry in checked.files:
        if not entry.size_bytes:
            continue
        for part in read_file(entry.path, layout, checked.file_format, batch_size=8192):
            num_good += part.batch.num_rows
            empty = {name for name in empty if not _names_a_group(part.batch, name)}
            if not empty:
                return
    if not num_good:
        return
    name = sorted(empty)[0]
    raise InputError(
        f"evaluation.slices: no record of {field} is in any group of {name!r}; "
        "check the column's values or drop the slice"
    )


def _names_a_group(batch: pa.RecordBatch, feature: str) -> bool:
    column = batch.column(feature if feature in batch.schema.names else columns.own(feature))
    if pa.types.is_list(column.type):
        column = pc.list_flatten(column)
    return len(column) > column.null_count
