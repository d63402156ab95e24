"""结佣: what a month comes to, closing it, and what later facts change."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.entries import Confirm, Dispute
from models.base import ModelsError
from models.desk import settlements
from models.desk.settlements import (
    ChangingError,
    Closed,
    Due,
    Month,
    MonthNotOverError,
    NothingToSettleError,
    Rules,
    month_so_far,
)
from models.ledger.kinds import ClaimantKnown, Recordable, Retracted
from models.ledger.read import entry
from models.session import ReadSession
from models.site import Site
from tests.models.builders import FOUNDED
from tests.models.desk.settling import (
    APRIL,
    AUGUST,
    FIRST,
    KNOWN,
    SOLD,
    close,
    later,
    led,
    month,
    recorded,
    ruled,
    shares,
    sold,
)


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
    recorded(embedded_site, *KNOWN, later(ruled(a1="1"), made - timedelta(hours=1)), sold(at=made))
    assert bool(month(embedded_site).due) == counted


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
    recorded(embedded_site, later(ruled(a1="1"), SOLD + timedelta(days=1)))
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


def test_facts_that_come_while_a_month_is_decided_are_in_what_is_closed(
    embedded_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    *_, deal = recorded(embedded_site, *KNOWN, *FIRST, ruled("p2", a1="1/2", a2="1/2"), sold("p2"), sold("p3"))
    undone = Retracted(at=APRIL, person="p3", reason="cancelled", undoes=deal)
    # what settles something; what happened in the month and is recorded late; what is of no account
    late: list[Recordable] = [undone, ruled("p4", a1="1"), *led("a2", AUGUST, "p9")]
    compute = month_so_far

    def slowly(session: ReadSession, name: str, *, rules: Rules) -> Month:
        found = compute(session, name, rules=rules)
        if late:
            recorded(embedded_site, late.pop(0), at=APRIL)
        return found

    monkeypatch.setattr("models.desk.settlements.closing.month_so_far", slowly)
    assert shares(close(embedded_site).lines) == [("贝壳", "贝壳", Fraction(1)), ("贝壳", "a1", Fraction(1, 2))]
    assert len(late) == 2  # computed three times: the last fact changed nothing


def test_a_month_that_keeps_changing_is_not_closed(embedded_site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    recorded(embedded_site, *KNOWN, ruled(a1="1"), sold())
    compute = month_so_far

    def restless(session: ReadSession, name: str, *, rules: Rules) -> Month:
        recorded(embedded_site, sold("p2"))
        return replace(compute(session, name, rules=rules), upto=1)

    monkeypatch.setattr("models.desk.settlements.closing.month_so_far", restless)
    with pytest.raises(ChangingError, match="close it again"):
        close(embedded_site)


def test_nothing_personal_stands_in_the_entry(embedded_site: Site) -> None:
    recorded(embedded_site, *KNOWN, *FIRST)
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
