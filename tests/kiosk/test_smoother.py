"""The fitted walk: as precise as it says, better with feet, not misled by somebody else's."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from kiosk.crossing import measure
from kiosk.smoother import fit_walk
from tests.kiosk.walks import DOOR, Person, Way, arrays, sightings_of, soles_m, straight

NORMAL = DOOR.threshold.normal_xz
WRONG_SOLES_AHEAD_M = [0.7, -0.9, 1.5]


def beyond_m(way: Way, t: float) -> float:
    return float(DOOR.threshold.ahead_m(way(np.array([t]))[0]))


@pytest.mark.parametrize("seed", range(6))
def test_the_walk_runs_where_the_body_went_within_its_own_deviation(seed: int) -> None:
    way = straight(x=0.3, speed=1.1)
    walk = fit_walk(arrays(sightings_of(way, seed=seed, seconds=(0.0, 3.0))), DOOR.camera)
    for t in (0.5, 1.5, 2.5):
        place, velocity = walk.at(t)
        off = DOOR.threshold.ahead_m(place) - beyond_m(way, t)
        assert abs(off) < 3.5 * walk.sigma_along(t, NORMAL)
        assert abs(place[0] - 0.3) < 3.5 * walk.sigma_along(t, np.array([1.0, 0.0]))
        assert velocity[1] == pytest.approx(-1.1, abs=0.25)


@pytest.mark.parametrize("eye_height_m", [1.40, 1.58, 1.78])
@pytest.mark.parametrize("eye_distance_m", [0.058, 0.063, 0.068])
def test_the_persons_own_height_is_learnt_from_face_and_feet(eye_height_m: float, eye_distance_m: float) -> None:
    person = Person(eye_height_m=eye_height_m, eye_distance_m=eye_distance_m)
    walk = fit_walk(arrays(sightings_of(straight(), person=person, seconds=(0.0, 3.0))), DOOR.camera)
    assert abs(walk.eye_height_m - eye_height_m) < 3.5 * walk.eye_height_sigma_m
    assert walk.eye_height_sigma_m < 0.03


@pytest.mark.parametrize("seed", range(4))
def test_feet_make_the_place_and_the_height_surer(seed: int) -> None:
    seen = sightings_of(straight(), seed=seed, seconds=(0.0, 3.0))
    with_feet = fit_walk(arrays(seen), DOOR.camera)
    without = fit_walk(measure(seen, with_feet=False), DOOR.camera)
    assert with_feet.sigma_along(2.5, NORMAL) < 0.6 * without.sigma_along(2.5, NORMAL)
    assert with_feet.eye_height_sigma_m < without.eye_height_sigma_m
    assert without.soles_used == 0


def someone_elses(t: NDArray[np.float64], ahead_m: float) -> NDArray[np.float64]:
    """(n, 3) t, x, y of the soles of somebody who walks ``ahead_m`` nearer to the camera."""
    other = straight(crossing_s=2.5 - ahead_m / 1.2)
    pixels = DOOR.camera.project(soles_m(other, t, Person(step_m=0.7, phase=2.0)))
    return np.column_stack([t, pixels])


@pytest.mark.parametrize("ahead_m", WRONG_SOLES_AHEAD_M)
def test_the_soles_of_somebody_else_for_a_third_of_the_time_are_not_believed(ahead_m: float) -> None:
    way = straight()
    seen = sightings_of(way, seconds=(0.0, 3.0), fps=25.0)
    right = arrays(seen)
    soles = np.column_stack([right.sole_t, right.sole_px])
    wrong = np.arange(len(soles)) % 9 < 3
    soles[wrong] = someone_elses(soles[wrong, 0], ahead_m)
    walk = fit_walk(arrays(seen, soles), DOOR.camera)
    assert walk.soles_used < 1.1 * (~wrong).sum()
    off = DOOR.threshold.ahead_m(walk.at(2.5)[0]) - beyond_m(way, 2.5)
    assert abs(off) < 3.5 * walk.sigma_along(2.5, NORMAL)


def test_a_mistaken_face_now_and_then_does_not_move_the_walk() -> None:
    way = straight()
    seen = arrays(sightings_of(way, seconds=(0.0, 3.0)))
    eyes = seen.eyes_px.copy()
    eyes[::10] += (30.0, -25.0)
    walk = fit_walk(replace(seen, eyes_px=eyes), DOOR.camera)
    off = DOOR.threshold.ahead_m(walk.at(2.5)[0]) - beyond_m(way, 2.5)
    assert abs(off) < 3.5 * walk.sigma_along(2.5, NORMAL)


def test_where_nothing_was_seen_the_place_is_less_sure() -> None:
    way = straight()
    whole = sightings_of(way, seconds=(0.0, 3.2))
    gap = [s for s in whole if not 2.0 < s.t < 3.0]
    seen, unseen = (fit_walk(arrays(each), DOOR.camera) for each in (whole, gap))
    assert unseen.sigma_along(2.5, NORMAL) > seen.sigma_along(2.5, NORMAL)
    assert abs(DOOR.threshold.ahead_m(unseen.at(2.5)[0]) - beyond_m(way, 2.5)) < 3.5 * unseen.sigma_along(2.5, NORMAL)


def test_past_the_last_sighting_the_walk_is_carried_on_with_growing_doubt() -> None:
    way = straight()
    walk = fit_walk(arrays(sightings_of(way, seconds=(0.0, 2.0))), DOOR.camera)
    sigmas = [walk.sigma_along(t, NORMAL) for t in (1.8, 2.2, 2.5, 2.7)]
    assert sigmas == sorted(sigmas)
    assert abs(DOOR.threshold.ahead_m(walk.at(2.5)[0])) < 3.5 * sigmas[2]


def test_the_same_sightings_give_the_same_walk() -> None:
    seen = arrays(sightings_of(straight()))
    one, other = (fit_walk(seen, DOOR.camera) for _ in range(2))
    assert (one.floor_xz_m == other.floor_xz_m).all()


@pytest.mark.parametrize(
    "seconds",
    [
        (0.0, 0.15),  # three sightings
        (1.0, 1.05),  # one
    ],
)
def test_too_little_seen_is_no_walk(seconds: tuple[float, float]) -> None:
    seen = sightings_of(straight(), seconds=seconds)
    assert len(seen) in (1, 3)
    with pytest.raises(ValueError, match="at least four sightings"):
        fit_walk(measure(seen), DOOR.camera)
