"""Decodes TFRecord, Parquet, CSV and JSON Lines into Arrow batches.

Nothing is judged here but the encoding: values keep the file's types, and
`read_records` says which records are good. Records that cannot be decoded are
handed on by position; a file that cannot be decoded is an `InputError`,
because nobody could say how many records it held.
"""

from __future__ import annotations

import codecs
import csv
import dataclasses
import functools
import io
import json
import os
import struct
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from fairflip.pipeline import filesystem
from fairflip.pipeline.read_layout import ROW_ID, RecordLayout, require_columns
from fairflip.protos.errors import ConfigurationError, InputError

FORMATS = ("tfrecord", "parquet", "csv", "jsonl")

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
}

#: Records looked at to learn what columns a file without a schema has.
SAMPLE_RECORDS = 1000

_CHUNK_BYTES = 4 << 20
#: No single record may be longer: it is more likely a broken file.
MAX_RECORD_BYTES = 64 << 20


@dataclasses.dataclass(frozen=True)
class Undecodable:
    """A record that could not be decoded: its position, reason and a sentence."""

    position: int
    reason: str
    detail: str
    content: dict[str, Any] | None = None


@dataclasses.dataclass(frozen=True)
class RawBatch:
    """Decoded records with the file's own types.

    Attributes:
      batch: The wanted columns that the records have.
      positions: int64 (rows,): the records' numbers in the file, from 1.
      undecodable: Records of the same stretch that could not be decoded.
    """

    batch: pa.RecordBatch
    positions: np.ndarray
    undecodable: tuple[Undecodable, ...] = ()


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
    found = _EXTENSIONS.get(extension)
    if found is None:
        # Sharded names, as Beam and TensorFlow write: data.tfrecord-00000-of-00004.
        for known, name in _EXTENSIONS.items():
            if known + "-" in os.path.basename(path).lower():
                return name
        raise ConfigurationError(
            f"{path}: the file's extension does not tell its format; "
            f"set data.format to one of {', '.join(FORMATS)}"
        )
    return found


def available_columns(path: str, file_format: str) -> list[str]:
    """The columns of a file, from its schema or its first records.

    Raises:
      InputError: The file cannot be read, or holds no record to tell.
    """
    with _naming(path):
        if file_format == "parquet":
            with filesystem.open_raw(path) as file:
                return pq.ParquetFile(file).schema_arrow.names
        with filesystem.open_stream(path) as stream:
            if file_format == "csv":
                return _csv_header(_peek(stream), path)
            names: dict[str, None] = {}
            seen = 0
            source = _tfrecords(stream, path) if file_format == "tfrecord" else _lines(stream, path)
            for records, _ in source:
                records = records[: SAMPLE_RECORDS - seen]
                seen += len(records)
                if file_format == "tfrecord":
                    decoded, _bad = _decode_examples(records, 1, None)
                    names.update(dict.fromkeys(n for b, _p in decoded for n in b.schema.names))
                else:
                    for line in records:
                        value = _parse_line(line)
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


def num_row_groups(path: str) -> int:
    """How many row groups a Parquet file has."""
    with _naming(path), filesystem.open_raw(path) as file:
        return pq.ParquetFile(file).num_row_groups


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
    if file_format == "parquet":
        yield from _read_parquet(path, layout, batch_size, row_groups)
    elif file_format == "csv":
        yield from _read_csv(path, layout, batch_size)
    elif file_format == "tfrecord":
        yield from _read_tfrecord(path, layout, batch_size)
    else:
        yield from _read_jsonl(path, layout, batch_size)


class _naming:
    """Turns decoders' errors into an `InputError` that names the file."""

    def __init__(self, path: str):
        self._path = path

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        # UnicodeError: names of columns in a damaged Parquet file.
        if isinstance(error, (pa.ArrowException, OSError, EOFError, UnicodeError)):
            text = str(error).strip().splitlines()
            reason = text[0][:160] if text else type(error).__name__
            raise InputError(
                f"{self._path}: cannot be read to its end ({reason}); "
                "replace the file or leave it out"
            ) from error


def _read_parquet(
    path: str, layout: RecordLayout, batch_size: int, row_groups: Sequence[int] | None
) -> Iterator[RawBatch]:
    with _naming(path), filesystem.open_raw(path) as file:
        parquet = pq.ParquetFile(file)
        available = parquet.schema_arrow.names
        require_columns(layout.required, available, path)
        columns = [name for name in layout.wanted if name in available]
        groups = list(range(parquet.num_row_groups)) if row_groups is None else list(row_groups)
        for group in groups:
            first = sum(parquet.metadata.row_group(i).num_rows for i in range(group)) + 1
            for batch in parquet.iter_batches(batch_size, row_groups=[group], columns=columns):
                positions = np.arange(first, first + batch.num_rows, dtype=np.int64)
                first += batch.num_rows
                yield RawBatch(batch.select(columns), positions)


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
            data = self._stream.read(_CHUNK_BYTES)
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


def _peek(stream: Any) -> bytes:
    return stream.read(1 << 20)


