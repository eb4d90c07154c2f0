"""Reads examples, counterfactuals and pairs without Beam.

The same rules as `fairflip.pipeline.read`, as plain functions: for training
data, for tables in memory, and for checking an input before anything starts.
Neither Beam nor TensorFlow is imported here.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from fairflip.pipeline.read.cells import settled_cells, with_sizes
from fairflip.pipeline.read.formats import (
    SAMPLE_RECORDS,
    available_columns,
    bears_mark,
    format_of,
    has_schema,
    notes_on_form,
    read_raw,
)
from fairflip.pipeline.read.images.files import as_part, folder_of, paths_of, together
from fairflip.pipeline.read.judge import DUPLICATE_ID, CleanBatch, clean, labels_of
from fairflip.pipeline.read.labels import settle_labels
from fairflip.pipeline.read.layout import ROW_ID, RecordLayout
from fairflip.pipeline.read.own_columns import refuse_other_columns, with_own_columns
from fairflip.pipeline.read.raw import RawBatch, one_table, row_root
from fairflip.pipeline.records.example_ids import first_of_each_id
from fairflip.pipeline.records.rejected_record import RejectedRecord
from fairflip.pipeline.storage import filesystem
from fairflip.protos import columns
from fairflip.protos.errors import InputError

DEFAULT_BATCH_SIZE = 1024
#: Of larger inputs only the first files are looked at before they are read.
MAX_BYTES_TWICE = 256 << 20
#: Images looked at for the size of all of them.
_SAMPLE_IMAGES = 32


@dataclasses.dataclass(frozen=True)
class CheckedInput:
    """An input that can be read as far as its first file tells.

    Attributes:
      files: The files, sorted.
      file_format: Their format, or empty if it goes by each one's extension.
      layout: The layout with optional columns settled: pass it on to reading.
      columns: The first file's columns.
      notes: Sentences on what was found out and not given: encoding, separator, labels.
    """

    files: tuple[filesystem.FileEntry, ...]
    file_format: str
    layout: RecordLayout
    columns: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def size_bytes(self) -> int:
        """Bytes of all files together."""
        return sum(entry.size_bytes for entry in self.files)


def check_inputs(
    patterns: Sequence[str], layout: RecordLayout, file_format: str = "", field: str = "input"
) -> CheckedInput:
    """Looks whether an input is there, can be opened, and has its columns.

    Opens the first file that is not empty and no other. Takes well under a
    second for local files, and neither TensorFlow nor Beam.

    Args:
      patterns: Paths or file patterns on any Beam filesystem.
      layout: What the records must hold.
      file_format: One of `FORMATS`, or empty: by extension.
      field: The configuration's name for this input, for errors.

    Returns:
      The files and the layout to read them with.

    Raises:
      InputError: No such file, unreadable, all empty, or without a column.
      ConfigurationError: Unknown format.
    """
    files = filesystem.match(patterns, field)
    for entry in files:
        format_of(entry.path, file_format)
    filled = [entry for entry in files if entry.size_bytes > 0]
    if not filled:
        raise InputError(f"{field}: {files[0].path!r} is empty; give a file with records")
    if layout.id == ROW_ID and layout.row_root is None:
        layout = dataclasses.replace(layout, row_root=row_root(entry.path for entry in files))
    first = filled[0].path
    available = available_columns(first, format_of(first, file_format), layout)
    is_marked = format_of(first, file_format) == "parquet" and bears_mark(first)
    layout = with_own_columns(layout, available, is_marked)
    layout = layout.resolve(available, first, all(has_schema(e.path, file_format) for e in filled))
    if not is_marked:
        refuse_other_columns(layout, _first_records(first, layout, file_format), first)
    if layout.cells:
        layout = _with_settled_cells(first, layout, file_format)
    notes = notes_on_form(first, format_of(first, file_format), layout)
    labels = _labels_of_all(filled, layout, file_format)
    layout, note = with_settled_labels(layout, labels, first)
    return CheckedInput(
        files=tuple(files),
        file_format=file_format,
        layout=layout,
        columns=tuple(available),
        notes=(*notes, *([note] if note else [])),
    )


def _first_records(path: str, layout: RecordLayout, file_format: str) -> pa.RecordBatch | None:
    """What the first records of a file say of the change, as the file has it."""
    names = tuple(
        n for n in columns.MAPPED if n in (*layout.strings, *layout.booleans, *layout.lists)
    )
    if not names:
        return None
    only = dataclasses.replace(
        layout, id=ROW_ID, texts=(), inputs=(), cells=(), slices=(), indicators=(), absent=(),
        vectors=(), repeats=(),
    )  # fmt: skip
    raw = next(read_raw(path, format_of(path, file_format), only, SAMPLE_RECORDS), None)
    return None if raw is None else raw.batch


def _with_settled_cells(path: str, layout: RecordLayout, file_format: str) -> RecordLayout:
    """The layout of a table whose first records say what is a number."""

    def first(names: Sequence[str], num_rows: int) -> pa.RecordBatch | None:
        only = RecordLayout(
            id=ROW_ID, texts=(), label=None, strings=tuple(names),
            cells=tuple(c for c in layout.cells if c.is_image and c.name in names),
            encoding=layout.encoding, delimiter=layout.delimiter,
        )  # fmt: skip
        raw = next(read_raw(path, format_of(path, file_format), only, num_rows), None)
        return None if raw is None else raw.batch

    images = [cell.name for cell in layout.cells if cell.is_image]
    others = [cell.name for cell in layout.cells if not cell.is_image]
    cells = settled_cells(layout.cells, first(others, SAMPLE_RECORDS) if others else None)
    if images:
        cells = with_sizes(cells, first(images, _SAMPLE_IMAGES), path)
    return dataclasses.replace(layout, cells=cells)


def with_settled_labels(
    layout: RecordLayout, labels: Iterable[pa.Array], source: str
) -> tuple[RecordLayout, str]:
    """The layout with what its labels mean, and a sentence where that was found out.

    Raises:
      InputError: The labels are words, and none is named as positive.
    """
    if not layout.label:
        return layout, ""
    rule, note = settle_labels(labels, layout.positive_label, layout.label, source)
    return dataclasses.replace(layout, two_labels=rule), note


def _labels_of_all(
    files: Sequence[filesystem.FileEntry], layout: RecordLayout, file_format: str
) -> Iterator[pa.Array]:
    """The labels of an input; then, for who asks on, those of the inputs that share them.

    A split that holds one of the labels 1 and 2 alone would else be read as 0 and 1.
    """
    yield from _labels(files, layout, file_format)
    paths = {entry.path for entry in files}
    for pattern in layout.label_files:
        try:
            others = [e for e in filesystem.match([pattern], "data") if e.size_bytes > 0]
        except InputError:  # The check of that input says so.
            continue
        others = [entry for entry in others if entry.path not in paths]
        paths.update(entry.path for entry in others)
        if others and layout.source(layout.label or "") in available_columns(
            others[0].path, format_of(others[0].path, file_format), layout
        ):
            yield from _labels(others, layout, file_format)


def _labels(
    files: Sequence[filesystem.FileEntry], layout: RecordLayout, file_format: str
) -> Iterator[pa.Array]:
    """The labels of an input, batch by batch, from as much of it as is read twice."""
    only = dataclasses.replace(
        layout, id=ROW_ID, texts=(), inputs=(), cells=(), slices=(), strings=(), booleans=(),
        lists=(), vectors=(), repeats=(), required_extras=(), indicators=(), absent=(),
    )  # fmt: skip
    num_bytes = 0
    for entry in files:
        num_bytes += entry.size_bytes
        for raw in read_raw(entry.path, format_of(entry.path, file_format), only, 8192):
            yield labels_of(raw.batch, only)
        if num_bytes > MAX_BYTES_TWICE:
            return


def read_file(
    path: str,
    layout: RecordLayout,
    file_format: str = "",
    batch_size: int = DEFAULT_BATCH_SIZE,
    row_groups: Sequence[int] | None = None,
) -> Iterator[CleanBatch]:
    """Reads one file.

    Args:
      path: The file; several that each hold an image as `images.files.as_part` names them.
      layout: A layout from `check_inputs`.
      file_format: One of `FORMATS`, or empty: by extension.
      batch_size: Most records per batch.
      row_groups: Only these row groups (Parquet).

    Yields:
      Batches in the file's order, each with the rejects of its stretch.

    Raises:
      InputError: The file is corrupt or lacks a column.
    """
    paths = paths_of(path)
    source = path if paths == [path] else folder_of(paths)
    for raw in read_raw(path, format_of(paths[0], file_format), layout, batch_size, row_groups):
        yield clean(raw, layout, source)


def read_table(
    patterns: Sequence[str],
    layout: RecordLayout,
    file_format: str = "",
    batch_size: int = DEFAULT_BATCH_SIZE,
    field: str = "input",
) -> tuple[pa.Table, list[RejectedRecord]]:
    """Reads all files into memory.

    IDs of examples are unique afterwards: of each stays the record that an evaluation of
    the same files keeps (`fairflip.pipeline.records.example_ids`).

    Args:
      patterns: Paths or file patterns.
      layout: What the records must hold.
      file_format: One of `FORMATS`, or empty: by extension.
      batch_size: Records judged at a time.
      field: The configuration's name for this input, for errors.

    Returns:
      The good records, and the others. Together they are all records read, but
      for those a filter passed over.

    Raises:
      InputError: As `check_inputs` and `read_file`.
    """
    checked = check_inputs(patterns, layout, file_format, field)
    parts = (
        (part, paths_of(path)[0])
        for path in parts_of(checked)
        for part in read_file(path, checked.layout, file_format, batch_size)
    )
    table, rejects = _collect(parts, checked.layout, field)
    if table is None:
        raise InputError(
            f"{field}: {checked.files[0].path!r} holds no records; give a file with records"
        )
    return table, rejects


def parts_of(checked: CheckedInput) -> list[str]:
    """What is read after another: files, or lists of some that each hold an image."""
    paths = [entry.path for entry in checked.files if entry.size_bytes]
    if paths and format_of(paths[0], checked.file_format) == columns.IMAGES:
        return [as_part(several) for several in together(paths)]
    return paths


def batches_from_table(
    table: Any,
    layout: RecordLayout,
    batch_size: int = DEFAULT_BATCH_SIZE,
    source: str = "table",
) -> tuple[list[pa.RecordBatch], list[RejectedRecord]]:
    """Judges a table in memory by the same rules as a file.

    Args:
      table: A `pa.Table`, `pa.RecordBatch` or pandas `DataFrame`.
      layout: What the records must hold.
      batch_size: Most rows per batch.
      source: What errors and rejects call the table.

    Returns:
      Batches in one schema, and the records left out. IDs of examples are
      unique afterwards.

    Raises:
      InputError: A column is missing, or cannot be taken as an Arrow column.
    """
    arrow = _as_arrow(table, layout, source)
    resolved = layout.resolve(arrow.schema.names, source)
    arrow = arrow.select([name for name in resolved.wanted if name in arrow.schema.names])
    labels = (labels_of(batch, resolved) for batch in arrow.combine_chunks().to_batches(8192))
    resolved, _ = with_settled_labels(resolved, labels, source)

    def parts() -> Iterator[tuple[CleanBatch, str]]:
        first = 1
        for batch in arrow.combine_chunks().to_batches(batch_size):
            positions = np.arange(first, first + batch.num_rows, dtype=np.int64)
            first += batch.num_rows
            yield clean(RawBatch(batch, positions), resolved, source), source

    judged, rejects = _collect(parts(), resolved, source)
    if judged is None:
        raise InputError(f"{source}: holds no records; give a table with rows")
    return judged.combine_chunks().to_batches(batch_size), rejects


def _collect(
    parts: Iterator[tuple[CleanBatch, str]], layout: RecordLayout, field: str
) -> tuple[pa.Table | None, list[RejectedRecord]]:
    """The good records in one table, None where there was no batch, and the others."""
    batches: list[pa.RecordBatch] = []
    sources: list[np.ndarray] = []
    rejects: list[RejectedRecord] = []
    for part, source in parts:
        rejects.extend(part.rejects)
        batches.append(part.batch)
        sources.append(np.full(part.batch.num_rows, source, object))
    if not batches:
        return None, rejects
    table = one_table(batches, field)
    if layout.kind == "examples":
        table, doubles = _without_duplicates(table, np.concatenate(sources), layout)
        rejects.extend(doubles)
    return table, rejects


def _without_duplicates(
    table: pa.Table, sources: np.ndarray, layout: RecordLayout
) -> tuple[pa.Table, list[RejectedRecord]]:
    """Leaves out records whose ID another record keeps, by the rule of `example_ids`.

    Args:
      table: Good records.
      sources: object [N], the file of each.
      layout: Names the columns.

    Returns:
      The others, in their order, and those left out.
    """
    order, first = first_of_each_id(table, layout.id, layout.content)
    if first.all():
        return table, []
    keeps = np.zeros(len(order), bool)
    keeps[order[first]] = True
    detail = f"another record has this {layout.id!r} and is kept; make IDs unique"
    left_out = table.filter(pa.array(~keeps)).to_pylist()
    rejects = [
        RejectedRecord("read", DUPLICATE_ID, source, str(row[layout.id]), detail, row)
        for source, row in zip(sources[~keeps], left_out, strict=True)
    ]
    return table.filter(pa.array(keeps)), rejects


def _as_arrow(table: Any, layout: RecordLayout, source: str) -> pa.Table:
    if isinstance(table, pa.Table):
        return table
    if isinstance(table, pa.RecordBatch):
        return pa.Table.from_batches([table])
    if not hasattr(table, "columns") or not hasattr(table, "to_numpy"):
        raise InputError(
            f"{source}: is a {type(table).__name__}; give a pandas DataFrame or an Arrow table"
        )
    layout.resolve([str(name) for name in table.columns], source)
    # Column by column: a column nobody asks for may hold anything.
    arrays = {}
    for name in layout.wanted:
        if name not in table.columns:
            continue
        try:
            arrays[name] = pa.array(table[name], from_pandas=True)
        except (pa.ArrowException, UnicodeError, OverflowError) as e:
            raise InputError(
                f"{source}: column {name!r} mixes types ({type(e).__name__}); "
                "give its values one type"
            ) from e
    return pa.Table.from_pydict(arrays)
