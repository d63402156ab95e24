"""Binding: whom an arrival is bound to, the visit that follows, and what a correction leaves standing."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from attribution.entries import Arrive, Report
from models.desk.arrivals import arrival_of, arrivals
from models.desk.binding import BindingError, BoundError, bind, rebind, unbind
from models.erase import erase
from models.evidence import frames_of
from models.keys import DataKey, of_arrival
from models.ledger.append import append
from models.ledger.kinds import Order
from models.ledger.read import entries, entries_of_kind
from models.ledger.verify import verify_site
from models.people import PeopleError
from models.site import Site
from models.timeline import timeline_of
from tests.models.desk.door import after, came, crossed, visits
from tests.models.kept import film
from tests.models.somebody import CUSTOMER, DESK, Somebody, stored

NOW = after(120)
WHY = "王芳说那不是她"


def bound(site: Site, arrival: str, person: str, *, report: int | None = None) -> int:
    with site.write_session() as session:
        return bind(session, arrival, person, how="qr", report=report, at=NOW, by=DESK).seq


def bound_anew(site: Site, arrival: str, person: str) -> None:
    with site.write_session() as session:
        rebind(session, arrival, person, report=None, reason=WHY, at=NOW, by=DESK)


def reported(site: Site, customer: str, agent: str) -> int:
    said = {"do": "report", "at": after(-600), "person": customer, "by": agent, "phone": "13800138000"}
    with site.write_session() as session:
        return append(session, [Report.model_validate(said)], at=after(-600), by=DESK)[-1].seq


@pytest.fixture
def customer(site: Site) -> str:
    return stored(site, CUSTOMER)


@pytest.fixture
def agent(site: Site) -> str:
    return stored(site, Somebody())


def test_a_customers_arrival_becomes_a_visit_with_the_agents_who_crossed_with_them(
    site: Site, customer: str, agent: str
) -> None:
    came(site, crossed(1, 0.0, known=agent), crossed(2, 0.5), crossed(3, 30.0, known=agent))
    seq = bound(site, "main-2", customer, report=(report := reported(site, customer, agent)))
    (visit,) = visits(site, customer)
    assert (visit.at, visit.door) == (after(0.0), {agent: (0.0, 0.02), customer: (0.5, 0.02)})
    with site.read_session() as session:
        seen = arrival_of(session, "main-2")
    assert seen is not None
    assert seen.binding is not None
    assert (seen.who, seen.binding.seq, seen.binding.report) == (customer, seq, report)
    assert verify_site(site.folder).faults == ()


def test_an_agent_bound_later_comes_into_the_visit_and_the_old_one_counts_no_more(
    site: Site, customer: str, agent: str
) -> None:
    came(site, crossed(1, 0.0), crossed(2, 0.5))
    bound(site, "main-2", customer)
    assert set(visits(site, customer)[0].door) == {customer}
    bound(site, "main-1", agent)
    (visit,) = visits(site, customer)
    assert (visit.at, visit.door) == (after(0.0), {agent: (0.0, 0.02), customer: (0.5, 0.02)})
    with site.read_session() as session:
        assert [one for one in timeline_of(session, customer).entries if isinstance(one, Arrive)] != []
        assert len([one for one in timeline_of(session, customer).entries if isinstance(one, Arrive)]) == 1


def test_what_was_noted_at_the_desk_stays_when_a_visit_is_made_anew(site: Site, customer: str, agent: str) -> None:
    came(site, crossed(1, 0.0), crossed(2, 0.5))
    noted = {"do": "arrive", "at": after(0.5), "person": customer, "door": {customer: 0.0}, "asked_for": agent}
    with site.write_session() as session:
        append(session, [Arrive.model_validate(noted)], at=NOW, by=DESK)
    bound(site, "main-2", customer)
    bound(site, "main-1", agent)
    (visit,) = visits(site, customer)
    assert (visit.asked_for, set(visit.door)) == (agent, {agent, customer})


def test_customers_of_one_party_come_with_each_other_whoever_is_bound_first(site: Site, customer: str) -> None:
    other = stored(site, Somebody(name="李明", role="customer", distributor=None))
    came(site, crossed(1, 0.0, party="x"), crossed(2, 0.5, party="x"), crossed(3, 0.6, party="y"))
    bound(site, "main-1", customer)
    bound(site, "main-2", other)
    assert [one.with_ for one in visits(site, customer)] == [(other,)]
    assert [one.with_ for one in visits(site, other)] == [(customer,)]


def test_a_visit_the_door_has_yet_to_make_is_left_to_it(site: Site, customer: str, agent: str) -> None:
    came(site, crossed(1, 0.0), crossed(2, 0.5, known=customer))
    bound(site, "main-1", agent)
    assert visits(site, customer) == []


def test_checking_in_and_being_bound_afterwards_is_one_visit(site: Site, customer: str) -> None:
    came(site, crossed(1, 0.0))
    with site.write_session() as session:
        at_the_kiosk = Arrive.model_validate({"do": "arrive", "at": after(60), "person": customer})
        append(session, [at_the_kiosk], at=after(60), by=DESK)
    bound(site, "main-1", customer)
    (visit,) = visits(site, customer)
    assert (visit.at, set(visit.door)) == (after(0.0), {customer})


def test_another_visit_of_the_same_day_stays_as_it_is(site: Site, customer: str, agent: str) -> None:
    came(site, crossed(1, 0.0), crossed(2, 0.2), crossed(3, 900.0))
    bound(site, "main-1", customer)
    bound(site, "main-3", customer)
    bound(site, "main-2", agent)
    assert [set(one.door) for one in sorted(visits(site, customer), key=lambda one: one.at)] == [
        {agent, customer},
        {customer},
    ]


def test_an_arrival_is_bound_to_one_person_and_a_second_time_changes_nothing(site: Site, customer: str) -> None:
    other = stored(site, Somebody(name="李明", role="customer", distributor=None))
    came(site, crossed(1, 0.0))
    assert bound(site, "main-1", customer) == bound(site, "main-1", customer)
    with pytest.raises(BoundError, match="bound to somebody else"):
        bound(site, "main-1", other)
    assert visits(site, other) == []


def test_of_two_who_claim_an_arrival_at_once_one_gets_it(site: Site) -> None:
    people = [stored(site, Somebody(name=name, role="customer", distributor=None)) for name in ("王芳", "李明")] * 3
    came(site, crossed(1, 0.0))

    def claim(person: str) -> bool:
        try:
            bound(site, "main-1", person)
        except BoundError:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        got = list(pool.map(claim, people))
    assert {person for person, has in zip(people, got, strict=True) if has} in ({people[0]}, {people[1]})
    with site.read_session() as session:
        assert len(list(entries_of_kind(session, "bind"))) == 1
        assert len(list(entries_of_kind(session, "arrive"))) == 1


@pytest.mark.parametrize(
    ("arrival", "is_own_report", "said"),
    [
        ("main-2", True, "somebody who left"),  # going out
        ("main-9", True, "unknown at this site"),  # no such arrival
        ("' OR 1=1 --", True, "unknown at this site"),  # no statement either
        ("main-1", False, "none of this customer's"),  # somebody else's report
    ],
)
def test_what_cannot_be_bound_is_refused_and_leaves_nothing(
    site: Site, customer: str, agent: str, arrival: str, is_own_report: bool, said: str
) -> None:
    other = stored(site, Somebody(name="李明", role="customer", distributor=None))
    came(site, crossed(1, 0.0), crossed(2, 1.0, direction="out"))
    report = reported(site, customer if is_own_report else other, agent)
    with pytest.raises(BindingError, match=said) as error:
        bound(site, arrival, customer, report=report)
    assert arrival not in str(error.value)
    assert visits(site, customer) == []


def test_nobody_unknown_is_bound(site: Site) -> None:
    came(site, crossed(1, 0.0))
    with pytest.raises(PeopleError):
        bound(site, "main-1", "0" * 32)


def test_somebody_whose_face_the_door_knew_is_not_bound_to_another_but_by_the_desk(site: Site, customer: str) -> None:
    other = stored(site, Somebody(name="李明", role="customer", distributor=None))
    came(site, crossed(1, 0.0, known=other))
    with pytest.raises(BoundError):
        bound(site, "main-1", customer)
    bound_anew(site, "main-1", customer)
    assert [len(visits(site, one)) for one in (customer, other)] == [1, 0]


def test_binding_anew_takes_back_the_visit_of_whoever_it_was_not(site: Site, customer: str, agent: str) -> None:
    other = stored(site, Somebody(name="李明", role="customer", distributor=None))
    came(site, crossed(1, 0.0), crossed(2, 0.5, known=agent))
    with site.write_session() as session:
        bind(session, "main-1", other, how="staff", report=None, at=NOW, by=DESK)
    bound_anew(site, "main-1", customer)
    assert (visits(site, other), set(visits(site, customer)[0].door)) == ([], {customer, agent})
    with site.read_session() as session:
        assert all(WHY not in one.payload for one in entries(session))
        (seen, _) = reversed(arrivals(session, before=None, limit=10))
    assert seen.who == customer


def test_who_showed_a_ticket_was_there_all_the_same_when_they_picked_the_wrong_arrival(
    site: Site, customer: str
) -> None:
    other = stored(site, Somebody(name="李明", role="customer", distributor=None))
    came(site, crossed(1, 0.0))
    bound(site, "main-1", other)
    bound_anew(site, "main-1", customer)
    assert [(one.at, one.door) for one in visits(site, other)] == [(NOW, {})]


def test_an_agent_who_was_not_there_leaves_the_visit(site: Site, customer: str, agent: str) -> None:
    came(site, crossed(1, 0.0), crossed(2, 0.5))
    bound(site, "main-2", customer)
    bound(site, "main-1", agent)
    with site.write_session() as session:
        unbind(session, "main-1", reason=WHY, at=NOW, by=DESK)
    assert [set(one.door) for one in visits(site, customer)] == [{customer}]
    with site.write_session() as session, pytest.raises(BindingError, match="bound to nobody"):
        unbind(session, "main-1", reason=WHY, at=NOW, by=DESK)


def test_the_board_tells_the_last_first_with_their_order_and_interval(site: Site, customer: str) -> None:
    came(site, crossed(1, 0.0), crossed(2, 0.5, known=customer), crossed(3, 50.0))
    with site.write_session() as session:
        order = Order(at=after(0.5), first="main-1", second="main-2", verdict="before", p=0.998)
        append(session, [order], at=NOW, by=DESK)
    with site.read_session() as session:
        seen = arrivals(session, before=None, limit=2)
        rest = arrivals(session, before=seen[-1].seq, limit=2)
    assert [one.arrival.arrival for one in (*seen, *rest)] == ["main-3", "main-2", "main-1"]
    assert [one.orders for one in (*seen, *rest)] == [(), (order,), (order,)]
    assert seen[1].interval == (
        after(0.5) - timedelta(seconds=1.96 * 0.02),
        after(0.5) + timedelta(seconds=1.96 * 0.02),
    )
    assert [one.who for one in seen] == [None, customer]


def test_erasing_somebody_takes_the_frames_of_the_arrivals_bound_to_them_and_no_others(
    site: Site, customer: str, agent: str
) -> None:
    came(site, crossed(1, 0.0), crossed(2, 1.0), crossed(3, 2.0))
    for arrival in ("main-1", "main-2", "main-3"):
        film(site, arrival, None, at=after(1))
    bound(site, "main-1", customer)
    bound(site, "main-2", customer)
    bound_anew(site, "main-2", agent)
    erase(site, [customer], reason="request", at=NOW, by=DESK)
    with site.read_session() as session:
        assert [len(frames_of(session, f"main-{number}")) for number in (1, 2, 3)] == [0, 2, 2]
        assert session.get(DataKey, of_arrival("main-1")) is None
    assert verify_site(site.folder).faults == ()


def test_nothing_personal_stands_in_the_ledger(site: Site, customer: str, agent: str) -> None:
    came(site, crossed(1, 0.0), crossed(2, 0.5))
    bound(site, "main-2", customer)
    bound(site, "main-1", agent)
    bound_anew(site, "main-1", customer)
    with site.read_session() as session:
        payloads = [json.loads(one.payload) for one in entries(session)]
    assert all("王芳" not in str(one) and "李明" not in str(one) and WHY not in str(one) for one in payloads)
