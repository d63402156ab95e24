"""Tracks: which sightings belong to one body. Times in seconds throughout; an ended track is forgotten by the tracker.

A sighting goes to the track whose prediction it fits best (one to one, Hungarian method). A track that loses its face
for up to `MEMORY_S` may take it up again where its motion has brought it by then, if the clothes agree; so a short
occlusion does not make two people out of one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from recognition.types import Detection, Image

Array = NDArray[np.float64]

MEMORY_S = 1.5
"""A track without a face for longer has ended."""

TREND_S = 0.5
"""The prediction carries on the motion of this last stretch."""

LEAST_SIGHTINGS = 4
CLOTHES_ALIKE = 0.35
"""Least correlation of two clothing histograms for one body after an occlusion."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Sighting:
    """One body in one frame: ``t`` seconds, its face, and its sole (x, y) px where visible."""

    t: float
    face: Detection
    sole_px: tuple[float, float] | None = None

    @cached_property
    def eyes_px(self) -> Array:
        """(2,) midpoint of the eyes."""
        return np.asarray(self.face.landmarks_px[:2].mean(axis=0), np.float64)

    @cached_property
    def eye_distance_px(self) -> float:
        """Distance of the eye centres, px."""
        return float(np.hypot(*(self.face.landmarks_px[1] - self.face.landmarks_px[0])))

    @property
    def face_px(self) -> float:
        """Width of the face's box."""
        return float(self.face.box_xyxy_px[2] - self.face.box_xyxy_px[0])


@dataclass(kw_only=True, eq=False)
class Track:
    """The sightings of one body so far, oldest first; ``clothes`` a running colour histogram of what it wears."""

    number: int
    sightings: list[Sighting] = field(default_factory=list)
    clothes: NDArray[np.float32] | None = None

    @property
    def last(self) -> Sighting:
        """The newest sighting."""
        return self.sightings[-1]

    @property
    def established(self) -> bool:
        """Seen often enough to be a body and not a flicker of the detector."""
        return len(self.sightings) >= LEAST_SIGHTINGS

    def predict(self, t: float) -> Array:
        """(3,) where the eyes' midpoint (x, y px) and the logarithm of the face's width should be at ``t``."""
        recent = [s for s in self.sightings[-40:] if self.last.t - s.t <= TREND_S]
        values = np.array([[*s.eyes_px, np.log(s.face_px)] for s in recent])
        times = np.array([s.t for s in recent]) - self.last.t
        if len(recent) < 3 or np.ptp(times) < 0.1:
            return np.asarray(values[-1])
        # the least-squares line, written out: np.polyfit takes ten times as long and this runs for every pair
        middle, centred = times.mean(), times - times.mean()
        slope = centred @ values / (centred @ centred)
        return np.asarray(values.mean(axis=0) + slope * (min(t - self.last.t, MEMORY_S) - middle))

    def predicted_box(self, t: float) -> tuple[float, float, float, float]:
        """Box xyxy (px) of the face expected at ``t``."""
        x, y, log_width = self.predict(t)
        half = float(np.exp(log_width)) / 2
        return (x - half, y - half, x + half, y + half * 1.3)


class Tracker:
    """Joins the faces of successive frames into tracks."""

    def __init__(self) -> None:
        self._numbers = count(1)
        self.live: list[Track] = []

    def update(self, image: Image, t: float, seen: Sequence[Sighting]) -> list[Track]:
        """Take one frame's sightings into the tracks; returns the tracks that ended by now and are forgotten here."""
        looks = [clothing(image, sighting.face) for sighting in seen]
        taken = self._assign(t, seen, looks)
        for i, sighting in enumerate(seen):
            track = taken.get(i)
            if track is None:
                track = Track(number=next(self._numbers))
                self.live.append(track)
            track.sightings.append(sighting)
            look = looks[i]
            if look is not None:
                track.clothes = look if track.clothes is None else (0.9 * track.clothes + 0.1 * look).astype(np.float32)
        return self._drop(lambda track: t - track.last.t > (MEMORY_S if track.established else MEMORY_S / 3))

    def finish(self) -> list[Track]:
        """End every track, as the source has ended."""
        return self._drop(lambda track: True)

    def _drop(self, over: Callable[[Track], bool]) -> list[Track]:
        ended = [track for track in self.live if over(track)]
        self.live = [track for track in self.live if not over(track)]
        return ended

    def _assign(
        self, t: float, seen: Sequence[Sighting], looks: Sequence[NDArray[np.float32] | None]
    ) -> dict[int, Track]:
        if not seen or not self.live:
            return {}
        cost = np.array(
            [[self._cost(track, t, s, look) for track in self.live] for s, look in zip(seen, looks, strict=True)]
        )
        rows, columns = linear_sum_assignment(np.minimum(cost, 1e3))
        return {int(i): self.live[j] for i, j in zip(rows, columns, strict=True) if cost[i, j] < 1.0}

    def _cost(self, track: Track, t: float, sighting: Sighting, look: NDArray[np.float32] | None) -> float:
        """Below 1 if the sighting may belong to the track: distance in face widths and change of size, over what the
        time since its last sighting allows."""
        x, y, log_width = track.predict(t)
        away = np.hypot(*(sighting.eyes_px - (x, y))) / np.exp(log_width)
        grown = abs(np.log(sighting.face_px) - log_width)
        lost_s = t - track.last.t
        cost = float(np.hypot(away / (0.6 + 1.2 * lost_s), grown / (0.7 + 0.3 * lost_s)))
        if lost_s > 0.4 and track.clothes is not None and look is not None:
            alike = cv2.compareHist(track.clothes, look, cv2.HISTCMP_CORREL)
            return cost if alike >= CLOTHES_ALIKE else 1e3
        return cost


def clothing(image: Image, face: Detection) -> NDArray[np.float32] | None:
    """Colour histogram (hue x saturation, 12 x 8, float32, sums to 1) of the chest below a face; None out of sight.

    It describes what somebody wears today, not who it is.
    """
    left, top, right, bottom = face.box_xyxy_px
    width, height = right - left, bottom - top
    x0, x1 = int(max(0, left)), int(min(image.shape[1], right))
    y0, y1 = int(max(0, bottom + 0.5 * height)), int(min(image.shape[0], bottom + 1.5 * height))
    if x1 - x0 < width / 2 or y1 - y0 < height / 2:
        return None
    hsv = cv2.cvtColor(image[y0:y1, x0:x1], cv2.COLOR_BGR2HSV)
    histogram = cv2.calcHist([hsv], [0, 1], None, [12, 8], [0, 180, 0, 256])
    return np.asarray(histogram / max(float(histogram.sum()), 1.0), np.float32)
