"""Who was first: a verdict is given only when it is sure."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from attribution.order import SURE, Instant, order, p_before

instants = st.builds(Instant, t=st.floats(0.0, 1e4), sigma_s=st.floats(1e-3, 5.0))


@given(instants, instants)
def test_the_two_orders_share_one_probability(one: Instant, other: Instant) -> None:
    assert p_before(one, other) + p_before(other, one) == pytest.approx(1.0)


@given(instants, instants, st.floats(0.0, 10.0))
def test_a_wider_gap_is_never_less_certain(one: Instant, other: Instant, later_s: float) -> None:
    moved = Instant(t=other.t + later_s, sigma_s=other.sigma_s)
    assert p_before(one, moved) >= p_before(one, other)


@given(instants, instants, st.floats(0.0, 5.0))
def test_a_less_precise_instant_is_never_more_certain(one: Instant, other: Instant, more_s: float) -> None:
    first, second = sorted((one, other), key=lambda instant: instant.t)
    vaguer = Instant(t=second.t, sigma_s=second.sigma_s + more_s)
    assert p_before(first, vaguer) <= p_before(first, second) + 1e-12


@given(instants, instants, st.floats(-1e3, 1e3))
def test_only_the_gap_counts_not_the_hour(one: Instant, other: Instant, shift_s: float) -> None:
    moved = [Instant(t=each.t + shift_s, sigma_s=each.sigma_s) for each in (one, other)]
    assert p_before(*moved) == pytest.approx(p_before(one, other), abs=1e-6)


@given(instants, instants)
def test_before_is_said_from_the_stated_probability_on_and_never_below(one: Instant, other: Instant) -> None:
    first, second = sorted((one, other), key=lambda instant: instant.t)
    told = order(first, second)
    assert 0.5 <= told.p <= 1.0
    assert (told.verdict == "before") == (told.p >= SURE)
    assert SURE == 0.99


@given(instants, instants)
def test_a_blind_door_never_says_before(one: Instant, other: Instant) -> None:
    first, second = sorted((one, other), key=lambda instant: instant.t)
    assert order(first, second, certain=False).verdict == "simultaneous"


@given(instants)
def test_the_same_instant_is_a_coin_toss(one: Instant) -> None:
    assert p_before(one, one) == 0.5


@given(instants, instants)
def test_three_sigma_apart_is_sure(one: Instant, other: Instant) -> None:
    assume(one.t < other.t)
    gap = other.t - one.t
    narrow = [Instant(t=each.t, sigma_s=gap / 6) for each in (one, other)]
    assert order(*narrow).verdict == "before"
