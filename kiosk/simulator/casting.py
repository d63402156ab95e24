"""Who walks in a scene: chance casts with their ranges, and the one scene of the demo."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import pi, radians
from typing import Literal

import numpy as np

from kiosk.doorway import Camera, Doorway, Threshold
from kiosk.simulator.faces import FacePhoto, Faces
from kiosk.simulator.head import cut_head
from kiosk.simulator.scene import EYES_BELOW_CROWN_M, Clothes, Colour, Cut, Scene, Walker
from kiosk.types import KioskError

EYE_DISTANCE_M, EYE_DISTANCE_SPREAD = 0.063, 0.045
"""Mean and relative standard deviation of adults' distance between the eyes (Dodgson, 2004: 63 mm)."""
SEEN_BEYOND_M, SEEN_PAST_M = 2.5, 0.4
HEIGHTS_M = (1.5, 1.9)


@dataclass(frozen=True, kw_only=True)
class DemoPart:
    """One part in the demo: ``role`` as in the record of people, how they walk in and what they wear."""

    role: Literal["agent", "customer", "stranger"]
    at_s: float
    along_m: float
    speed_mps: float
    height_m: float
    clothes: Clothes
    party: str | None = None


def _wears(cut: Cut, top: Colour, trousers: Colour, under: Colour = (236, 234, 230)) -> Clothes:
    return Clothes(cut=cut, top=top, trousers=trousers, under=under, shoes=(34, 34, 40))


_SUIT = _wears("jacket", (74, 52, 40), (62, 46, 38))
DEMO_PEOPLE: tuple[DemoPart, ...] = (
    DemoPart(role="agent", at_s=4.60, along_m=-0.72, speed_mps=1.22, height_m=1.68, clothes=_SUIT),
    DemoPart(role="agent", at_s=4.66, along_m=0.70, speed_mps=1.26, height_m=1.79, clothes=_SUIT),
    DemoPart(
        role="customer",
        at_s=5.75,
        along_m=0.02,
        speed_mps=1.12,
        height_m=1.74,
        clothes=_wears("shirt", (150, 122, 84), (66, 58, 52)),
    ),
    DemoPart(
        role="customer",
        at_s=8.4,
        along_m=-0.35,
        speed_mps=1.20,
        height_m=1.71,
        clothes=_wears("pullover", (64, 70, 150), (82, 76, 70)),
    ),
    DemoPart(
        role="stranger",
        at_s=11.5,
        along_m=-0.50,
        speed_mps=1.05,
        height_m=1.66,
        clothes=_wears("shirt", (168, 170, 186), (96, 74, 56)),
        party="couple",
    ),
    DemoPart(
        role="stranger",
        at_s=11.66,
        along_m=0.42,
        speed_mps=1.06,
        height_m=1.81,
        clothes=_wears("jacket", (88, 104, 92), (92, 100, 108)),
        party="couple",
    ),
)
_TOPS = [(70, 52, 40), (46, 44, 48), (120, 92, 60), (60, 70, 130), (96, 110, 84), (150, 146, 140), (88, 60, 110)]
_UNDERS = [(238, 236, 234), (226, 210, 190), (214, 220, 232), (200, 196, 220)]
_TROUSERS = [(54, 46, 40), (42, 40, 42), (96, 74, 56), (86, 96, 104), (110, 118, 128)]
_SHOES = [(30, 30, 34), (36, 48, 70), (70, 70, 74)]
_CUTS: tuple[Cut, ...] = ("jacket", "shirt", "pullover")


def random_scene(
    seed: int,
    faces: Faces,
    *,
    people: tuple[int, int] = (2, 4),
    fps: int | None = None,
    doorway: Doorway | None = None,
    others: float = 0.25,
) -> Scene:
    """A scene drawn by ``seed`` alone: camera, picture rate, people, gaps, noise and compression.

    ``people`` least and most of those who cross inwards; ``others`` the chance that somebody also walks out or past.
    Raises KioskError when ``faces`` holds nobody.
    """
    if not faces:
        raise KioskError("a scene needs at least one face")
    rng = np.random.default_rng(seed)
    door = doorway or random_doorway(rng)
    cast = rng.permutation(sorted(faces))[: int(rng.integers(people[0], people[1] + 1))].tolist()
    at, walkers = float(rng.uniform(4.2, 5.0)), []
    lane = _lanes(rng, door.threshold, len(cast))
    for number, who in enumerate(cast):
        walkers.append(_walker(rng, who, faces[who], at_s=at, along_m=lane[number]))
        at += float(rng.choice([rng.uniform(0.05, 0.5), rng.uniform(0.5, 1.2), rng.uniform(1.2, 3.0)]))
    if rng.random() < others:
        walkers.append(_bystander(rng, faces, cast, float(rng.uniform(3.0, at))))
    return Scene(
        doorway=door,
        fps=fps or int(rng.choice([10, 15, 25, 25, 30])),
        duration_s=round(max(walker.at_s for walker in walkers) + 2.0, 1),
        walkers=tuple(walkers),
        seed=seed,
        noise=float(rng.uniform(1.5, 5.0)),
        flicker=float(rng.uniform(0.0, 0.06)),
        crf=int(rng.integers(20, 29)),
    )


