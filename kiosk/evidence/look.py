"""Faces looked for once more, in whole pictures, as the door's tracks miss some: only what was found can be covered."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import floor

import cv2

from kiosk.doorway import Doorway
from kiosk.evidence.ring import RingFrame, decode
from kiosk.evidence.veil import Trail, Veil, certainly, is_at
from kiosk.look import Region, detect_in
from kiosk.smoother import EYE_DISTANCE_M
from kiosk.track import Sighting, Tracker
from kiosk.watch import FACE_PER_EYES
from recognition.types import Detection, FaceEngine, Image, RecognitionError

log = logging.getLogger(__name__)

LOOK_S = 0.25
"""The pictures looked at again are this far apart; a face moves less than a head's width meanwhile."""

REMEMBERED = 200
"""Arrivals one after the other share most of their frames: the results of so many pictures are kept."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Known:
    """Where the faces are: the ``veil`` over them, and which instants were ``looked`` at, ascending, with success."""

    veil: Veil
    looked: Sequence[tuple[float, bool]]

    def at(self, t: float) -> bool:
        """Whether it is known where the faces are in the frame taken at ``t``: the looks before and after it succeeded.

        >>> known = Known(veil=Veil(trails=[], shown=None), looked=[(0.0, True), (0.2, True), (0.4, False)])
        >>> [known.at(t) for t in (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)]
        [True, True, True, False, False, False]
        """
        before = [success for looked_t, success in self.looked if looked_t <= t][-1:]
        after = [success for looked_t, success in self.looked if looked_t >= t][:1]
        return before == [True] and after == [True]


class SecondLook:
    """The search of one door, for faces as large as at its sill; owned by the evidence writer's thread. ``engine`` is
    its own: an engine is not shared between threads."""

    def __init__(self, engine: FaceEngine, doorway: Doorway) -> None:
        sill_m = (doorway.threshold.left[1] + doorway.threshold.right[1]) / 2
        self._face_px = doorway.camera.focal_px * EYE_DISTANCE_M * FACE_PER_EYES / max(sill_m, 0.3)
        self._engine = engine
        self._found: dict[float, list[Detection]] = {}
        self._stopped = False

    def stop(self) -> None:
        """Search no further picture, whoever waits for it; what was not searched is not known."""
        self._stopped = True

    def known(
        self, frames: Sequence[RingFrame], trails: Sequence[Trail], *, consented: int | None, crossing_t: float
    ) -> Known:
        """Who must be covered in ``frames`` (oldest first), in which the door saw ``trails``; ``consented`` is the
        number of the trail whose face may be seen, None for nobody's."""
        shown = certainly(consented, trails, crossing_t) if consented is not None else None
        tracker, ended = Tracker(), []
        looked: list[tuple[float, bool]] = []
        for frame in _due(frames):
            if self._stopped:
                break
            try:
                image = decode(frame.jpeg)
                seen = [Sighting(t=frame.t, face=face) for face in self._missed(frame.t, image, trails)]
                ended += tracker.update(image, frame.t, seen)
                looked.append((frame.t, True))
            except (RecognitionError, RuntimeError, ValueError, cv2.error) as error:
                log.warning("a frame of the evidence could not be searched for faces: %s", error)
                looked.append((frame.t, False))
        found = [
            Trail.of(-track.number, [(sighting.t, sighting.face.box_xyxy_px) for sighting in track.sightings])
            for track in (*ended, *tracker.finish())
        ]
        return Known(veil=Veil(trails=[*trails, *found], shown=shown), looked=looked)

    def _missed(self, t: float, image: Image, trails: Sequence[Trail]) -> list[Detection]:
        """The faces the door did not follow: seen so seldom, a near one would leave a trail of single sightings."""
        if t not in self._found:
            height, width = image.shape[:2]
            whole = Region(box_xyxy_px=(0.0, 0.0, float(width), float(height)), face_px=self._face_px)
            self._found[t] = detect_in(self._engine, image, [whole])
            self._found = dict(list(self._found.items())[-REMEMBERED:])
        followed = [box for trail in trails if trail.t[0] <= t for box in trail.covering(t)]
        return [face for face in self._found[t] if not any(is_at(face, box) for box in followed)]


def _due(frames: Sequence[RingFrame]) -> Iterator[RingFrame]:
    """The first, the last, and one in each `LOOK_S` of the capture time's own raster, the same for every arrival."""
    last: RingFrame | None = None
    for frame in frames:
        if last is None or frame is frames[-1] or floor(frame.t / LOOK_S) != floor(last.t / LOOK_S):
            yield frame
        last = frame
