"""Draws a figure as SVG and as pixels at once.

What matplotlib does before it hands lines and letters on, such as finding the places of ticks and
of text, takes longer than drawing them, and is the same for both files.
"""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from matplotlib.backend_bases import GraphicsContextBase, RendererBase
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.font_manager import FontProperties
from matplotlib.image import imsave
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.transforms import Affine2D, Transform

#: Dots per inch of what is drawn: those of SVG, whose dots are points.
DOTS = 72


class TwoRenderers(RendererBase):
    """Hands each thing that is drawn to a writer of SVG and to a drawer of pixels.

    What it is handed is said by the base: its methods have the base's arguments.
    """

    def __init__(self, width: float, height: float):
        """Begins with an empty figure.

        Args:
            width: Of the figure in points.
            height: The same.
        """
        super().__init__()
        self._document = io.StringIO()
        named = {"Date": None, "Creator": None}
        self._svg = RendererSVG(width, height, self._document, image_dpi=DOTS, metadata=named)
        self._pixels = RendererAgg(width, height, DOTS)

    def finish(self) -> tuple[bytes, bytes]:
        """What was drawn, as an SVG document and as PNG."""
        self._svg.finalize()
        png = io.BytesIO()
        dots = self._pixels.buffer_rgba()
        unsigned: Any = {"Software": None}
        imsave(png, dots, format="png", origin="upper", dpi=DOTS, metadata=unsigned)
        return self._document.getvalue().encode("utf-8"), png.getvalue()

    def draw_path(
        self, gc: GraphicsContextBase, path: Path, transform: Transform, rgbFace: Any = None
    ) -> None:
        """A line, or an area."""
        for each in (self._svg, self._pixels):
            each.draw_path(gc, path, transform, rgbFace)

    def draw_markers(self, gc: GraphicsContextBase, *what: Any, **how: Any) -> None:
        """A mark, at each of some places."""
        for each in (self._svg, self._pixels):
            each.draw_markers(gc, *what, **how)

    def draw_text(
        self,
        gc: GraphicsContextBase,
        x: float,
        y: float,
        s: str,
        prop: FontProperties,
        angle: float,
        ismath: Any = False,
        mtext: Text | None = None,
    ) -> None:
        """A line of text."""
        for each in (self._svg, self._pixels):
            each.draw_text(gc, x, y, s, prop, angle, ismath, mtext)

    def draw_image(
        self,
        gc: GraphicsContextBase,
        x: float,
        y: float,
        im: Any,
        transform: Transform | None = None,
    ) -> None:
        """An image, whose cells SVG is given as they are, and pixels as large as they come out."""
        self._svg.draw_image(gc, x, y, im, transform)
        if transform is not None:
            rows, columns = im.shape[:2]
            place = Affine2D().scale(1 / columns, 1 / rows) + transform + Affine2D().translate(x, y)
            ends = place.transform([[0, 0], [columns, rows]])
            (x, y), (right, above) = np.rint(ends).astype(int)
            up = np.arange(above - y) * rows // max(above - y, 1)
            along = np.arange(right - x) * columns // max(right - x, 1)
            im = im[up][:, along]
        self._pixels.draw_image(gc, x, y, im)

    def get_text_width_height_descent(
        self, s: str, prop: FontProperties, ismath: Any
    ) -> tuple[float, float, float]:
        """In points."""
        return self._svg.get_text_width_height_descent(s, prop, ismath)

    def get_canvas_width_height(self) -> tuple[float, float]:
        """In points."""
        return self._svg.get_canvas_width_height()

    def option_scale_image(self) -> bool:
        """Whether images may come as they are, with where they stand."""
        return True

    def option_image_nocomposite(self) -> bool:
        """Whether images come one by one."""
        return True

    def open_group(self, s: str, gid: str | None = None) -> None:
        """Of SVG alone."""
        self._svg.open_group(s, gid)

    def close_group(self, s: str) -> None:
        """Of SVG alone."""
        self._svg.close_group(s)
