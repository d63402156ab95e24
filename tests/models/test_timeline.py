"""From the record to the decision: what was put on record decides as the entries themselves do, whatever else stands
between them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from attribution.cases import Case, read_cases
from attribution.decide import decide
from attribution.decision import Decision
from attribution.entries import ENTRY, AnyEntry
from attribution.policy import load_policy
from models.ledger.append import append
from models.ledger.kinds import ClaimantKnown, Merged, Recordable, Unmerged
from models.session import WriteSession
from models.site import Site
from models.timeline import timeline_of
from tests.models.builders import FOUNDED
from tests.models.conftest import site_on
from tests.models.ledger.any_entry import ENTRIES
from tests.models.ledger.builders import report

FOLDERS = ("tests/cases", "tests/attribution/cases")


policy_of = cache(load_policy)


class NotKeptError(Exception):
    """Raised to leave a block without keeping what it wrote."""


@pytest.fixture(scope="module")
def cases(checkout: Path) -> list[Case]:
    return read_cases(path for folder in FOLDERS for path in sorted((checkout / folder).glob("*.yaml")))


def others(entry: AnyEntry, number: int) -> Iterator[AnyEntry]:
    """What other customers did in between, with the very claimants of this one."""
    who = getattr(entry, "by", None) or "S1"
    at, person = entry.at, f"another-{number}"
    for fields in (
        {"do": "arrive", "with": [f"{person}-friend"], "door": {who: 0.5}},
        {"do": "receive", "by": who, "phone": "13900000009", "name": "另一人"},
        {"do": "relate", "to": f"{person}-friend", "as": "friend", "verified": True},
        {"do": "relate", "to": "S1", "as": "consultant_relative", "verified": True},
        {"do": "deal", "closed_by": who},
    ):
        yield ENTRY.validate_python({**fields, "at": at, "person": person})


def recorded(session: WriteSession, case: Case) -> dict[str, str]:
    """Put a case on record among others; the number each of its entries got, with its id in the case."""
    claimants: list[Recordable] = [
        ClaimantKnown(at=FOUNDED, who=who, kind=one.kind, of=one.of) for who, one in case.timeline.claimants.items()
    ]
    own = case.timeline.entries
    between = [one for place, entry in enumerate(own) for one in (entry, *others(entry, place))]
    written = append(session, [*claimants, *between], at=FOUNDED, by="test")
    numbers = [str(one.seq) for one in written[len(claimants) :: len(between) // len(own)]]
    return dict(zip(numbers, (entry.id for entry in own), strict=True))


def customer(case: Case) -> str:
    """Whom a case is about: the purchaser, or whom the last entry is about."""
    deal = case.timeline.deal
    last = next(entry for entry in reversed(case.timeline.entries) if hasattr(entry, "person"))
    return deal.person if deal else str(last.person)


def cited_as(decision: Decision, numbers: dict[str, str]) -> Decision:
    """The decision with its entries cited by their ids in the case."""
    reasons = tuple(
        replace(reason, entries=tuple(numbers.get(seq, f"#{seq}") for seq in reason.entries))
        for reason in decision.reasons
    )
    return replace(decision, reasons=reasons)


def differing(site: Site, cases: Sequence[Case]) -> list[str]:
    """The cases that the record decides otherwise; nothing of them stays on record."""
    found: list[str] = []

    def compare(case: Case) -> None:
        with site.write_session() as session:
            numbers = recorded(session, case)
            policy, person = policy_of(case.policy), customer(case)
            got = decide(timeline_of(session, person), policy, person=person)
            if cited_as(got, numbers) != decide(case.timeline, policy, person=person):
                found.append(f"{case.policy}: {case.id}")
            raise NotKeptError

    for case in cases:
        with pytest.raises(NotKeptError):
            compare(case)
    return found


@given(ENTRIES)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)  # every example leaves nothing
def test_any_entry_comes_back_as_it_went_on_record(site: Site, fields: dict[str, Any]) -> None:
    entry = ENTRY.validate_python(fields)
    about = next(str(fields[name]) for name in ("person", "who", "by") if name in fields)

    def there_and_back() -> None:
        with site.write_session() as session:
            (one,) = append(session, [entry], at=FOUNDED, by="test")
            assert timeline_of(session, about).entries == (entry.model_copy(update={"id": str(one.seq)}),)
            raise NotKeptError

    with pytest.raises(NotKeptError):
        there_and_back()


def test_every_case_is_decided_from_the_record_as_from_the_case_itself(embedded_site: Site, cases: list[Case]) -> None:
    assert len(cases) > 700
    assert differing(embedded_site, cases) == []


def test_the_record_on_postgresql_decides_as_the_case_itself(
    tmp_path: Path, request: pytest.FixtureRequest, cases: list[Case]
) -> None:
    told = {"own-phone-under-other-name", "MD-x-full"}  # they rest on other customers' entries
    sample = [case for number, case in enumerate(cases) if number % 25 == 0 or case.id in told]
    with site_on("postgresql", tmp_path / "site", request) as site:
        assert differing(site, sample) == []


def test_a_merge_is_a_proven_link_until_it_is_undone(site: Site) -> None:
    with site.write_session() as session:
        (merged,) = append(
            session, [Merged(at=FOUNDED, person="p1", to="p2", reason="one phone")], at=FOUNDED, by="desk"
        )
        assert timeline_of(session, "p1").human("p1") == {"p1", "p2"}
        undone = Unmerged(at=FOUNDED, person="p1", to="p2", undoes=merged.seq, reason="two brothers")
        append(session, [undone], at=FOUNDED, by="desk")
        assert timeline_of(session, "p1").human("p1") == {"p1"}


def test_what_was_last_said_of_a_claimant_stands(site: Site) -> None:
    said = [ClaimantKnown(at=FOUNDED, who="a1", kind="agent", of=distributor) for distributor in ("d1", "d2")]
    with site.write_session() as session:
        append(session, [*said, report("p1", by="a1")], at=FOUNDED, by="desk")
        assert timeline_of(session, "p1").distributor("a1") == "d2"
