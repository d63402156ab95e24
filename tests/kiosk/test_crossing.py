"""Crossings of synthetic walks: the instant and its deviation, the direction, and what is none."""

from __future__ import annotations

import numpy as np
import pytest

from kiosk.crossing import Crossing, find_crossing, walk_of
from kiosk.doorway import Doorway, Threshold
from kiosk.track import Sighting
from tests.kiosk.walks import DOOR, SILL_Z, Person, sightings_of, straight, through


def crossing_of(seen: list[Sighting], door: Doorway = DOOR, *, with_feet: bool = True) -> Crossing | None:
    walk = walk_of(seen, door, with_feet=with_feet)
    assert walk is not None
    return find_crossing(walk, door, seen[0].t, seen[-1].t)


@pytest.mark.parametrize("with_feet", [True, False])
@pytest.mark.parametrize(
    ("speed", "fps", "person", "x", "drift"),
    [
        (1.2, 15.0, Person(), 0.1, 0.0),  # everybody
        (0.7, 15.0, Person(phase=1.0), -0.5, 0.0),  # slow
        (1.7, 10.0, Person(phase=2.0), 0.5, 0.0),  # in a hurry, few frames
        (1.3, 30.0, Person(eye_height_m=1.40, phase=3.0), 0.0, 0.1),  # short, drifting
        (1.0, 25.0, Person(eye_height_m=1.78, phase=4.0), 0.6, -0.1),  # tall, drifting back
        (1.1, 12.5, Person(eye_distance_m=0.058, phase=5.0), -0.2, 0.0),  # eyes close together
        (1.4, 15.0, Person(eye_distance_m=0.068, step_m=0.75), 0.3, 0.0),  # eyes apart, long steps
        (0.9, 20.0, Person(bob_m=0.02, step_m=0.55, phase=2.5), -0.6, 0.05),  # bouncing, short steps
    ],
)
def test_the_instant_is_right_within_its_stated_deviation(
    speed: float, fps: float, person: Person, x: float, drift: float, with_feet: bool
) -> None:
    way = straight(crossing_s=3.0, speed=speed, x=x, drift=drift)
    seen = sightings_of(way, person=person, fps=fps, seconds=(0.3, 3.0 + 0.8 / speed), seed=round(100 * speed))
    crossing = crossing_of(seen, with_feet=with_feet)
    assert crossing is not None
    assert abs(crossing.t - 3.0) < 3.5 * crossing.sigma_s
    assert crossing.direction == "in"
    assert crossing.speed == pytest.approx(speed, rel=0.3)
    assert crossing.floor_xz_m == pytest.approx([x, SILL_Z], abs=0.25)


@pytest.mark.parametrize("seed", range(4))
def test_feet_make_the_instant_surer(seed: int) -> None:
    seen = sightings_of(straight(), seed=seed, seconds=(0.0, 3.2))
    with_feet, without = crossing_of(seen), crossing_of(seen, with_feet=False)
    assert with_feet is not None
    assert without is not None
    assert with_feet.sigma_s < 0.6 * without.sigma_s


def test_a_short_and_a_tall_person_in_step_cross_at_the_same_instant() -> None:
    short, tall = (
        crossing_of(sightings_of(straight(x=x), person=Person(eye_height_m=h), seed=7, seconds=(0.0, 3.2)))
        for x, h in ((-0.4, 1.40), (0.4, 1.78))
    )
    assert short is not None
    assert tall is not None
    assert abs(short.t - tall.t) < 3.5 * np.hypot(short.sigma_s, tall.sigma_s)


def test_a_crossing_nobody_saw_is_stated_with_a_wider_interval() -> None:
    whole = sightings_of(straight(), seconds=(0.0, 3.2))
    seen, hidden = crossing_of(whole), crossing_of([s for s in whole if not 2.0 < s.t < 3.0])
    assert seen is not None
    assert hidden is not None
    assert hidden.sigma_s > seen.sigma_s
    assert abs(hidden.t - 2.5) < 3.5 * hidden.sigma_s


