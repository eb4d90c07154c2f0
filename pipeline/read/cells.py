"""The cells of a table: numbers or categories, as the first records of a column tell.

A model of a table reads columns that have no role but to be read. A cell may be missing: how
a model fills it in is a part of the model.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fairflip.pipeline.read import columns as read_columns
from fairflip.protos import columns

NOT_A_NUMBER = "not_a_number"
#: What is wrong with a cell -> the reject's detail.
DETAILS = {
    NOT_A_NUMBER: "{column!r} is no number, as those of the input's first records are; mend it, "
    "or store the column as text in a Parquet file",
}
_SEVERAL, _TYPE, _UTF8, _INEXACT = "several_values", "wrong_type", "invalid_utf8", "inexact_number"


@dataclasses.dataclass(frozen=True)
class Cell:
    """A column of a table that a model reads.

    Attributes:
      name: The column.
      is_number: Whether it holds numbers (float64) or categories (text); None: the first
        records are to tell.
      is_optional: Whether an input may lack it: the changed side of a column that no
        counterfactual changes.
    """

    name: str
    is_number: bool | None = None
    is_optional: bool = False


def cells_of(features: Sequence[str], kind: str) -> tuple[Cell, ...]:
    """The cells of an input: of examples, of counterfactuals, or of pairs with both sides."""
    own = tuple(Cell(name, is_optional=kind == "counterfactuals") for name in features)
    if kind != "pairs":
        return own
    return own + tuple(Cell(columns.counterfactual(n), is_optional=True) for n in features)


def settled_cells(cells: Sequence[Cell], batch: pa.RecordBatch | None) -> tuple[Cell, ...]:
    """Cells with their kind; both sides of a pair are of one.

    Args:
      cells: Of the layout.
      batch: The first records, as the file has them.
    """
    there = {} if batch is None else dict(zip(batch.schema.names, batch.columns, strict=True))
    holds = {cell.name: _holds_numbers(there.get(cell.name)) for cell in cells}

    def is_number(name: str) -> bool:
        own = name.removeprefix(columns.COUNTERFACTUAL_PREFIX)
        known = [holds.get(each) for each in (own, columns.counterfactual(own))]
        said = [each for each in known if each is not None]
        return bool(said) and all(said)

    return tuple(
        cell
        if cell.is_number is not None
        else dataclasses.replace(cell, is_number=is_number(cell.name))
        for cell in cells
    )


def _holds_numbers(column: pa.Array | None) -> bool | None:
    """Whether all values are numbers, also as text; None where there is none at all."""
    if column is None:
        return None
    values = read_columns.single(read_columns.without_view(column))[0]
    if read_columns.is_number(values.type):
        return True
    if not read_columns.is_binary(values.type):
        return None if pa.types.is_null(values.type) else False
    read, wrong = read_columns.numbers(values)
    if wrong.any():
        return False
    return True if read.null_count < len(read) else None


def read_cell(
    column: pa.Array, cell: Cell, is_text_file: bool
) -> tuple[pa.Array, list[tuple[np.ndarray, str]]]:
    """The values of one column, null where a cell is missing.

    Args:
      column: As a decoder left it.
      cell: What it holds.
      is_text_file: Whether an empty text says that there is nothing, as in CSV files.

    Returns:
      float64 or text; and (mask, reason) of the records whose value is neither.
    """
    values, several = read_columns.single(column)
    if cell.is_number:
        inexact = read_columns.beyond_float64(values)
        numbers, wrong = read_columns.numbers(values)
        # NaN is how pandas writes that there is nothing.
        numbers = pc.if_else(pc.is_nan(numbers), pa.scalar(None, pa.float64()), numbers)
        found = [(several, _SEVERAL), (inexact, _INEXACT), (wrong, NOT_A_NUMBER)]
        return numbers, found
    if read_columns.is_number(values.type):
        # A column of text in the first file, and of numbers here.
        return read_columns.strings(values.cast(pa.string()))[0], [(several, _SEVERAL)]
    if not read_columns.is_binary(values.type) and not pa.types.is_null(values.type):
        return pa.nulls(len(values), pa.string()), [(~read_columns.is_null(values), _TYPE)]
    text, invalid = read_columns.strings(values)
    if is_text_file:
        text = pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)
    return text, [(several, _SEVERAL), (invalid, _UTF8)]
