"""Reads a run file of W&B: a log of blocks with checksums, as LevelDB has, of its messages."""

from __future__ import annotations

import pathlib
import struct
import zlib
from collections.abc import Iterator
from typing import Any

_BLOCK, _HEADER, _IDENTITY = 32_768, struct.Struct("<IHB"), b":W&B"
_FULL, _FIRST, _MIDDLE, _LAST = 1, 2, 3, 4


def records_of(path: pathlib.Path) -> Iterator[Any]:
    """Every message of a run file, in order."""
    from wandb.proto import wandb_internal_pb2

    for content in _contents(path.read_bytes()):
        record = wandb_internal_pb2.Record()
        record.ParseFromString(content)
        yield record


def _contents(data: bytes) -> Iterator[bytes]:
    assert data[:4] == _IDENTITY, "no run file of W&B"
    position, parts = 7, b""
    while position + _HEADER.size <= len(data):
        left = _BLOCK - position % _BLOCK
        if left < _HEADER.size:  # the rest of a block is padding
            position += left
            continue
        checksum, size, kind = _HEADER.unpack_from(data, position)
        if kind == 0:
            return
        position += _HEADER.size
        content = data[position : position + size]
        assert zlib.crc32(bytes([kind]) + content) == checksum
        position += size
        parts = content if kind in (_FULL, _FIRST) else parts + content
        if kind in (_FULL, _LAST):
            yield parts
