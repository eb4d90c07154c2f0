"""Encoded images to pixels, within limits: nothing is decoded before its size is known.

PNG, JPEG, BMP and WebP, each with one picture. An image is refused by its header where it has
more pixels than `MAX_PIXELS`, so that no small file fills the memory; what is not one of these
formats is never handed to a decoder.
"""

from __future__ import annotations

import io
import warnings
from typing import Any, NamedTuple

import numpy as np

FORMATS = ("PNG", "JPEG", "BMP", "WEBP")
#: Larger files are not read, and larger images not decoded (a photograph of 24 megapixels is).
MAX_BYTES, MAX_PIXELS = 32 << 20, 25_000_000
#: Channels -> Pillow's name of the mode that has them.
MODES = {1: "L", 3: "RGB", 4: "RGBA"}
#: Modes with 8 bits a channel; of others a conversion would lose what the image says.
_EIGHT_BITS = ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr")
_HEADS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"BM")


class UnreadableImage(ValueError):
    """Says of an image why it has no pixels, as "a file that ends too early"."""


class Size(NamedTuple):
    """Pixels of an image."""

    height: int
    width: int

    def __str__(self) -> str:
        return f"{self.height} × {self.width}"


def is_encoded(data: bytes) -> bool:
    """Whether bytes begin as one of `FORMATS` does."""
    return data.startswith(_HEADS) or (data[:4] == b"RIFF" and data[8:12] == b"WEBP")


def size_of(data: bytes) -> Size:
    """The size that an image's header says, after a look at its end; nothing is decoded.

    Args:
        data: An encoded image.

    Raises:
        UnreadableImage: It is none, has too many pixels or several pictures, or is cut off.
    """
    with _opened(data) as image:
        size = Size(image.height, image.width)
        is_cut_off = image.format == "JPEG" and b"\xff\xd9" not in data[-4096:]
        try:
            if image.format == "PNG":
                image.verify()  # checksums, without inflating anything
        except Exception as error:
            raise UnreadableImage("a damaged image") from error
    if is_cut_off:
        raise UnreadableImage("an image that ends too early")
    return size


def decode(data: bytes, channels: int = 3) -> np.ndarray:
    """The pixels of an image.

    Args:
        data: An encoded image.
        channels: 1 for gray, 3 for red, green and blue, 4 with opacity. With 3, opacity is
            left out; an orientation that a camera noted is not applied.

    Returns:
        uint8 [height, width, channels].

    Raises:
        UnreadableImage: As `size_of`, or in the middle.
    """
    with _opened(data) as image:
        try:
            pixels = np.asarray(image.convert(MODES[channels]), np.uint8)
        except Exception as error:
            raise UnreadableImage("a damaged image") from error
    return pixels.reshape(*pixels.shape[:2], channels)


def encode_png(pixels: np.ndarray) -> bytes:
    """Pixels as a PNG, which loses none.

    Args:
        pixels: uint8 [height, width, channels], or [height, width].
    """
    from PIL import Image

    if pixels.ndim == 3 and pixels.shape[2] == 1:
        pixels = pixels[:, :, 0]
    written = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels, np.uint8)).save(written, "PNG", compress_level=1)
    return written.getvalue()


def _opened(data: bytes) -> Any:
    """A Pillow image whose header was read and is within the limits."""
    from PIL import Image

    if not is_encoded(data):
        raise UnreadableImage(f"bytes that are none of {', '.join(FORMATS)}")
    if len(data) > MAX_BYTES:
        raise UnreadableImage(f"an image of more than {MAX_BYTES >> 20} MiB")
    try:
        with warnings.catch_warnings():
            # Pillow warns of what is refused below.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise UnreadableImage(f"an image of more than {MAX_PIXELS:,} pixels") from error
    except Exception as error:
        raise UnreadableImage("a damaged image") from error
    if image.width * image.height > MAX_PIXELS:
        raise UnreadableImage(f"an image of {image.width * image.height:,} pixels")
    num_pictures = getattr(image, "n_frames", 1)
    if num_pictures > 1:
        raise UnreadableImage(f"{num_pictures} pictures in one file")
    if image.mode not in _EIGHT_BITS:
        raise UnreadableImage(f"an image of the mode {image.mode}, without 8 bits a channel")
    return image
