"""The cells of a table: numbers, categories, vectors or images.

Which of the first three a column holds, its first records tell; images are named.

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

from fairflip.metrics.images.decoding import Size
from fairflip.pipeline.read import columns as read_columns
from fairflip.pipeline.read.images.cells import (
    UNREADABLE_IMAGE,
    WRONG_SIZE,
    first_size,
    read_images,
)
from fairflip.protos import columns

NOT_A_NUMBER = "not_a_number"
#: What is wrong with a cell -> the reject's detail.
DETAILS = {
    UNREADABLE_IMAGE: "{column!r} holds {limit}; expected is an image (PNG, JPEG, BMP or WebP): "
    "mend it, or leave the record out",
    WRONG_SIZE: "{column!r} holds {limit}",
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
      is_image: Whether it holds images: encoded bytes, or paths.
      size: Of images, that of the input's first one; None: it is not known yet.
    """

    name: str
    is_number: bool | None = None
    is_optional: bool = False
    length: int = 0
    is_image: bool = False
    size: Size | None = None


def cells_of(features: Sequence[str], kind: str, images: Sequence[str] = ()) -> tuple[Cell, ...]:
    """The cells of an input: of examples, of counterfactuals, or of pairs with both sides.

    Args:
        features: What models read.
        kind: One of `layout.KINDS`.
        images: Those of the features that are images.
    """
    own = tuple(
        Cell(name, is_optional=kind == "counterfactuals", is_image=name in images)
        for name in features
    )
    if kind != "pairs":
        return own
    return own + tuple(
        Cell(columns.counterfactual(n), is_optional=True, is_image=n in images) for n in features
    )


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
        if cell.is_number is not None or cell.is_image
        else dataclasses.replace(cell, is_number=is_number(cell.name), length=length(cell.name))
        for cell in cells
    )


def with_sizes(
    cells: Sequence[Cell], batch: pa.RecordBatch | None, source: str
) -> tuple[Cell, ...]:
    """Cells of images with the size of the first one that can be read, on either side.

    Args:
        cells: Of the layout.
        batch: The first records, as the file has them.
        source: The file.
    """
    there = [] if batch is None else batch.schema.names
    known: dict[str, Size | None] = {}
    for cell in cells:
        own = cell.name.removeprefix(columns.COUNTERFACTUAL_PREFIX)
        if cell.is_image and batch is not None and own not in known:
            sides = [name for name in (own, columns.counterfactual(own)) if name in there]
            whole = (read_columns.without_view(batch.column(name)) for name in sides)
            known[own] = first_size([read_columns.single(each)[0] for each in whole], source)
    return tuple(
        dataclasses.replace(c, size=known.get(c.name.removeprefix(columns.COUNTERFACTUAL_PREFIX)))
        if c.is_image
        else c
        for c in cells
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
    if not read_columns.is_text_or_bytes(values.type):
        return None if pa.types.is_null(values.type) else False
    read, wrong = read_columns.numbers(values)
    if wrong.any():
        return False
    return True if read.null_count < len(read) else None


def read_cell(
    column: pa.Array, cell: Cell, is_text_file: bool, source: str = ""
) -> tuple[pa.Array, list[Fault]]:
    """The values of one column, null where a cell is missing.

    Args:
      column: As a decoder left it.
      cell: What it holds.
      is_text_file: Whether an empty text says that there is nothing, as in CSV files.
      source: The file, beside which paths of images lie.

    Returns:
      float64, text, of vectors list<double>, of images their encoded bytes; and what is wrong
      with which records.
    """
    if cell.is_image:
        return _read_images(column, cell, source)
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
    if not read_columns.is_text_or_bytes(values.type) and not pa.types.is_null(values.type):
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


def _read_images(column: pa.Array, cell: Cell, source: str) -> tuple[pa.Array, list[Fault]]:
    values, several = read_columns.single(column)
    read = read_images(values, source)
    faults = [Fault(several, _SEVERAL)]
    faults += [Fault(mask, UNREADABLE_IMAGE, seen) for seen, mask in read.faults.items()]
    if not cell.is_optional:
        faults.append(Fault(read_columns.is_null(read.images), _MISSING))
    for size in {size for size in read.sizes if size and cell.size and size != cell.size}:
        message = (
            f"an image of {size} pixels, expected are {cell.size}, as in the input's first record"
        )
        faults.append(Fault(np.array([one == size for one in read.sizes]), WRONG_SIZE, message))
    return read.images, faults
