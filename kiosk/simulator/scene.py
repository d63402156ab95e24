"""What happens in a rendered door scene: who walks where, on which legs, seen by which camera. No pixels here.

Positions follow the sill: `along` metres to the right of its middle, `beyond` metres outside of it. The body axis is
the vertical line through the middle of the eyes; a crossing is the instant this line passes over the sill.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import cos, pi, radians, sin
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kiosk.doorway import Doorway, Threshold
from kiosk.simulator.head import Head

Array = NDArray[np.float64]
Direction = Literal["in", "out", "past"]
Cut = Literal["jacket", "shirt", "pullover"]
Colour = tuple[float, float, float]

EYES_BELOW_CROWN_M = 0.11
STEP_PER_HEIGHT = 0.41
"""Step length over body height in comfortable walking (Winter, Biomechanics and Motor Control of Human Movement)."""


@dataclass(frozen=True, kw_only=True)
class Clothes:
    """Colours (blue, green, red; 0-255) and the cut of the top: an open jacket over a shirt, a shirt or a pullover."""

    top: Colour
    under: Colour
    trousers: Colour
    shoes: Colour
    cut: Cut


@dataclass(frozen=True, kw_only=True)
class Walker:
    """One person on a straight course with mild changes of speed and a slow drift along the sill.

    At ``at_s`` (seconds) the body axis is ``along_m`` right of the sill's middle and ``beyond_m`` outside it; with 0 it
    crosses right then. ``heading_deg`` 0 walks straight in, 180 straight out, +-90 along the sill. ``surge_m`` is the
    amplitude by which the course runs ahead and behind with ``surge_period_s``; ``bob_m`` the head's rise and fall.
    """

    who: str
    head: Head
    clothes: Clothes
    height_m: float
    eye_distance_m: float
    speed_mps: float
    at_s: float
    along_m: float
    beyond_m: float = 0.0
    heading_deg: float = 0.0
    surge_m: float = 0.0
    surge_period_s: float = 3.0
    drift_m: float = 0.0
    drift_period_s: float = 5.0
    bob_m: float = 0.012
    phase: float = 0.0
    party: str | None = None

    @property
    def direction(self) -> Direction:
        """`in` or `out` for somebody who crosses the sill, `past` for somebody who does not."""
        if self.beyond_m != 0.0 or abs(cos(radians(self.heading_deg))) < 0.2:
            return "past"
        return "in" if cos(radians(self.heading_deg)) > 0 else "out"

    @property
    def eye_height_m(self) -> float:
        """Height of the eyes above the floor, standing."""
        return self.height_m - EYES_BELOW_CROWN_M

    @property
    def step_m(self) -> float:
        """Length of one step."""
        return STEP_PER_HEIGHT * self.height_m

    def travelled_m(self, t: ArrayLike) -> Array:
        """Metres walked since ``at_s`` (negative before) at times ``t`` (...) in seconds."""
        since = np.asarray(t, np.float64) - self.at_s
        surge = np.sin(2 * pi * since / self.surge_period_s + self.phase) - sin(self.phase)
        return np.asarray(self.speed_mps * since + self.surge_m * surge, np.float64)

    def course(self, t: ArrayLike) -> Array:
        """Body axis (..., 2) as metres along and beyond the sill at times ``t`` (...)."""
        gone = self.travelled_m(t)
        since = np.asarray(t, np.float64) - self.at_s
        drift = self.drift_m * (np.sin(2 * pi * since / self.drift_period_s + self.phase) - sin(self.phase))
        heading = radians(self.heading_deg)
        ahead = 0.0 if self.direction == "past" and abs(self.heading_deg) == 90.0 else cos(heading)
        return np.stack([self.along_m + sin(heading) * gone + drift, self.beyond_m - ahead * gone], axis=-1)

    def time_at_m(self, travelled_m: ArrayLike) -> Array:
        """The inverse of ``travelled_m``: when (...) seconds the course has come that far."""
        grid = self._grid
        return np.asarray(np.interp(np.asarray(travelled_m, np.float64), grid[1], grid[0]), np.float64)

    @cached_property
    def _grid(self) -> Array:
        t = self.at_s + np.arange(-60.0, 60.0, 0.01)
        return np.stack([t, self.travelled_m(t)])


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A door, its picture rate (frames a second), its length (seconds) and who walks through it.

    ``noise`` is the sensor's, in grey levels; ``flicker`` the relative change of brightness over the scene; ``crf`` the
    compression of H.264 (18 fine, 32 coarse). ``seed`` fixes everything that is drawn by chance.
    """

    doorway: Doorway
    fps: int
    duration_s: float
    walkers: tuple[Walker, ...]
    seed: int
    noise: float = 3.0
    flicker: float = 0.04
    crf: int = 23

    @property
    def frame_count(self) -> int:
        """How many pictures the scene has."""
        return round(self.duration_s * self.fps)


def on_sill(threshold: Threshold, along_beyond_m: ArrayLike) -> Array:
    """Floor positions (..., 2) as X, Z of points (..., 2) given along the sill from its middle and beyond it, metres.

    >>> on_sill(Threshold(left=(-1.0, 2.6), right=(1.0, 2.6)), [0.3, 0.5]).tolist()
    [0.3, 3.1]
    """
    left, right = np.array(threshold.left), np.array(threshold.right)
    axes = np.stack([(right - left) / np.hypot(*(right - left)), threshold.normal_xz])
    return np.asarray((left + right) / 2 + np.asarray(along_beyond_m, np.float64) @ axes, np.float64)
