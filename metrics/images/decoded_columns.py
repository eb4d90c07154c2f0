"""Columns of encoded images as columns of pixels, each image decoded once.

A model, and the one beside it, read the same images one after the other. So pixels of the last
images stay for a while.
"""

from __future__ import annotations

import collections
import threading
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import xxhash

from fairflip.metrics.images.decoding import Decoded, UnreadableImage, decode, stacked

#: Most bytes of pixels that stay.
KEPT_BYTES = 64 << 20


def holds_images(kind: pa.DataType) -> bool:
    """Whether a column of this type holds encoded images."""
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def image_columns(schema: pa.Schema) -> list[str]:
    """The columns of a table that hold encoded images."""
    return [field.name for field in schema if holds_images(field.type)]


class Decoder:
    """Decodes images, and keeps the last ones; for any number of threads.

    Attributes:
        num_decoded: How many images were decoded, those that could not be read among them.
    """

    def __init__(self, kept_bytes: int = KEPT_BYTES):
        self._kept_bytes = kept_bytes
        self._lock = threading.Lock()
        self._kept: collections.OrderedDict[bytes, np.ndarray | None] = collections.OrderedDict()
        self._size = 0
        self.num_decoded = 0

    def decode_all(self, images: Sequence[bytes | None], channels: int = 3) -> Decoded:
        """The pixels of several images of one size; see `stacked`.

        Args:
            images: Encoded; None for one that is missing.
            channels: As in `decode`.
        """
        return stacked([self._decoded(image, channels) for image in images], channels)

    def _decoded(self, image: bytes | None, channels: int) -> np.ndarray | None:
        if image is None:
            return None
        key = xxhash.xxh3_128_digest(image) + bytes([channels])
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        try:
            pixels: np.ndarray | None = decode(image, channels)
        except UnreadableImage:
            pixels = None
        with self._lock:
            self.num_decoded += 1
            if key not in self._kept:
                self._kept[key] = pixels
                self._size += 0 if pixels is None else pixels.nbytes
            while self._size > self._kept_bytes:
                _, oldest = self._kept.popitem(last=False)
                self._size -= 0 if oldest is None else oldest.nbytes
        return pixels


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
