"""Decodes TFRecord, Parquet, CSV and JSON Lines into Arrow batches.

Nothing is judged here but the encoding: values keep the file's types, and
`read_records` says which records are good. Records that cannot be decoded are
handed on by position; a file that cannot be decoded is an `InputError`,
because nobody could say how many records it held.
"""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow.parquet as pq

from fairflip.pipeline.read.columns import require_columns
from fairflip.pipeline.read.csv_files import csv_header, read_csv, usual_delimiter
from fairflip.pipeline.read.images.files import paths_of, records_of
from fairflip.pipeline.read.jsonl_files import lines_of, parse_line, read_jsonl
from fairflip.pipeline.read.layout import RecordLayout
from fairflip.pipeline.read.raw import RawBatch, naming, refuse_absent
from fairflip.pipeline.read.text_encodings import UTF_8, encoding_of, open_text
from fairflip.pipeline.read.tfrecord_files import decode_examples, read_tfrecord, tfrecords
from fairflip.pipeline.storage import filesystem
from fairflip.protos import columns
from fairflip.protos.errors import ConfigurationError, InputError

FORMATS = ("tfrecord", "parquet", "csv", "jsonl", columns.IMAGES)

_EXTENSIONS = {
    ".tfrecord": "tfrecord",
    ".tfrecords": "tfrecord",
    ".tfr": "tfrecord",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".csv": "csv",
    ".tsv": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    **dict.fromkeys(columns.IMAGE_EXTENSIONS, columns.IMAGES),
}

#: Records looked at to learn what columns a file without a schema has.
SAMPLE_RECORDS = 1000
# What is read of a column's chunk at once.
_BYTES_OF_A_COLUMN = 1 << 20
# Most of several row groups that one worker reads: rows, and bytes before compression.
_ROWS_OF_PART, _BYTES_OF_PART = 1 << 16, 32 << 20


def format_of(path: str, given: str = "") -> str:
    """The format of `path`: `given`, or else by the file's extension.

    Raises:
      ConfigurationError: Neither says.
    """
    if given:
        if given not in FORMATS:
            raise ConfigurationError(f"data.format: {given!r} is not one of {', '.join(FORMATS)}")
        return given
    stem, extension = os.path.splitext(path.lower())
    if extension in filesystem.COMPRESSIONS:
        extension = os.path.splitext(stem)[1]
    file_format = _EXTENSIONS.get(extension)
    if file_format is None:
        # Sharded names, as Beam and TensorFlow write: data.tfrecord-00000-of-00004, and TFX's
        # data_tfrecord-00000-of-00004.gz.
        name = os.path.basename(path).lower()
        for known, name_of in _EXTENSIONS.items():
            if re.search(rf"[._]{known[1:]}-\d+-of-\d+(\.|$)", name) or known + "-" in name:
                return name_of
        raise ConfigurationError(
            f"{path}: the file's extension does not tell its format; give it by --format "
            f"(data.format), one of {', '.join(FORMATS)}"
        )
    return file_format


def has_schema(path: str, given: str = "") -> bool:
    """Whether the file's format names the columns before the records."""
    return format_of(path, given) in ("parquet", "csv", columns.IMAGES)


def available_columns(path: str, file_format: str, layout: RecordLayout | None = None) -> list[str]:
    """The columns of a file, from its schema or its first records.

    Args:
      path: The file.
      file_format: One of `FORMATS`.
      layout: With the encoding and the separator of text files, if these are given.

    Raises:
      InputError: The file cannot be read, or holds no record to tell.
    """
    with naming(path):
        if file_format == "parquet":
            with filesystem.open_raw(path) as file:
                return pq.ParquetFile(file).schema_arrow.names
        layout = layout or RecordLayout()
        if file_format == columns.IMAGES:
            return [layout.id, *_image_features(layout)]
        if file_format == "csv":
            with open_text(path, layout.encoding) as text:
                return csv_header(text, path, layout.delimiter)[0]
        is_tfrecord = file_format == "tfrecord"
        with (
            filesystem.open_stream(path)
            if is_tfrecord
            else open_text(path, layout.encoding, marks=False)
        ) as stream:
            names: dict[str, None] = {}
            seen = 0
            for records, _ in tfrecords(stream, path) if is_tfrecord else lines_of(stream, path):
                records = records[: SAMPLE_RECORDS - seen]
                seen += len(records)
                if is_tfrecord:
                    decoded, _bad = decode_examples(records, 1, None)
                    names.update(dict.fromkeys(n for b, _p in decoded for n in b.schema.names))
                else:
                    for line in records:
                        value = parse_line(line)
                        if isinstance(value, dict):
                            names.update(dict.fromkeys(value))
                if seen >= SAMPLE_RECORDS:
                    break
            if not seen:
                raise InputError(f"{path}: holds no records")
            if not names:
                raise InputError(
                    f"{path}: the first {seen} records cannot be read as {file_format}"
                )
            return list(names)


