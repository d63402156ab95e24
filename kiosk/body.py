"""What a static camera shows besides faces: where something moves, and the sole of each body.

Background subtraction (Zivkovic 2004, OpenCV's MOG2) on a half-size picture; no weights, no training. The sole is the
lowest foreground pixel of the column under a face, unless the body leaves the picture or stands behind another one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.doorway import Camera
from kiosk.smoother import EYE_DISTANCE_M, EYE_HEIGHT_M
from recognition.types import Detection, Image

Mask = NDArray[np.uint8]

SETTLE_S = 20.0
"""Time constant in which a thing that stands still becomes background."""

FIRST_LOOK_S = 0.3
"""Until then the background is learnt quickly: the first frame is all background."""

SHADOW = 0.72
"""A shadow leaves at least this part of the background's light; what is darker is a body."""

COLUMN = 0.75
"""A body's feet are looked for this many face widths to the left and right of its axis."""

LEVEL = 110.0
"""Grey level to which the middle of every picture is brought before it is compared with the background."""

ALL_CHANGED = 0.6
"""When more of the picture than this stands out, the light has changed: the background starts anew."""

SHORTEST_SIDE_PX = 360
"""The mask's height; larger pictures are halved until they are near it."""


class StaticView:
    """The picture without the people in it, and what stands out from it now."""

    def __init__(self, camera: Camera) -> None:
        self._camera = camera
        self.shrink = 1 << max(0, int(np.floor(np.log2(max(1.0, camera.height / SHORTEST_SIDE_PX)))))
        self._subtractor = cv2.createBackgroundSubtractorMOG2(history=500, varThreshold=16, detectShadows=True)
        self._subtractor.setShadowThreshold(SHADOW)
        self._last_t: float | None = None
        self._started_t = 0.0

    def update(self, image: Image, t: float) -> Mask:
        """The foreground of an (H, W, 3) BGR picture taken at ``t`` seconds: (H/shrink, W/shrink), 255 where
        something stands out that is no shadow."""
        size = (image.shape[1] // self.shrink, image.shape[0] // self.shrink)
        small = image if self.shrink == 1 else cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        if self._last_t is None:
            rate, self._started_t = 1.0, t
        else:
            settle = SETTLE_S if t - self._started_t > FIRST_LOOK_S else FIRST_LOOK_S
            rate = 1.0 - exp(-max(0.0, t - self._last_t) / settle)
        self._last_t = t
        # the camera's exposure and the sun change everything at once; the people do not
        level = cv2.convertScaleAbs(small, alpha=LEVEL / max(1.0, float(np.median(small[::8, ::8, 1]))))
        seen = self._subtractor.apply(level, learningRate=rate)
        _, mask = cv2.threshold(seen, 200, 255, cv2.THRESH_BINARY)
        if cv2.countNonZero(mask) > ALL_CHANGED * mask.size:
            self._subtractor.apply(level, learningRate=1.0)
            return np.zeros_like(mask)
        return np.asarray(cv2.medianBlur(mask, 3), np.uint8)

    def blobs_xyxy_px(self, mask: Mask, least_px: float) -> list[tuple[float, float, float, float]]:
        """Boxes of connected moving areas at least ``least_px`` wide and high, in the full picture's pixels."""
        joined = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((9, 3), np.uint8))
        _, _, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
        boxes = stats[1:, :4].astype(float) * self.shrink
        return [(x, y, x + w, y + h) for x, y, w, h in boxes.tolist() if w >= least_px and h >= least_px]

    def soles_px(self, mask: Mask, faces: Sequence[Detection]) -> list[tuple[float, float] | None]:
        """The lowest pixel (x, y) of the body under each face, None where it is out of the picture or hidden by a
        nearer body."""
        bodies = [_Body.under(face, self._camera) for face in faces]
        return [
            None if any(other.hides(body) for other in bodies if other is not body) else self._sole(mask, body)
            for body in bodies
        ]

    def _sole(self, mask: Mask, body: _Body) -> tuple[float, float] | None:
        height, width = mask.shape
        face_px = max(2.0, body.face_px / self.shrink)
        top = int(body.chin_px[1] / self.shrink)
        bottom = min(height, int(body.nearest_row_px / self.shrink) + 1)
        if top < 0 or bottom - top < 3 * face_px:
            return None
        rows = np.arange(top, bottom)
        reach = np.arange(-int(COLUMN * face_px) - 1, int(COLUMN * face_px) + 2)
        columns = (body.axis_x_px((rows + 0.5) * self.shrink) / self.shrink)[:, None].astype(int) + reach[None, :]
        inside = (columns >= 0) & (columns < width)
        filled = (mask[rows[:, None], np.clip(columns, 0, width - 1)] > 0) & inside
        lowest = _end_of_run(np.count_nonzero(filled, axis=1) >= 2, gap=int(face_px * 1.2) + 2)
        # a body that goes on beyond the lowest row searched leaves the picture, or somebody stands before it
        if lowest < 3 * face_px or top + lowest >= bottom - 2:
            return None
        across = columns[lowest][filled[lowest]].mean()
        return (float(across + 0.5) * self.shrink, float(top + lowest + 1) * self.shrink)


