"""Decodes JSON Lines, each line by itself."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from fairflip.pipeline.read.columns import require_columns
from fairflip.pipeline.read.layout import RecordLayout
from fairflip.pipeline.read.raw import (
    CHUNK_BYTES,
    MAX_RECORD_BYTES,
    RawBatch,
    Undecodable,
    naming,
    needed_in_schemaless,
    refuse_absent,
)
from fairflip.pipeline.read.text_encodings import open_text
from fairflip.protos.errors import InputError


def lines_of(stream: Any, path: str) -> Iterator[tuple[list[bytes], int]]:
    """Lists of lines that are not blank, with their line numbers' start (JSON Lines)."""
    rest = b""
    number = 1
    while True:
        chunk = stream.read(CHUNK_BYTES)
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


def parse_line(line: bytes) -> Any:
    """The JSON value of one line; an `Undecodable` reason as (slug, sentence) if it has none."""
    try:
        value = _json_loads()(line)
    except ValueError:
        pass
    else:
        return _DOUBLED if isinstance(value, dict) and _names_a_key_twice(line, value) else value
    # Python's own parser also takes NaN and Infinity, which many tools write.
    try:
        value = json.loads(line, object_pairs_hook=_object)
        json.dumps(value, ensure_ascii=False).encode("utf-8")
        return value
    except _DoubledKey:
        return _DOUBLED
    except UnicodeError:
        return ("invalid_utf8", "the line is not valid UTF-8")
    except (ValueError, RecursionError):
        return ("not_json", "the line is not valid JSON")


#: What ends a key; also what a text may hold, if it holds an escaped quotation mark.
_KEY = re.compile(rb'"[ \t\r\n]*:')


class _DoubledKey(ValueError):
    """An object names a key twice: which of the two values counts cannot be told."""


_DOUBLED = ("duplicate_key", "an object of the line names a key twice; name each once")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise _DoubledKey
    return members


def _names_a_key_twice(line: bytes, value: dict[str, Any]) -> bool:
    """Whether the parser dropped a value.

    Each key is followed by a colon, and texts hold others. Only a line with more of them
    than its value explains is parsed again.
    """
    if line.count(b":") == len(value) or len(_KEY.findall(line)) == len(value):
        return False
    if line.count(b":") == _num_colons(value) and b"\\u003" not in line:
        return False
    try:
        json.loads(line, object_pairs_hook=_object)
    except _DoubledKey:
        return True
    except (ValueError, RecursionError):  # What the first parser takes and this one does not.
        return False
    return False


def _num_colons(value: Any) -> int:
    if isinstance(value, str):
        return value.count(":")
    if isinstance(value, dict):
        keys = len(value) + sum(key.count(":") for key in value)
        return keys + sum(_num_colons(item) for item in value.values())
    return sum(map(_num_colons, value)) if isinstance(value, list) else 0


def read_jsonl(path: str, layout: RecordLayout, batch_size: int) -> Iterator[RawBatch]:
    """The records of a JSON Lines file; lines that are no object by position."""
    wanted = layout.wanted
    checked = False
    with naming(path) as reading, open_text(path, layout.encoding, marks=False) as stream:
        for lines, first in lines_of(stream, path):
            reading.place = f" after line {first + len(lines) - 1:,}"
            rows: list[dict[str, Any]] = []
            positions: list[int] = []
            bad: list[Undecodable] = []
            for number, line in enumerate(lines, first):
                if not line.strip():
                    continue
                value = parse_line(line)
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
                require_columns(needed_in_schemaless(layout), sorted(names), path)
                checked = True
            if layout.absent:
                refuse_absent(layout, set().union(*rows), path)
            numbers = np.asarray(positions, np.int64)
            details = tuple(bad)
            for start in range(0, max(len(rows), 1), batch_size):
                part = rows[start : start + batch_size]
                for batch, rows_of_batch in _rows_to_batches(part, wanted):
                    yield RawBatch(
                        batch, numbers[start : start + batch_size][rows_of_batch], details
                    )
                    details = ()


def _rows_to_batches(
    rows: Sequence[dict[str, Any]], wanted: Sequence[str]
) -> Iterator[tuple[pa.RecordBatch, np.ndarray]]:
    """Rows as batches with one type per column: usually one, more if types are mixed."""
    if not rows:
        yield pa.RecordBatch.from_pylist([], schema=pa.schema([])), np.empty(0, np.int64)
        return
    # Most optional columns are in no row, and a column of nothing costs what a full one does.
    present = set().union(*rows)
    # A batch without columns would forget how many records it had.
    wanted = [name for name in wanted if name in present] or wanted[:1]
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
