"""Reading the ledger: its head, stretches of it, and everything about one subject."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import fields
from typing import Any, cast

from sqlalchemy import Row, Select, String, bindparam, exists, func, literal, select, union

from models.keys import of_person
from models.ledger.entry import LedgerEntry
from models.ledger.records import About, LedgerRow, Particular
from models.ledger.subjects import EVERYBODY, claimant, names_in
from models.session import ReadSession

LEDGER, ABOUT, PARTICULAR = LedgerRow.__table__, About.__table__, Particular.__table__
COLUMNS = tuple(LEDGER.c[field.name] for field in fields(LedgerEntry))
HEAD = select(*COLUMNS).order_by(LEDGER.c.seq.desc()).limit(1)


def _around() -> Select[*tuple[Any, ...]]:
    person = bindparam("person", type_=String)
    who = select(person.label("subject")).cte("who", recursive=True)
    here, there = ABOUT.alias(), ABOUT.alias()
    linked = exists().where(LEDGER.c.seq == here.c.seq, LEDGER.c.kind.in_(("link", "merge"))).correlate(here)
    own_link = (here.c.subject == person) & linked
    beside = select(there.c.subject).join(here, here.c.seq == there.c.seq).where(there.c.tie)
    who = who.union(beside.join(who, who.c.subject == here.c.subject).where(here.c.tie | own_link))
    tied = select(who.c.subject)
    mine, theirs = PARTICULAR.alias(), PARTICULAR.alias()
    phones = (
        select(func.substr(theirs.c.owner, len(of_person("")) + 1))
        .join(mine, mine.c.digest == theirs.c.digest)
        .join(who, mine.c.owner == literal(of_person("")).concat(who.c.subject))
    )
    subjects = union(tied, beside.where(here.c.subject.in_(tied)), phones, select(literal(EVERYBODY)))
    named = select(ABOUT.c.seq).where(ABOUT.c.subject.in_(subjects))
    return select(*COLUMNS).where(LEDGER.c.seq.in_(named)).order_by(LEDGER.c.seq)


AROUND = _around()
"""Made once: putting it together takes ten times as long as running it."""

OF_SUBJECTS = select(*COLUMNS).where(
    LEDGER.c.seq.in_(select(ABOUT.c.seq).where(ABOUT.c.subject.in_(bindparam("subjects", expanding=True))))
)
AT_ONCE = 5000
"""So many names are asked for in one statement: databases take no more than some ten thousand values."""


def head(session: ReadSession) -> LedgerEntry | None:
    """The last entry; None in an empty ledger."""
    last = session.rows(HEAD).first()
    return _entry(last) if last else None


def count(session: ReadSession) -> int:
    """How many entries there are."""
    return session.scalars(select(func.count()).select_from(LedgerRow)).one()


def entries(session: ReadSession, *, first: int = 1, last: int | None = None) -> Iterator[LedgerEntry]:
    """The entries from ``first`` to ``last`` (both inside; None: to the end), in order, a few thousand at a time."""
    asked = select(*COLUMNS).where(LedgerRow.seq >= first).order_by(LedgerRow.seq)
    return _entries(session, asked if last is None else asked.where(LedgerRow.seq <= last))


def entry(session: ReadSession, seq: int) -> LedgerEntry | None:
    """One entry; None when there is none of this number."""
    return next(entries(session, first=seq, last=seq), None)


def entries_numbered(session: ReadSession, seqs: Collection[int]) -> list[LedgerEntry]:
    """The entries with these numbers that there are, in order."""
    return list(_entries(session, select(*COLUMNS).where(LEDGER.c.seq.in_(seqs)).order_by(LEDGER.c.seq)))


def entries_of_kind(session: ReadSession, *kinds: str, after: int = 0) -> Iterator[LedgerEntry]:
    """The entries of these kinds with numbers above ``after``, in order."""
    asked = select(*COLUMNS).where(LedgerRow.kind.in_(kinds), LedgerRow.seq > after)
    return _entries(session, asked.order_by(LedgerRow.seq))


def entries_about(session: ReadSession, subject: str, *kinds: str) -> list[LedgerEntry]:
    """Every entry (of these kinds, when any are given) that names this person, claimant or arrival, in order."""
    asked = select(*COLUMNS).where(LedgerRow.seq.in_(select(About.seq).where(About.subject == subject)))
    return list(_entries(session, (asked.where(LedgerRow.kind.in_(kinds)) if kinds else asked).order_by(LedgerRow.seq)))


def entries_about_any(session: ReadSession, subjects: Collection[str], *kinds: str) -> list[LedgerEntry]:
    """Every entry of these kinds that names one of these people, claimants or arrivals, in order, each once."""
    asked = OF_SUBJECTS.where(LEDGER.c.kind.in_(kinds))
    found = {one.seq: one for one in _of_subjects(session, asked, subjects)}
    return [found[seq] for seq in sorted(found)]


def entries_around(session: ReadSession, person: str) -> list[LedgerEntry]:
    """Every entry about this customer and about everybody whose record is tied to theirs (linked, related, referred,
    come together); about whoever left the same phone as one of them, or stands on the same day's list; what is said of
    the claimants these name as such, and which companies there are; two statements. A claimant's record is no bridge:
    only ``person``'s own leads further."""
    return entries_around_each(session, {person: ()})[person]


def entries_around_each(session: ReadSession, people: Mapping[str, Collection[str]]) -> dict[str, list[LedgerEntry]]:
    """For each of these customers the entries around them, and what is said of the claimants beside them here: one
    statement for each, and one more."""
    found, names = dict[str, dict[int, LedgerEntry]](), dict[str, set[str]]()
    for person, beside in people.items():
        around = [_entry(row) for row in session.rows(AROUND, {"person": person})]
        found[person] = {one.seq: one for one in around}
        names[person] = set(beside).union(*(names_in(json.loads(one.payload)) for one in around))
    said: dict[str, list[LedgerEntry]] = defaultdict(list)
    for one in _of_subjects(session, OF_SUBJECTS, [claimant(name) for name in set[str]().union(*names.values())]):
        said[str(json.loads(one.payload)["who"])].append(one)
    for person, entries in found.items():
        entries.update((one.seq, one) for name in names[person] for one in said.get(name, ()))
    return {person: [entries[seq] for seq in sorted(entries)] for person, entries in found.items()}


def _of_subjects(
    session: ReadSession, statement: Select[*tuple[Any, ...]], subjects: Collection[str]
) -> Iterator[LedgerEntry]:
    names = sorted(subjects)
    for start in range(0, len(names), AT_ONCE):
        for row in session.rows(statement, {"subjects": names[start : start + AT_ONCE]}):
            yield _entry(row)


def _entries(session: ReadSession, statement: Select[*tuple[Any, ...]]) -> Iterator[LedgerEntry]:
    for row in session.rows(statement.execution_options(yield_per=5000)):
        yield _entry(row)


def _entry(row: Row[*tuple[Any, ...]]) -> LedgerEntry:
    return LedgerEntry(**cast("dict[str, Any]", row._mapping))  # the columns are its fields