@dataclass(frozen=True, kw_only=True)
class _Body:
    """Where the body under a face must be in the picture, roughly, from the size of the face: chin, foot, and the
    lowest row at which its sole could be. Bodies are upright on the floor, so they lean in the picture at its sides."""

    face_px: float
    chin_px: tuple[float, float]
    foot_px: tuple[float, float]
    nearest_row_px: float

    @classmethod
    def under(cls, face: Detection, camera: Camera) -> _Body:
        eyes = face.landmarks_px[:2].astype(np.float64)
        depth = camera.focal_px * EYE_DISTANCE_M / max(float(np.hypot(*(eyes[1] - eyes[0]))), 1.0)
        by_size = camera.rays(eyes.mean(axis=0)) * depth
        by_height = camera.on_floor(eyes.mean(axis=0), EYE_HEIGHT_M)
        # a face turned aside looks far away by its size; by the height of its eyes it does not
        z = float(np.nanmin([by_size[2], by_height[1]]))
        x = float(by_size[0] * z / by_size[2])
        foot = camera.project([x, 0.0, max(z, 0.3)])
        nearest = camera.project([x, 0.0, max(0.8 * z - 0.6, 0.3)])
        left, _, right, bottom = face.box_xyxy_px.tolist()
        return cls(
            face_px=right - left,
            chin_px=((left + right) / 2, bottom),
            foot_px=(float(foot[0]), float(foot[1])),
            nearest_row_px=float(np.nan_to_num(nearest[1], nan=camera.height)),
        )

    def axis_x_px(self, rows_px: NDArray[np.float64]) -> NDArray[np.float64]:
        """Column (n,) of the body's axis at rows (n,), px."""
        (x0, y0), (x1, y1) = self.chin_px, self.foot_px
        return np.asarray(x0 + (x1 - x0) * (rows_px - y0) / max(y1 - y0, 1.0), np.float64)

    def hides(self, other: _Body) -> bool:
        """Whether this body stands before the feet of another one, or so near to them that whose they are is open."""
        below_px = self.foot_px[1] - other.foot_px[1]
        if below_px < -0.5 * other.face_px or other.foot_px[1] < self.chin_px[1]:
            return False
        middle = float(self.axis_x_px(np.array([other.foot_px[1]]))[0])
        return abs(middle - other.foot_px[0]) < 1.3 * self.face_px + 0.8 * other.face_px


def _end_of_run(filled: NDArray[np.bool_], gap: int) -> int:
    """Index of the last true value before the first stretch of more than ``gap`` false ones; -1 if there is none.

    >>> _end_of_run(np.array([1, 1, 0, 1, 0, 0, 0, 1], bool), gap=2)
    3
    """
    rows = np.nonzero(filled)[0]
    if not len(rows) or rows[0] > gap:
        return -1
    breaks = np.nonzero(np.diff(rows) > gap + 1)[0]
    return int(rows[breaks[0]] if len(breaks) else rows[-1])
