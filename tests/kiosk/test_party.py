"""Who came with whom."""

from __future__ import annotations

import numpy as np
import pytest

from kiosk.crossing import Crossing, Direction
from kiosk.party import Member, apart_m, party_for
from kiosk.smoother import Walk


def member(
    name: str,
    *,
    t: float = 5.0,
    x: float = 0.0,
    direction: Direction = "in",
    distributor: str | None = None,
    party: str | None = None,
    seen: tuple[float, float] = (2.0, 7.0),
) -> Member:
    """Somebody who walks straight in at 1.2 m/s, ``x`` metres to the right, and crosses at ``t``."""
    knots = np.arange(0.0, 12.0, 0.2)
    walk = Walk(
        knots_t=knots,
        floor_xz_m=np.stack([np.full(len(knots), x), 2.6 - 1.2 * (knots - t)], axis=1),
        covariance=np.eye(2 * len(knots)) * 1e-4,
        eye_height_m=1.6,
        eye_height_sigma_m=0.01,
        soles_used=0.0,
    )
    crossing = Crossing(t=t, sigma_s=0.03, direction=direction, floor_xz_m=np.array([x, 2.6]), speed=1.2, walk=walk)
    return Member(
        arrival=name,
        crossing=crossing,
        seen_from=seen[0],
        seen_to=seen[1],
        party=party or f"party-{name}",
        distributor=distributor,
    )


@pytest.mark.parametrize(
    ("other", "together"),
    [
        (member("a"), True),  # side by side
        (member("a", t=4.3), True),  # one behind the other
        (member("a", x=-1.0, distributor="A"), True),  # an agent beside a customer
        (member("a", x=-3.0), False),  # strangers at the two ends of a wide door
        (member("a", t=1.5), False),  # strangers seconds apart
        (member("a", direction="out"), False),  # one comes, one goes
        (member("a", seen=(0.0, 2.1)), False),  # hardly ever seen at the same time
    ],
)
def test_who_walks_close_in_space_and_time_is_one_party(other: Member, together: bool) -> None:
    assert party_for(member("b", x=0.7), [other]) == ("party-a" if together else "party-b")


def test_strangers_side_by_side_are_one_party_until_somebody_says_otherwise() -> None:
    assert party_for(member("b", t=5.1, x=0.9), [member("a")]) == "party-a"


def test_agents_of_two_distributors_are_never_one_party() -> None:
    assert party_for(member("b", x=0.5, distributor="B"), [member("a", distributor="A")]) == "party-b"
    assert party_for(member("b", x=0.5, distributor="A"), [member("a", distributor="A")]) == "party-a"


def test_a_rival_does_not_join_through_the_customer_either() -> None:
    agent = member("a", x=-0.6, distributor="A")
    customer = member("c", party="party-a")
    assert party_for(member("b", x=0.6, distributor="B"), [agent, customer]) == "party-b"


def test_a_customer_between_two_agents_belongs_to_the_nearer_one() -> None:
    left, right = member("a", x=-1.0, distributor="A"), member("b", x=0.6, distributor="B")
    assert party_for(member("c"), [left, right]) == "party-b"
    assert party_for(member("c", x=-0.5), [left, right]) == "party-a"


def test_the_first_one_is_a_party_of_their_own() -> None:
    assert party_for(member("a"), []) == "party-a"


def test_a_third_joins_the_party_of_the_one_they_walk_with() -> None:
    assert party_for(member("c", x=1.4), [member("a", party="family"), member("b", x=0.7, party="family")]) == "family"


@pytest.mark.parametrize(("x", "later_s", "apart"), [(0.8, 0.0, 0.8), (0.0, 0.5, 0.6), (0.8, 0.5, 1.0)])
def test_the_distance_is_that_on_the_floor(x: float, later_s: float, apart: float) -> None:
    assert apart_m(member("a"), member("b", x=x, t=5.0 + later_s)) == pytest.approx(apart, abs=0.01)
    assert apart_m(member("b", x=x, t=5.0 + later_s), member("a")) == pytest.approx(apart, abs=0.01)


def test_people_never_seen_together_are_infinitely_far_apart() -> None:
    assert apart_m(member("a", seen=(0.0, 3.0)), member("b", seen=(3.0, 7.0))) == float("inf")
