"""Finding what bears on one customer among everything on record."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from sqlalchemy import delete

from attribution.entries import ENTRY
from models.ledger.append import append
from models.ledger.kinds import ClaimantKnown, Merged, PolicySwitched, Recordable, Retracted
from models.ledger.read import (
    entries_about,
    entries_about_any,
    entries_around,
    entries_around_each,
    entries_numbered,
    entries_of_kind,
)
from models.ledger.records import Particular
from models.ledger.subjects import OFFICE
from models.site import Site
from tests.models.builders import FOUNDED
from tests.models.ledger.builders import report


def entry(do: str, person: str, **fields: object) -> Recordable:
    return ENTRY.validate_python({"do": do, "person": person, "at": FOUNDED, **fields})


def claimant(who: str) -> Recordable:
    return ClaimantKnown(at=FOUNDED, who=who, kind="consultant")


def record(site: Site, recorded: Sequence[Recordable]) -> list[int]:
    """Put entries on record; their numbers."""
    with site.write_session() as session:
        return [one.seq for one in append(session, recorded, at=FOUNDED, by="reception")]


def around(site: Site, person: str) -> set[int]:
    with site.read_session() as session:
        return {one.seq for one in entries_around(session, person)}


def plain(person: str) -> Recordable:
    """Something about one customer alone."""
    return entry("receive", person, by="s1")


TIES: list[tuple[str, list[Recordable]]] = [
    ("linked", [entry("link", "p1", to="p2", how="face", verified=True)]),
    ("found to be two people", [entry("link", "p2", to="p1", how="manual", verified=False)]),
    ("merged", [Merged(at=FOUNDED, person="p2", to="p1", reason="same phone")]),
    ("related", [entry("relate", "p2", to="p1", **{"as": "spouse"}, verified=True)]),
    ("referred", [entry("refer", "p1", by="p2")]),
    ("came together", [entry("arrive", "p1", **{"with": ["p2"]})]),
    ("bought under the other name", [entry("deal", "p1", confirmed_as="p2")]),
    ("by a third", [entry("refer", "p1", by="p3"), entry("arrive", "p3", **{"with": ["p2"]})]),
    (
        "by a third, a fourth, and round again",
        [
            entry("relate", "p1", to="p3", **{"as": "friend"}, verified=True),
            entry("link", "p4", to="p3", how="phone", verified=True),
            entry("refer", "p2", by="p4"),
            entry("refer", "p1", by="p2"),
        ],
    ),
]


@pytest.mark.parametrize("ties", [pytest.param(ties, id=name) for name, ties in TIES])
def test_records_that_are_tied_are_found_from_either_end(site: Site, ties: list[Recordable]) -> None:
    numbers = record(site, [plain("p1"), plain("p2"), plain("elsewhere"), *ties])
    expected = {*numbers[:2], *numbers[3:]}
    assert around(site, "p1") == expected
    assert around(site, "p2") == expected
    assert around(site, "elsewhere") == {numbers[2]}


def test_customers_of_one_agent_are_not_tied(site: Site) -> None:
    mine, _ = record(site, [entry("report", "p1", by="a1"), entry("report", "p2", by="a1")])
    assert around(site, "p1") == {mine}


def test_an_agent_related_to_a_customer_does_not_join_the_agents_customers(site: Site) -> None:
    family: dict[str, object] = {"to": "s1", "as": "consultant_relative", "verified": True}
    known, mine, theirs = record(
        site, [claimant("s1"), entry("relate", "p1", **family), entry("relate", "p2", **family)]
    )
    assert around(site, "p1") == {known, mine}
    assert around(site, "p2") == {known, theirs}


def departed(who: str) -> Recordable:
    return ENTRY.validate_python({"do": "depart", "who": who, "at": FOUNDED})


NAMING: list[tuple[str, Recordable]] = [
    ("who acts", entry("receive", "p1", by="s1")),
    ("who is asked for", entry("arrive", "p1", asked_for="s1")),
    ("who crosses with them", entry("arrive", "p1", door={"s1": 0.5})),
    ("whose card they hold", entry("arrive", "p1", carries={"card": "s1"})),
    ("whose flyer they hold", entry("arrive", "p1", carries={"dm": "s1"})),
    ("to whom they are handed", entry("hand_over", "p1", to="s1")),
    ("to whom a share is ruled", entry("rule", "p1", to={"s1": "1/2", "s9": "1/2"}, by="manager")),
    ("to whom a share is agreed", entry("agree", "p1", to={"s1": 1}, between=["s8", "s9"])),
    ("who is away", entry("receive", "p1", by="s9", absent_why={"s1": "sick"})),
    ("a relative", entry("relate", "p1", to="s1", **{"as": "consultant_relative"}, verified=True)),
    ("themselves", entry("link", "s1", to="p1", how="manual", verified=True)),
    ("who is complained of", entry("complain", "p1", against="s1")),
]


@pytest.mark.parametrize("naming", [pytest.param(naming, id=name) for name, naming in NAMING])
def test_what_is_said_of_a_claimant_comes_with_the_customers_who_name_them(site: Site, naming: Recordable) -> None:
    said, gone, mine, _ = record(site, [claimant("s1"), departed("s1"), naming, plain("p2")])
    assert around(site, "p1") == {said, gone, mine}


def test_thousands_of_claimants_of_others_leave_a_customers_entries_as_few(site: Site) -> None:
    others = [one for number in range(2000) for one in (claimant(f"a{number}"), departed(f"a{number}"))]
    switch = PolicySwitched(at=FOUNDED, policy="rota", version="1", text_sha256="00" * 32, reason="new year")
    *_, switched, known, mine = record(site, [*others, switch, claimant("s1"), plain("p1")])
    assert around(site, "p1") == {known, mine}
    with site.read_session() as session:
        assert [one.seq for one in entries_about(session, OFFICE, "policy")] == [switched]


def test_every_company_comes_with_every_customer_also_one_that_became_something_else(site: Site) -> None:
    company = ClaimantKnown(at=FOUNDED, who="north", kind="distributor")
    changed = ClaimantKnown(at=FOUNDED, who="north", kind="agent", of="south")
    first, second, _, mine = record(site, [company, changed, claimant("s2"), plain("p1")])
    assert around(site, "p1") == {first, second, mine}


def test_what_was_taken_back_for_the_office_bears_on_everybody(site: Site) -> None:
    [gone] = record(site, [departed("s1")])
    back = Retracted(at=FOUNDED, person=OFFICE, undoes=gone, reason="s1 is still here")
    [undone, mine] = record(site, [back, plain("p1")])
    assert around(site, "p1") == {gone, undone, mine}


def test_several_customers_are_read_together_as_each_by_itself(site: Site) -> None:
    known, beside, mine, theirs = record(site, [claimant("s1"), claimant("s2"), plain("p1"), entry("deal", "p2")])
    with site.read_session() as session:
        found = entries_around_each(session, {"p1": (), "p2": {"s2"}, "nobody": ()})
        assert {person: [one.seq for one in entries] for person, entries in found.items()} == {
            "p1": [known, mine],
            "p2": [beside, theirs],  # s2 was asked for beside
            "nobody": [],
        }
        assert found["p1"] == entries_around(session, "p1")


def test_a_customer_who_names_more_than_one_statement_takes_is_read_whole(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.ledger.read.AT_ONCE", 2)
    visit = entry("arrive", "p1", door={f"s{number}": 1.0 for number in range(5)})
    numbers = record(site, [*(claimant(f"s{number}") for number in range(5)), visit])
    assert around(site, "p1") == set(numbers)


def test_whoever_left_the_same_phone_is_found_one_step_away(site: Site) -> None:
    phone, other = "13800000001", "13800000002"
    mine, theirs, chained, _ = record(
        site,
        [
            report("p1", phone=phone, name=None),
            report("p2", phone=phone, name=None),
            report("p2", phone=other, name=None),
            report("p3", phone=other, name=None),  # shares a phone with p2 only
        ],
    )
    assert around(site, "p1") == {mine, theirs, chained}


def test_a_phone_that_was_erased_leads_nowhere(site: Site) -> None:
    mine, _ = record(site, [report("p1"), report("p2")])
    with site.write_session() as session:
        session.change(delete(Particular).where(Particular.owner == "person:p2"))
    assert around(site, "p1") == {mine}


def test_a_list_brings_along_what_else_stood_on_it_that_day(site: Site) -> None:
    mine, theirs, _, related = record(
        site,
        [
            report("p1", via="list", phone=None),
            report("p2", via="list", phone=None),
            report("p2", via="list", phone=None, at=FOUNDED.replace(day=9)),
            report("p3", via="list", phone=None),
        ],
    )
    assert around(site, "p1") == {mine, theirs, related}


def test_entries_about_one_subject_are_those_that_name_it(site: Site) -> None:
    first, _, third = record(site, [report("p1", by="a1"), report("p2", by="a2"), report("p3", by="a1")])
    with site.read_session() as session:
        assert [one.seq for one in entries_about(session, "a1")] == [first, third]
        assert [one.seq for one in entries_about(session, "nobody")] == []
        assert [one.seq for one in entries_about_any(session, {"p1", "a1"}, "report")] == [first, third]
        assert [one.seq for one in entries_numbered(session, [third, 999, first])] == [first, third]
        assert [one.seq for one in entries_of_kind(session, "founded")] == [1]
