"""What decoders hand on: batches with the file's types, and records they could not decode.

Records that have no ID are named by their file and their position in it. A name must be the
same wherever the folder of the files lies, and no two files of an input may share theirs, as
`month=01/part-0.jsonl` and `month=02/part-0.jsonl` would.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from fairflip.pipeline.read.layout import ROW_ID, RecordLayout
from fairflip.protos.errors import InputError

#: Read from a file at a time.
CHUNK_BYTES = 4 << 20
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
      is_text: Whether its bytes are a text file's: then those that are no UTF-8 are damage,
        in IDs too.
    """

    batch: pa.RecordBatch
    positions: np.ndarray
    undecodable: tuple[Undecodable, ...] = ()
    is_text: bool = False


class naming:
    """Turns decoders' errors into an `InputError` that names the file and the place in it.

    Attributes:
      place: Where reading is, such as " in row group 3"; set it on the way.
    """

    def __init__(self, path: str):
        self._path = path
        self.place = ""

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        # UnicodeError: names of columns in a damaged Parquet file.
        if isinstance(error, (pa.ArrowException, OSError, EOFError, UnicodeError)):
            text = str(error).strip().splitlines()
            reason = text[0][:160] if text else type(error).__name__
            raise InputError(
                f"{self._path}: cannot be read to its end: reading stopped{self.place} ({reason}); "
                "replace the file or leave it out"
            ) from error


def needed_in_schemaless(layout: RecordLayout) -> tuple[str, ...]:
    """Columns without which no record of a file could be good.

    A slicing feature may be absent from every record of a small shard where
    records leave empty features out.
    """
    names = [*([] if layout.id == ROW_ID else [layout.id]), *map(layout.source, layout.texts)]
    if layout.label:
        names.append(layout.label)
    return tuple(names)


def refuse_absent(layout: RecordLayout, available: Iterable[str], source: str) -> None:
    """Raises an `InputError` if `source` has a column that the input's first file lacks."""
    if not layout.absent:
        return
    available = set(available)
    for name in layout.absent:
        if name in available:
            raise InputError(
                f"{source}: has the column {name!r}, which the input's first file (or the first "
                "1,000 records of TFRecord and JSON Lines) lacks; give it to those too, or to none"
            )


def row_root(paths: Iterable[str]) -> str | None:
    """What is cut off from the paths of an input's files to name its records.

    Args:
      paths: All files of the input, or of several whose records meet.

    Returns:
      None if the files' names differ: each alone is enough. Else the folder that
      all lie in, "" where there is none.
    """
    split = sorted(path.replace("\\", "/").split("/") for path in set(paths))
    if len({parts[-1] for parts in split}) == len(split):
        return None
    # Those of the first and the last in order have in common what all have.
    common = itertools.takewhile(
        lambda pair: pair[0] == pair[1], zip(split[0][:-1], split[-1][:-1], strict=False)
    )
    return "/".join(part for part, _ in common)


def file_name(path: str, root: str | None) -> str:
    """A file's name, or where it lies below `root`."""
    path = path.replace("\\", "/")
    if root is None:
        return path.rsplit("/", 1)[-1]
    return path[len(root) + 1 :] if root and path.startswith(root + "/") else path


def one_table(batches: Sequence[pa.RecordBatch], field: str) -> pa.Table:
    """Batches below each other; a column without any value in one takes the others' type."""
    tables = [pa.Table.from_batches([batch]) for batch in batches]
    try:
        return pa.concat_tables(tables, promote_options="permissive")
    except pa.ArrowTypeError as e:
        for name in tables[0].column_names:
            kinds = {str(table.schema.field(name).type) for table in tables} - {"null"}
            if len(kinds) > 1:
                raise InputError(
                    f"{field}: {name!r} is {' in some records and '.join(sorted(kinds))} in "
                    "others; write the column with one type"
                ) from e
        raise