def _csv_header(head: bytes, path: str) -> list[str]:
    text = head.decode("utf-8-sig", "replace")
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


def _read_csv(path: str, layout: RecordLayout, batch_size: int) -> Iterator[RawBatch]:
    with _naming(path):
        with filesystem.open_stream(path) as stream:
            available = _csv_header(_peek(stream), path)
        require_columns(layout.required, available, path)
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
                    read_options=pyarrow.csv.ReadOptions(
                        use_threads=False, block_size=_CHUNK_BYTES
                    ),
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
                        f"{path}: a record is longer than {_CHUNK_BYTES} bytes, or a quotation "
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


def _lines(stream: Any, path: str) -> Iterator[tuple[list[bytes], int]]:
    """Lists of lines that are not blank, with their line numbers' start (JSON Lines)."""
    rest = b""
    number = 1
    while True:
        chunk = stream.read(_CHUNK_BYTES)
        if not chunk:
            break
        lines = (rest + chunk).split(b"\n")
        rest = lines.pop()
        if len(rest) > MAX_RECORD_BYTES:
            raise InputError(
                f"{path}: line {number + len(lines)} is longer than {MAX_RECORD_BYTES} bytes; "
                "is this JSON Lines?"
            )
        if lines:
            yield lines, number
            number += len(lines)
    if rest:
        yield [rest], number


@functools.cache
def _json_loads() -> Any:
    try:
        import orjson
    except ImportError:
        return json.loads
    return orjson.loads


def _parse_line(line: bytes) -> Any:
    """The JSON value of one line; an `Undecodable` reason as (slug, sentence) if it has none."""
    try:
        return _json_loads()(line)
    except ValueError:
        pass
    # Python's own parser also takes NaN and Infinity, which many tools write.
    try:
        value = json.loads(line)
        json.dumps(value, ensure_ascii=False).encode("utf-8")
        return value
    except UnicodeError:
        return ("invalid_utf8", "the line is not valid UTF-8")
    except (ValueError, RecursionError):
        return ("not_json", "the line is not valid JSON")


def _read_jsonl(path: str, layout: RecordLayout, batch_size: int) -> Iterator[RawBatch]:
    wanted = layout.wanted
    checked = False
    with _naming(path), filesystem.open_stream(path) as stream:
        for lines, first in _lines(stream, path):
            rows: list[dict[str, Any]] = []
            positions: list[int] = []
            bad: list[Undecodable] = []
            for number, line in enumerate(lines, first):
                if not line.strip():
                    continue
                value = _parse_line(line)
                if isinstance(value, dict):
                    rows.append(value)
                    positions.append(number)
                else:
                    reason = value if isinstance(value, tuple) else None
                    slug, detail = reason or ("not_an_object", "the line is no JSON object")
                    content = {"line": line[:2000]}
                    bad.append(Undecodable(number, slug, detail, content))
            if rows and not checked:
                names = {name for row in rows for name in row}
                require_columns(_needed_in_schemaless(layout), sorted(names), path)
                checked = True
            numbers = np.asarray(positions, np.int64)
            details = tuple(bad)
            for start in range(0, max(len(rows), 1), batch_size):
                part = rows[start : start + batch_size]
                for batch, kept in _rows_to_batches(part, wanted):
                    yield RawBatch(batch, numbers[start : start + batch_size][kept], details)
                    details = ()


def _needed_in_schemaless(layout: RecordLayout) -> tuple[str, ...]:
    """Columns without which no record of a file could be good.

    A slicing feature may be absent from every record of a small shard where
    records leave empty features out.
    """
    names = [*([] if layout.id == ROW_ID else [layout.id]), *layout.texts]
    if layout.label:
        names.append(layout.label)
    return tuple(names)


def _rows_to_batches(
    rows: Sequence[dict[str, Any]], wanted: Sequence[str]
) -> Iterator[tuple[pa.RecordBatch, np.ndarray]]:
    """Rows as batches with one type per column: usually one, more if types are mixed."""
    if not rows:
        yield pa.RecordBatch.from_pylist([], schema=pa.schema([])), np.empty(0, np.int64)
        return
    try:
        arrays = {name: pa.array([row.get(name) for row in rows]) for name in wanted}
        yield pa.RecordBatch.from_pydict(arrays), np.arange(len(rows))
        return
    except (pa.ArrowException, OverflowError, UnicodeError):
        pass
    # Mixed types: rows of one signature at a time, so that each is judged as it is.
    groups: dict[tuple, list[int]] = {}
    for index, row in enumerate(rows):
        groups.setdefault(tuple(_signature(row.get(name)) for name in wanted), []).append(index)
    for indices in groups.values():
        arrays = {}
        for name in wanted:
            values = [rows[index].get(name) for index in indices]
            try:
                arrays[name] = pa.array(values)
            except (pa.ArrowException, OverflowError, UnicodeError):
                # Nothing that a column may hold: shown as JSON, to be refused by type.
                shown = [json.dumps(value, default=str)[:2000] for value in values]
                arrays[name] = pa.StructArray.from_arrays([pa.array(shown)], ["json"])
        yield pa.RecordBatch.from_pydict(arrays), np.asarray(indices)


