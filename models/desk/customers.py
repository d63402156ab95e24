"""The book of customers: putting somebody in, finding them again, and what is decided about them."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from attribution.decide import decide
from attribution.decision import Decision
from attribution.timeline import Timeline
from models.desk.dealings import DEALINGS, customers_in, dealers, entries_naming, taken_back
from models.ledger.append import append
from models.ledger.entry import LedgerEntry
from models.ledger.kinds import Registered, Retracted
from models.ledger.particulars import committed, taken_out
from models.ledger.read import entries_about, entries_around, entries_of_kind
from models.ledger.records import About
from models.people import (
    Person,
    PersonSummary,
    WithPhone,
    add_person,
    add_phone,
    people_among,
    people_with_phone,
    same_human,
)
from models.policies import PolicyTexts, policy_for
from models.session import ReadSession, WriteSession
from models.timeline import timeline_from

RETRACTED = Retracted.model_fields["do"].default
NAMES_AMONG = 1000
"""A name is looked for among so many customers, those last put on record: every one has to be deciphered for it."""


@dataclass(frozen=True, kw_only=True)
class Booked:
    """A customer in the book, ``since`` the first entry about them (of theirs who ask)."""

    person: str
    since: int


@dataclass(frozen=True, kw_only=True)
class Given:
    """What claimants themselves told of a customer: the newest name and phone."""

    name: str | None = None
    phone: str | None = None


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What was ``decided`` about a customer on a ``timeline`` out of these ``entries``; ``by_a_person``: it follows a
    person's ruling."""

    decided: Decision
    timeline: Timeline
    entries: Sequence[LedgerEntry]
    by_a_person: bool


def add_customer(session: WriteSession, *, name: str, phone: str | None, at: datetime, by: str) -> tuple[str, int]:
    """Put a natural visitor into the book; the new id and the number of the entry. ``at`` now (aware), ``by`` who does
    it. Raises ``PeopleError`` for an empty name or what is no phone."""
    person = add_person(session, name=name, role="customer", phone=phone, at=at, by=by)
    return person, append(session, [Registered(at=at, person=person, what="customer")], at=at, by=by)[-1].seq


def add_customer_phone(session: WriteSession, person: str, phone: str, *, at: datetime, by: str) -> int:
    """Put one more phone of a customer into the book; the number of the entry. Raises ``PeopleError`` for an unknown
    person or what is no phone."""
    add_phone(session, person, phone, at=at)
    return append(session, [Registered(at=at, person=person, what="phone")], at=at, by=by)[-1].seq


def book(session: ReadSession, claimants: Collection[str] | None, *, before: int | None, limit: int) -> list[Booked]:
    """The customers of whom something is on record, those first mentioned last first: at most ``limit``, mentioned
    before entry ``before``. With ``claimants`` only those with whom one of them has to do."""
    if claimants is not None:
        return _own_book(session, claimants, before=before, limit=limit)
    first = func.min(About.seq)
    asked = (
        select(About.subject, first.label("since"))
        .join(Person, Person.id == About.subject)
        .where(Person.role == "customer")
    )
    asked = asked.group_by(About.subject).order_by(first.desc()).limit(limit)
    rows = session.rows(asked if before is None else asked.having(first < before))
    return [Booked(person=row.subject, since=row.since) for row in rows]


def customers_with_phone(session: ReadSession, phone: str) -> WithPhone:
    """The customers who have this phone, whole or masked. Raises ``PeopleError`` when it is none."""
    found = people_with_phone(session, phone)
    return WithPhone(certain=_customers(found.certain), possible=_customers(found.possible))


def customers_called(session: ReadSession, name: str) -> list[PersonSummary]:
    """The customers in whose name ``name`` occurs, among the `NAMES_AMONG` of whom something was last recorded."""
    last = func.max(About.seq)
    newest = select(About.subject).join(Person, Person.id == About.subject).where(Person.role == "customer")
    newest = newest.group_by(About.subject).order_by(last.desc()).limit(NAMES_AMONG)
    wanted = name.casefold()
    return [one for one in people_among(session, list(session.scalars(newest))) if wanted in one.name.casefold()]


def entries_of(session: ReadSession, person: str) -> list[LedgerEntry]:
    """Every entry about a customer, under any of their records, in order."""
    found = {one.seq: one for record in same_human(session, person) for one in entries_about(session, record)}
    return [one for _, one in sorted(found.items())]


def given_by(session: ReadSession, people: Collection[str], claimants: Collection[str]) -> dict[str, Given]:
    """What these claimants told of each of these customers, erased values left out."""
    about = {person: entries_about(session, person, *DEALINGS) for person in people}
    told = {
        person: [said for one in found if set(claimants) & dealers(one.kind, said := json.loads(one.payload))]
        for person, found in about.items()
    }
    opened = taken_out(session, [said for found in told.values() for said in found])

    def newest(found: Sequence[dict[str, object]], field: str) -> str | None:
        names = [name for said in found if (name := committed(said).get(field)) in opened]
        return opened[names[-1]].value if names else None

    return {person: Given(name=newest(found, "name"), phone=newest(found, "phone")) for person, found in told.items()}


def ask(
    session: ReadSession,
    person: str,
    *,
    texts: PolicyTexts,
    settings_policy: str,
    now: datetime,
    at: datetime | None = None,
) -> Asked:
    """What is to be decided about a customer ``now`` (aware), or was at the instant ``at``: on what was on record by
    then, under the policy in force then, or when they last bought. Nothing is stored. Raises ``ModelsError`` when the
    policy cannot be used."""
    # now: all of it, also what a machine whose clock is ahead has just recorded
    found = [one for one in entries_around(session, person) if at is None or one.at <= at]
    timeline = timeline_from(found, taken_out(session, [json.loads(one.payload) for one in found]))
    policy = policy_for(session, timeline, person, texts=texts, settings_policy=settings_policy, at=at or now)
    decided = decide(timeline, policy.policy, person=person)
    rulings = {entry.id for entry in timeline.entries if entry.do == "rule"}
    cited = {entry for reason in decided.reasons for entry in reason.entries}
    return Asked(decided=decided, timeline=timeline, entries=found, by_a_person=bool(rulings & cited))


def _customers(found: Sequence[PersonSummary]) -> tuple[PersonSummary, ...]:
    return tuple(one for one in found if one.role == "customer")


def _own_book(session: ReadSession, claimants: Collection[str], *, before: int | None, limit: int) -> list[Booked]:
    undone = taken_back(entries_of_kind(session, RETRACTED))
    first: dict[str, int] = {}
    for seq, kind, payload in entries_naming(session, claimants, *DEALINGS):
        if seq not in undone and dealers(kind, payload).intersection(claimants):
            for person in customers_in(payload):
                first.setdefault(person, seq)
    newest = sorted(((seq, person) for person, seq in first.items() if before is None or seq < before), reverse=True)
    found: list[Booked] = []
    while newest and len(found) < limit:
        some, newest = newest[:limit], newest[limit:]
        asked = select(Person.id).where(Person.id.in_([person for _, person in some]), Person.role == "customer")
        kept = set(session.scalars(asked))  # the rest was erased
        found += [Booked(person=person, since=seq) for seq, person in some if person in kept]
    return found[:limit]
