"""Lines in order, however many: sorted blocks of them, compressed, merged line by line."""

from __future__ import annotations

import contextlib
import heapq
import io
import os
import tempfile
from collections.abc import Iterable, Iterator

import pyarrow as pa

#: Characters of lines that are held in memory before they become a block.
MOST_CHARACTERS = 16 << 20
_COMPRESSION = "lz4"


def compressed(lines: Iterable[str]) -> bytes:
    """A block of lines, which are ASCII without line breaks and sorted."""
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, _COMPRESSION) as stream:
        for line in lines:
            stream.write(line.encode("ascii") + b"\n")
    return bytes(sink.getvalue())


def merged(blocks: Iterable[tuple[bytes, str]]) -> Iterator[bytes]:
    """The lines of all blocks in order, each with its end.

    Args:
        blocks: The content of each and, where that is empty, the path of its file.
    """
    return heapq.merge(*(_lines(content, path) for content, path in blocks))


@contextlib.contextmanager
def in_order(lines: Iterable[str]) -> Iterator[Iterator[bytes]]:
    """Any number of lines in order, each with its end.

    Whenever there are more than memory is to hold, they become a block in a file of its own, in a
    folder that only its owner may read and that is gone at the end.

    Args:
        lines: ASCII without line breaks.
    """
    with contextlib.ExitStack() as at_end:
        folder = ""
        paths: list[str] = []
        own: list[str] = []
        num_characters = 0
        for line in lines:
            own.append(line)
            num_characters += len(line)
            if num_characters > MOST_CHARACTERS:
                if not folder:
                    folder = at_end.enter_context(tempfile.TemporaryDirectory(prefix="fairflip-"))
                own.sort()
                paths.append(os.path.join(folder, str(len(paths))))
                with open(paths[-1], "xb") as file:
                    file.write(compressed(own))
                own, num_characters = [], 0
        own.sort()
        last = (line.encode("ascii") + b"\n" for line in own)
        yield heapq.merge(merged((b"", path) for path in paths), last) if paths else last


def _lines(content: bytes, path: str) -> Iterator[bytes]:
    source = pa.OSFile(path) if path else pa.BufferReader(content)
    with source, pa.CompressedInputStream(source, _COMPRESSION) as stream:
        yield from io.BufferedReader(stream, 1 << 16)
