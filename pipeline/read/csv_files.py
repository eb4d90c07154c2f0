"""Decodes CSV files (RFC 4180), losing no line."""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from fairflip.pipeline.read.columns import require_columns
from fairflip.pipeline.read.csv_quotes import KEPT_BACK, QuoteCheck
from fairflip.pipeline.read.labels import is_number_or_truth
from fairflip.pipeline.read.layout import RecordLayout
from fairflip.pipeline.read.raw import CHUNK_BYTES, RawBatch, Undecodable, naming, refuse_absent
from fairflip.pipeline.read.text_encodings import NO_TEXT, Utf8Stream, open_text
from fairflip.protos.errors import InputError

#: What may separate values, the likeliest first; `DataSpec.delimiter` names a tab.
DELIMITERS = (",", ";", "\t", "|")
_TAB_NAMES = ("tab", r"\t")
_HEADER_BYTES = 1 << 20


class _CsvSource(io.RawIOBase):
    """What the decoder reads: UTF-8, without records that stray quotation marks spoil.

    The decoder loses a line that has both bytes that are no text and a wrong number of
    fields: marks stand for such bytes, and `has_no_text` is set.
    """

    def __init__(self, stream: Utf8Stream, quotes: QuoteCheck):
        self._stream = stream
        self._quotes = quotes
        self._pending = b""
        self._is_done = False

    @property
    def has_no_text(self) -> bool:
        return self._stream.has_no_text

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        while not self._is_done and (size < 0 or len(self._pending) < size):
            data = self._stream.read()
            self._is_done = not data
            self._pending += self._quotes.pass_on(data, is_last=not data)
        size = len(self._pending) if size < 0 else size
        content, self._pending = self._pending[:size], self._pending[size:]
        return content


