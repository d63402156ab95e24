"""Visits: which agents stand in a customer's, who came with whom, and who makes none."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal

import pytest

from attribution.entries import Arrive
from kiosk.pipeline import ORDERED_S
from kiosk.record.visits import SETTLED, Visits
from models.desk.visits import NEAR
from models.ledger.kinds import Arrival
from models.people import Role
from tests.kiosk.arrivals import STARTS_AT

ROLES: Mapping[str, Role] = {"c1": "customer", "c2": "customer", "a1": "agent", "a2": "agent", "s1": "staff"}

BOUND = {"main-19.75": "a2", "main-20.25": "c1"}
"""Whom the desk said these arrivals were."""


def after(seconds: float) -> datetime:
    return STARTS_AT + timedelta(seconds=seconds)


def came(at_s: float, status: Literal["known", "unknown", "uncertain", "unconsented"], person: str = "") -> Arrival:
    return Arrival(
        at=after(at_s),
        arrival=f"main-{at_s}",
        door="main",
        direction="in",
        sigma_s=0.03,
        status=status,
        person=person or None,
        party=f"of {person}",
        track=0,
    )


def known(person: str, at_s: float, *, party: str = "", direction: Literal["in", "out"] = "in") -> Arrival:
    changed = {"party": party or f"of {person}", "direction": direction}
    return came(at_s, "known", person).model_copy(update=changed)


def visits_of(*arrivals: Arrival) -> list[Arrive]:
    visits = Visits(role_of=ROLES.get, bound_to=BOUND.get)
    for each in arrivals:
        visits.arrived(each)
    return visits.settled(None)


@pytest.mark.parametrize(
    ("arrivals", "door"),
    [
        # nobody else
        ([known("c1", 20.0)], {"c1": 0.0}),
        # the agent goes ahead
        ([known("a1", 19.0), known("c1", 20.0)], {"a1": 0.0, "c1": 1.0}),
        # the agent comes after
        ([known("c1", 20.0), known("a1", 20.5)], {"c1": 0.0, "a1": 0.5}),
        # two rivals of different parties
        (
            [known("a1", 19.9, party="x"), known("c1", 20.0, party="x"), known("a2", 20.2, party="y")],
            {"a1": 0.0, "c1": 0.1, "a2": 0.3},
        ),
        # an agent just within reach, one just out of it on either side
        ([known("a1", 9.9), known("c1", 20.0), known("a2", 30.0)], {"c1": 0.0, "a2": 10.0}),
        ([known("a1", 10.0), known("c1", 20.0), known("a2", 30.1)], {"a1": 0.0, "c1": 10.0}),
        # an agent who leaves
        ([known("a1", 19.5, direction="out"), known("c1", 20.0)], {"c1": 0.0}),
        # the same agent twice: the first time counts
        ([known("a1", 18.0), known("c1", 20.0), known("a1", 21.0)], {"a1": 0.0, "c1": 2.0}),
        # somebody of the office
        ([known("s1", 19.5), known("c1", 20.0)], {"c1": 0.0}),
        # somebody the door took for an agent, but is not sure
        ([came(19.5, "uncertain", "a1"), known("c1", 20.0)], {"c1": 0.0}),
        # a customer whose record is gone meanwhile
        ([known("erased", 19.5), known("c1", 20.0)], {"c1": 0.0}),
        # an agent whom the door did not know, bound to the arrival at the kiosk
        ([came(19.75, "unknown"), known("c1", 20.0)], {"a2": 0.0, "c1": 0.25}),
        # an agent whom the door took for another
        ([known("a1", 19.75), known("c1", 20.0)], {"a2": 0.0, "c1": 0.25}),
        # another customer of another party is no part of it
        ([known("a1", 20.0), known("c1", 20.1), known("s1", 20.2)], {"a1": 0.0, "c1": 0.1}),
    ],
)
def test_a_customers_visit_names_every_agent_who_crossed_about_the_same_time(
    arrivals: list[Arrival], door: dict[str, float]
) -> None:
    (visit,) = visits_of(*arrivals)
    assert visit.person == "c1"
    assert {who: offset_s for who, (offset_s, _) in visit.door.items()} == pytest.approx(door)
    assert {sigma_s for _, sigma_s in visit.door.values()} == {0.03}
    who = {one.arrival: BOUND.get(one.arrival, one.person) for one in arrivals}
    assert visit.at == min(one.at for one in arrivals if who[one.arrival] in door and one.direction == "in")
    assert visit.with_ == ()


@pytest.mark.parametrize(
    "nobody",
    [
        known("a1", 20.0),  # an agent alone
        known("c1", 20.0, direction="out"),  # a customer who leaves
        came(20.0, "unknown"),  # somebody unknown
        came(20.0, "uncertain", "c1"),  # perhaps a customer
        came(20.0, "unconsented"),  # somebody nobody may look at
        known("erased", 20.0),  # somebody whose record is gone
        known("c1", 20.25),  # a customer whose visit the desk made when it bound the arrival
    ],
)
def test_who_is_no_known_customer_coming_in_makes_no_visit(nobody: Arrival) -> None:
    assert visits_of(nobody) == []


@pytest.mark.parametrize(
    ("parties", "company"),
    [
        (("x", "x"), [("c2",), ("c1",)]),  # of one party
        (("x", "y"), [(), ()]),  # each on their own
    ],
)
def test_customers_of_one_party_come_with_each_other(parties: tuple[str, str], company: list[tuple[str, ...]]) -> None:
    one, other = known("c1", 20.0, party=parties[0]), known("c2", 20.4, party=parties[1])
    assert [(visit.person, visit.with_) for visit in visits_of(one, other)] == [
        ("c1", company[0]),
        ("c2", company[1]),
    ]


def test_the_desk_and_the_pipeline_agree_who_came_about_the_same_time() -> None:
    assert timedelta(seconds=ORDERED_S) == NEAR


def test_a_visit_waits_until_everybody_near_has_been_stated_and_is_made_once() -> None:
    visits = Visits(role_of=ROLES.get, bound_to=BOUND.get)
    visits.arrived(known("c1", 20.0))
    assert visits.settled(after(20.0) + SETTLED) == []
    visits.arrived(known("a1", 28.0))  # stated late: the agent stayed at the sill
    (visit,) = visits.settled(after(20.1) + SETTLED)
    assert set(visit.door) == {"c1", "a1"}
    assert visits.settled(None) == []


def test_somebody_whose_visit_is_on_record_is_only_company() -> None:
    visits = Visits(role_of=ROLES.get, bound_to=BOUND.get)
    visits.arrived(known("c1", 20.0, party="x"), made=True)
    visits.arrived(known("c2", 20.4, party="x"))
    assert [(visit.person, visit.with_) for visit in visits.settled(None)] == [("c2", ("c1",))]


def test_an_agent_of_a_visit_that_is_made_later_is_still_remembered() -> None:
    visits = Visits(role_of=ROLES.get, bound_to=BOUND.get)
    visits.arrived(known("a1", 11.0))
    for t in range(12, 60):
        if t == 30:
            visits.arrived(known("c1", 20.0))  # stated ten seconds late
        if made := visits.settled(after(t)):
            break
    assert set(made[0].door) == {"a1", "c1"}
