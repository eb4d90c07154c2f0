"""Columns of encoded images as columns of pixels, each image decoded once.

A model, and the one beside it, read the same images one after the other. So pixels of the last
images stay for a while.
"""

from __future__ import annotations

import collections
import threading
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import xxhash

from fairflip.metrics.images.decoding import (
    MODES,
    Size,
    UnreadableImage,
    decode,
    size_of,
)

#: Most bytes of pixels that stay; the two sides of one pair do in any case.
KEPT_BYTES, _KEPT_IMAGES = 16 << 20, 2
_MOST_CHANNELS = max(MODES)


def holds_images(kind: pa.DataType) -> bool:
    """Whether a column of this type holds encoded images."""
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def image_columns(schema: pa.Schema) -> list[str]:
    """The columns of a table that hold encoded images."""
    return [field.name for field in schema if holds_images(field.type)]


def pixel_bytes_of_row(records: pa.Table | pa.RecordBatch) -> int:
    """How many bytes the pixels of a row take at most, by the first image of each column.

    All images of a column have one size. Without any image that can be read, 0.
    """
    return sum(_pixel_bytes(records.column(name)) for name in image_columns(records.schema))


def _pixel_bytes(images: pa.Array | pa.ChunkedArray) -> int:
    for image in images:
        if image.is_valid:
            try:
                height, width = size_of(image.as_py())
            except UnreadableImage:
                continue
            return _MOST_CHANNELS * height * width
    return 0


class Decoded(NamedTuple):
    """Several images.

    Attributes:
        pixels: uint8 [n, height, width, channels]; those of unreadable images are 0. Not to be
            written to.
        is_readable: bool [n].
    """

    pixels: np.ndarray
    is_readable: np.ndarray


class _Place(NamedTuple):
    """Where the pixels of an image are: a row of an array of those decoded together."""

    block: np.ndarray
    row: int


class Decoder:
    """Decodes images, and keeps the last ones; for any number of threads.

    Those decoded together stay in one array: among many small ones that come and go the memory
    of a process would fall to pieces, and grow with the number of images.

    Attributes:
        num_decoded: How many images were decoded, those that could not be read among them.
    """

    def __init__(self, kept_bytes: int = KEPT_BYTES):
        self._kept_bytes = kept_bytes
        self._lock = threading.Lock()
        #: By block, in the order in which they were made, the keys of its images.
        self._blocks: collections.deque[tuple[np.ndarray, list[bytes]]] = collections.deque()
        self._places: dict[bytes, _Place | None] = {}
        self.num_decoded = 0

    def decode_all(self, images: pa.Array, channels: int = 3) -> Decoded:
        """The pixels of several images of one size.

        Args:
            images: Encoded; null for one that is missing.
            channels: As in `decode`.

        Raises:
            ValueError: They differ in size; it names two.
        """
        with self._lock:
            places = dict(self._places)
        keys: list[bytes | None] = []
        rows: dict[bytes, int | None] = {}
        num_readable = 0
        block = np.empty((0, 1, 1, channels), np.uint8)
        for position, image in enumerate(images):
            encoded = image.as_py()
            if encoded is None:
                keys.append(None)
                continue
            key = xxhash.xxh3_128_digest(encoded) + bytes([channels])
            keys.append(key)
            if key in places or key in rows:
                continue
            rows[key] = None
            try:
                pixels = decode(encoded, channels)
            except UnreadableImage:
                continue
            if not num_readable:
                block = np.empty((len(images) - position, *pixels.shape), np.uint8)
            _require_one_size({block.shape[1:], pixels.shape})
            block[num_readable], rows[key] = pixels, num_readable
            num_readable += 1
        if rows:
            block = block[:num_readable]
            block.flags.writeable = False
            own = {key: None if row is None else _Place(block, row) for key, row in rows.items()}
            places.update(own)
            self._keep(block, own)
        return _together([None if key is None else places[key] for key in keys], channels)

    def _keep(self, block: np.ndarray, places: Mapping[bytes, _Place | None]) -> None:
        with self._lock:
            self.num_decoded += len(places)
            self._blocks.append((block, list(places)))
            self._places.update(places)
            while (
                sum(pixels.nbytes for pixels, _ in self._blocks) > self._kept_bytes
                and sum(len(pixels) for pixels, _ in self._blocks) > _KEPT_IMAGES
            ):
                for key in self._blocks.popleft()[1]:
                    self._places.pop(key, None)


def _together(places: Sequence[_Place | None], channels: int) -> Decoded:
    """The pixels of images in one array: of those decoded together, the array that has them."""
    readable = np.array([place is not None for place in places], bool)
    shapes = {place.block.shape[1:] for place in places if place is not None}
    _require_one_size(shapes)
    first = places[0] if places else None
    if first is not None and all(
        place is not None and place.block is first.block and place.row == first.row + number
        for number, place in enumerate(places)
    ):
        return Decoded(first.block[first.row : first.row + len(places)], readable)
    pixels = np.zeros((len(places), *(shapes.pop() if shapes else (1, 1, channels))), np.uint8)
    for number, place in enumerate(places):
        if place is not None:
            pixels[number] = place.block[place.row]
    return Decoded(pixels, readable)


def _require_one_size(shapes: Collection[tuple[int, ...]]) -> None:
    if len(shapes) > 1:
        first, second = sorted(shapes)[:2]
        raise ValueError(f"{Size(*first[:2])} and {Size(*second[:2])} pixels")


#: Of this process: models that are asked one after the other share it.
SHARED = Decoder()


def as_pixels(decoded: Decoded, is_share: bool) -> pa.Array:
    """Pixels as an Arrow column of tensors.

    Args:
        decoded: Images of one size.
        is_share: Whether pixels are float32 from 0 to 1, instead of uint8 from 0 to 255.
    """
    pixels = decoded.pixels
    if is_share:
        pixels = pixels.astype(np.float32) / np.float32(255)
    return pa.FixedShapeTensorArray.from_numpy_ndarray(np.ascontiguousarray(pixels))


def pixels_of(column: pa.Array) -> np.ndarray:
    """The array [n, height, width, channels] behind a column from `as_pixels`."""
    return column.to_numpy_ndarray()
