"""结佣 of customers about whom more comes after the deal: bought again, contested, erased, or under another policy."""

from __future__ import annotations

from datetime import datetime, timedelta
from fractions import Fraction

import pytest
from sqlalchemy import delete

from attribution.entries import Depart, Dispute, HandOver, Interact
from models.desk.settlements import NothingToSettleError
from models.keys import DataKey, of_person
from models.ledger.append import append
from models.ledger.kinds import Erased, Recordable, Retracted
from models.ledger.records import Particular
from models.policies import switch_policy
from models.site import Site
from tests.models.builders import FOUNDED
from tests.models.desk.settling import (
    AGAIN,
    APRIL,
    AUGUST,
    FIRST,
    KNOWN,
    SECOND,
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


def switched(site: Site, name: str, at: datetime) -> None:
    with site.write_session() as session:
        switch_policy(session, site.policy_texts, name, at=at, reason="new office rules", by="manager")


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_two_deals_of_one_customer_are_paid_to_whoever_brought_each_in_whatever_order(
    site: Site, order: tuple[int, int]
) -> None:
    recorded(site, *KNOWN, *FIRST)
    recorded(site, *SECOND, at=AUGUST)
    months = [("2026-03", "贝壳"), ("2026-07", "链家")]
    for place in order:
        name, whose = months[place]
        assert shares(close(site, whose, at=AUGUST, name=name).lines) == [(whose, whose, Fraction(1))]
    for name in ("2026-03", "2026-07"):
        for whose in ("贝壳", "链家"):
            with pytest.raises(NothingToSettleError):
                close(site, whose, at=AUGUST, name=name)


def test_a_month_closed_before_the_customer_bought_again_stays_as_it_was(site: Site) -> None:
    recorded(site, *KNOWN, *FIRST)
    first = close(site)
    recorded(site, *SECOND, at=AUGUST)
    with pytest.raises(NothingToSettleError):
        close(site)
    assert month(site).of("贝壳") == first.lines


@pytest.mark.parametrize(
    "after",
    [
        Depart(do="depart", at=SOLD + timedelta(days=3), who="a1"),
        HandOver(do="hand_over", at=SOLD + timedelta(days=3), person="p1", to="a2"),
        led("a2", AGAIN)[-1],  # looks at another flat, with somebody else
    ],
)
def test_what_was_earned_by_a_deal_is_not_lost_by_what_follows(embedded_site: Site, after: Recordable) -> None:
    recorded(embedded_site, *KNOWN, *FIRST)
    first = close(embedded_site)
    recorded(embedded_site, after, at=AUGUST)
    assert month(embedded_site).of("贝壳") == first.lines


def test_a_ruling_in_a_dispute_about_the_earlier_deal_corrects_it_though_the_customer_bought_again(site: Site) -> None:
    recorded(site, *KNOWN, *FIRST)
    first = close(site)
    recorded(site, Dispute(do="dispute", at=APRIL, person="p1", by="a2"), *SECOND, at=AUGUST)
    assert [deal.person for deal in month(site).open] == ["p1"]
    with pytest.raises(NothingToSettleError):  # what was closed stands while the dispute is open
        close(site)
    recorded(site, later(ruled(a1="1/2", a2="1/2"), AUGUST), at=AUGUST)
    second = close(site, at=AUGUST)
    assert (shares(second.lines), second.void) == ([("贝壳", "a1", Fraction(1, 2))], first.lines)


def test_a_dispute_after_the_second_deal_leaves_the_first_alone(embedded_site: Site) -> None:
    recorded(embedded_site, *KNOWN, *FIRST)
    first = close(embedded_site)
    recorded(embedded_site, *SECOND, Dispute(do="dispute", at=AUGUST, person="p1", by="a1"), at=AUGUST)
    assert (month(embedded_site).open, month(embedded_site).of("贝壳")) == ((), first.lines)
    assert [deal.person for deal in month(embedded_site, "2026-07").open] == ["p1"]
    recorded(embedded_site, later(ruled(own="1"), AUGUST + timedelta(days=1)), at=AUGUST)
    assert month(embedded_site).of("贝壳") == first.lines
    assert shares(month(embedded_site, "2026-07").due) == [("developer", "own", Fraction(1))]


def test_flats_bought_on_one_day_are_one_purchase_that_a_ruling_settles(embedded_site: Site) -> None:
    recorded(embedded_site, *KNOWN, *FIRST, sold(at=SOLD + timedelta(hours=2)))
    dispute = Dispute(do="dispute", at=SOLD + timedelta(days=1), person="p1", by="a2")
    recorded(embedded_site, dispute, later(ruled(a2="1"), SOLD + timedelta(days=2)), at=APRIL)
    assert shares(month(embedded_site).due) == [("链家", "a2", Fraction(1))] * 2


def test_a_deal_that_was_taken_back_leaves_the_one_before_as_it_was(embedded_site: Site) -> None:
    recorded(embedded_site, *KNOWN, *FIRST)
    first = close(embedded_site)
    *_, again = recorded(embedded_site, *SECOND, at=AUGUST)
    recorded(embedded_site, Retracted(at=AUGUST, person="p1", reason="cancelled", undoes=again), at=AUGUST)
    assert month(embedded_site).of("贝壳") == first.lines


def test_a_switch_of_policy_after_a_deal_changes_nothing_and_one_before_it_does(site: Site) -> None:
    recorded(site, *KNOWN, *FIRST)
    before = month(site).due
    switched(site, "thirds", APRIL)
    assert month(site).due == before
    switched(site, "thirds", SOLD - timedelta(days=1))
    assert month(site).due != before


def test_an_erased_customer_is_settled_as_was_decided_before(site: Site) -> None:
    # the developer knew the number under another name: without it, the customer would be the agent's
    known = Interact(do="interact", at=FOUNDED - timedelta(days=9), person="p2", kind="visit", phone="13800138000")
    recorded(site, *KNOWN, known, *FIRST)
    first = close(site, "developer")
    with site.write_session() as session:
        keys = delete(DataKey).where(DataKey.owner == of_person("p1"))
        assert session.change(delete(Particular).where(Particular.owner == of_person("p1"))) > 0
        session.change(keys)
        gone = Erased(at=APRIL, person="p1", reason="request", removed={"particular": 4}, digest="ab" * 32)
        append(session, [gone], at=APRIL, by="privacy")
    assert month(site).of("developer") == first.lines
    with pytest.raises(NothingToSettleError):
        close(site, "developer")
    recorded(site, Interact(do="interact", at=AUGUST, person="p1", kind="call"), at=AUGUST)
    assert month(site).of("developer") == first.lines
