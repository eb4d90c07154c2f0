"""The area that an edit changes, and small pictures of both sides."""

from __future__ import annotations

import base64
import io

import numpy as np
from PIL import Image

from fairflip.metrics.images.changes import changed_area, picture_of
from fairflip.metrics.images.decoding import encode_png

BEFORE = np.full((100, 200, 3), 90, np.uint8)
AFTER = BEFORE.copy()
AFTER[20:30, 50:60, 1] = 200


def test_the_area_is_the_smallest_around_what_differs():
    assert changed_area(BEFORE, AFTER) == (20, 50, 30, 60)
    assert changed_area(BEFORE, BEFORE) is None
    assert changed_area(BEFORE, AFTER[:50]) is None
    rng = np.random.default_rng(0)
    for _ in range(50):
        after = BEFORE.copy()
        rows, places = rng.integers(0, 100, 3), rng.integers(0, 200, 3)
        after[rows, places] += 1
        expected = rows.min(), places.min(), rows.max() + 1, places.max() + 1
        assert changed_area(BEFORE, after) == expected


def test_pictures_are_small_jpegs_and_the_area_in_percent():
    picture = picture_of(encode_png(BEFORE), encode_png(AFTER))
    assert picture.area == (25, 20, 5, 10)
    for source in (picture.before, picture.after):
        head, data = source.split(",")
        assert head == "data:image/jpeg;base64"
        image = Image.open(io.BytesIO(base64.b64decode(data)))
        assert (image.format, image.size) == ("JPEG", (96, 48))
    green = np.asarray(Image.open(io.BytesIO(base64.b64decode(picture.after.split(",")[1]))))
    assert green[12, 26, 1] > 150


def test_an_image_that_did_not_change_has_one_picture_and_a_broken_one_none():
    alone = picture_of(encode_png(BEFORE))
    assert (bool(alone.before), alone.after, alone.area) == (True, "", ())
    assert picture_of(b"\x89PNG\r\n\x1a\n") is None
    assert picture_of(encode_png(BEFORE), b"no image") is None
    # Sides of two sizes are shown without an area.
    assert picture_of(encode_png(BEFORE), encode_png(AFTER[:50])).area == ()