NONE = [
    through((0, 2.4), (2, 0.0), (2.5, -0.1), (3, 0.1), (3.5, -0.1), (4, 0.1), (4.5, 0.0)),  # sways on the sill
    through((0, 2.4), (1.6, 0.5)),  # comes to the door and stays outside
    through((0, 2.4), (1.6, 0.5), (2.5, 0.5), (4.0, 2.4)),  # comes to the door and goes away
    through((0, 2.4), (2, -0.05), (3.0, -0.05), (5.0, 2.4)),  # a foot in the door, and away
    lambda t: np.stack([-1.5 + 0.9 * t, np.full(len(t), SILL_Z + 0.9)], axis=1),  # along the sill outside
    lambda t: np.stack([0.5 - 0.4 * t, np.full(len(t), SILL_Z - 0.8)], axis=1),  # along the sill inside
]


@pytest.mark.parametrize("number", range(len(NONE)))
def test_who_did_not_come_in_has_no_crossing(number: int) -> None:
    seen = sightings_of(NONE[number], seconds=(0.0, 5.0))
    assert len(seen) > 20
    assert crossing_of(seen) is None


def test_who_steps_in_out_and_in_again_crosses_when_they_come_in_to_stay() -> None:
    way = through((0, 2.5), (2, -0.6), (3, -0.6), (4.5, 0.8), (5.2, 0.8), (7, -0.6), (7.5, -0.6))
    crossing = crossing_of(sightings_of(way, seconds=(0.0, 7.8)))
    assert crossing is not None
    assert crossing.direction == "in"
    assert abs(crossing.t - (5.2 + 1.8 * 0.8 / 1.4)) < 3.5 * crossing.sigma_s


def test_who_comes_in_and_goes_out_again_crosses_when_they_go() -> None:
    way = through((0, 2.5), (2, -0.6), (3, -0.6), (5, 1.4))
    crossing = crossing_of(sightings_of(way, seconds=(0.0, 5.2)))
    assert crossing is not None
    assert crossing.direction == "out"
    assert abs(crossing.t - 3.6) < 3.5 * crossing.sigma_s


@pytest.mark.parametrize(
    ("inward", "speed", "direction"),
    [
        ("toward_camera", 1.2, "in"),  # the camera hangs inside, they come
        ("toward_camera", -1.2, "out"),  # and go
        ("away_from_camera", 1.2, "out"),  # the camera hangs outside
        ("away_from_camera", -1.2, "in"),
    ],
)
def test_the_direction_is_that_of_the_doorway(inward: str, speed: float, direction: str) -> None:
    door = Doorway.model_validate(DOOR.model_dump() | {"inward": inward})
    crossing = crossing_of(sightings_of(straight(speed=speed), door=door, seconds=(1.9, 4.5)), door)
    assert crossing is not None
    assert crossing.direction == direction


def test_walking_past_beside_the_sill_is_no_crossing_of_it() -> None:
    narrow = DOOR.model_copy(update={"threshold": Threshold(left=(-0.4, SILL_Z), right=(0.4, SILL_Z))})
    beside = sightings_of(straight(x=1.1), door=narrow, seconds=(0.0, 3.2))
    inside = sightings_of(straight(x=0.2), door=narrow, seconds=(0.0, 3.2))
    assert crossing_of(beside, narrow) is None
    assert crossing_of(inside, narrow) is not None


def test_a_slanted_sill_is_crossed_where_it_is() -> None:
    slanted = DOOR.model_copy(update={"threshold": Threshold(left=(-1.0, 2.4), right=(1.0, 3.0))})
    crossing = crossing_of(sightings_of(straight(x=0.5), seconds=(0.0, 3.2)), slanted)
    assert crossing is not None
    # at x = 0.5 this sill lies 0.15 m further out than the straight one
    assert abs(crossing.t - (2.5 - 0.15 / 1.2)) < 3.5 * crossing.sigma_s


def test_somebody_standing_on_the_sill_has_an_honest_interval_if_any() -> None:
    way = through((0, 2.4), (2, 0.05), (4, 0.05), (6, -0.8))
    crossing = crossing_of(sightings_of(way, seconds=(0.0, 6.2)))
    assert crossing is not None
    assert abs(crossing.t - (4 + 2 * 0.05 / 0.85)) < 3.5 * crossing.sigma_s
    assert crossing.sigma_s > 0.03


def test_three_sightings_are_no_walk() -> None:
    assert walk_of(sightings_of(straight())[:3], DOOR) is None
