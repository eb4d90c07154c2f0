"""Columns of images: encoded bytes as they stand in a record, or the files that paths name.

Only headers are looked at here: pixels are decoded once, where a model reads them.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from fairflip.metrics.images.decoding import (
    MAX_BYTES,
    Size,
    UnreadableImage,
    is_encoded,
    size_of,
)
from fairflip.pipeline.storage import filesystem
from fairflip.protos.errors import InputError

UNREADABLE_IMAGE, WRONG_SIZE = "unreadable_image", "wrong_image_size"
#: How an image column is carried: offsets of 64 bits, since images are large.
IMAGE = pa.large_binary()
_TEXT_OR_BYTES = (
    pa.types.is_string, pa.types.is_large_string, pa.types.is_binary, pa.types.is_large_binary,
    pa.types.is_fixed_size_binary,
)  # fmt: skip
_FILES_AT_ONCE = 8
_IS_ABSOLUTE = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://|[/\\]|[a-zA-Z]:[/\\]")


class ReadImages(NamedTuple):
    """The images of a column.

    Attributes:
        images: large_binary [n], null where there is none that can be read.
        faults: {what is wrong: bool [n], where}, for images that are there and cannot be read.
        sizes: Of each image, None for the others.
    """

    images: pa.Array
    faults: dict[str, np.ndarray]
    sizes: tuple[Size | None, ...]


def read_images(values: pa.Array, source: str) -> ReadImages:
    """Encoded images, each with a look at its header.

    Args:
        values: Bytes, or text; what does not begin as an image does is the path of a file,
            relative to the folder of `source`.
        source: The file that the records are from.
    """
    nothing = pa.nulls(len(values), IMAGE), (None,) * len(values)
    if pa.types.is_null(values.type):
        return ReadImages(nothing[0], {}, nothing[1])
    if not any(is_kind(values.type) for is_kind in _TEXT_OR_BYTES):
        is_there = values.is_valid().to_numpy(zero_copy_only=False)
        return ReadImages(nothing[0], {f"a value of the type {values.type}": is_there}, nothing[1])
    given = values.cast(IMAGE).to_pylist()
    folder = posixpath.dirname(source.replace("\\", "/"))
    paths = [place for place, value in enumerate(given) if value and not is_encoded(value)]
    wrong: list[str] = [""] * len(given)
    if paths:
        with ThreadPoolExecutor(_FILES_AT_ONCE) as pool:
            contents = list(pool.map(lambda place: _content(given[place], folder), paths))
        for place, (content, fault) in zip(paths, contents, strict=True):
            given[place], wrong[place] = content, fault
    sizes: list[Size | None] = [None] * len(given)
    for place, value in enumerate(given):
        if value:
            try:
                sizes[place] = size_of(value)
            except UnreadableImage as fault:
                given[place], wrong[place] = None, str(fault)
        elif value is not None:
            given[place] = None
    faults = {
        name: np.array([fault == name for fault in wrong]) for name in dict.fromkeys(wrong) if name
    }
    return ReadImages(pa.array(given, IMAGE), faults, tuple(sizes))


def _content(path: bytes, folder: str) -> tuple[bytes | None, str]:
    """The bytes of a file, or what is wrong with it. No message names the path: it is data."""
    try:
        name = path.decode("utf-8")
    except UnicodeDecodeError:
        return None, "bytes that are neither an image nor a path"
    if not name.strip() or "\0" in name or len(name) > 4096:
        return None, "bytes that are neither an image nor a path"
    if folder and not _IS_ABSOLUTE.match(name):
        name = filesystem.join(folder, name)
    try:
        with filesystem.open_raw(name) as file:
            content = file.read(MAX_BYTES + 1)
    except (InputError, OSError):
        return None, "the path of a file that cannot be opened"
    if not content:
        return None, "the path of an empty file"
    return bytes(content), ""


def first_size(columns: Sequence[pa.Array], source: str) -> Size | None:
    """The size of the first image that can be read, record by record; None without any."""
    sizes = [read_images(column, source).sizes for column in columns]
    return next((size for row in zip(*sizes, strict=True) for size in row if size), None)
