"""What the tests of settlements put on record, and closing a month of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from attribution.entries import Arrive, Confirm, Deal, Report, Rule
from models.desk import settlements
from models.desk.settlements import Closed, Due, Month, Rules
from models.ledger.append import append
from models.ledger.kinds import ClaimantKnown, Recordable
from models.site import Site
from tests.models.builders import FOUNDED

SOLD = datetime(2026, 3, 20, 4, 0, tzinfo=UTC)
APRIL = datetime(2026, 4, 2, 1, 0, tzinfo=UTC)
KNOWN: tuple[Recordable, ...] = (
    ClaimantKnown(at=FOUNDED, who="贝壳", kind="distributor"),
    ClaimantKnown(at=FOUNDED, who="链家", kind="distributor"),
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


def month(site: Site, name: str = "2026-03") -> Month:
    with site.read_session() as session:
        return settlements.month_so_far(session, name, rules=rules_of(site))


def close(site: Site, distributor: str = "贝壳", at: datetime = APRIL, name: str = "2026-03") -> Closed:
    seq = settlements.close(site, name, distributor, rules=rules_of(site), at=at, by="user:m")
    with site.read_session() as session:
        found = settlements.settlement(session, seq)
    assert found is not None
    return found


def shares(lines: Sequence[Due]) -> list[tuple[str, str, Fraction]]:
    return [(line.distributor, line.claimant, line.share) for line in lines]


def led(by: str, at: datetime, person: str = "p1") -> tuple[Recordable, ...]:
    """Reported, led in through the door and confirmed by an agent."""
    visit = at + timedelta(hours=3)
    named = {"name": "王芳", "phone": "13800138000"}
    return (
        Report(do="report", at=at, person=person, by=by, via="wechat", **named),
        Arrive(do="arrive", at=visit, person=person, door={by: (0.0, 0.1), person: (2.0, 0.1)}),
        Confirm(do="confirm", at=visit + timedelta(minutes=20), person=person, by=by, **named),
    )


AGAIN = SOLD + timedelta(days=120)
AUGUST = datetime(2026, 8, 2, 1, 0, tzinfo=UTC)
FIRST = *led("a1", FOUNDED), sold()
"""Bought in March through a1."""
SECOND = *led("a2", AGAIN - timedelta(days=2)), sold(at=AGAIN)
"""The same customer bought again in July, through a2."""


def later(rule: Rule, at: datetime) -> Rule:
    return rule.model_copy(update={"at": at})