def random_doorway(rng: np.random.Generator) -> Doorway:
    """A 1280 x 720 camera over a door, drawn until faces are in view from 2.5 m beyond the sill to 0.4 m past it."""
    while True:
        camera = Camera(
            width=1280,
            height=720,
            hfov_deg=round(float(rng.uniform(55, 90)), 1),
            height_m=round(float(rng.uniform(2.0, 2.8)), 2),
            pitch_deg=round(float(rng.uniform(5, 25)), 1),
            roll_deg=round(float(rng.normal(0, 0.7)), 1),
        )
        middle, half, turn = rng.uniform(-0.3, 0.3), rng.uniform(0.8, 1.1), radians(rng.normal(0, 2.5))
        z = float(rng.uniform(2.2, 3.6))
        dx, dz = float(half * np.cos(turn)), float(half * np.sin(turn))
        sill = Threshold(
            left=(round(middle - dx, 3), round(z - dz, 3)), right=(round(middle + dx, 3), round(z + dz, 3))
        )
        if faces_in_view(camera, sill):
            return Doorway(door="main", camera=camera, threshold=sill, inward="toward_camera")


def faces_in_view(camera: Camera, sill: Threshold) -> bool:
    """Whether whole faces of 1.5 to 1.9 m tall people, anywhere on the sill's width, are in the picture from
    ``SEEN_BEYOND_M`` before the sill to ``SEEN_PAST_M`` past it."""
    ends = np.array([sill.left, sill.right])
    points = [
        (x, crown - EYES_BELOW_CROWN_M + dy, z)
        for beyond in (SEEN_BEYOND_M, 0.0, -SEEN_PAST_M)
        for x, z in ends + beyond * sill.normal_xz
        for crown in HEIGHTS_M
        for dy in (0.13, -0.13)
    ]
    seen = camera.project(points)
    return bool(((seen > (30, 4)) & (seen < (camera.width - 30, camera.height - 8))).all())


def _lanes(rng: np.random.Generator, sill: Threshold, count: int) -> list[float]:
    half = float(np.hypot(*(np.array(sill.right) - sill.left))) / 2 - 0.25
    lanes = np.linspace(-half, half, max(count, 3)) + rng.uniform(-0.12, 0.12, max(count, 3))
    return [float(lane) for lane in rng.permutation(np.clip(lanes, -half, half))]


def _walker(rng: np.random.Generator, who: str, photos: Sequence[FacePhoto], *, at_s: float, along_m: float) -> Walker:
    speed = float(rng.uniform(0.7, 1.7))
    period = float(rng.uniform(2.0, 5.0))
    probe = photos[int(rng.integers(1, len(photos)))] if len(photos) > 1 else photos[0]
    return Walker(
        who=who,
        head=cut_head(probe),
        clothes=_clothes(rng),
        height_m=float(np.clip(rng.normal(1.69, 0.085), *HEIGHTS_M)),
        eye_distance_m=EYE_DISTANCE_M * float(1 + EYE_DISTANCE_SPREAD * np.clip(rng.normal(), -2.2, 2.2)),
        speed_mps=speed,
        at_s=at_s,
        along_m=along_m,
        heading_deg=float(rng.normal(0, 4)),
        surge_m=float(rng.uniform(0, 0.12)) * speed * period / (2 * pi),
        surge_period_s=period,
        drift_m=float(rng.uniform(0, 0.08)),
        drift_period_s=float(rng.uniform(3, 7)),
        bob_m=float(rng.uniform(0, 0.02)),
        phase=float(rng.uniform(0, 2 * pi)),
    )


def _bystander(rng: np.random.Generator, faces: Faces, cast: Sequence[str], at_s: float) -> Walker:
    who = str(rng.choice(sorted(set(faces) - set(cast)) or sorted(faces)))
    walker = _walker(rng, who, faces[who], at_s=at_s, along_m=float(rng.uniform(-0.4, 0.4)))
    if rng.random() < 0.5:
        return replace(walker, heading_deg=180.0 + float(rng.normal(0, 4)))
    return replace(walker, heading_deg=float(rng.choice([-90, 90])), beyond_m=float(rng.uniform(1.0, 3.0)))


def _clothes(rng: np.random.Generator) -> Clothes:
    def pick(colours: list[tuple[int, int, int]]) -> Colour:
        blue, green, red = np.clip(np.array(colours[int(rng.integers(len(colours)))]) + rng.normal(0, 8, 3), 20, 245)
        return float(blue), float(green), float(red)

    return Clothes(
        top=pick(_TOPS),
        under=pick(_UNDERS),
        trousers=pick(_TROUSERS),
        shoes=pick(_SHOES),
        cut=_CUTS[int(rng.integers(len(_CUTS)))],
    )


def demo_scene(faces: Faces) -> Scene:
    """The demo: in the order of ``faces`` two agents, two returning customers, two strangers.

    The agents cross 0.06 s apart just before the first customer, the second customer follows alone, the strangers
    come side by side as one party. The first photograph of each person is left for enrolment. Raises KioskError when
    there are fewer than six people.
    """
    if len(faces) < len(DEMO_PEOPLE):
        raise KioskError(f"the demo needs {len(DEMO_PEOPLE)} people, there are {len(faces)}")
    rng = np.random.default_rng(20260301)
    walkers = []
    for (who, photos), part in zip(faces.items(), DEMO_PEOPLE, strict=False):
        plain = _walker(rng, who, photos, at_s=part.at_s, along_m=part.along_m)
        walkers.append(
            replace(
                plain,
                speed_mps=part.speed_mps,
                height_m=part.height_m,
                clothes=part.clothes,
                surge_m=0.02,
                drift_m=0.03,
                heading_deg=0.0,
                party=part.party,
            )
        )
    return Scene(
        doorway=Doorway(
            door="main",
            camera=Camera(width=1280, height=720, hfov_deg=70.0, height_m=2.35, pitch_deg=21.0),
            threshold=Threshold(left=(-1.15, 3.0), right=(1.15, 3.0)),
            inward="toward_camera",
        ),
        fps=25,
        duration_s=14.0,
        walkers=tuple(walkers),
        seed=3,
        noise=2.0,
        flicker=0.02,
        crf=20,
    )
