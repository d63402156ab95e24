"""Synthetic walks: what an ideal detector, with noise, would see of somebody whose way over the floor is known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kiosk.doorway import Camera, Doorway, Threshold
from kiosk.smoother import Sightings
from kiosk.track import Sighting
from recognition.align import ARCFACE_PX
from recognition.types import Detection

Array = NDArray[np.float64]

DOOR = Doorway(
    door="main",
    camera=Camera(width=1280, height=720, hfov_deg=66.0, height_m=2.3, pitch_deg=16.0, roll_deg=1.0),
    threshold=Threshold(left=(-1.0, 2.7), right=(1.0, 2.7)),
    inward="toward_camera",
)
SILL_Z = 2.7


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody's own measures: eyes' height and distance (m), length and frequency of a step, where it began."""

    eye_height_m: float = 1.58
    eye_distance_m: float = 0.063
    step_m: float = 0.65
    phase: float = 0.0
    bob_m: float = 0.012


Way = Callable[[Array], Array]
"""Floor positions (n, 2) as X, Z (m) at times (n,) in seconds."""


def straight(*, crossing_s: float = 2.5, speed: float = 1.2, x: float = 0.1, drift: float = 0.0) -> Way:
    """Towards the camera over the sill at ``crossing_s``; a negative speed walks away from it."""
    return lambda t: np.stack([x + drift * (t - crossing_s), SILL_Z - speed * (t - crossing_s)], axis=1)


def through(*points: tuple[float, float], x: float = 0.0, soft_s: float = 0.5) -> Way:
    """By stretches through (t, metres beyond the sill), turning and stopping within ``soft_s``; still before and
    after."""
    times, beyond = zip(*points, strict=True)
    around = np.linspace(-soft_s / 2, soft_s / 2, 21)

    def way(t: Array) -> Array:
        return np.stack(
            [np.full(len(t), x), SILL_Z + np.interp(t[:, None] + around, times, beyond).mean(axis=1)], axis=1
        )

    return way


def step_phase(way: Way, t: Array, person: Person) -> Array:
    """(n,) radians, a full turn each step, as far as the body has walked by ``t``."""
    walked = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(way(t), axis=0).T))])
    return 2 * np.pi * walked / person.step_m + person.phase


def soles_m(way: Way, t: Array, person: Person) -> Array:
    """(n, 3) X, Y, Z of the lower sole in the picture: that of the leading foot, a quarter step ahead on average,
    which the edge of a foreground mask draws a little below the floor."""
    swing = 0.06 * np.cos(step_phase(way, t, person) + 1.0)
    floor = way(t)
    return np.stack([floor[:, 0], np.full(len(t), -0.02), floor[:, 1] - person.step_m / 4 - swing], axis=1)


def sightings_of(
    way: Way,
    *,
    person: Person | None = None,
    door: Doorway = DOOR,
    seconds: tuple[float, float] = (0.0, 4.0),
    fps: float = 15.0,
    seed: int = 0,
    face_noise_px: float = 0.4,
    sole_noise_px: float = 1.5,
) -> list[Sighting]:
    """One sighting per frame as long as the face is in the picture, with the sole where that is in it too."""
    someone, camera, rng = person or Person(), door.camera, np.random.default_rng(seed)
    t = np.arange(seconds[0], seconds[1], 1 / fps)
    place = way(t)
    bob = someone.bob_m * np.cos(step_phase(way, t, someone))
    head = np.stack([place[:, 0], someone.eye_height_m + bob, place[:, 1]], axis=1)
    eyes = camera.project(head)
    depth = (head - np.array([0.0, camera.height_m, 0.0])) @ camera.rotation[2]
    apart = camera.focal_px * someone.eye_distance_m / depth + rng.normal(0, face_noise_px, len(t))
    eyes = eyes + rng.normal(0, face_noise_px, eyes.shape)
    soles = camera.project(soles_m(way, t, someone)) + rng.normal(0, sole_noise_px, (len(t), 2))
    return [
        Sighting(
            t=float(t[i]),
            face=face_at(eyes[i], float(apart[i])),
            sole_px=(float(soles[i, 0]), float(soles[i, 1])) if soles[i, 1] < camera.height - 2 else None,
        )
        for i in range(len(t))
        if 0 <= eyes[i, 0] < camera.width and 0 <= eyes[i, 1] < camera.height
    ]


def face_at(eyes_px: Array, apart_px: float) -> Detection:
    """An upright face with its eyes' midpoint at ``eyes_px``, ``apart_px`` from each other."""
    scale = apart_px / float(ARCFACE_PX[1, 0] - ARCFACE_PX[0, 0])
    landmarks = (ARCFACE_PX - ARCFACE_PX[:2].mean(axis=0)) * scale
    landmarks[:2, 1] = 0.0
    landmarks = landmarks + eyes_px
    half = 1.1 * apart_px
    box = [eyes_px[0] - half, eyes_px[1] - half, eyes_px[0] + half, eyes_px[1] + 1.6 * half]
    return Detection(box_xyxy_px=np.array(box, np.float32), landmarks_px=landmarks.astype(np.float32), score=0.9)


def arrays(sightings: list[Sighting], soles: Array | None = None) -> Sightings:
    """As the smoother takes them; ``soles`` (m, 3) as t, x, y replaces those that were seen."""
    if soles is None:
        soles = np.array([(s.t, *s.sole_px) for s in sightings if s.sole_px], np.float64).reshape(-1, 3)
    return Sightings(
        face_t=np.array([s.t for s in sightings]),
        eyes_px=np.array([s.eyes_px for s in sightings]),
        eye_distance_px=np.array([s.eye_distance_px for s in sightings]),
        sole_t=soles[:, 0],
        sole_px=soles[:, 1:],
    )
