"""Makes faces unrecognisable in a picture that is stored or shown without the person's consent.

The whole head is replaced by a handful of averages and those are smoothed, so nothing is left that a filter could
bring back: what is kept of a head is `CELLS` by `CELLS` colours.
"""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np
from numpy.typing import ArrayLike

from recognition.types import FloatArray, Image

CELLS = 4
"""Colours kept across a head and down it. A detector needs about twenty pixels between the eyes, a template ten."""

SMOOTH_PX = 8 * CELLS
"""Side of the picture in which those colours are smoothed."""

AROUND = (0.55, 0.75, 0.55, 0.45)
"""How far a head reaches beyond the box of its face: left, up, right, down, in parts of the box's larger side."""


def blur_faces(image: Image, boxes_xyxy_px: Iterable[ArrayLike]) -> Image:
    """A copy of ``image`` (H, W, 3) BGR uint8 in which nobody can be recognised whose face is in one of the boxes.

    ``boxes_xyxy_px`` are boxes of *faces*, (4,) left, top, right, bottom, px; the whole head around each is blurred.
    What lies outside the picture is left out. Raises ValueError for a box that is not four finite numbers in order:
    a face that cannot be found must not be shown.

    >>> picture = np.indices((90, 90, 3)).sum(axis=0).astype(np.uint8) % 2 * 255
    >>> blurred = blur_faces(picture, [[30, 30, 60, 60]])
    >>> float(blurred[30:60, 30:60].std()) < 10 < float(picture[30:60, 30:60].std())
    True
    """
    blurred = image.copy()
    for box in boxes_xyxy_px:
        _blur_head(blurred, head_box(box))
    return blurred


def head_box(face_xyxy_px: ArrayLike) -> tuple[int, int, int, int]:
    """The head around a face, left, top, right, bottom in whole px; may reach out of the picture.

    >>> head_box([100, 100, 140, 140])
    (78, 70, 162, 158)
    """
    box = np.asarray(face_xyxy_px, np.float64)
    if box.shape != (4,) or not np.isfinite(box).all() or (box[2:] <= box[:2]).any():
        raise ValueError("a face's box is left, top, right, bottom in px, with left < right and top < bottom")
    reach = max(box[2] - box[0], box[3] - box[1]) * np.array(AROUND)
    left, top, right, bottom = box + reach * np.array([-1, -1, 1, 1])
    return int(np.floor(left)), int(np.floor(top)), int(np.ceil(right)), int(np.ceil(bottom))


def _blur_head(image: Image, head: tuple[int, int, int, int]) -> None:
    height, width = image.shape[:2]
    left, top, right, bottom = max(0, head[0]), max(0, head[1]), min(width, head[2]), min(height, head[3])
    if right <= left or bottom <= top:
        return
    part = image[top:bottom, left:right]
    cells = cv2.resize(part, (CELLS, CELLS), interpolation=cv2.INTER_AREA)
    # smoothed while small: at full size a kernel as wide as the head takes a second for a near one
    small = cv2.resize(cells, (SMOOTH_PX, SMOOTH_PX), interpolation=cv2.INTER_LINEAR)
    small = cv2.GaussianBlur(small, (0, 0), SMOOTH_PX / (2.0 * CELLS))
    smooth = cv2.resize(small, (right - left, bottom - top), interpolation=cv2.INTER_LINEAR)
    cover = np.ascontiguousarray(_cover(head)[top - head[1] : bottom - head[1], left - head[0] : right - head[0]])
    part[:] = cv2.blendLinear(np.ascontiguousarray(part), smooth, 1.0 - cover, cover)


def _cover(head: tuple[int, int, int, int]) -> FloatArray:
    """(h, w) float32: 1 on the head, fading to 0 at the corners of its box so that no rectangle stands out."""
    across = np.linspace(-1, 1, head[2] - head[0], dtype=np.float32)[None, :]
    down = np.linspace(-1, 1, head[3] - head[1], dtype=np.float32)[:, None]
    # a superellipse: full over the face's box, also in its corners
    distance = np.sqrt(np.sqrt(across**4 + down**4))
    return np.asarray(np.clip((1.0 - distance) / 0.12, 0.0, 1.0), np.float32)
