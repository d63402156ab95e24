"""Arrivals built by hand: somebody walks straight in, seen by an ideal detector."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np

from attribution.order import Instant, order
from kiosk.crossing import Crossing
from kiosk.doorway import Camera, Doorway, Threshold
from kiosk.identity import Identity, Status
from kiosk.pipeline import Arrival, Ordered
from kiosk.smoother import Walk
from kiosk.track import Sighting
from recognition.types import Detection

DOOR = Doorway(
    door="main",
    camera=Camera(width=1280, height=720, hfov_deg=70.0, height_m=2.35, pitch_deg=21.0),
    threshold=Threshold(left=(-1.15, 3.0), right=(1.15, 3.0)),
    inward="toward_camera",
)
STARTS_AT = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
EYES_M, SPEED = 1.58, 1.2


def face_at(t: float, *, crossed_s: float, x: float) -> Detection:
    """The face 1.58 m above the floor of somebody who crosses the sill at ``crossed_s``, ``x`` m off its middle."""
    z = 3.0 - SPEED * (t - crossed_s)
    eyes = DOOR.camera.project([[x - 0.0315, EYES_M, z], [x + 0.0315, EYES_M, z]])
    apart, middle = float(np.hypot(*(eyes[1] - eyes[0]))), eyes.mean(axis=0)
    box = [middle[0] - 1.1 * apart, middle[1] - 0.8 * apart, middle[0] + 1.1 * apart, middle[1] + 1.5 * apart]
    below = middle + apart * np.array([[0.0, 0.6], [-0.4, 1.0], [0.4, 1.0]])
    return Detection(
        box_xyxy_px=np.array(box, np.float32), landmarks_px=np.vstack([eyes, below]).astype(np.float32), score=1.0
    )


def arrival(
    number: int,
    *,
    crossed_s: float,
    x: float = 0.0,
    sigma_s: float = 0.03,
    party: str = "",
    status: Status = "unknown",
    person: str | None = None,
    seen_s: tuple[float, float] = (-2.0, 0.5),
) -> Arrival:
    """Somebody who crossed at ``crossed_s``, seen every 0.1 s over ``seen_s`` around it."""
    knots = crossed_s + np.arange(-3.0, 1.5, 0.2)
    floor = np.stack([np.full(len(knots), x), 3.0 - SPEED * (knots - crossed_s)], axis=1)
    walk = Walk(
        knots_t=knots,
        floor_xz_m=floor,
        covariance=np.eye(2 * len(knots)) * 1e-4,
        eye_height_m=EYES_M,
        eye_height_sigma_m=0.01,
        soles_used=0.0,
    )
    seen = crossed_s + np.arange(*seen_s, 0.1)
    return Arrival(
        id=f"main-{number}",
        door="main",
        crossing=Crossing(
            t=crossed_s,
            sigma_s=sigma_s,
            direction="in",
            floor_xz_m=np.array([x, 3.0]),
            speed=SPEED,
            walk=walk,
        ),
        at=STARTS_AT + timedelta(seconds=crossed_s),
        identity=Identity(status=status, person=person, score=0.98 if person else None),
        party=party or f"party-{number}",
        track=number,
        sightings=tuple(Sighting(t=float(t), face=face_at(float(t), crossed_s=crossed_s, x=x)) for t in seen),
    )


def ordered(first: Arrival, second: Arrival) -> Ordered:
    """The verdict about two arrivals, earlier one first."""
    one, two = (Instant(t=a.crossing.t, sigma_s=a.crossing.sigma_s) for a in (first, second))
    return Ordered(first=first.id, second=second.id, order=order(one, two))
