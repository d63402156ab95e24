"""The pictures of a contact sheet: one for every group that crossed together, cut from a real frame, with whoever did
not consent made unrecognisable before anything else is done with the frame."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kiosk.blur import blur_faces, head_box
from kiosk.doorway import Doorway
from kiosk.picture.canvas import Box
from kiosk.pipeline import Arrival
from kiosk.smoother import EYE_DISTANCE_M
from kiosk.types import Frame
from kiosk.watch import FACE_PER_EYES
from recognition.types import Detection, Image

Array = NDArray[np.float64]
FindFaces = Callable[[Image], Sequence[Detection]]

TOGETHER_S = 0.5
"""Crossings this close share one picture."""

SEEN_S = 0.25
"""A face seen this long before or after is still about where it was seen."""

CARRIED_S = 5.0
NEAREST_M = 0.4


@dataclass(frozen=True, kw_only=True, eq=False)
class Marked:
    """One arrival on the sheet. ``name`` is who may be shown; None blurs the face. ``note`` says more: the role and
    distributor, or why there is no name. ``truth_s`` the true instant where it is known (seconds)."""

    arrival: Arrival
    name: str | None
    note: str
    truth_s: float | None = None

    @property
    def t(self) -> float:
        """The instant of the crossing."""
        return self.arrival.crossing.t

    @property
    def half_s(self) -> float:
        """Half the 95 % interval."""
        return 1.96 * self.arrival.crossing.sigma_s


def groups(marked: Sequence[Marked]) -> list[list[int]]:
    """Places in ``marked`` (sorted by instant) of those who crossed together."""
    found: list[list[int]] = []
    for i, one in enumerate(marked):
        if found and one.t - marked[found[-1][-1]].t <= TOGETHER_S:
            found[-1].append(i)
        else:
            found.append([i])
    return found


def face_boxes_at(arrival: Arrival, doorway: Doorway, t: float) -> list[Array]:
    """Where a body's face is at ``t``, (4,) xyxy px each: as it was seen around then, and where the fitted walk has
    it, also while nothing was detected. Empty when it is behind the camera by then, or was not there yet."""
    return [box for box in (_seen_box(arrival, t), _walked_box(arrival, doorway, t)) if box is not None]


def _seen_box(arrival: Arrival, t: float) -> Array | None:
    times = np.array([sighting.t for sighting in arrival.sightings])
    if np.abs(times - t).min() > SEEN_S:
        return None
    boxes = np.array([sighting.face.box_xyxy_px for sighting in arrival.sightings])
    return np.array([np.interp(t, times, edge) for edge in boxes.T])


def _walked_box(arrival: Arrival, doorway: Doorway, t: float) -> Array | None:
    walk, camera = arrival.crossing.walk, doorway.camera
    held = float(np.clip(t, walk.knots_t[0], walk.knots_t[-1]))
    place, velocity = walk.at(held)
    x, z = place + velocity * (t - held)
    if abs(t - held) > CARRIED_S or z < NEAREST_M:
        return None
    u, v = camera.project([x, walk.eye_height_m, z])
    depth = float((np.array([x, walk.eye_height_m - camera.height_m, z]) @ camera.rotation.T)[2])
    width = camera.focal_px * EYE_DISTANCE_M * FACE_PER_EYES / max(depth, NEAREST_M)
    return np.array([u - width / 2, v - 0.35 * width, u + width / 2, v + 0.75 * width])


def without_strangers(frame: Frame, part: Box, marked: Sequence[Marked], doorway: Doorway, find: FindFaces) -> Image:
    """The ``part`` (whole px, xyxy) of a frame, (H, W, 3) BGR, in which only people with a name can be recognised:
    tracked people without one are blurred where they were seen and where they walked, and so is every other face that
    ``find`` finds there."""
    left, top, right, bottom = (round(edge) for edge in part)
    corner = np.array([left, top, left, top], np.float64)
    cut = frame.image[top:bottom, left:right]
    named = [face_boxes_at(one.arrival, doorway, frame.t) for one in marked if one.name is not None]
    heads = [head_box(boxes[0]) for boxes in named if boxes]
    hidden = [b for one in marked if one.name is None for b in face_boxes_at(one.arrival, doorway, frame.t)]
    for face in find(cut):
        box = np.asarray(face.box_xyxy_px, np.float64) + corner
        x, y = (box[:2] + box[2:]) / 2
        if not any(x0 < x < x1 and y0 < y < y1 for x0, y0, x1, y1 in heads):
            hidden.append(box)
    return blur_faces(cut, [box - corner for box in hidden])


def heads_at(members: Sequence[tuple[int, Marked]], doorway: Doorway, t: float) -> list[tuple[int, Box]]:
    """The heads (xyxy px) of those in the picture at ``t``, each with its place among the arrivals."""
    found = [(place, face_boxes_at(one.arrival, doorway, t)) for place, one in members]
    return [(place, head_box(boxes[0])) for place, boxes in found if boxes]


def extent(members: Sequence[Marked], heads: Sequence[Box], doorway: Doorway, t: float) -> Box:
    """The part of the frame (xyxy px) worth showing: from above the heads to the feet."""
    camera, each = doorway.camera, np.array(heads, np.float64)
    if not heads:
        return (0.0, 0.0, float(camera.width), float(camera.height))
    places = [one.arrival.crossing.walk.at(t)[0] for one in members]
    feet = np.nan_to_num([camera.project([x, 0.0, z])[1] for x, z in places], nan=float(camera.height))
    unit = float((each[:, 2] - each[:, 0]).max())
    left, top = each[:, 0].min() - 1.2 * unit, each[:, 1].min() - 0.9 * unit
    return (float(left), float(top), float(each[:, 2].max() + 1.2 * unit), float(feet.max() + 0.4 * unit))
