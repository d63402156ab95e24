"""Who is covered when: a face wherever it may be, the one that consented only where it is certainly that one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.blur import head_box
from kiosk.evidence.veil import (
    AFTER_S,
    BEFORE_S,
    GUESSED,
    GUESSED_PER_S,
    NEARER,
    SEEN_S,
    Box,
    Trail,
    Veil,
    certainly,
)


def box(x: float, y: float = 100.0, side: float = 20.0) -> Box:
    return np.array([x, y, x + side, y + side])


def trail(number: int, *found: tuple[float, float]) -> Trail:
    """Sightings as (t, x)."""
    return Trail.of(number, [(t, box(x)) for t, x in found])


def steady(number: int, from_t: float, to_t: float, *, x: float = 0.0, speed: float = 0.0) -> Trail:
    """Seen every 0.1 s."""
    times = np.arange(round(from_t * 10), round(to_t * 10) + 1) / 10
    return trail(number, *((float(t), x + speed * float(t - from_t)) for t in times))


def head_covers(boxes: list[Box], face: Box) -> bool:
    """Whether the heads that are blurred around the boxes hold a face."""
    return covers([np.array(head_box(one), np.float64) for one in boxes], face)


def covers(boxes: list[Box], inner: Box) -> bool:
    return any(bool((outer[:2] <= inner[:2] + 1e-6).all() and (outer[2:] >= inner[2:] - 1e-6).all()) for outer in boxes)


@pytest.mark.parametrize(
    ("t", "x"),
    [
        (1.0, 0.0),  # first seen
        (1.15, 15.0),  # between two sightings
        (1.8, 80.0),  # last seen
        (0.6, -40.0),  # before: it came at the same speed
        (0.6, 0.0),  # before: or it stood
        (2.2, 120.0),  # after
        (2.2, 80.0),  # after: or it stopped
    ],
)
def test_a_walking_face_is_covered_where_it_is_and_where_it_may_be(t: float, x: float) -> None:
    assert covers(steady(1, 1.0, 1.8, speed=100.0).covering(t), box(x))


def approaching(t: float) -> Box:
    """The face, 0.14 m, of somebody who walks at 1.2 m/s towards a camera of 900 px above, and passes it at 8 s."""
    depth_m = 1.2 * (8.0 - t)
    return box(640.0 - 900 * 0.5 / depth_m, 50.0 + 900 * 0.7 / depth_m, 900 * 0.14 / depth_m)


@pytest.mark.parametrize("noise", [0.0, 0.08])  # a detector's boxes are as wrong as that
def test_who_was_long_hidden_is_covered_far_back_along_the_way(noise: float) -> None:
    """Seen from 4 s on, for 2 s; 4 s earlier the face was half as large and elsewhere."""
    rng = np.random.default_rng(2)
    found = []
    for t in np.arange(40, 61) / 10:
        face = approaching(t)
        middle, half = (face[:2] + face[2:]) / 2, (face[2:] - face[:2]) / 2 * (1 + noise * rng.normal())
        found.append((float(t), np.concatenate([middle - half, middle + half])))
    seen = Trail.of(1, found)
    for t in np.arange(41) / 10:
        assert head_covers(seen.covering(t), approaching(t))
        assert sum(float(one[2] - one[0]) for one in seen.covering(t)) < 100  # not half of the picture
    assert seen.covering(-0.1) == []


def test_a_guess_stays_a_face_however_wild_the_trend() -> None:
    """Two sightings of one large face, the second a misfit: straight on it would fill the picture at once."""
    wild = Trail.of(1, [(1.0, box(0.0, side=128.0)), (1.12, box(0.0, side=80.0))])
    sides = [one[2] - one[0] for t in np.arange(-9, 19) / 10 for one in wild.covering(t)]
    assert max(sides) <= 128 * NEARER * (GUESSED + BEFORE_S * GUESSED_PER_S)


@pytest.mark.parametrize("t", [1.0 - BEFORE_S - 0.01, 2.0 + AFTER_S + 0.01])
def test_long_before_and_after_it_is_not_covered(t: float) -> None:
    assert steady(1, 1.0, 2.0).covering(t) == []


def test_a_face_lost_for_a_while_is_covered_at_both_ends_and_on_its_way() -> None:
    lost = trail(1, (1.0, 0.0), (2.0, 200.0))
    for x in (0.0, 100.0, 200.0):
        assert covers(lost.covering(1.5), box(x))


@given(
    steps=st.lists(st.floats(0.02, 1.5), min_size=1, max_size=8),
    places=st.lists(st.floats(-500, 2000), min_size=9, max_size=9),
    part=st.floats(0, 1),
)
def test_what_is_covered_is_never_less_than_what_was_found(
    steps: list[float], places: list[float], part: float
) -> None:
    times = np.cumsum([0.0, *steps])
    found = trail(1, *zip(times.tolist(), places, strict=False))
    for t, face in zip(found.t, found.boxes, strict=True):
        assert covers(found.covering(float(t)), face)
    t = float(found.t[0] - BEFORE_S + part * (np.ptp(found.t) + BEFORE_S + AFTER_S) * 0.999)
    boxes = found.covering(t)
    assert boxes
    assert all(np.isfinite(one).all() and (one[2:] > one[:2]).all() for one in boxes)


def test_everybody_is_covered_but_the_one_that_is_shown() -> None:
    own, other = steady(1, 0.0, 2.0), steady(2, 0.0, 2.0, x=300.0)
    veil = Veil(trails=[own, other], shown=certainly(1, [own, other], 1.0))
    assert not covers(veil.boxes(1.0), box(0.0))
    assert covers(veil.boxes(1.0), box(300.0))
    assert covers(Veil(trails=[own, other], shown=None).boxes(1.0), box(0.0))


@pytest.mark.parametrize(
    ("own", "others", "span"),
    [
        (steady(1, 0.0, 2.0), [], (0.0, 2.0)),  # never lost from sight
        (trail(1, (0.0, 0.0), (0.2, 0.0), (0.9, 0.0), (1.0, 0.0), (1.8, 0.0)), [], (0.9, 1.0)),  # lost before and after
        (steady(1, 0.0, 2.0), [steady(2, 3.1, 4.0, x=10.0)], (0.0, 1.0)),  # another is there soon, so perhaps already
        (steady(1, 0.0, 2.0), [steady(2, 0.9, 1.1, x=10.0)], None),  # somebody is as near at the sill
        (steady(1, 0.0, 2.0), [steady(2, 0.0, 2.0, x=100.0)], (0.0, 2.0)),  # somebody else elsewhere
    ],
)
def test_a_face_is_shown_only_while_it_cannot_be_another_ones(
    own: Trail, others: list[Trail], span: tuple[float, float] | None
) -> None:
    shown = certainly(1, [own, *others], 1.0)
    assert (shown and (shown.from_t, shown.to_t)) == span


def test_beyond_that_stretch_it_is_covered_as_everybody_else() -> None:
    own = trail(1, *((n / 10, 0.0) for n in range(11)), *((2 + n / 10, 0.0) for n in range(11)))
    veil = Veil(trails=[own], shown=certainly(1, [own], 0.5))
    assert [bool(veil.boxes(t)) for t in (0.0, 0.5, 1.0, 1.0 + SEEN_S, 2.0, 2.5, 3.4)] == [False] * 3 + [True] * 4


def test_who_has_no_track_is_not_shown() -> None:
    assert certainly(3, [steady(1, 0.0, 2.0)], 1.0) is None
