"""接待轮序: whose turn it is to receive, and who is to receive a customer.

The rule. A day begins with the order that the manager wrote down. Whoever takes a turn (a reception with `turn: rota`)
goes to the end. The first in line who is there is next. So between two turns of one consultant everybody else who was
there all along has one; whoever is not there is passed over, keeps their place in front, and is next on coming back. A
reception because the customer asked for the consultant, as a duty or in assistance costs no turn. An order written anew
during the day counts from its beginning: turns taken stay taken.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, select

from attribution.decide import decide
from models.desk.dealings import taken_back
from models.ledger.kinds import Arrival, Bound, Retracted, Rota
from models.ledger.read import entries_about
from models.ledger.records import About, LedgerRow
from models.ledger.subjects import OFFICE
from models.policies import PolicyTexts, policy_for
from models.session import ReadSession
from models.timeline import timeline_of

ROTA = Rota.model_fields["do"].default
RETRACTED = Retracted.model_fields["do"].default
ARRIVAL, BOUND = Arrival.model_fields["do"].default, Bound.model_fields["do"].default


@dataclass(frozen=True, kw_only=True)
class RotaDay:
    """Entry ``seq``: who receives on a ``day``, in this ``order``, and who stands in for whom."""

    seq: int
    day: date
    order: tuple[str, ...]
    stand_ins: Mapping[str, str] = field(default_factory=dict)


def turn_order(order: Sequence[str], taken: Iterable[str]) -> list[str]:
    """The line as it stands after these turns were ``taken``, the oldest first.

    >>> turn_order(["a", "b", "c"], ["a", "c"])
    ['b', 'a', 'c']
    """
    line = list(order)
    for who in taken:
        if who in line:
            line.remove(who)
            line.append(who)
    return line


def rota_of(session: ReadSession, day: date) -> RotaDay | None:
    """The order that was written down last for a day; None when there is none."""
    # canonical JSON: no blanks, and a quotation mark inside a text is escaped
    told = LedgerRow.payload.contains(f'"day":"{day.isoformat()}"', autoescape=True)
    asked = select(LedgerRow.seq, LedgerRow.payload).where(LedgerRow.kind == ROTA, told)
    row = session.rows(asked.order_by(LedgerRow.seq.desc()).limit(1)).first()
    if row is None:
        return None
    said = json.loads(row.payload)
    return RotaDay(seq=row.seq, day=day, order=tuple(said["order"]), stand_ins=said["stand_ins"])


def line_of(session: ReadSession, rota: RotaDay, *, zone: ZoneInfo) -> list[str]:
    """The line of a day as it stands, whoever left the office taken out; days are those of ``zone``."""
    gone = _gone(session)
    return [who for who in turn_order(rota.order, _taken(session, rota.day, zone)) if who not in gone]


def next_up(session: ReadSession, *, at: datetime, zone: ZoneInfo, absent: Collection[str] = ()) -> str | None:
    """Whose turn it is ``at`` (aware, now), with those who are ``absent`` passed over; None without a rota for the day,
    and when nobody on it is there."""
    rota = rota_of(session, at.astimezone(zone).date())
    if rota is None:
        return None
    return next((who for who in line_of(session, rota, zone=zone) if who not in absent), None)


def receiver_for(
    session: ReadSession, person: str, *, at: datetime, zone: ZoneInfo, texts: PolicyTexts, settings_policy: str
) -> str | None:
    """Who is to receive a customer ``at`` (aware, now): the consultant who owns them by the decision as it stands, if
    on the day's rota or seen at the door; else whoever stands in for that one; else whose turn it is.

    Raises ``ModelsError`` when the policy cannot be used.
    """
    day = at.astimezone(zone).date()
    rota = rota_of(session, day)
    gone, on_rota = _gone(session), rota.order if rota else ()
    for owner in _owners(session, person, texts=texts, settings_policy=settings_policy, at=at):
        if owner not in gone and (owner in on_rota or _came_in(session, owner, _midnight(day, zone))):
            return owner
        stand_in = rota.stand_ins.get(owner) if rota else None
        if stand_in is not None and stand_in not in gone:
            return stand_in
    return next_up(session, at=at, zone=zone)


def _owners(session: ReadSession, person: str, *, texts: PolicyTexts, settings_policy: str, at: datetime) -> list[str]:
    """The consultants who have a share in a customer, the largest share first."""
    timeline = timeline_of(session, person)
    policy = policy_for(session, timeline, person, texts=texts, settings_policy=settings_policy, at=at)
    credit = decide(timeline, policy.policy, person=person).credit or {}
    consultants = {who for who, claimant in timeline.claimants.items() if claimant.kind == "consultant"}
    return sorted(consultants & set(credit), key=lambda who: (-credit[who], who))


def _taken(session: ReadSession, day: date, zone: ZoneInfo) -> list[str]:
    """Who took a turn on a day, the oldest turn first."""
    start, end = _midnight(day, zone), _midnight(day + timedelta(days=1), zone)
    found = []
    for row in _receptions(session):
        if row.at < start:  # nothing is recorded before it happens
            break
        said = json.loads(row.payload)
        if said.get("turn") == "rota" and start <= (at := datetime.fromisoformat(said["at"])) < end:
            found.append((at, row.seq, str(said["by"])))
    if not found:
        return []
    since = min(seq for _, seq, _ in found)
    later = session.rows(select(LedgerRow.payload).where(LedgerRow.kind == RETRACTED, LedgerRow.seq > since))
    undone = {json.loads(payload)["undoes"] for payload in later.scalars()}
    return [who for _, seq, who in sorted(found) if seq not in undone]


def _gone(session: ReadSession) -> set[str]:
    """Who left the office."""
    told = entries_about(session, OFFICE, "depart", RETRACTED)
    undone = taken_back(told)
    return {str(json.loads(one.payload)["who"]) for one in told if one.kind == "depart" and one.seq not in undone}


def _came_in(session: ReadSession, who: str, since: datetime) -> bool:
    """Whether the last that the door saw of somebody since then was that they came in."""
    seen = select(LedgerRow.at, LedgerRow.kind, LedgerRow.payload).join(About, About.seq == LedgerRow.seq)
    seen = seen.where(About.subject == who, LedgerRow.kind.in_((ARRIVAL, BOUND))).order_by(LedgerRow.seq.desc())
    last = session.rows(seen.limit(1)).first()
    if last is None or last.at < since:
        return False
    return bool(last.kind == BOUND or json.loads(last.payload)["direction"] == "in")  # only who comes in is bound


def _receptions(session: ReadSession) -> Iterator[Row[*tuple[Any, ...]]]:
    """Every reception, the newest first, some at a time."""
    asked = select(LedgerRow.seq, LedgerRow.at, LedgerRow.payload).where(LedgerRow.kind == "receive")
    with session.rows(asked.order_by(LedgerRow.seq.desc()).execution_options(yield_per=200)) as found:
        yield from found


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)
