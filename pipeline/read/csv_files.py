"""Decodes CSV files (RFC 4180), losing no line."""

from __future__ import annotations

import codecs
import csv
import io
import os
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from fairflip.pipeline.read.layout import RecordLayout, refuse_absent, require_columns
from fairflip.pipeline.read.raw import CHUNK_BYTES, RawBatch, Undecodable, naming
from fairflip.pipeline.storage import filesystem
from fairflip.protos.errors import InputError

#: Stands for a byte that is not UTF-8 on the way through the CSV decoder: a code
#: point that Unicode reserves never to be text.
_NO_TEXT = "\ufdd0"


def _mark(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return _NO_TEXT * (error.end - error.start), error.end


codecs.register_error("fairflip.no_text", _mark)


class _CsvSource(io.RawIOBase):
    """Looks at a CSV file's bytes on their way into the decoder.

    The decoder takes a quotation mark that is never closed to reach to the end
    of the file: thousands of records would vanish into one. An odd number tells.
    And it loses a line that has both bytes that are no UTF-8 and a wrong number of
    fields: such bytes are replaced, and `has_no_text` is set.
    """

    def __init__(self, stream: Any):
        self._stream = stream
        self._text = codecs.getincrementaldecoder("utf-8")("fairflip.no_text")
        self._pending = b""
        self._is_done = False
        self.num_quotes = 0
        self.has_no_text = False

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        while not self._is_done and (size < 0 or len(self._pending) < size):
            data = self._stream.read(CHUNK_BYTES)
            self._is_done = not data
            self.num_quotes += data.count(b'"')
            text = self._text.decode(data, final=self._is_done)
            self.has_no_text = self.has_no_text or _NO_TEXT in text
            self._pending += text.encode("utf-8")
        size = len(self._pending) if size < 0 else size
        found, self._pending = self._pending[:size], self._pending[size:]
        return found


def _without_marks(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Bytes that are no UTF-8 in place of the code points that stand for them."""
    columns = [
        pc.replace_substring(column, pattern=_NO_TEXT.encode(), replacement=b"\xff")
        for column in batch.columns
    ]
    return pa.RecordBatch.from_arrays(columns, batch.schema.names)


def _csv_delimiter(path: str) -> str:
    return "\t" if ".tsv" in os.path.basename(path).lower() else ","


def csv_header(stream: Any, path: str) -> list[str]:
    """The columns that a CSV file's header names.

    Raises:
      InputError: There is no header, or it names a column twice.
    """
    text = stream.read(1 << 20).decode("utf-8-sig", "replace")
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=_csv_delimiter(path))
    try:
        header = next((row for row in rows if row), [])
    except csv.Error as e:
        raise InputError(f"{path}: the header cannot be read as CSV ({e})") from e
    if not header:
        raise InputError(f"{path}: is empty; a CSV file needs a header")
    doubled = sorted({name for name in header if header.count(name) > 1})
    if doubled:
        raise InputError(f"{path}: the header names the column {doubled[0]!r} twice; rename one")
    return header


def read_csv(path: str, layout: RecordLayout, batch_size: int) -> Iterator[RawBatch]:
    """The records of a CSV file; lines with a wrong number of fields by position."""
    with naming(path):
        with filesystem.open_stream(path) as stream:
            available = csv_header(stream, path)
        require_columns(layout.required, available, path)
        refuse_absent(layout, available, path)
        columns = [name for name in layout.wanted if name in available]
        skipped: list[Any] = []

        def skip(row: Any) -> str:
            skipped.append(row)
            return "skip"

        with filesystem.open_stream(path) as stream:
            source = _CsvSource(stream)
            # Types are decided record by record later, so all is read as bytes.
            try:
                reader = pyarrow.csv.open_csv(
                    pa.PythonFile(source, mode="r"),
                    read_options=pyarrow.csv.ReadOptions(use_threads=False, block_size=CHUNK_BYTES),
                    parse_options=pyarrow.csv.ParseOptions(
                        delimiter=_csv_delimiter(path),
                        newlines_in_values=True,
                        invalid_row_handler=skip,
                    ),
                    convert_options=pyarrow.csv.ConvertOptions(
                        check_utf8=False,
                        include_columns=columns,
                        column_types={name: pa.binary() for name in columns},
                        strings_can_be_null=False,
                    ),
                )
                position = 1
                for block in reader:
                    if source.has_no_text:
                        block = _without_marks(block)
                    # The decoder numbers rows from the header.
                    bad = sorted(row.number - 1 for row in skipped)
                    details = tuple(_wrong_number_of_fields(row) for row in skipped)
                    skipped.clear()
                    span = np.arange(position, position + block.num_rows + len(bad))
                    positions = span[~np.isin(span, bad)][: block.num_rows]
                    position += block.num_rows + len(bad)
                    for start in range(0, max(block.num_rows, 1), batch_size):
                        yield RawBatch(
                            block.slice(start, batch_size),
                            positions[start : start + batch_size],
                            details if start == 0 else (),
                        )
                if skipped:
                    empty = pa.RecordBatch.from_pylist([], schema=reader.schema)
                    details = tuple(_wrong_number_of_fields(row) for row in skipped)
                    yield RawBatch(empty, np.empty(0, np.int64), details)
            except pa.ArrowInvalid as e:
                if "straddling" in str(e):
                    raise InputError(
                        f"{path}: a record is longer than {CHUNK_BYTES} bytes, or a quotation "
                        "mark is never closed; mend the file"
                    ) from e
                raise
            if source.num_quotes % 2:
                raise InputError(
                    f"{path}: a quotation mark is never closed (their number is odd); "
                    'write a quotation mark inside a value as ""'
                )


def _wrong_number_of_fields(row: Any) -> Undecodable:
    return Undecodable(
        position=max((row.number or 0) - 1, 0),
        reason="wrong_number_of_fields",
        detail=f"the record has {row.actual_columns} fields, the header {row.expected_columns}",
        content={"line": row.text},
    )