def _signature(value: Any) -> Any:
    if isinstance(value, list):
        return ("list", *sorted({str(_signature(item)) for item in value}))
    if isinstance(value, int) and not isinstance(value, bool) and not -(2**63) <= value < 2**63:
        return "huge"
    return type(value).__name__


def _tfrecords(stream: Any, path: str) -> Iterator[tuple[list[bytes], int]]:
    """Lists of records of a TFRecord file, checksums verified, with the first's number.

    Beam's own reader takes two reads and three objects for each record; this
    cuts records out of large chunks.
    """
    import google_crc32c

    checksum = google_crc32c.value
    header = struct.Struct("<QI")
    rest = b""
    number = 1
    first_bytes = True
    while True:
        chunk = stream.read(_CHUNK_BYTES)
        if not chunk:
            break
        data = rest + chunk if rest else chunk
        records: list[bytes] = []
        offset = 0
        end = len(data)
        while end - offset >= 12:
            length, length_crc = header.unpack_from(data, offset)
            if _mask(checksum(data[offset : offset + 8])) != length_crc:
                hint = ""
                if first_bytes and data[:2] == b"\x1f\x8b":
                    hint = "; it looks compressed, so let its name end in .gz"
                raise InputError(
                    f"{path}: record {number + len(records)} is corrupt "
                    f"(checksum of its length){hint or '; replace the file or leave it out'}"
                )
            if length > MAX_RECORD_BYTES:
                raise InputError(
                    f"{path}: record {number + len(records)} has {length} bytes, "
                    f"more than {MAX_RECORD_BYTES}; leave it out"
                )
            first_bytes = False
            stop = offset + 12 + length
            if stop + 4 > end:
                break
            record = data[offset + 12 : stop]
            if _mask(checksum(record)) != int.from_bytes(data[stop : stop + 4], "little"):
                raise InputError(
                    f"{path}: record {number + len(records)} is corrupt (checksum); "
                    "replace the file or leave it out"
                )
            records.append(record)
            offset = stop + 4
        rest = data[offset:]
        if records:
            yield records, number
            number += len(records)
    if rest:
        raise InputError(
            f"{path}: ends in the middle of record {number}; replace the file or leave it out"
        )


def _mask(crc: int) -> int:
    return (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF


def _decode_examples(
    records: Sequence[bytes], first: int, decoder: Any
) -> tuple[list[tuple[pa.RecordBatch, np.ndarray]], list[Undecodable]]:
    """Serialized `tf.Example`s as batches; halves a batch until its bad records are alone."""
    if decoder is None:
        # tfx-bsl's decoder, without the package's face: that imports TensorFlow.
        from tfx_bsl.cc.tfx_bsl_extension.coders import ExamplesToRecordBatchDecoder

        decoder = ExamplesToRecordBatchDecoder(None)
    if not records:
        return [], []
    try:
        batch = decoder.DecodeBatch(list(records))
        return [(batch, np.arange(first, first + len(records), dtype=np.int64))], []
    except RuntimeError as e:
        if len(records) == 1:
            detail = "the record is no valid tf.Example"
            return [], [Undecodable(first, "not_an_example", detail)]
        if "parse" not in str(e) and "wrong type" not in str(e):
            raise
    middle = len(records) // 2
    left, left_bad = _decode_examples(records[:middle], first, decoder)
    right, right_bad = _decode_examples(records[middle:], first + middle, decoder)
    return left + right, left_bad + right_bad


def _read_tfrecord(path: str, layout: RecordLayout, batch_size: int) -> Iterator[RawBatch]:
    from tfx_bsl.cc.tfx_bsl_extension.coders import ExamplesToRecordBatchDecoder

    decoder = ExamplesToRecordBatchDecoder(None)
    checked = False
    with _naming(path), filesystem.open_stream(path) as stream:
        for records, first in _tfrecords(stream, path):
            for start in range(0, len(records), batch_size):
                part = records[start : start + batch_size]
                decoded, bad = _decode_examples(part, first + start, decoder)
                if decoded and not checked:
                    names = sorted({name for batch, _ in decoded for name in batch.schema.names})
                    require_columns(_needed_in_schemaless(layout), names, path)
                    checked = True
                details = tuple(bad)
                for batch, positions in decoded:
                    present = [n for n in layout.wanted if n in batch.schema.names]
                    yield RawBatch(_select(batch, present), positions, details)
                    details = ()
                if details:
                    empty = pa.RecordBatch.from_pylist([], schema=pa.schema([]))
                    yield RawBatch(empty, np.empty(0, np.int64), details)


def _select(batch: pa.RecordBatch, names: Sequence[str]) -> pa.RecordBatch:
    if names:
        return batch.select(list(names))
    # A batch without columns would forget how many records it had.
    return pa.RecordBatch.from_arrays([pa.nulls(batch.num_rows)], ["_"])
