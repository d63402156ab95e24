"""The pieces every source is made of: the axis of seconds, gaps, the lens, states, redaction."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.source import ALLOWED_FROM, State, redact
from kiosk.source.lens import LensWatch, is_flat
from kiosk.source.timeline import Axis, ErrorMemory, Gaps
from kiosk.types import Blind
from recognition.types import Image
from tests.kiosk.movies import picture

FILE_AXES = [
    # PTS in seconds, t of each (None: dropped)
    ([3.0, 3.04, 3.08], [0.0, 0.04, 0.08]),  # any origin
    ([0.0, None, 0.08], [0.0, 0.04, 0.08]),  # one without PTS follows by an interval
    ([None, None, 7.0, 7.04], [0.0, 0.04, 0.08, 0.12]),  # PTS that start late
    ([0.0, 0.08, 0.04, 0.12], [0.0, 0.08, None, 0.12]),  # out of order
    ([0.0, 0.04, 0.04, 0.08], [0.0, 0.04, None, 0.08]),  # twice the same
    ([9.0, 9.04, 0.0, 0.04], [0.0, 0.04, 0.08, 0.12]),  # a clock that starts anew
    ([0.0, 60.0], [0.0, 60.0]),  # a long pause in a file is what it says
]


@pytest.mark.parametrize(("pts", "expected"), FILE_AXES)
def test_a_file_is_placed_by_its_pts(pts: list[float | None], expected: list[float | None]) -> None:
    axis = Axis(interval_s=0.04)
    assert [axis.place(each)[0] for each in pts] == pytest.approx(expected)


LIVE_AXES = [
    # (PTS, our clock) in seconds, t of each
    ([(5.0, 100.0), (5.04, 100.3), (5.08, 100.31)], [0.0, 0.04, 0.08]),  # a late arrival does not matter
    ([(5.0, 100.0), (0.0, 102.0), (0.04, 102.9)], [0.0, 2.0, 2.04]),  # PTS start anew: the clock bridges it
    ([(5.0, 100.0), (3605.0, 100.04), (3605.04, 100.08)], [0.0, 0.04, 0.08]),  # a camera that set its own clock
    ([(None, 100.0), (None, 100.5), (1.0, 100.6), (1.1, 100.9)], [0.0, 0.5, 0.6, 0.7]),  # no PTS: our clock
]


@pytest.mark.parametrize(("arrivals", "expected"), LIVE_AXES)
def test_a_live_picture_is_placed_by_its_pts_and_by_the_clock_between_sessions(
    arrivals: list[tuple[float | None, float]], expected: list[float]
) -> None:
    axis = Axis(interval_s=0.04)
    assert [axis.place(pts, clock_s=clock)[0] for pts, clock in arrivals] == pytest.approx(expected)


def test_a_new_session_goes_on_where_the_clock_is() -> None:
    axis = Axis(interval_s=0.04)
    axis.place(50.0, clock_s=100.0)
    axis.restart()
    assert axis.place(51.0, clock_s=104.0) == (4.0, False)
    assert axis.place(51.04, clock_s=104.1) == (4.04, False)


@given(st.lists(st.none() | st.floats(-1e6, 1e6), min_size=1))
def test_instants_only_ever_increase(pts: list[float | None]) -> None:
    axis = Axis(interval_s=0.04)
    placed = [t for t, _ in map(axis.place, pts) if t is not None]
    assert placed[0] == 0.0
    assert all(earlier < later for earlier, later in pairwise(placed))


def test_a_known_cause_makes_even_a_short_gap_blind() -> None:
    gaps = Gaps(shortest_s=0.5)
    assert gaps.see(0.0) is None
    assert gaps.see(0.1, "decode error") == Blind(from_t=0.0, to_t=0.1, reason="decode error")


ERRORS = [
    # errors counted so far, instants of the last and the next picture, whether the error explains what is missing
    (0, 1.0, 2.0, False),
    (1, 1.0, 1.08, True),
    (1, 1.0, 1.04, False),  # nothing is missing
]


@pytest.mark.parametrize(("errors", "last_t", "t", "expected"), ERRORS)
def test_a_decode_error_explains_a_missing_picture(errors: int, last_t: float, t: float, expected: bool) -> None:
    assert ErrorMemory().explains(last_t=last_t, t=t, interval_s=0.04, decode_errors=errors) is expected


def test_an_old_decode_error_explains_nothing_new() -> None:
    memory = ErrorMemory()
    assert memory.explains(last_t=1.0, t=1.5, interval_s=0.04, decode_errors=1)
    assert not memory.explains(last_t=9.0, t=9.5, interval_s=0.04, decode_errors=1)


def flat(level: int, noise: float = 0.0) -> Image:
    noisy = np.random.default_rng(1).normal(level, noise, (120, 160, 3))
    return np.clip(noisy, 0, 255).astype(np.uint8)


def vignette() -> Image:
    rows, columns = np.mgrid[-1:1:120j, -1:1:160j]
    return np.repeat((14 - 5 * (rows**2 + columns**2))[..., None], 3, axis=2).astype(np.uint8)


PICTURES = [
    # picture, whether the lens is covered
    (flat(0), True),  # a lens cap
    (flat(10, noise=6.0), True),  # tape, and a sensor at full gain
    (vignette(), True),  # a hand, a little light at the centre
    (flat(250), True),  # blinded by a lamp
    (picture(0), False),
    ((picture(0) * 0.15).astype(np.uint8), False),  # the same door at dusk
]


@pytest.mark.parametrize(("image", "expected"), PICTURES)
def test_a_covered_lens_is_told_from_a_dark_door(image: Image, expected: bool) -> None:
    assert is_flat(image) is expected


def watched(covered: list[tuple[float, float]], *, until_s: float = 6.0) -> list[Blind]:
    lens = LensWatch()
    found = []
    for number in range(int(25 * until_s)):
        t = number / 25
        is_covered = any(start <= t < end for start, end in covered)
        found.append(lens.see(t, flat(5) if is_covered else picture(0)))
    return [blind for blind in [*found, lens.end()] if blind]


def test_a_covered_stretch_ends_with_the_first_clear_picture() -> None:
    assert watched([(1.2, 3.0)]) == [Blind(from_t=1.04, to_t=3.0, reason="lens covered")]


def test_a_flicker_is_no_covered_lens() -> None:
    assert watched([(1.0, 1.3), (2.0, 2.3)]) == []


def test_a_lens_covered_to_the_end_and_from_the_start_is_blind_throughout() -> None:
    assert watched([(0.0, 9.0)]) == [Blind(from_t=0.0, to_t=5.96, reason="lens covered")]


REDACTED = [
    # as given, as shown
    ("rtsp://admin:p4ss@10.0.0.8/door", "rtsp://***@10.0.0.8/door"),
    ("rtsp://admin:p@ss:w/rd@10.0.0.8/door", "rtsp://***@10.0.0.8/door"),  # an unescaped password
    ("http://10.0.0.8/video?user=admin&pwd=p4ss&ch=1", "http://10.0.0.8/video?user=***&pwd=***&ch=1"),
    ("could not open 'rtsp://a:b@cam/1' (5)", "could not open 'rtsp://***@cam/1' (5)"),
    ("rtsp://10.0.0.8:554/door", "rtsp://10.0.0.8:554/door"),
    ("C@mera:1.mp4", "C@mera:1.mp4"),
]


@pytest.mark.parametrize(("given", "shown"), REDACTED)
def test_no_password_is_ever_shown(given: str, shown: str) -> None:
    assert redact(given) == shown


def test_every_state_can_be_left_for_closed_and_only_a_running_source_reconnects() -> None:
    assert ALLOWED_FROM[State.CLOSED] == frozenset(State)
    assert ALLOWED_FROM[State.RECONNECTING] == {State.RUNNING, State.RECONNECTING}
