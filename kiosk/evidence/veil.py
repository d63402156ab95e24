"""Whose face is covered where, frame by frame. Pure; seconds and pixels.

sightings     x   x  x x         x  x x
covered    ....------------------------....     also in the gap, and half a second beyond both ends
shown              ===                          of who consented: only where nobody else can have been taken for it
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

import numpy as np
from numpy.typing import ArrayLike, NDArray

from recognition.types import Detection

Box = NDArray[np.float64]
"""(4,) left, top, right, bottom of a face, px."""

BEFORE_S = 2.0
"""A face is covered this long before it was first found: it came nearer until the detector could find it, and another
detector finds it from half that size on."""

AFTER_S = 0.5
"""A face is covered this long after it was last found."""

SEEN_S = 0.35
"""Between two sightings no further apart a face has moved straight on; in a longer gap it may be anywhere between."""

TREND_S = 0.8
"""Beyond its ends a face went on as in this stretch."""

GUESSED = 1.2
"""Where a face is guessed, not seen, it is covered this much larger."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Trail:
    """Where one face was found: at ``t`` (n,) seconds, ascending, in ``boxes`` (n, 4) xyxy px."""

    number: int
    t: NDArray[np.float64]
    boxes: NDArray[np.float64]

    @classmethod
    def of(cls, number: int, found: Sequence[tuple[float, ArrayLike]]) -> Trail:
        """From pairs of instant and box, oldest first, at least one."""
        return cls(
            number=number,
            t=np.array([t for t, _ in found], np.float64),
            boxes=np.array([box for _, box in found], np.float64).reshape(-1, 4),
        )

    def seen(self, t: float) -> Box | None:
        """Where the face was at ``t``, None when that is only a guess.

        >>> trail = Trail.of(1, [(0.0, np.float64([0, 0, 4, 4])), (0.2, np.float64([8, 0, 12, 4]))])
        >>> trail.seen(0.1).tolist(), trail.seen(0.3)
        ([4.0, 0.0, 8.0, 4.0], None)
        """
        if not self.t[0] <= t <= self.t[-1]:
            return None
        after = min(int(np.searchsorted(self.t, t)), len(self.t) - 1)
        before = after if self.t[after] == t else after - 1
        return self._between(t) if self.t[after] - self.t[before] <= SEEN_S else None

    def covering(self, t: float) -> list[Box]:
        """Boxes that together hold the face at ``t``, wherever it was by then; none when it was not there."""
        seen = self.seen(t)
        if seen is not None:
            return [seen]
        if self.t[0] < t < self.t[-1]:
            after = int(np.searchsorted(self.t, t))
            return [self.boxes[after - 1], _larger(self._between(t)), self.boxes[after]]
        if not self.t[0] - BEFORE_S <= t <= self.t[-1] + AFTER_S:
            return []
        edge = 0 if t <= self.t[0] else -1
        return [self.boxes[edge], _larger(self._beyond(edge, t))]

    def _between(self, t: float) -> Box:
        return np.array([np.interp(t, self.t, self.boxes[:, side]) for side in range(4)])

    def _beyond(self, edge: int, t: float) -> Box:
        near = np.abs(self.t - self.t[edge]) <= TREND_S
        centred = self.t[near] - self.t[near].mean()
        centres = (self.boxes[near, :2] + self.boxes[near, 2:]) / 2
        speed = centred @ centres / max(centred @ centred, 1e-6)
        return np.asarray(self.boxes[edge] + np.tile(speed * (t - self.t[edge]), 2))


@dataclass(frozen=True, kw_only=True, eq=False)
class Shown:
    """The face that may be seen: its ``trail``, and from when to when it is certainly that person's."""

    trail: Trail
    from_t: float
    to_t: float

    def at(self, t: float) -> Box | None:
        """The box of the face at ``t``, None where it is covered as everybody else's."""
        return self.trail.seen(t) if self.from_t <= t <= self.to_t else None


@dataclass(frozen=True, kw_only=True, eq=False)
class Veil:
    """Everything to cover: the faces of ``trails``, but for the one ``shown``."""

    trails: Sequence[Trail]
    shown: Shown | None

    def boxes(self, t: float) -> list[Box]:
        """Boxes of the faces to cover in the frame taken at ``t``."""
        free = self.shown.trail if self.shown and self.shown.at(t) is not None else None
        return [box for trail in self.trails if trail is not free for box in trail.covering(t)]


def certainly(number: int, trails: Sequence[Trail], crossing_t: float) -> Shown | None:
    """The stretch around its crossing in which the trail ``number`` cannot have gone over to another body: it was never
    lost from sight and touched no other face. None when there is none."""
    own = next((trail for trail in trails if trail.number == number), None)
    if own is None:
        return None
    others = [trail for trail in trails if trail is not own]
    middle = int(np.argmin(np.abs(own.t - crossing_t)))

    def alone(i: int) -> bool:
        return not any(_touch(own.boxes[i], box) for other in others for box in other.covering(own.t[i]))

    if not alone(middle):
        return None
    near = np.diff(own.t) <= SEEN_S
    earlier = takewhile(lambda i: near[i] and alone(i), range(middle - 1, -1, -1))
    later = takewhile(lambda i: near[i - 1] and alone(i), range(middle + 1, len(own.t)))
    first, last = min(earlier, default=middle), max(later, default=middle)
    return Shown(trail=own, from_t=float(own.t[first]), to_t=float(own.t[last]))


def is_at(face: Detection, box: Box | None) -> bool:
    """Whether a face found again is the one of ``box``: the middle of each lies in the other."""
    found = face.box_xyxy_px.astype(np.float64)
    return box is not None and _holds(box, found) and _holds(found, box)


def _holds(outer: Box, inner: Box) -> bool:
    x, y = (inner[0] + inner[2]) / 2, (inner[1] + inner[3]) / 2
    return bool(outer[0] <= x <= outer[2] and outer[1] <= y <= outer[3])


def _touch(one: Box, other: Box) -> bool:
    return bool((np.minimum(one[2:], other[2:]) > np.maximum(one[:2], other[:2])).all())


def _larger(box: Box) -> Box:
    middle, half = (box[:2] + box[2:]) / 2, (box[2:] - box[:2]) / 2 * GUESSED
    return np.concatenate([middle - half, middle + half])
