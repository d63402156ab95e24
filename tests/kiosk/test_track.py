"""Tracks: one body, one number, through occlusions and crossing paths; forgotten when over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import pytest

from kiosk.track import MEMORY_S, Sighting, Track, Tracker, clothing
from recognition.types import Image
from tests.kiosk.walks import face_at

RED, BLUE, GREEN = (40, 40, 200), (190, 70, 40), (60, 170, 60)
FPS = 15.0


@dataclass(frozen=True, kw_only=True)
class Shown:
    """Somebody in the picture: where their eyes are (x, y px) and how far apart at ``t``, what they wear, when not
    seen (seconds)."""

    place: Callable[[float], tuple[float, float, float]]
    wears: tuple[int, int, int] = RED
    hidden: Sequence[tuple[float, float]] = ()

    def sighting(self, t: float) -> Sighting | None:
        if any(start <= t < end for start, end in self.hidden):
            return None
        x, y, apart = self.place(t)
        return Sighting(t=t, face=face_at(np.array([x, y]), apart))


def picture(people: Sequence[tuple[Sighting, tuple[int, int, int]]]) -> Image:
    """A grey wall and, below each face, the chest in the colour of its clothes; the nearest is drawn last."""
    image = np.full((360, 640, 3), 128, np.uint8)
    for sighting, colour in sorted(people, key=lambda pair: pair[0].face_px):
        left, _, right, bottom = sighting.face.box_xyxy_px.astype(int).tolist()
        width = right - left
        cv2.rectangle(image, (left - width // 3, bottom), (right + width // 3, bottom + 3 * width), colour, -1)
    return image


def follow(*people: Shown, seconds: float = 3.0, tracker: Tracker | None = None) -> dict[int, set[int]]:
    """Which track numbers each of the people got, by their place in the list."""
    follower = tracker or Tracker()
    numbers: dict[int, set[int]] = {i: set() for i in range(len(people))}
    for t in np.arange(0.0, seconds, 1 / FPS):
        seen = [(i, s) for i, person in enumerate(people) if (s := person.sighting(float(t))) is not None]
        image = picture([(s, people[i].wears) for i, s in seen])
        follower.update(image, float(t), [s for _, s in seen])
        for i, sighting in seen:
            numbers[i] |= {track.number for track in follower.live if track.last is sighting}
    return numbers


def approaching(t: float) -> tuple[float, float, float]:
    return 300 + 10 * t, 120 - 15 * t, 14 + 5 * t


@pytest.mark.parametrize("hidden_s", [0.0, 0.2, 0.5, 0.8, 1.0])
def test_an_occlusion_of_up_to_a_second_keeps_one_track(hidden_s: float) -> None:
    assert follow(Shown(place=approaching, hidden=[(1.2, 1.2 + hidden_s)])) == {0: {1}}


@pytest.mark.parametrize("hidden_s", [0.6, 1.0])
def test_somebody_walking_across_is_taken_up_again_where_they_have_come_to(hidden_s: float) -> None:
    across = Shown(place=lambda t: (100 + 120 * t, 150, 20), hidden=[(1.0, 1.0 + hidden_s)])
    assert follow(across) == {0: {1}}


def test_two_people_who_cross_paths_keep_their_numbers() -> None:
    right = Shown(place=lambda t: (120 + 130 * t, 150, 20))
    left = Shown(place=lambda t: (520 - 130 * t, 156, 22), wears=BLUE)
    assert follow(right, left) == {0: {1}, 1: {2}}


@pytest.mark.parametrize("hidden", [(1.2, 1.8), (1.0, 2.0)])
def test_two_people_who_cross_paths_keep_their_numbers_when_one_hides_the_other(hidden: tuple[float, float]) -> None:
    far = Shown(place=lambda t: (120 + 130 * t, 150, 16), hidden=[hidden])
    near = Shown(place=lambda t: (520 - 130 * t, 165, 30), wears=BLUE)
    numbers = follow(far, near)
    assert all(len(each) == 1 for each in numbers.values())
    assert numbers[0] != numbers[1]


def test_three_side_by_side_stay_three() -> None:
    def beside(x: float) -> Callable[[float], tuple[float, float, float]]:
        return lambda t: (x + 5 * t, 120 - 10 * t, 15 + 4 * t)

    people = [Shown(place=beside(x), wears=colour) for x, colour in ((200, RED), (270, BLUE), (340, GREEN))]
    assert list(follow(*people).values()) == [{1}, {2}, {3}]


def test_somebody_else_who_comes_up_where_one_was_lost_is_a_new_track() -> None:
    gone = Shown(place=lambda t: (300, 120, 20), hidden=[(1.0, 9.0)])
    other = Shown(place=lambda t: (304, 122, 20), wears=GREEN, hidden=[(0.0, 1.7)])
    numbers = follow(gone, other)
    assert numbers[0].isdisjoint(numbers[1])


def test_somebody_far_away_in_the_picture_is_a_new_track() -> None:
    one = Shown(place=lambda t: (150, 120, 20), hidden=[(1.0, 9.0)])
    other = Shown(place=lambda t: (450, 120, 20), hidden=[(0.0, 1.1)])
    numbers = follow(one, other)
    assert numbers[0].isdisjoint(numbers[1])


def run_until_gone(sightings: int) -> tuple[list[Track], float]:
    """A track of so many sightings, and how long after its last one it was given up."""
    tracker, image = Tracker(), picture([])
    for n in range(sightings):
        tracker.update(image, n / FPS, [Sighting(t=n / FPS, face=face_at(np.array([300.0, 120.0]), 20.0))])
    last = (sightings - 1) / FPS
    for t in np.arange(last, last + 5.0, 1 / FPS):
        if ended := tracker.update(image, float(t), []):
            assert tracker.live == []
            return ended, float(t) - last
    raise AssertionError("the track never ended")


def test_a_track_unseen_for_longer_than_the_memory_has_ended_and_is_forgotten() -> None:
    ended, after_s = run_until_gone(20)
    assert [len(track.sightings) for track in ended] == [20]
    assert MEMORY_S < after_s < MEMORY_S + 0.2


def test_a_flicker_of_the_detector_is_forgotten_sooner_and_is_no_body() -> None:
    ended, after_s = run_until_gone(2)
    assert not ended[0].established
    assert after_s < MEMORY_S


def test_numbers_are_never_given_twice() -> None:
    tracker = Tracker()
    first = follow(Shown(place=approaching, hidden=[(0.5, 9.0)]), tracker=tracker)
    again = follow(Shown(place=approaching), tracker=tracker)
    assert first[0].isdisjoint(again[0])


def test_the_end_of_the_source_ends_every_track() -> None:
    tracker = Tracker()
    follow(Shown(place=approaching), tracker=tracker)
    assert [track.number for track in tracker.finish()] == [1]
    assert tracker.live == []


def test_a_prediction_carries_the_motion_on() -> None:
    tracker = Tracker()
    follow(Shown(place=lambda t: (100 + 60 * t, 200 - 30 * t, 20)), tracker=tracker, seconds=2.0)
    x, y, _ = tracker.live[0].predict(2.5)
    assert (x, y) == pytest.approx((250, 125), abs=2.0)


def test_clothes_are_a_histogram_that_tells_colours_apart() -> None:
    face = face_at(np.array([300.0, 80.0]), 20.0)
    seen = Sighting(t=0.0, face=face)
    red, again, blue = (clothing(picture([(seen, colour)]), face) for colour in (RED, RED, BLUE))
    assert red is not None
    assert again is not None
    assert blue is not None
    assert red.sum() == pytest.approx(1.0)
    assert (red == again).all()
    assert cv2.compareHist(red, blue, cv2.HISTCMP_CORREL) < 0.3


def test_a_chest_out_of_the_picture_says_nothing_about_clothes() -> None:
    assert clothing(picture([]), face_at(np.array([300.0, 340.0]), 20.0)) is None
