"""A sheet of paper to draw on: drawn twice as large and reduced at the end, so that lines and letters are smooth."""

from __future__ import annotations

from functools import cache
from typing import Literal

import cv2
import numpy as np
from noto_cjk_sans_otc import FONT_PATH
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from recognition.types import Image

Point = tuple[float, float]
Box = tuple[float, float, float, float]
Colour = str
"""`#rrggbb`."""

Align = Literal["left", "middle", "right"]
_ANCHOR: dict[Align, str] = {"left": "lm", "middle": "mm", "right": "rm"}

PAPER, INK, MUTED, HAIRLINE, WHITE = "#fbfaf7", "#1c1917", "#78716c", "#e4e1dc", "#ffffff"
PARTIES: tuple[Colour, ...] = ("#0f766e", "#b45309", "#4f46e5", "#be123c", "#4d7c0f", "#0369a1", "#7e22ce", "#57534e")
"""One party each; dark enough for white letters on them."""

FINER = 2
_SIMPLIFIED_CHINESE = 2
"""Its place in the font collection."""


@cache
def _font(size_px: float) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONT_PATH), round(size_px * FINER), index=_SIMPLIFIED_CHINESE)


def text_width(text: str, size_px: float) -> float:
    """Width of a line of text, px.

    >>> text_width("门鉴", 20) == 2 * text_width("门", 20)
    True
    """
    return _font(size_px).getlength(text) / FINER


class Canvas:
    """Drawing in px of the finished picture; whatever is drawn later lies on top."""

    def __init__(self, width: int, height: int) -> None:
        self._picture = Pillow.new("RGB", (width * FINER, height * FINER), PAPER)
        self._draw = ImageDraw.Draw(self._picture, "RGBA")

    def text(
        self, at: Point, text: str, size_px: float, colour: Colour = INK, *, align: Align = "left", bold: bool = False
    ) -> None:
        """A line of text, vertically centred on ``at``."""
        where = (at[0] * FINER, at[1] * FINER)
        stroke = max(1, round(size_px * FINER / 40)) if bold else 0
        self._draw.text(
            where, text, colour, _font(size_px), anchor=_ANCHOR[align], stroke_width=stroke, stroke_fill=colour
        )

    def line(self, points: list[Point], colour: Colour, width_px: float = 1.0) -> None:
        """A line through the points."""
        finer = [(x * FINER, y * FINER) for x, y in points]
        self._draw.line(finer, colour, max(1, round(width_px * FINER)), joint="curve")

    def area(self, points: list[Point], colour: Colour) -> None:
        """A filled shape."""
        self._draw.polygon([(x * FINER, y * FINER) for x, y in points], colour)

    def dot(self, at: Point, radius_px: float, colour: Colour, rim: Colour | None = None) -> None:
        """A filled circle, with a white or other rim."""
        x, y, r = (v * FINER for v in (*at, radius_px))
        self._draw.ellipse((x - r, y - r, x + r, y + r), colour, rim, 2 * FINER if rim else 0)

    def box(
        self,
        box: Box,
        *,
        fill: Colour | None = None,
        edge: Colour | None = None,
        radius_px: float = 0,
        width_px: float = 1,
    ) -> None:
        """A rectangle with round corners."""
        finer = tuple(v * FINER for v in box)
        self._draw.rounded_rectangle(
            (finer[0], finer[1], finer[2], finer[3]), radius_px * FINER, fill, edge, max(1, round(width_px * FINER))
        )

    def image(self, picture: Image, box: Box, radius_px: float = 8) -> None:
        """A picture (H, W, 3) BGR, scaled into the box, with round corners."""
        size = (round((box[2] - box[0]) * FINER), round((box[3] - box[1]) * FINER))
        larger = cv2.resize(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), size, interpolation=cv2.INTER_CUBIC)
        mask = Pillow.new("L", size)
        ImageDraw.Draw(mask).rounded_rectangle((0, 0, size[0] - 1, size[1] - 1), radius_px * FINER, 255)
        self._picture.paste(Pillow.fromarray(larger), (round(box[0] * FINER), round(box[1] * FINER)), mask)

    def finished(self) -> Image:
        """The picture, (H, W, 3) BGR uint8."""
        width, height = self._picture.size
        reduced = self._picture.resize((width // FINER, height // FINER), Pillow.Resampling.BOX)
        return np.asarray(cv2.cvtColor(np.asarray(reduced), cv2.COLOR_RGB2BGR), np.uint8)
