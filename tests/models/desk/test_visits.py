"""A visit out of what the door saw, whatever it saw."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from models.desk.visits import NEAR, own_instant, visit_of
from models.ledger.kinds import Arrival
from models.people import Role
from tests.models.desk.door import crossed

ROLES: dict[str, Role] = {"c1": "customer", "c2": "customer", "a1": "agent", "a2": "agent", "s1": "staff"}

ARRIVALS = st.lists(
    st.builds(
        lambda number, at_ms, who, party: crossed(number, at_ms / 1000, known=who, party=party),
        number=st.integers(1, 10**6),
        at_ms=st.integers(-30_000, 30_000),
        who=st.sampled_from([*ROLES, None]),
        party=st.sampled_from(["x", "y"]),
    ),
    max_size=8,
)


@given(others=ARRIVALS)
def test_a_visit_begins_with_whoever_came_first_and_names_everybody_once(others: list[Arrival]) -> None:
    customer = crossed(0, 0.0, known="c1", party="x")
    visit = visit_of(customer, [customer, *others], ROLES.get)
    near = [one for one in (customer, *others) if abs(one.at - customer.at) <= NEAR]
    agents = {one.person for one in near if one.person in ("a1", "a2")}
    assert set(visit.door) == agents | {"c1"}
    assert min(after_s for after_s, _ in visit.door.values()) == 0.0
    assert own_instant(visit) == customer.at
    for who in agents:
        first = min(one.at for one in near if one.person == who)
        assert visit.at + timedelta(seconds=visit.door[str(who)][0]) == first
    assert visit.with_ == tuple(sorted({"c2"} & {one.person for one in near if one.party == "x"}))


@given(others=ARRIVALS)
def test_it_does_not_matter_in_which_order_the_door_told(others: list[Arrival]) -> None:
    customer = crossed(0, 0.0, known="c1", party="x")
    assert visit_of(customer, [customer, *others], ROLES.get) == visit_of(
        customer, [*reversed(others), customer], ROLES.get
    )
