"""The cells of a table: numbers, categories or vectors, as the first records of a column tell.

A model of a table reads columns that have no role but to be read. A cell may be missing: how
a model fills it in is a part of the model.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import NamedTuple

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
_LENGTH, _MISSING = "wrong_length", "missing_input"


class Fault(NamedTuple):
    """What is wrong with some records.

    Attributes:
      mask: Which.
      reason: A reject's.
      seen: What is there, where the reason alone does not say it.
    """

    mask: np.ndarray
    reason: str
    seen: str = ""


@dataclasses.dataclass(frozen=True)
class Cell:
    """A column of a table that a model reads.

    Attributes:
      name: The column.
      is_number: Whether it holds numbers (float64) or categories (text); None: the first
        records are to tell.
      length: Of a vector, how many numbers it holds; 0: there is one value.
      is_optional: Whether an input may lack it: the changed side of a column that no
        counterfactual changes.
    """

    name: str
    is_number: bool | None = None
    is_optional: bool = False
    length: int = 0


def cells_of(features: Sequence[str], kind: str) -> tuple[Cell, ...]:
    """The cells of an input: of examples, of counterfactuals, or of pairs with both sides."""
    own = tuple(Cell(name, is_optional=kind == "counterfactuals") for name in features)
    if kind != "pairs":
        return own
    return own + tuple(Cell(columns.counterfactual(n), is_optional=True) for n in features)


def settled_cells(cells: Sequence[Cell], batch: pa.RecordBatch | None) -> tuple[Cell, ...]:
    """Cells with their kind; both sides of a pair are of one, vectors of the original's length.

    Args:
      cells: Of the layout.
      batch: The first records, as the file has them.
    """
    there = {} if batch is None else dict(zip(batch.schema.names, batch.columns, strict=True))
    holds = {cell.name: _holds_numbers(there.get(cell.name)) for cell in cells}

    def is_number(name: str) -> bool:
        own = name.removeprefix(columns.COUNTERFACTUAL_PREFIX)
        known = [holds.get(each) for each in (own, columns.counterfactual(own))]
        answers = [each for each in known if each is not None]
        return bool(answers) and all(answers)

    def length(name: str) -> int:
        own = name.removeprefix(columns.COUNTERFACTUAL_PREFIX)
        return _length(there.get(own)) or _length(there.get(name))

    return tuple(
        cell
        if cell.is_number is not None
        else dataclasses.replace(cell, is_number=is_number(cell.name), length=length(cell.name))
        for cell in cells
    )


def _length(column: pa.Array | None) -> int:
    """How many numbers the first vector of a column holds; 0 of a column of single values."""
    if column is None:
        return 0
    lists = _numbers_of(column)[0]
    if not pa.types.is_list(lists.type):
        return 0
    lengths = pc.list_value_length(lists).drop_null().to_numpy(zero_copy_only=False)
    filled = lengths[lengths > 0]
    return int(filled[0]) if (filled > 1).any() else 0


def _numbers_of(column: pa.Array) -> tuple[pa.Array, np.ndarray]:
    """Lists of numbers as list<double>, tensors of one shape as their numbers in a row."""
    if isinstance(column.type, pa.BaseExtensionType):
        column = column.storage
    return read_columns.number_lists(read_columns.without_view(column))


def _holds_numbers(column: pa.Array | None) -> bool | None:
    """Whether all values are numbers, also as text; None where there is none at all."""
    if column is None or isinstance(column.type, pa.BaseExtensionType):
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


def read_cell(column: pa.Array, cell: Cell, is_text_file: bool) -> tuple[pa.Array, list[Fault]]:
    """The values of one column, null where a cell is missing.

    Args:
      column: As a decoder left it.
      cell: What it holds.
      is_text_file: Whether an empty text says that there is nothing, as in CSV files.

    Returns:
      float64, text, or of vectors list<double>; and what is wrong with which records.
    """
    if cell.length:
        return _read_vector(column, cell)
    values, several = read_columns.single(column)
    if cell.is_number:
        inexact = read_columns.beyond_float64(values)
        numbers, wrong = read_columns.numbers(values)
        # NaN is how pandas writes that there is nothing.
        numbers = pc.if_else(pc.is_nan(numbers), pa.scalar(None, pa.float64()), numbers)
        faults = [Fault(several, _SEVERAL), Fault(inexact, _INEXACT), Fault(wrong, NOT_A_NUMBER)]
        return numbers, faults
    if read_columns.is_number(values.type):
        # A column of text in the first file, and of numbers here.
        return read_columns.strings(values.cast(pa.string()))[0], [Fault(several, _SEVERAL)]
    if not read_columns.is_binary(values.type) and not pa.types.is_null(values.type):
        return pa.nulls(len(values), pa.string()), [Fault(~read_columns.is_null(values), _TYPE)]
    text, invalid = read_columns.strings(values)
    if is_text_file:
        text = pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)
    return text, [Fault(several, _SEVERAL), Fault(invalid, _UTF8)]


def _read_vector(column: pa.Array, cell: Cell) -> tuple[pa.Array, list[Fault]]:
    lists, inexact = _numbers_of(column)
    if pa.types.is_null(lists.type):
        lists = pa.nulls(len(lists), pa.list_(pa.float64()))
    if lists.type != pa.list_(pa.float64()):
        nothing = pa.nulls(len(lists), pa.list_(pa.float64()))
        return nothing, [Fault(np.ones(len(lists), bool), _TYPE)]
    lengths = pc.list_value_length(lists).fill_null(0).to_numpy(zero_copy_only=False)
    faults = [Fault(lengths == 0, _MISSING), Fault(inexact, _INEXACT)]
    for length in np.unique(lengths[(lengths != 0) & (lengths != cell.length)]).tolist():
        message = f"{length} numbers, expected are {cell.length}, as in the input's first record"
        faults.append(Fault(lengths == length, _LENGTH, message))
    return lists, faults
