"""How long a claim protects: the day that deciding on later visits finds is the day the Civil Code counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attribution.entries import ENTRY, AnyEntry, Claimant
from attribution.periods import Period, office_day
from attribution.policy import load_policy
from attribution.protection import HORIZON_DAYS, protected_until
from attribution.timeline import Timeline

policy_of = cache(load_policy)

CLAIMANTS = {
    "A1": Claimant(kind="agent", of="D1"),
    "A2": Claimant(kind="agent", of="D2"),
    "D1": Claimant(kind="distributor"),
    "D2": Claimant(kind="distributor"),
    "S1": Claimant(kind="consultant"),
}

EARLIEST = datetime(2024, 1, 1, tzinfo=UTC)
INSTANTS = st.integers(0, 4 * 365 * 24 * 60).map(lambda minutes: EARLIEST + timedelta(minutes=minutes))


def entry(do: str, at: datetime, **fields: object) -> AnyEntry:
    made: AnyEntry = ENTRY.validate_python({"do": do, "at": at, "person": "p1", "id": f"{do} {at}", **fields})
    return made


def timeline(*entries: AnyEntry) -> Timeline:
    return Timeline(entries=entries, claimants=CLAIMANTS)


def reported(at: datetime, **fields: object) -> Timeline:
    told: Mapping[str, Any] = {"by": "A1", "name": "王芳", "phone": "13800138000", "visit_at": at, "via": "sms"}
    return timeline(entry("report", at, **{**told, **fields}))


def led_and_confirmed(at: datetime) -> Timeline:
    later = at + timedelta(seconds=1)
    return timeline(entry("arrive", at, door={"A1": 0.0}), entry("confirm", later, by="A1"))


def received(at: datetime) -> Timeline:
    return timeline(entry("receive", at, by="S1", name="王芳", phone="13800138000"))


@pytest.mark.parametrize(
    ("policy", "made", "claimant", "period"),
    [
        ("junyuan-2012", led_and_confirmed, "A1", Period(months=3)),  # 1.1.4, for the agent's distributor
        ("joint-agency", reported, "A1", Period(months=3)),
        ("outreach-1031", reported, "A1", Period(days=7)),  # 2.3
        ("marketing-dept", reported, "A1", Period(days=7)),
        ("fifteen-day", received, "S1", Period(days=15)),
        ("three-month-tracking", received, "S1", Period(months=3)),
    ],
)
@given(at=INSTANTS)
@settings(max_examples=40, deadline=None)
def test_a_claim_protects_for_the_period_of_its_rules(
    policy: str, made: Callable[[datetime], Timeline], claimant: str, period: Period, at: datetime
) -> None:
    found = protected_until(made(at), policy_of(policy), "p1", claimant, after=at + timedelta(seconds=2))
    assert (found.holds, found.last_day) == (True, period.last_day(office_day(at)))


@given(at=INSTANTS)
@settings(max_examples=40, deadline=None)
def test_a_first_report_by_mail_protects_for_two_months(at: datetime) -> None:
    found = protected_until(reported(at, via="email"), policy_of("site-report"), "p1", "A1", after=at)
    assert found.last_day == Period(months=2).last_day(office_day(at))


FIRST = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("policy", "known", "claimant", "after_days", "holds", "last_day"),
    [
        ("outreach-1031", reported(FIRST), "A1", 0, True, date(2026, 3, 9)),
        ("outreach-1031", reported(FIRST), "A1", 5, True, date(2026, 3, 9)),  # it does not begin anew
        ("outreach-1031", reported(FIRST), "A1", 7, True, date(2026, 3, 9)),  # the last day itself
        ("outreach-1031", reported(FIRST), "A1", 8, False, None),
        ("outreach-1031", reported(FIRST), "S1", 0, False, None),  # somebody else
        ("outreach-1031", reported(FIRST, name=None), "A1", 0, False, None),  # rejected
        ("junyuan-2012", reported(FIRST), "A1", 0, False, None),  # makes nothing of a report
        ("one-month-protection", received(FIRST), "S1", 0, True, None),  # a visit renews it: no end
    ],
)
def test_what_does_not_hold_is_told_apart_from_what_does_not_end(
    policy: str, known: Timeline, claimant: str, after_days: int, holds: bool, last_day: date | None
) -> None:
    found = protected_until(known, policy_of(policy), "p1", claimant, after=FIRST + timedelta(days=after_days))
    assert (found.holds, found.last_day) == (holds, last_day)


def test_what_was_recorded_later_does_not_count() -> None:
    known = timeline(*reported(FIRST).entries, entry("rule", FIRST + timedelta(days=3), to={"A2": 1}, by="manager"))
    policy = policy_of("outreach-1031")
    assert protected_until(known, policy, "p1", "A1", after=FIRST + timedelta(days=2)).holds
    assert not protected_until(known, policy, "p1", "A1", after=FIRST + timedelta(days=3)).holds


def test_the_days_left_are_those_after_today() -> None:
    found = protected_until(reported(FIRST), policy_of("outreach-1031"), "p1", "A1", after=FIRST)
    assert (found.days_left(date(2026, 3, 2)), found.days_left(date(2026, 3, 9))) == (7, 0)
    assert HORIZON_DAYS > 366
