"""From frames to tracks: how often it looks, where, and what it takes for a body."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from kiosk.types import Frame
from kiosk.watch import DoorWatch, Pace
from tests.kiosk.marks import WALL, MarkEngine, wall

AT = datetime(2026, 3, 1, tzinfo=UTC)


def frame(t: float, *marks_px: tuple[int, int], side: int = 16) -> Frame:
    return Frame(image=wall(*marks_px, side=side), t=t, at=AT + timedelta(seconds=t))


def test_an_empty_door_is_searched_whole_only_once_in_a_while() -> None:
    engine = MarkEngine()
    watch = DoorWatch(WALL, engine, Pace(everything_s=2.0))
    for n in range(100):
        watch.update(frame(n / 25))
    assert len(engine.shown) == 2


def test_a_tracked_face_is_looked_for_in_its_own_surroundings() -> None:
    engine = MarkEngine()
    watch = DoorWatch(WALL, engine, Pace(motion_s=99.0, everything_s=99.0))
    for n in range(20):
        watch.update(frame(n / 10, (100 + n, 90)))
    (track,) = watch.live
    assert len(track.sightings) == 20
    whole = engine.shown[0]
    assert max(width * height for width, height in engine.shown[1:]) < whole[0] * whole[1]


def test_somebody_who_comes_in_between_is_found_by_their_motion() -> None:
    watch = DoorWatch(WALL, MarkEngine(), Pace(everything_s=99.0))
    for n in range(40):
        watch.update(frame(n / 10) if n < 20 else frame(n / 10, (100 + 4 * n, 90), side=24))
    assert len(watch.live) == 1
    assert watch.live[0].sightings[0].t < 2.6


@pytest.mark.parametrize("fps", [10, 25, 50])
def test_faces_are_measured_no_more_often_than_the_pace(fps: int) -> None:
    watch = DoorWatch(WALL, MarkEngine(), Pace(track_s=0.055))
    for n in range(2 * fps):
        watch.update(frame(n / fps, (150, 90)))
    times = [sighting.t for sighting in watch.live[0].sightings]
    gaps = [b - a for a, b in itertools.pairwise(times)]
    assert min(gaps) >= min(0.055, 1 / fps) - 1e-3
    assert max(gaps) <= 0.055 + 1 / fps + 1e-3


@pytest.mark.parametrize(
    ("mark_px", "side", "seen"),
    [
        ((160, 90), 16, True),  # eyes at the camera's height
        ((160, 8), 10, False),  # 3.5 m above the floor: a lamp, a poster
        ((160, 170), 10, False),  # under the floor: a reflection
    ],
)
def test_a_face_where_nobody_can_have_one_is_not_a_body(mark_px: tuple[int, int], side: int, seen: bool) -> None:
    watch = DoorWatch(WALL, MarkEngine())
    for n in range(10):
        watch.update(frame(n / 10, mark_px, side=side))
    assert bool(watch.live) is seen


def test_the_end_of_the_source_ends_the_tracks() -> None:
    watch = DoorWatch(WALL, MarkEngine())
    for n in range(10):
        watch.update(frame(n / 10, (150, 90)))
    assert [len(track.sightings) for track in watch.finish()] == [10]
    assert watch.live == []
