"""Who brought a customer counts alike, whether the door saw them or they checked in together at the kiosk."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from attribution.decide import decide
from attribution.decision import Decision
from attribution.entries import ENTRY, Arrive
from attribution.policy import load_policy
from models.desk.binding import bind, rebind, unbind
from models.desk.checkin import Rules, Shown, check_in
from models.desk.visits import CHECK_IN_SIGMA_S
from models.ledger.append import append
from models.site import Site
from models.timeline import timeline_of
from tests.models.desk.door import after, came, crossed, visits
from tests.models.somebody import CUSTOMER, DESK, Somebody, stored

MET = 6 * 3600.0
"""Seconds after the door opened at which they stand at the kiosk, long after the reports."""


@dataclass(frozen=True, kw_only=True)
class People:
    """A customer and two agents of two distributors."""

    site: Site
    customer: str
    first: str
    second: str

    def says(self, *acts: dict[str, Any], at_s: float) -> None:
        filled = [{name: self.named(said) for name, said in act.items()} for act in acts]
        entries = [
            ENTRY.validate_python({"at": after(at_s + number), "person": self.customer, **act})
            for number, act in enumerate(filled)
        ]
        with self.site.write_session() as session:
            append(session, entries, at=after(at_s + len(acts)), by=DESK)

    def checks_in(self, led_by: str | None, *, at_s: float = MET, arrival: str | None = None) -> int | None:
        rules = Rules(zone=ZoneInfo("Asia/Shanghai"), texts=self.site.policy_texts, settings_policy="junyuan-2012")
        with self.site.write_session() as session:
            shown = Shown(person=self.customer, how="qr", arrival=arrival, led_by=led_by)
            return check_in(session, shown, rules=rules, at=after(at_s), by=DESK).visit

    def decided(self, policy: str) -> Decision:
        with self.site.read_session() as session:
            return decide(timeline_of(session, self.customer), load_policy(policy), person=self.customer)

    def named(self, who: str) -> str:
        return {"a1": self.first, "a2": self.second}.get(who, who)

    @property
    def visit(self) -> Arrive:
        (only,) = visits(self.site, self.customer)
        return only


@pytest.fixture
def people(site: Site) -> People:
    return People(
        site=site,
        customer=stored(site, CUSTOMER),
        first=stored(site, Somebody(name="李明", distributor="贝壳", consents=0)),
        second=stored(site, Somebody(name="赵强", distributor="链家", consents=0)),
    )


REPORTED = ({"do": "report", "by": "a1", "via": "sms"}, {"do": "report", "by": "a2", "via": "sms"})
BY_MAIL = ({"do": "report", "by": "a1", "via": "email", "stage": "first"},)
SIGNED = {"do": "confirm", "by": "a2"}
SECOND_REPORT = {"do": "report", "by": "a2", "via": "email", "stage": "second"}
DEAL = {"do": "deal"}

LED = [
    # 1.1.4, 1.1.1: a form counts only for who came through the door with the customer that day
    ("junyuan-2012", REPORTED, (SIGNED, DEAL), {"链家"}, {"developer"}),
    # 二-2: of two reporters whoever leads the customer in first
    ("marketing-dept", REPORTED, (DEAL,), {"a2"}, {"a1"}),
    # 2.1: a second report of who brought the customer beats the first one of who did not
    ("site-report", BY_MAIL, (SECOND_REPORT, DEAL), {"a2"}, {"a1"}),
]


@pytest.mark.parametrize("way", ["kiosk", "kiosk, the agent later", "door"])
@pytest.mark.parametrize(("policy", "before", "later", "owner", "_without"), LED)
def test_who_brought_the_customer_owns_them_without_a_camera_as_by_the_door(
    people: People,
    way: str,
    policy: str,
    before: Iterable[dict[str, Any]],
    later: Iterable[dict[str, Any]],
    owner: set[str],
    _without: set[str],
) -> None:
    people.says(*before, at_s=0)
    if way == "door":
        came(people.site, crossed(1, MET - 61, known=people.second), crossed(2, MET - 60))
        people.checks_in(None, arrival="main-2")
    elif way == "kiosk":
        people.checks_in(people.second)
    else:
        people.checks_in(None)
        people.checks_in(people.second, at_s=MET + 240)
    people.says(*later, at_s=MET + 1200)
    told = people.decided(policy)
    assert (told.status, told.credit) == ("decided", {people.named(who): Fraction(1) for who in owner})


@pytest.mark.parametrize(("policy", "before", "later", "_owner", "without"), LED)
def test_nobody_brought_a_customer_who_checks_in_alone(
    people: People,
    policy: str,
    before: Iterable[dict[str, Any]],
    later: Iterable[dict[str, Any]],
    _owner: set[str],
    without: set[str],
) -> None:
    people.says(*before, at_s=0)
    people.checks_in(None)
    people.says(*later, at_s=MET + 1200)
    assert people.decided(policy).credit == {people.named(who): Fraction(1) for who in without}


@pytest.mark.parametrize(
    ("apart_s", "status", "credit"),
    [
        (120, "review", None),  # nobody can say who was first: a person rules
        (600, "decided", {"贝壳": Fraction(1)}),  # 1.2.8: the first brought the customer, the other came behind
    ],
)
def test_two_agents_at_the_kiosk_are_told_apart_only_when_it_is_sure(
    people: People, apart_s: float, status: str, credit: dict[str, Fraction] | None
) -> None:
    people.says(*REPORTED, at_s=0)
    people.checks_in(people.first)
    people.checks_in(people.second, at_s=MET + apart_s)
    people.says({"do": "confirm", "by": "a1"}, SIGNED, DEAL, at_s=MET + 1500)
    told = people.decided("junyuan-2012")
    assert (told.status, told.credit) == (status, credit)
    assert people.visit.door == {
        people.customer: (0.0, CHECK_IN_SIGMA_S),
        people.first: (0.0, CHECK_IN_SIGMA_S),
        people.second: (apart_s, CHECK_IN_SIGMA_S),
    }


def test_checking_in_again_with_the_same_agent_changes_nothing(people: People) -> None:
    once = people.checks_in(people.second)
    assert people.checks_in(people.second, at_s=MET + 300) == once
    assert people.checks_in(None, at_s=MET + 600) == once
    assert people.visit.at == after(MET)


def test_a_later_visit_is_another_one(people: People) -> None:
    people.checks_in(people.first)
    people.checks_in(people.second, at_s=MET + 1801)
    assert [set(one.door) - {people.customer} for one in visits(people.site, people.customer)] == [
        {people.first},
        {people.second},
    ]


def test_the_doors_instants_win_and_who_only_checked_in_stays(people: People) -> None:
    came(people.site, crossed(1, MET - 61), crossed(2, MET - 60))
    people.checks_in(people.second)
    people.checks_in(None, arrival="main-2")
    assert people.visit.door == {people.customer: (0.0, 0.02), people.second: (60.0, CHECK_IN_SIGMA_S)}
    with people.site.write_session() as session:
        bind(session, "main-1", people.second, how="qr", report=None, at=after(MET + 60), by=DESK)
    assert people.visit.door == {people.second: (0.0, 0.02), people.customer: (1.0, 0.02)}


def test_the_agent_the_door_knew_stands_in_the_visit_by_its_instant(people: People) -> None:
    came(people.site, crossed(1, MET - 90, known=people.second))
    people.checks_in(people.second)
    assert people.visit.door == {people.second: (0.0, 0.02), people.customer: (90.0, CHECK_IN_SIGMA_S)}


def test_an_arrival_that_was_another_agents_takes_none_along_who_checked_in(people: People) -> None:
    came(people.site, crossed(1, MET - 61), crossed(2, MET - 60))
    with people.site.write_session() as session:
        bind(session, "main-1", people.first, how="qr", report=None, at=after(MET - 30), by=DESK)
    people.checks_in(people.second, arrival="main-2")
    assert set(people.visit.door) == {people.customer, people.first, people.second}
    with people.site.write_session() as session:
        unbind(session, "main-1", reason="somebody else", at=after(MET + 60), by=DESK)
    assert set(people.visit.door) == {people.customer, people.second}
    with people.site.write_session() as session:
        rebind(session, "main-2", people.first, report=None, reason="the agent", at=after(MET + 90), by=DESK)
    assert people.visit.door == {people.customer: (0.0, CHECK_IN_SIGMA_S), people.second: (0.0, CHECK_IN_SIGMA_S)}
