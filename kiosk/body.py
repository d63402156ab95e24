"""What a static camera shows besides faces: where something moves, and the sole of each body.

Background subtraction (Zivkovic 2004, OpenCV's MOG2) on a half-size picture; no weights, no training. The sole is the
lowest foreground pixel of the column under a face, unless the body leaves the picture or stands behind another one.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.doorway import Camera
from recognition.types import Detection, Image

Mask = NDArray[np.uint8]

SETTLE_S = 20.0
"""Time constant in which a thing that stands still becomes background."""

FIRST_LOOK_S = 0.3
"""Until then the background is learnt quickly: the first frame is all background."""

SHADOW = 0.72
"""A shadow leaves at least this part of the background's light; what is darker is a body."""

COLUMN = 0.75
"""A body's feet are looked for this many face widths to the left and right of the face's middle."""

LEVEL = 110.0
"""Grey level to which the middle of every picture is brought before it is compared with the background."""

ALL_CHANGED = 0.6
"""When more of the picture than this stands out, the light has changed: the background starts anew."""

SHORTEST_SIDE_PX = 360
"""The mask's height; larger pictures are halved until they are near it."""


class StaticView:
    """The picture without the people in it, and what stands out from it now."""

    def __init__(self, camera: Camera) -> None:
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
        """The lowest pixel (x, y) of the body under each face, None where it is out of the picture or hidden.

        Nearer bodies hide farther ones: a face whose column meets a larger face's column has no sole of its own.
        """
        columns = [self._column(face) for face in faces]
        widths = [float(face.box_xyxy_px[2] - face.box_xyxy_px[0]) for face in faces]
        soles: list[tuple[float, float] | None] = []
        for i, (face, (left, right)) in enumerate(zip(faces, columns, strict=True)):
            hidden = any(
                widths[j] > widths[i] and left < other_right and other_left < right
                for j, (other_left, other_right) in enumerate(columns)
                if j != i
            )
            soles.append(None if hidden else self._sole(mask, face, left, right))
        return soles

    def _column(self, face: Detection) -> tuple[int, int]:
        left, _, right, _ = face.box_xyxy_px / self.shrink
        middle, reach = (left + right) / 2, COLUMN * (right - left)
        return int(middle - reach), int(middle + reach) + 1

    def _sole(self, mask: Mask, face: Detection, left: int, right: int) -> tuple[float, float] | None:
        chin = int(face.box_xyxy_px[3] / self.shrink)
        height, width = mask.shape
        if chin < 0 or chin >= height - 4 or right <= 0 or left >= width:
            return None
        column = mask[chin:, max(0, left) : right]
        filled = np.count_nonzero(column, axis=1) >= 2
        face_px = max(2.0, (right - left) / (2 * COLUMN))
        lowest = _end_of_run(filled, gap=int(face_px * 1.2) + 2)
        if lowest < 3 * face_px or chin + lowest >= height - 2:
            return None
        across = np.nonzero(column[lowest])[0].mean() + max(0, left)
        return (float(across + 0.5) * self.shrink, float(chin + lowest + 1) * self.shrink)


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
