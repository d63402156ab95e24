"""结佣: what a month comes to, closing it, and what later facts change."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.entries import Confirm, Deal, Dispute, Rule
from models.base import ModelsError
from models.desk import settlements
from models.desk.settlements import Closed, Due, Month, MonthNotOverError, NothingToSettleError, Rules
from models.ledger.append import append
from models.ledger.kinds import ClaimantKnown, Recordable, Retracted
from models.ledger.read import entry
from models.site import Site
from tests.models.builders import FOUNDED

SOLD = datetime(2026, 3, 20, 4, 0, tzinfo=UTC)
APRIL = datetime(2026, 4, 2, 1, 0, tzinfo=UTC)
KNOWN: tuple[Recordable, ...] = (
    ClaimantKnown(at=FOUNDED, who="贝壳", kind="distributor"),
    ClaimantKnown(at=FOUNDED, who="a1", kind="agent", of="贝壳"),
    ClaimantKnown(at=FOUNDED, who="a2", kind="agent", of="链家"),
    ClaimantKnown(at=FOUNDED, who="c1", kind="consultant"),
    ClaimantKnown(at=FOUNDED, who="own", kind="agent"),
)


def recorded(site: Site, *entries: Recordable, at: datetime = SOLD) -> list[int]:
    with site.write_session() as session:
        return [one.seq for one in append(session, entries, at=at, by="desk")]


def ruled(person: str = "p1", **shares: str) -> Rule:
    settled = {who: Fraction(share) for who, share in shares.items()}
    return Rule(do="rule", at=SOLD, person=person, to=settled, by="manager")


def sold(person: str = "p1", at: datetime = SOLD) -> Deal:
    return Deal(do="deal", at=at, person=person)


def rules_of(site: Site) -> Rules:
    return Rules(texts=site.policy_texts, settings_policy=site.settings.policy, zone=ZoneInfo("Asia/Shanghai"))


def month(site: Site, name: str = "2026-03", at: datetime = APRIL) -> Month:
    with site.read_session() as session:
        return settlements.month_so_far(session, name, rules=rules_of(site), at=at)


def close(site: Site, distributor: str = "贝壳", at: datetime = APRIL) -> Closed:
    with site.write_session() as session:
        seq = settlements.close(session, "2026-03", distributor, rules=rules_of(site), at=at, by="user:m")
        found = settlements.settlement(session, seq)
    assert found is not None
    return found


def shares(lines: Sequence[Due]) -> list[tuple[str, str, Fraction]]:
    return [(line.distributor, line.claimant, line.share) for line in lines]


def test_shares_go_to_the_distributors_of_their_claimants_and_the_rest_to_the_office(site: Site) -> None:
    recorded(site, *KNOWN, ruled(a1="1/3", a2="1/3", c1="1/6", own="1/6"), sold())
    assert shares(month(site).due) == [
        ("贝壳", "a1", Fraction(1, 3)),
        ("链家", "a2", Fraction(1, 3)),
        ("developer", "c1", Fraction(1, 6)),
        ("developer", "own", Fraction(1, 6)),
    ]


@pytest.mark.parametrize(
    ("made", "counted"),
    [
        (datetime(2026, 2, 28, 15, 59, 59, tzinfo=UTC), False),  # the last second of February at the office
        (datetime(2026, 2, 28, 16, 0, tzinfo=UTC), True),  # the first of March
        (datetime(2026, 3, 31, 15, 59, 59, tzinfo=UTC), True),
        (datetime(2026, 3, 31, 16, 0, tzinfo=UTC), False),  # April, though March in UTC
    ],
)
def test_a_deal_counts_in_the_month_it_was_made_in_at_the_office(
    embedded_site: Site, made: datetime, counted: bool
) -> None:
    recorded(embedded_site, *KNOWN, replace_at(ruled(a1="1"), made), sold(at=made))
    assert bool(month(embedded_site).due) == counted


def replace_at(rule: Rule, at: datetime) -> Rule:
    return rule.model_copy(update={"at": at - timedelta(hours=1)})


def test_a_deal_that_was_taken_back_does_not_count(embedded_site: Site) -> None:
    *_, deal = recorded(embedded_site, *KNOWN, ruled(a1="1"), sold())
    recorded(embedded_site, Retracted(at=SOLD, person="p1", reason="wrong customer", undoes=deal))
    assert month(embedded_site).due == ()


def test_a_deal_in_dispute_is_paid_to_nobody_before_a_ruling(embedded_site: Site) -> None:
    recorded(
        embedded_site,
        *KNOWN,
        Confirm(do="confirm", at=FOUNDED, person="p1", by="a1"),
        sold(),
        Dispute(do="dispute", at=SOLD + timedelta(hours=1), person="p1", by="a2"),
    )
    assert ([deal.person for deal in month(embedded_site).open], month(embedded_site).due) == (["p1"], ())
    recorded(embedded_site, replace_at(ruled(a1="1"), SOLD + timedelta(days=1)))
    assert shares(month(embedded_site).due) == [("贝壳", "a1", Fraction(1))]


def test_whoever_changes_company_is_paid_through_the_one_they_were_with(embedded_site: Site) -> None:
    moved = ClaimantKnown(at=SOLD + timedelta(days=1), who="a1", kind="agent", of="链家")
    recorded(embedded_site, *KNOWN, ruled(a1="1"), sold(), moved)
    assert shares(month(embedded_site).due) == [("贝壳", "a1", Fraction(1))]


def test_a_closed_settlement_cites_decisions_that_are_on_record(site: Site) -> None:
    recorded(site, *KNOWN, ruled(a1="1/2", a2="1/2"), sold())
    assert [line.decision for line in month(site).due] == [None, None]  # a preview records nothing
    closed = close(site)
    assert (closed.number, closed.by, shares(closed.lines)) == (1, "user:m", [("贝壳", "a1", Fraction(1, 2))])
    with site.read_session() as session:
        cited = entry(session, closed.lines[0].decision or 0)
    assert cited is not None
    assert cited.kind == "decision"
    assert month(site).of("贝壳") == closed.lines


def test_late_facts_are_closed_as_corrections_and_what_was_closed_stays(site: Site) -> None:
    *_, mistaken, _ = recorded(site, *KNOWN, ruled(a1="1/2", a2="1/2"), sold())
    first = close(site)
    recorded(site, Retracted(at=APRIL, person="p1", reason="mistyped", undoes=mistaken), ruled(a1="1/4", a2="3/4"))
    recorded(site, ruled("p2", a1="1"), sold("p2"))
    second = close(site)
    assert second.number == 2
    assert {(line.person, line.share) for line in second.lines} == {("p1", Fraction(1, 4)), ("p2", Fraction(1))}
    assert second.void == first.lines
    with pytest.raises(NothingToSettleError, match="closed before"):
        close(site)
    with site.read_session() as session:
        assert settlements.settlement(session, first.seq) == first
        assert settlements.closed_of(session, "2026-03", "贝壳") == [first, second]


def test_a_deal_taken_back_after_the_closing_is_made_void(embedded_site: Site) -> None:
    *_, deal = recorded(embedded_site, *KNOWN, ruled(a1="1"), sold())
    first = close(embedded_site)
    recorded(embedded_site, Retracted(at=APRIL, person="p1", reason="cancelled", undoes=deal), at=APRIL)
    second = close(embedded_site)
    assert (second.lines, second.void) == ((), first.lines)


def test_a_month_that_still_runs_is_not_closed(embedded_site: Site) -> None:
    recorded(embedded_site, *KNOWN, ruled(a1="1"), sold())
    last_second = datetime(2026, 3, 31, 15, 59, 59, tzinfo=UTC)
    with pytest.raises(MonthNotOverError, match="2026-03"):
        close(embedded_site, at=last_second)
    assert close(embedded_site, at=last_second + timedelta(seconds=1)).number == 1


def test_of_two_who_close_at_once_one_wins_and_the_other_is_told(site: Site) -> None:
    recorded(site, *KNOWN, ruled(a1="1"), sold())

    def closing(_: int) -> str:
        try:
            return f"closed as {close(site).number}"
        except ModelsError as error:
            return type(error).__name__

    with ThreadPoolExecutor(4) as pool:
        told = sorted(pool.map(closing, range(4)))
    assert told == ["NothingToSettleError"] * 3 + ["closed as 1"]


def test_nothing_personal_stands_in_the_entry(embedded_site: Site) -> None:
    confirmed = Confirm(do="confirm", at=FOUNDED, person="p1", by="a1", name="王芳", phone="13800138000")
    recorded(embedded_site, *KNOWN, confirmed, ruled(a1="1"), sold())
    with embedded_site.read_session() as session:
        written = entry(session, close(embedded_site).seq)
    assert written is not None
    assert "王芳" not in written.payload
    assert "13800138000" not in written.payload


DUES = st.dictionaries(st.tuples(st.integers(1, 4), st.sampled_from("ab")), st.integers(1, 3), max_size=6).map(
    lambda held: [
        Due(
            deal=deal,
            person="p",
            claimant=claimant,
            distributor="d",
            share=Fraction(1, part),
            clauses=(),
            decision=1,
            number=1,
        )
        for (deal, claimant), part in held.items()
    ]
)


@given(st.lists(DUES, min_size=1, max_size=5))
def test_the_corrections_of_a_month_add_up_to_what_is_due_at_last(history: list[list[Due]]) -> None:
    before: list[Closed] = []
    for now in history:
        lines, void = settlements.changed(now, before)
        before.append(
            Closed(
                seq=len(before) + 1, by="m", at=APRIL, month="2026-03", distributor="d", number=len(before) + 1,
                lines=tuple(lines), void=tuple(void),
            )
        )  # fmt: skip
    paid = sum((settlements.total(d.share for d in one.lines) for one in before), Fraction(0))
    taken = sum((settlements.total(d.share for d in one.void) for one in before), Fraction(0))
    assert paid - taken == settlements.total(due.share for due in history[-1])
    newer = [replace(due, decision=2, number=2) for due in history[-1]]
    assert settlements.changed(newer, before) == ([], [])  # a newer decision that says the same is no correction
