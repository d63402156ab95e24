"""Notices a covered lens: pictures so flat that no doorway can be in them."""

from __future__ import annotations

import cv2
import numpy as np

from kiosk.types import Blind
from recognition.types import Image

CHECK_EVERY_S = 0.5
SHORTEST_S = 1.0
LEAST_DETAIL_GREY_LEVELS = 2.0
"""Detail of the 32 x 18 thumbnail (grey levels 0-255) under which nothing is to be seen. A lens cap, tape or a hand
leaves 0-1; doorways have 14 and more in daylight, about 2 when lit six times weaker."""


def is_flat(image: Image) -> bool:
    """Whether a (H, W, 3) BGR uint8 picture shows next to nothing.

    Shrinking averages sensor noise away; taking off a blurred copy removes the glow of light that leaks in at an edge.
    The standard deviation of what is left is the detail.

    >>> is_flat(np.full((120, 160, 3), 9, np.uint8))
    True
    """
    small = cv2.cvtColor(cv2.resize(image, (32, 18), interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2GRAY)
    grey = small.astype(np.float32)
    return float(np.std(grey - cv2.GaussianBlur(grey, (0, 0), 3))) < LEAST_DETAIL_GREY_LEVELS


class LensWatch:
    """Fed with every frame, looks at two a second, and at each one while the lens is covered."""

    def __init__(self) -> None:
        self._clear_t: float | None = None
        self._checked_t: float | None = None
        self._covered_from: float | None = None
        self._last_t = 0.0

    def see(self, t: float, image: Image) -> Blind | None:
        """The covered stretch that ends with this frame (``t`` seconds, BGR uint8), if one of a second or more does."""
        self._last_t = t
        due = self._checked_t is None or t - self._checked_t >= CHECK_EVERY_S or self._covered_from is not None
        if not due:
            return None
        self._checked_t = t
        if is_flat(image):
            if self._covered_from is None:
                self._covered_from = t if self._clear_t is None else self._clear_t
            return None
        self._clear_t = t
        return self.end()

    def end(self) -> Blind | None:
        """The covered stretch still open at the last frame, if any; forgets it."""
        start, self._covered_from = self._covered_from, None
        if start is None or self._last_t - start < SHORTEST_S:
            return None
        return Blind(from_t=start, to_t=self._last_t, reason="lens covered")