def _without_marks(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Bytes that are no UTF-8 in place of the code points that stand for them."""
    columns = [
        pc.replace_substring(
            column.view(pa.binary()), pattern=NO_TEXT.encode(), replacement=b"\xff"
        ).view(pa.string())
        for column in batch.columns
    ]
    return pa.RecordBatch.from_arrays(columns, batch.schema.names)


def delimiter_of(head: str, path: str, given: str = "") -> str:
    """What separates a CSV file's values.

    Args:
      head: The file's first characters.
      path: The file; of `.tsv` tabs are expected.
      given: As `DataSpec.delimiter`; "": the character that makes most columns of the header.
    """
    if given:
        return "\t" if given in _TAB_NAMES else given
    expected = usual_delimiter(path)
    num_columns = {each: len(_first_row(head, each)) for each in (expected, *DELIMITERS)}
    return max(num_columns, key=lambda each: num_columns[each])


def usual_delimiter(path: str) -> str:
    """What separates values by a file's name: tabs in `.tsv`, commas else."""
    return "\t" if ".tsv" in os.path.basename(path).lower() else ","


def _first_row(head: str, delimiter: str) -> list[str]:
    # A header is short; a whole record may follow it before the cut.
    short = head if "\n" not in head[: _HEADER_BYTES // 16] else head[: _HEADER_BYTES // 16]
    rows = csv.reader(io.StringIO(short, newline=""), delimiter=delimiter)
    try:
        return next((row for row in rows if row), [])
    except csv.Error:
        return []


def csv_header(stream: Utf8Stream, path: str, delimiter: str = "") -> tuple[list[str], str]:
    """The columns that a CSV file's header names, and what separates them.

    Args:
      stream: The file from its start.
      path: For errors.
      delimiter: As `DataSpec.delimiter`; "": found out.

    Raises:
      InputError: There is no header, or it names a column twice.
    """
    head = stream.read(_HEADER_BYTES).decode("utf-8", "replace")
    delimiter = delimiter_of(head, path, delimiter)
    header = _first_row(head, delimiter)
    if not header:
        raise InputError(f"{path}: is empty or has no header; a CSV file needs a header")
    doubled = sorted({name for name in header if header.count(name) > 1})
    if doubled:
        raise InputError(f"{path}: the header names the column {doubled[0]!r} twice; rename one")
    return header, delimiter


def _looks_right(layout: RecordLayout, header: Sequence[str]) -> Callable[[list[str]], bool] | None:
    """Whether a record's fields are numbers or labels where the layout asks for these."""
    asked = {layout.label, layout.weight, *layout.numbers}
    places = [place for place, name in enumerate(header) if name in asked]

    def looks_right(fields: list[str]) -> bool:
        values = [fields[place].strip().encode() for place in places]
        return any(values) and all(not value or is_number_or_truth(value) for value in values)

    return looks_right if places else None


def read_csv(path: str, layout: RecordLayout, batch_size: int) -> Iterator[RawBatch]:
    """The records of a CSV file; those that cannot be told apart into fields by position."""
    with naming(path) as reading:
        with open_text(path, layout.encoding) as stream:
            available, delimiter = csv_header(stream, path, layout.delimiter)
        require_columns(layout.required, available, path)
        refuse_absent(layout, available, path)
        columns = [name for name in layout.wanted if name in available]
        skipped: list[Any] = []

        def skip(row: Any) -> str:
            skipped.append(row)
            return "skip"

        quotes = QuoteCheck(path, delimiter, len(available), _looks_right(layout, available))
        with open_text(path, layout.encoding) as stream:
            source = _CsvSource(stream, quotes)
            # Types are decided record by record later, so all is read as text, which may be
            # none: it is looked at later, too.
            try:
                reader = pyarrow.csv.open_csv(
                    pa.PythonFile(source, mode="r"),
                    read_options=pyarrow.csv.ReadOptions(use_threads=False, block_size=CHUNK_BYTES),
                    parse_options=pyarrow.csv.ParseOptions(
                        delimiter=delimiter,
                        newlines_in_values=True,
                        invalid_row_handler=skip,
                    ),
                    convert_options=pyarrow.csv.ConvertOptions(
                        check_utf8=False,
                        include_columns=columns,
                        column_types={name: pa.string() for name in columns},
                        strings_can_be_null=False,
                    ),
                )
                position = 1
                for block in reader:
                    if source.has_no_text:
                        block = _without_marks(block)
                    # The decoder numbers rows from the header.
                    bad = sorted(row.number - 1 for row in skipped)
                    details = tuple(_undecodable(row, quotes) for row in skipped)
                    skipped.clear()
                    span = np.arange(position, position + block.num_rows + len(bad))
                    positions = span[~np.isin(span, bad)][: block.num_rows]
                    position += block.num_rows + len(bad)
                    reading.place = f" after record {position - 1:,}"
                    for start in range(0, max(block.num_rows, 1), batch_size):
                        yield RawBatch(
                            block.slice(start, batch_size),
                            positions[start : start + batch_size],
                            details if start == 0 else (),
                            is_text=True,
                        )
                if skipped:
                    empty = pa.RecordBatch.from_pylist([], schema=reader.schema)
                    details = tuple(_undecodable(row, quotes) for row in skipped)
                    yield RawBatch(empty, np.empty(0, np.int64), details)
            except pa.ArrowInvalid as e:
                if "straddling" in str(e):
                    raise InputError(
                        f"{path}: a record is longer than {CHUNK_BYTES} bytes; mend the file"
                    ) from e
                raise


def _undecodable(row: Any, quotes: QuoteCheck) -> Undecodable:
    position = max((row.number or 0) - 1, 0)
    if row.text.startswith(KEPT_BACK):
        line = quotes.kept_back[int(re.match(r"\d+", row.text[1:]).group())]  # type: ignore[union-attr]
        return Undecodable(position, "stray_quote", line.detail, {"line": line.text})
    return Undecodable(
        position=position,
        reason="wrong_number_of_fields",
        detail=f"the record has {row.actual_columns} fields, the header {row.expected_columns}",
        content={"line": row.text},
    )
