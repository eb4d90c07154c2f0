"""Encoded images to pixels: what is read, and what is refused before it fills the memory."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from fairflip.metrics.images import decoding
from fairflip.metrics.images.decoding import UnreadableImage, decode, encode_png, size_of

PIXELS = np.random.default_rng(0).integers(0, 256, (12, 20, 3)).astype(np.uint8)


def encoded(kind: str, pixels=PIXELS, **options) -> bytes:
    written = io.BytesIO()
    Image.fromarray(pixels).save(written, kind, **options)
    return written.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "BMP"])
def test_pixels_come_back_as_they_were(kind):
    assert (decode(encoded(kind)) == PIXELS).all()
    assert size_of(encoded(kind)) == (12, 20)
    assert decoding.is_encoded(encoded(kind))


def test_pictures_with_losses_are_those_of_pillow():
    for data in (encoded("JPEG"), encoded("WEBP")):
        assert size_of(data) == (12, 20)
        assert (decode(data) == np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))).all()


def test_channels_are_those_asked_for():
    gray = np.asarray(Image.fromarray(PIXELS).convert("L"))
    assert (decode(encoded("PNG"), channels=1)[:, :, 0] == gray).all()
    assert decode(encoded("PNG"), channels=4).shape == (12, 20, 4)
    assert (decode(encode_png(gray)) == gray[:, :, None]).all()


def claimed(width: int, height: int) -> bytes:
    """A PNG of some bytes whose header says how large it is."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + checksum

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + data


@pytest.mark.parametrize(("width", "height"), [(5001, 5000), (60_000, 60_000), (2**31 - 1, 1)])
def test_a_small_file_of_many_pixels_is_refused_by_its_header(width, height):
    for look in (size_of, decode):
        with pytest.raises(UnreadableImage, match="pixels"):
            look(claimed(width, height))


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", "none of PNG"),
        (b"GIF89a" + b"\0" * 40, "none of PNG"),
        (b"%PDF-1.4 ", "none of PNG"),
        (b"\x89PNG\r\n\x1a\n", "damaged"),
        (encoded("PNG")[:-30], "damaged"),
        (encoded("JPEG")[:-40], "ends too early"),
        (claimed(20, 12), "damaged"),
        (encoded("PNG", save_all=True, append_images=[Image.fromarray(PIXELS[::-1])]), "2 pict"),
        (encoded("PNG", PIXELS[:, :, 0].astype(np.uint16) * 200), "mode I"),
    ],
)
def test_what_is_no_whole_image_says_why(data, fault):
    with pytest.raises(UnreadableImage, match=fault):
        decode(data) if data == claimed(20, 12) else size_of(data)


def test_larger_files_than_allowed_are_not_decoded(monkeypatch):
    monkeypatch.setattr(decoding, "MAX_BYTES", 100)
    with pytest.raises(UnreadableImage, match="MiB"):
        size_of(encoded("PNG"))