def _image_features(layout: RecordLayout) -> list[str]:
    """The column that files of images make."""
    of_originals = (cell.name for cell in layout.cells if cell.is_image)
    return list(of_originals)[:1]


def notes_on_form(path: str, file_format: str, layout: RecordLayout) -> tuple[str, ...]:
    """What was found out of a text file's encoding and separator, where it is not the usual."""
    if file_format not in ("csv", "jsonl"):
        return ()
    with naming(path):
        encoding = encoding_of(path, layout.encoding)
        notes = []
        if not layout.encoding and encoding != UTF_8:
            notes.append(
                f"{path}: is read as {encoding}; if it is not, name its encoding (--encoding)"
            )
        if file_format == "csv" and not layout.delimiter:
            with open_text(path, layout.encoding) as text:
                delimiter = csv_header(text, path)[1]
            if delimiter != usual_delimiter(path):
                name = "a tab" if delimiter == "\t" else repr(delimiter)
                notes.append(
                    f"{path}: its values are separated by {name}; if not, name what "
                    "separates them (--delimiter)"
                )
    return tuple(notes)


def bears_mark(path: str) -> bool:
    """Whether a Parquet file holds pairs that fairflip wrote."""
    with naming(path), filesystem.open_raw(path) as file:
        return columns.PAIRS_MARK in (pq.ParquetFile(file).schema_arrow.metadata or {})


def row_groups_together(path: str) -> Iterator[range]:
    """The row groups of a Parquet file: a large one alone, or small ones that stand together.

    Each part is read by a worker, which opens the file and reads what all row groups hold.
    """
    with naming(path), filesystem.open_raw(path) as file:
        metadata = pq.ParquetFile(file).metadata
        first = num_rows = num_bytes = 0
        for number in range(metadata.num_row_groups):
            group = metadata.row_group(number)
            num_rows += group.num_rows
            num_bytes += group.total_byte_size
            if number > first and (num_rows > _ROWS_OF_PART or num_bytes > _BYTES_OF_PART):
                yield range(first, number)
                first, num_rows, num_bytes = number, group.num_rows, group.total_byte_size
        if first < metadata.num_row_groups:
            yield range(first, metadata.num_row_groups)


def read_raw(
    path: str,
    file_format: str,
    layout: RecordLayout,
    batch_size: int,
    row_groups: Sequence[int] | None = None,
) -> Iterator[RawBatch]:
    """Decodes one file.

    Args:
      path: The file, on any filesystem; compressed by its extension.
      file_format: One of `FORMATS`.
      layout: Which columns to decode.
      batch_size: Most rows per batch.
      row_groups: Only these row groups (Parquet).

    Yields:
      The file's records in order.

    Raises:
      InputError: The file is corrupt, or has no column that all records need.
    """
    if file_format == columns.IMAGES:
        paths = paths_of(path)
        names = _image_features(layout)
        for start in range(0, len(paths), batch_size):
            some = paths[start : start + batch_size]
            positions = np.arange(start + 1, start + len(some) + 1, dtype=np.int64)
            yield RawBatch(records_of(some, layout.id, names), positions)
    elif file_format == "parquet":
        yield from _read_parquet(path, layout, batch_size, row_groups)
    elif file_format == "csv":
        yield from read_csv(path, layout, batch_size)
    elif file_format == "tfrecord":
        yield from read_tfrecord(path, layout, batch_size)
    else:
        yield from read_jsonl(path, layout, batch_size)


def _read_parquet(
    path: str, layout: RecordLayout, batch_size: int, row_groups: Sequence[int] | None
) -> Iterator[RawBatch]:
    with naming(path) as reading, filesystem.open_raw(path) as file:
        # A row group may be larger than memory: a column of it is read by stretches.
        parquet = pq.ParquetFile(
            file,
            page_checksum_verification=True,
            pre_buffer=False,
            buffer_size=_BYTES_OF_A_COLUMN,
        )
        available = parquet.schema_arrow.names
        require_columns(layout.required, available, path)
        refuse_absent(layout, available, path)
        columns = [name for name in layout.wanted if name in available]
        groups = list(range(parquet.num_row_groups)) if row_groups is None else list(row_groups)
        sizes = (parquet.metadata.row_group(i).num_rows for i in range(max(groups, default=0)))
        firsts = [*itertools.accumulate(sizes, initial=1)]
        for group in groups:
            reading.place = f" in row group {group + 1}"
            first = firsts[group]
            for batch in parquet.iter_batches(batch_size, row_groups=[group], columns=columns):
                positions = np.arange(first, first + batch.num_rows, dtype=np.int64)
                first += batch.num_rows
                yield RawBatch(batch.select(columns), positions)
