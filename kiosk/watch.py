"""From frames to tracks: decides where to look in each frame, measures faces and soles, and keeps the tracks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from kiosk.body import Mask, StaticView
from kiosk.doorway import Doorway
from kiosk.look import Region, around_face, detect_in
from kiosk.smoother import EYE_DISTANCE_M
from kiosk.track import Sighting, Track, Tracker
from kiosk.types import Frame
from recognition.types import Detection, FaceEngine

FACE_PER_EYES = 2.2
"""Width of a face's box over the distance of its eyes, about, for every detector here."""

TALL_M = 1.75
FARTHEST_M = 9.0
Look = Literal["track", "motion", "everything"]


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How often to look, in seconds of capture time: at a tracked face, at what moves without a face, at everything."""

    track_s: float = 0.1
    motion_s: float = 0.2
    everything_s: float = 2.0


class DoorWatch:
    """The eyes of the door: one camera, one engine. Owned by one thread."""

    def __init__(self, doorway: Doorway, engine: FaceEngine, pace: Pace | None = None) -> None:
        self._camera, self._engine, self._pace = doorway.camera, engine, pace or Pace()
        self._view = StaticView(doorway.camera)
        self._tracker = Tracker()
        self._looked: dict[Look, float] = {"track": -np.inf, "motion": -np.inf, "everything": -np.inf}
        ahead = doorway.threshold
        middle = (np.array(ahead.left) + np.array(ahead.right)) / 2
        self._sill_face_px = self._face_px(float(middle[1]))

    @property
    def live(self) -> list[Track]:
        """Tracks that may still grow."""
        return self._tracker.live

    def update(self, frame: Frame) -> list[Track]:
        """Take one frame; returns the tracks that have ended by now."""
        if not self._due("track", frame.t):
            return []
        mask = self._view.update(frame.image, frame.t)
        regions = [around_face(track.predicted_box(frame.t), self._slack(track, frame.t)) for track in self.live]
        if self._due("motion", frame.t):
            regions += self._moving(mask)
        if self._due("everything", frame.t):
            width, height = float(self._camera.width), float(self._camera.height)
            regions.append(Region(box_xyxy_px=(0.0, 0.0, width, height), face_px=self._sill_face_px))
        faces = [face for face in detect_in(self._engine, frame.image, regions) if self._human_size(face)]
        soles = self._view.soles_px(mask, faces)
        seen = [Sighting(t=frame.t, face=face, sole_px=sole) for face, sole in zip(faces, soles, strict=True)]
        return self._tracker.update(frame.image, frame.t, seen)

    def finish(self) -> list[Track]:
        """End every track."""
        return self._tracker.finish()

    def _due(self, what: Look, t: float) -> bool:
        every_s = {"track": self._pace.track_s, "motion": self._pace.motion_s, "everything": self._pace.everything_s}
        if t - self._looked[what] < every_s[what] - 1e-4:
            return False
        self._looked[what] = t
        return True

    def _slack(self, track: Track, t: float) -> float:
        """How far around its prediction a face is looked for, in face widths: more the longer it was not seen."""
        return float(min(2.0, 0.15 + 1.5 * (t - track.last.t)))

    def _moving(self, mask: Mask) -> list[Region]:
        """The upper halves of what moves, where heads are."""
        regions = []
        for left, top, right, bottom in self._view.blobs_xyxy_px(mask, least_px=12.0):
            tallest = self._camera.on_floor([(left + right) / 2, top], TALL_M)
            distance = float(np.nan_to_num(tallest[1], nan=FARTHEST_M))
            face_px = self._face_px(min(distance, FARTHEST_M))
            middle = max((top + bottom) / 2, top + 3 * face_px)
            regions.append(
                Region(box_xyxy_px=(left - face_px, top - face_px, right + face_px, middle), face_px=face_px)
            )
        return regions

    def _face_px(self, distance_m: float) -> float:
        return self._camera.focal_px * EYE_DISTANCE_M * FACE_PER_EYES / max(distance_m, 0.3)

    def _human_size(self, face: Detection) -> bool:
        """Whether the eyes lie where some person between 1.0 and 2.1 m could have them, seen from this camera."""
        eyes = face.landmarks_px[:2]
        apart = max(float(np.hypot(*(eyes[1] - eyes[0]))), 1e-3)
        depth = self._camera.focal_px * EYE_DISTANCE_M / apart
        height = self._camera.height_m + self._camera.rays(eyes.mean(axis=0))[1] * depth
        return bool(0.6 < height < 2.4)
