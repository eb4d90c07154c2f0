"""What decoders hand on: batches with the file's types, and records they could not decode."""

from __future__ import annotations

import dataclasses
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
