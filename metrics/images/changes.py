"""Which part of an image an edit changes, and small pictures of both sides to look at."""

from __future__ import annotations

import base64
import io
from typing import NamedTuple

import numpy as np

from fairflip.metrics.images.decoding import UnreadableImage, decode

#: The longer side of a small picture, in pixels, and the quality of its JPEG: some 3 KB.
_THUMBNAIL, _QUALITY = 96, 85


class Area(NamedTuple):
    """A rectangle of an image, in pixels; the ends are outside of it."""

    top: int
    left: int
    bottom: int
    right: int


def changed_area(original: np.ndarray, counterfactual: np.ndarray) -> Area | None:
    """The smallest rectangle around the pixels that differ.

    Args:
        original: uint8 [height, width, channels].
        counterfactual: The same shape.

    Returns:
        None where no pixel differs, or where the images differ in size.
    """
    if original.shape != counterfactual.shape:
        return None
    differs = (original != counterfactual).any(axis=2)
    rows, places = np.flatnonzero(differs.any(axis=1)), np.flatnonzero(differs.any(axis=0))
    if not len(rows):
        return None
    return Area(int(rows[0]), int(places[0]), int(rows[-1]) + 1, int(places[-1]) + 1)


class Picture(NamedTuple):
    """What is shown of an image on both sides of a pair.

    Attributes:
        before: A data URI of the original, made small.
        after: The same of the counterfactual; "" where the image is the same.
        area: Left, top, width and height of what changed, in percent of the image; () for none.
    """

    before: str
    after: str = ""
    area: tuple[float, ...] = ()


def picture_of(original: bytes, counterfactual: bytes | None = None) -> Picture | None:
    """Both sides of a pair as small pictures; None where one cannot be read.

    Args:
        original: An encoded image.
        counterfactual: The other side; None where it is the same.
    """
    try:
        before = decode(original)
        after = before if counterfactual is None else decode(counterfactual)
    except UnreadableImage:
        return None
    if counterfactual is None:
        return Picture(_data_uri(before))
    height, width = before.shape[:2]
    area = changed_area(before, after)
    share: tuple[float, ...] = ()
    if area is not None:
        sides = (
            area.left / width, area.top / height,
            (area.right - area.left) / width, (area.bottom - area.top) / height,
        )  # fmt: skip
        share = tuple(round(100 * side, 2) for side in sides)
    return Picture(_data_uri(before), _data_uri(after), share)


def _data_uri(pixels: np.ndarray) -> str:
    from PIL import Image

    small = Image.fromarray(pixels)
    small.thumbnail((_THUMBNAIL, _THUMBNAIL))
    written = io.BytesIO()
    small.save(written, "JPEG", quality=_QUALITY)
    return f"data:image/jpeg;base64,{base64.b64encode(written.getvalue()).decode('ascii')}"
