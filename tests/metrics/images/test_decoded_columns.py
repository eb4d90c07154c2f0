"""Columns of images as pixels: each is decoded once, and few stay."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from fairflip.metrics.images.decoded_columns import (
    Decoder,
    as_pixels,
    holds_images,
    image_columns,
    pixel_bytes_of_row,
    pixels_of,
)
from fairflip.metrics.images.decoding import encode_png

PIXELS = np.random.default_rng(0).integers(0, 256, (9, 4, 5, 3)).astype(np.uint8)
ENCODED = [encode_png(image) for image in PIXELS]


def column(images):
    return pa.array(images, pa.binary())


def test_images_are_decoded_once_for_all_models():
    decoder = Decoder()
    for _ in range(3):
        decoded = decoder.decode_all(column([*ENCODED, *ENCODED]))
        assert (decoded.pixels == np.concatenate([PIXELS, PIXELS])).all()
        assert decoded.is_readable.all()
    assert decoder.num_decoded == 9
    decoder.decode_all(column(ENCODED), channels=1)
    assert decoder.num_decoded == 18


def test_the_oldest_go_when_there_are_too_many():
    decoder = Decoder(kept_bytes=3 * PIXELS[0].nbytes)
    for number, num_decoded in ((0, 1), (1, 2), (0, 2), (2, 3), (0, 3), (3, 4), (1, 4), (0, 5)):
        decoded = decoder.decode_all(column([ENCODED[number]]))
        assert decoder.num_decoded == num_decoded
        assert (decoded.pixels[0] == PIXELS[number]).all()


def test_the_two_sides_of_a_pair_stay_however_large_they_are():
    decoder = Decoder(kept_bytes=1)
    for _ in range(2):
        decoder.decode_all(column(ENCODED[:1]))
        decoder.decode_all(column(ENCODED[1:2]))
    assert decoder.num_decoded == 2
    decoder.decode_all(column(ENCODED[2:6]))  # more, of which nothing stays
    decoder.decode_all(column(ENCODED[2:6]))
    assert decoder.num_decoded == 10


def test_images_of_several_calls_come_together_and_cannot_be_changed():
    decoder = Decoder()
    decoder.decode_all(column(ENCODED[:3]))
    decoded = decoder.decode_all(column([ENCODED[7], ENCODED[1], ENCODED[0], ENCODED[7]]))
    assert (decoded.pixels == PIXELS[[7, 1, 0, 7]]).all()
    with pytest.raises(ValueError, match="read-only"):
        decoder.decode_all(column(ENCODED[:3])).pixels[0] = 0


def test_the_pixels_of_a_row_are_those_of_all_its_images():
    other = encode_png(np.zeros((2, 3, 3), np.uint8))
    table = pa.table({"a": column([None, b"no image", ENCODED[0]]), "b": column([other] * 3)})
    assert pixel_bytes_of_row(table) == 4 * (4 * 5 + 2 * 3)
    assert pixel_bytes_of_row(table.slice(0, 2).drop_columns(["b"])) == 0


def test_what_cannot_be_read_is_marked_and_the_others_stay():
    decoder = Decoder()
    decoded = decoder.decode_all(column([ENCODED[0], ENCODED[1][:-40], None, ENCODED[2]]))
    assert decoded.is_readable.tolist() == [True, False, False, True]
    assert (decoded.pixels[[0, 3]] == PIXELS[[0, 2]]).all()
    assert decoder.decode_all(column([None])).pixels.shape == (1, 1, 1, 3)


def test_images_of_two_sizes_are_refused_with_both():
    with pytest.raises(ValueError, match="4 × 5 and 5 × 4 pixels"):
        Decoder().decode_all(column([ENCODED[0], encode_png(PIXELS[0].transpose(1, 0, 2))]))


@pytest.mark.parametrize(("is_share", "highest"), [(False, 255), (True, 1)])
def test_pixels_go_through_arrow_as_they_are(is_share, highest):
    decoded = Decoder().decode_all(column(ENCODED))
    taken = as_pixels(decoded, is_share).take(pa.array([3, 1]))
    expected = PIXELS[[3, 1]] / (255 / highest)
    assert pixels_of(taken) == pytest.approx(expected, abs=1e-6)
    assert pixels_of(as_pixels(decoded, is_share).slice(4, 2)) == pytest.approx(
        PIXELS[4:6] / (255 / highest), abs=1e-6
    )


def test_columns_of_bytes_hold_images_and_no_others():
    table = pa.table({"a": ENCODED, "b": ["x"] * 9, "c": [1] * 9})
    assert image_columns(table.schema) == ["a"]
    assert holds_images(pa.large_binary())
    assert not holds_images(pa.large_string())
