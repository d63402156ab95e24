"""Whose face is covered where, frame by frame. Pure; seconds and pixels.

sightings     x   x  x x         x  x x
covered ......------------------------...       also in the gap, and beyond both ends, longer before than after
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
"""A face is covered at least this long before it was first found: it came nearer until the detector could find it, and
another detector finds it from half that size on."""

BEFORE_PER_SEEN = 2.0
"""It is covered so many times as long before as it was seen: far away it was half hidden behind somebody."""

AFTER_S = 0.75
"""A face is covered this long after it was last found."""

SEEN_S = 0.35
"""Between two sightings no further apart a face has moved straight on; in a longer gap it may be anywhere between."""

TREND_S = 2.0
"""Beyond its ends a face went on as in this stretch."""

DOUBT_S2 = 0.02
"""How little a trend is worth that rests on few sightings: as if so much more spread in time had shown no motion."""

GUESSED, GUESSED_PER_S = 1.2, 0.2
"""Where a face is guessed, not seen, it is covered this much larger, and more with every second."""

NEARER = 4.0
"""No guess makes a face larger than this many times what was seen."""


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
            return [self.boxes[after - 1], _larger(self._between(t), GUESSED), self.boxes[after]]
        edge = 0 if t <= self.t[0] else -1
        stayed_s = AFTER_S if edge else BEFORE_S
        walked_s = AFTER_S if edge else max(BEFORE_S, BEFORE_PER_SEEN * float(np.ptp(self.t)))
        beyond_s = abs(t - self.t[edge])
        walked = _larger(self._beyond(edge, t), GUESSED + GUESSED_PER_S * beyond_s)
        return [box for box, limit_s in ((self.boxes[edge], stayed_s), (walked, walked_s)) if beyond_s <= limit_s]

    def _between(self, t: float) -> Box:
        return np.array([np.interp(t, self.t, self.boxes[:, side]) for side in range(4)])

    def _beyond(self, edge: int, t: float) -> Box:
        """Where the face was if its body walked straight on: then one over its size goes evenly with time, as the
        distance does, and so does its place over its size."""
        near = np.abs(self.t - self.t[edge]) <= TREND_S
        origin = self.boxes[edge].reshape(2, 2).mean(axis=0)
        corners = self.boxes[near].reshape(-1, 2, 2)
        per_px = 1.0 / (corners[:, 1] - corners[:, 0]).max(axis=1, keepdims=True)
        walk = np.hstack([per_px, (corners.mean(axis=1) - origin) * per_px])
        since = self.t[near] - self.t[near].mean()
        pace = since @ walk / (since @ since + DOUBT_S2)
        now = walk.mean(axis=0) + pace * (t - self.t[near].mean())
        side = 1.0 / max(now[0], 1.0 / (NEARER * (1.0 / per_px).max()))
        middle = origin + now[1:] * side
        return np.concatenate([middle - side / 2, middle + side / 2])


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


def is_at(face: Detection, box: Box) -> bool:
    """Whether a face found again is the one of ``box``: the middle of each lies in the other."""
    found = face.box_xyxy_px.astype(np.float64)
    return _holds(box, found) and _holds(found, box)


def _holds(outer: Box, inner: Box) -> bool:
    x, y = (inner[0] + inner[2]) / 2, (inner[1] + inner[3]) / 2
    return bool(outer[0] <= x <= outer[2] and outer[1] <= y <= outer[3])


def _touch(one: Box, other: Box) -> bool:
    return bool((np.minimum(one[2:], other[2:]) > np.maximum(one[:2], other[:2])).all())


def _larger(box: Box, times: float) -> Box:
    middle, half = (box[:2] + box[2:]) / 2, (box[2:] - box[:2]) / 2 * times
    return np.concatenate([middle - half, middle + half])
