"""Decisions on record follow what the desk sets right, in the same step."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import pytest

from api.access.roles import Role
from models.erase import erase
from models.keys import DataKey, of_person
from models.ledger.read import entries_about
from models.policies import switch_policy
from models.site import Site
from tests.api.service.conftest import Client, Clock
from tests.api.service.desk import Desk, people_of, refusal


@pytest.fixture
def desk(client: Client, office: Site, clock: Clock) -> Desk:
    """A manager, under a policy that knows hand-overs and agreements."""
    at_desk = Desk(office=office, asking=client(Role.MANAGER), people=people_of(office))
    with office.write_session() as session:
        switch_policy(
            session, office.policy_texts, "one-month-protection", at=clock.now, reason="rules of this office", by="test"
        )
    clock.pass_(minutes=30)
    return at_desk


Shares = dict[str, str] | None
"""None: a person must rule."""


def decide(desk: Desk, person: str) -> Shares:
    told = desk.asking.post(f"/api/v1/customers/{desk.people.fill(person)}/decision")
    assert told.status_code == 201, told.text
    return credit(desk, person)[-1]


def credit(desk: Desk, person: str) -> list[Shares]:
    """The shares in every version of the decision on record, the oldest first, by short names."""
    short = {one: name for name, one in vars(desk.people).items()}
    with desk.office.read_session() as session:
        seqs = [one.seq for one in entries_about(session, str(desk.people.fill(person)), "decision")]
    shares = [desk.payload(seq)["decision"]["credit"] for seq in seqs]
    return [one and {short.get(who, who): str(Fraction(share)) for who, share in one.items()} for one in shares]


def received(desk: Desk, person: str, by: str) -> int:
    return desk.put("/receptions", {"person": person, "by": by, "lasted_min": 30, "weight": "substantial"})


def handed(desk: Desk) -> None:
    desk.put("/hand-overs", {"person": "p1", "to": "c2"})


def agreed(desk: Desk) -> None:
    desk.put("/agreements", {"person": "p1", "between": ["c1", "c2"], "to": {"c1": "1/2", "c2": "1/2"}})


def taken_back(desk: Desk) -> None:
    with desk.office.read_session() as session:
        [reception] = entries_about(session, desk.people.p1, "receive")
    desk.put("/retractions", {"entry": reception.seq, "reason": "wrong customer"})


@pytest.mark.parametrize(
    ("act", "after"),
    [
        (handed, {"c2": "1"}),
        (agreed, {"c1": "1/2", "c2": "1/2"}),
        (taken_back, {"public": "1"}),  # nothing is on record any more
    ],
)
def test_a_decision_on_record_follows(
    desk: Desk, clock: Clock, act: Callable[[Desk], None], after: dict[str, str]
) -> None:
    received(desk, "p1", "c1")
    assert decide(desk, "p1") == {"c1": "1"}
    clock.pass_(minutes=30)
    act(desk)
    assert credit(desk, "p1") == [{"c1": "1"}, after]
    assert desk.entry(desk.entries).kind == "decision"


@pytest.mark.parametrize("act", [handed, agreed, taken_back])
def test_nothing_is_decided_of_whom_nothing_was(desk: Desk, act: Callable[[Desk], None]) -> None:
    received(desk, "p1", "c1")
    act(desk)
    assert credit(desk, "p1") == []


def test_what_changes_nothing_writes_no_decision(desk: Desk) -> None:
    received(desk, "p1", "c1")
    decide(desk, "p1")
    before = desk.entries
    desk.put("/complaints", {"person": "p1", "against": "c1"})  # this policy makes nothing of it
    desk.put("/retractions", {"entry": before + 1, "reason": "of another customer"})
    assert desk.entries == before + 2


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/links", {"how": "manual", "verified": True}),
        ("/merges", {"reason": "same identity card"}),
    ],
)
@pytest.mark.parametrize("ends", [("p1", "p2"), ("p2", "p1")])
def test_a_tie_and_its_undoing_change_the_decisions_of_both_ends(
    desk: Desk, clock: Clock, path: str, said: dict[str, object], ends: tuple[str, str]
) -> None:
    received(desk, "p1", "c1")
    clock.pass_(minutes=30)
    received(desk, "p2", "c2")
    assert (decide(desk, "p1"), decide(desk, "p2")) == ({"c1": "1"}, {"c2": "1"})
    tied = desk.put(path, {"person": ends[0], "to": ends[1], **said})
    assert (credit(desk, "p1")[1:], credit(desk, "p2")[1:]) == ([None], [None])  # two consultants, one customer
    desk.put(f"/ties/{tied}/undo", {"reason": "two sisters"})
    assert (credit(desk, "p1")[2:], credit(desk, "p2")[2:]) == ([{"c1": "1"}], [{"c2": "1"}])


def test_an_activity_taken_back_is_decided_anew_for_each_of_its_customers(desk: Desk) -> None:
    held = desk.put("/activities", {"by": "a1", "people": ["p1", "p2"]})
    decide(desk, "p2")
    desk.put("/hand-overs", {"person": "p2", "to": "c1"})
    assert len(credit(desk, "p2")) == 2
    before = desk.entries
    desk.put("/retractions", {"entry": held, "reason": "another day"})
    desk.put("/retractions", {"entry": desk.put("/departures", {"who": "c2"}), "reason": "still here"})
    assert (credit(desk, "p1"), credit(desk, "p2")[2:]) == ([], [])
    assert desk.entries == before + 5  # both retractions and the departure, and the agent told for each customer


def test_nothing_more_is_decided_of_somebody_who_was_erased(desk: Desk, clock: Clock) -> None:
    received(desk, "p1", "c1")
    clock.pass_(minutes=30)
    received(desk, "p2", "c2")
    tied = desk.put("/links", {"person": "p1", "to": "p2", "how": "manual", "verified": True})
    assert (decide(desk, "p1"), decide(desk, "p2")) == (None, None)
    erase(desk.office, [desk.people.p1], reason="request", at=clock.now, by="test")
    undone = desk.put(f"/ties/{tied}/undo", {"reason": "two sisters"})
    assert (credit(desk, "p1"), credit(desk, "p2")) == ([None], [None, {"c2": "1"}])
    assert desk.sealed(undone) == ["two sisters"]
    with desk.office.read_session() as session:
        assert session.get(DataKey, of_person(desk.people.p1)) is None  # none was made anew for the reason


def test_a_tie_between_two_who_were_erased_stays_as_it_is(desk: Desk, clock: Clock) -> None:
    tied = desk.put("/links", {"person": "p1", "to": "p2", "how": "manual", "verified": True})
    erase(desk.office, [desk.people.p1, desk.people.p2], reason="request", at=clock.now, by="test")
    before = desk.entries
    assert refusal(desk.post(f"/ties/{tied}/undo", {"reason": "two sisters"}))[:2] == (410, "erased")
    assert desk.entries == before
