"""Whose report it is that comes in: a customer on record, or somebody new. The phone tells, and a name that does not
contradict it. A masked phone never joins two records: it only finds again what the same reporter reported before."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol
from unicodedata import normalize
from uuid import uuid4

from sqlalchemy import select

from models.ledger.records import About, LedgerRow
from models.people import PeopleError, Person, Phone, people_among, phone_number, same_human
from models.people.phones import MASKED, masked
from models.session import ReadSession

NAMELESS = "未留姓名"
"""The name of a customer who left none."""

IS_REPORT = LedgerRow.kind.concat("") == "report"
"""For the few entries of one subject: this keeps out the index of kinds, which would go through every report there is.
"""

CHUNK = 500
"""So many values go into one statement."""


class Naming(Protocol):
    """What of a report tells who the customer is: ``by`` whom, the ``phone`` (see `mobile`) and the name, if any."""

    @property
    def by(self) -> str: ...

    @property
    def phone(self) -> str: ...

    @property
    def name(self) -> str | None: ...


@dataclass(frozen=True, kw_only=True)
class Known:
    """A customer on record: ``number`` the phone as far as it is known, empty when it is another one that looks the
    same masked; ``human`` equal for records that are proven to be one; ``reporters`` who reported them before."""

    person: str
    human: str
    name: str | None
    number: str
    reporters: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Placed:
    """The customer's record that a report goes to, which may have to be made."""

    person: str
    is_new: bool


def mobile(phone: str) -> str:
    """The digits of a mobile phone of mainland China, or its masked form. Raises ``PeopleError`` for anything else,
    without repeating it.

    >>> mobile("+86 138-0013-8000"), mobile("138 *** 38000")
    ('13800138000', '138***38000')
    """
    number = phone_number(phone)
    if masked(number) is None:
        raise PeopleError("phone: not a mobile number; give its 11 digits, or masked 138***88888")
    return number


def placed(reports: Sequence[Naming], known: Mapping[str, Sequence[Known]]) -> list[Placed]:
    """For each report, in order, its customer's record. ``known`` has the records by masked phone, oldest first; those
    that a report makes are known to the reports after it.

    A whole number that one customer has for certain is that customer's, unless both have names and they differ. A
    masked one is its reporter's own earlier customer's, if there is exactly one who fits. Else the customer is new.
    """
    there = {covered: list(some) for covered, some in known.items()}
    found = []
    for one in reports:
        some = there.setdefault(masked(one.phone) or one.phone, [])
        at = _same(one, some)
        if at is None:
            person = uuid4().hex
            new = Known(person=person, human=person, name=one.name, number=one.phone, reporters=frozenset({one.by}))
            some.append(new)
            found.append(Placed(person=person, is_new=True))
        else:
            some[at] = replace(some[at], reporters=some[at].reporters | {one.by})
            found.append(Placed(person=some[at].person, is_new=False))
    return found


def _same(one: Naming, some: Sequence[Known]) -> int | None:
    own = MASKED.fullmatch(one.phone) is not None
    fits = [at for at, other in enumerate(some) if (one.by in other.reporters if own else other.number == one.phone)]
    if own:
        fits = [at for at in fits if _agree(one.name, some[at].name)]
    humans = {some[at].human for at in fits}
    return fits[0] if len(humans) == 1 and any(_agree(one.name, some[at].name) for at in fits) else None


def _agree(name: str | None, other: str | None) -> bool:
    return not name or not other or _plain(name) == _plain(other)


def _plain(name: str) -> str:
    """A name without what typing adds to it.

    >>> _plain(" Ｗang  Fang")
    'wangfang'
    """
    return "".join(normalize("NFKC", name).casefold().split())


def known_with(session: ReadSession, numbers: Collection[str]) -> dict[str, list[Known]]:
    """Customers on record by masked phone, for `placed`: all who have one of these mobile numbers, or may have it."""
    covered = {session.vault.digest(mask): mask for number in numbers if (mask := masked(number))}
    whole = {session.vault.digest(number): number for number in numbers}
    phones: dict[str, tuple[str, str]] = {}
    for some in _chunks(list(covered)):
        asked = select(Phone.person_id, Phone.digest, Phone.masked_digest).join(Person)
        asked = asked.where(Phone.masked_digest.in_(some), Person.role == "customer")
        for row in session.rows(asked):
            number, before = whole.get(row.digest, ""), phones.get(row.person_id, ("", ""))
            # who has two phones of one mask: the one that is asked for, in whole if possible
            phones[row.person_id] = (covered[row.masked_digest], max(number, before[1], key=_told))
    reporters = _reporters(session, list(phones))
    found: dict[str, list[Known]] = defaultdict(list)
    for one in people_among(session, phones):
        mask, number = phones[one.id]
        found[mask].append(
            Known(
                person=one.id,
                human=one.id,
                name=None if one.name == NAMELESS else one.name,
                number=number,
                reporters=reporters[one.id],
            )
        )
    return {mask: _humans(session, some) for mask, some in found.items()}


def _told(number: str) -> int:
    return len(number) - number.count("*") * 3


def _humans(session: ReadSession, some: list[Known]) -> list[Known]:
    if len(some) == 1:
        return some
    return [replace(one, human=min(same_human(session, one.person))) for one in some]


def _reporters(session: ReadSession, people: Sequence[str]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for some in _chunks(people):
        asked = select(About.subject, LedgerRow.payload).join(LedgerRow, LedgerRow.seq == About.seq)
        for row in session.rows(asked.where(About.subject.in_(some), IS_REPORT)):
            found[row.subject].add(json.loads(row.payload)["by"])
    return defaultdict(frozenset, {person: frozenset(who) for person, who in found.items()})


def _chunks(values: Sequence[str] | Sequence[bytes]) -> Iterator[Sequence[str] | Sequence[bytes]]:
    for start in range(0, len(values), CHUNK):
        yield values[start : start + CHUNK]
