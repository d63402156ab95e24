"""报备: reports put on record, taken back, listed. One report is one entry of the ledger; what became of it is told by
`models.desk.verdicts`."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import select

from attribution.entries import Report
from models.base import ModelsError
from models.desk.identity import IS_REPORT, NAMELESS, known_with, placed
from models.desk.notices import notify_undone
from models.keys import DataKey, of_person
from models.ledger.append import append
from models.ledger.entry import LedgerEntry
from models.ledger.kinds import Retracted
from models.ledger.particulars import taken_out
from models.ledger.read import entries_about, entries_numbered, entry
from models.ledger.records import About, LedgerRow
from models.people import Newcomer, Person, add_customers
from models.session import ReadSession, WriteSession
from models.timeline import UNDOING

KIND = "report"
CHUNK = 500


class ReportError(ModelsError):
    """A report that is not there any more, or cannot be taken back."""


@dataclass(frozen=True, kw_only=True)
class NewReport:
    """A report as it comes in: the claimant ``by``, the ``phone`` as `models.desk.identity.mobile` gives it, ``at``
    (aware) when it was made; the rest as in `attribution.entries.Report`."""

    at: datetime
    by: str
    phone: str
    name: str | None = None
    visit_at: datetime | None = None
    via: Literal["sms", "wechat", "email", "list", "activity"] | None = None
    worked: bool = True
    reason: str | None = None
    proof: Literal["chat", "call_log"] | None = None
    proof_at: datetime | None = None
    stage: Literal["first", "second", "repeat"] | None = None
    count: int = 1

    def entry(self, person: str) -> Report:
        """The entry of this report about a customer."""
        return Report(do="report", person=person, **vars(self))


@dataclass(frozen=True, kw_only=True)
class Filed:
    """A report on record: entry ``seq`` about ``person``, ``by`` a claimant; recorded at ``at``, made at ``made_at``
    (aware UTC). ``name`` and ``phone`` as reported, None once they were erased or where none was given."""

    seq: int
    at: datetime
    made_at: datetime
    person: str
    by: str
    visit_at: datetime | None
    via: str | None
    name: str | None
    phone: str | None
    reason: str | None


def file_reports(session: WriteSession, reports: Sequence[NewReport], *, at: datetime, by: str) -> list[LedgerEntry]:
    """Put reports on record, all or none; each goes to the record of its customer, which is made when there is none.
    ``at`` now (aware), ``by`` who records them. The entries, in order."""
    places = placed(reports, known_with(session, {one.phone for one in reports}))
    newcomers = [
        Newcomer(person=place.person, name=one.name or NAMELESS, phone=one.phone)
        for one, place in zip(reports, places, strict=True)
        if place.is_new
    ]
    add_customers(session, newcomers, at=at)
    keys = _keys(session, [place.person for place in places])
    entries = [one.entry(place.person) for one, place in zip(reports, places, strict=True)]
    written = append(session, entries, at=at, by=by)[-len(entries) :]
    del keys
    return written


def _keys(session: ReadSession, people: Sequence[str]) -> list[DataKey]:
    """The data keys of many, at hand as long as they are held: sealing asks for each by its owner."""
    owners = [of_person(person) for person in dict.fromkeys(people)]
    return [
        key
        for start in range(0, len(owners), CHUNK)
        for key in session.scalars(select(DataKey).where(DataKey.owner.in_(owners[start : start + CHUNK])))
    ]


def reports_left(session: ReadSession, reporter: str, *, at: datetime, zone: ZoneInfo, per_day: int) -> int:
    """How many more reports ``reporter`` may make on the office's day of ``at`` (aware), of ``per_day``."""
    day = datetime.combine(at.astimezone(zone).date(), time(), zone)
    last = select(LedgerRow.at).join(About, About.seq == LedgerRow.seq)
    last = last.where(About.subject == reporter, IS_REPORT).order_by(About.seq.desc()).limit(per_day)
    return per_day - sum(made >= day for made in session.scalars(last))


def reports_of(
    session: ReadSession, reporters: Collection[str] | None, *, before: int | None, limit: int
) -> list[LedgerEntry]:
    """The newest reports of these claimants (None: of everybody) with numbers below ``before``, the newest first."""
    asked = select(LedgerRow.seq).order_by(LedgerRow.seq.desc()).limit(limit)
    if reporters is None:
        asked = asked.where(LedgerRow.kind == KIND)
    else:
        theirs = select(About.seq).where(About.subject.in_(reporters))
        asked = asked.where(LedgerRow.seq.in_(theirs), IS_REPORT)
    if before is not None:
        asked = asked.where(LedgerRow.seq < before)
    return entries_numbered(session, session.scalars(asked).all())[::-1]


def report(session: ReadSession, seq: int) -> LedgerEntry | None:
    """The entry of a report, withdrawn or not; None when entry ``seq`` is none."""
    found = entry(session, seq)
    return found if found is not None and found.kind == KIND else None


def said_in(one: LedgerEntry) -> Mapping[str, Any]:
    """What stands in a report's entry."""
    said: Mapping[str, Any] = json.loads(one.payload)
    return said


def filed(session: ReadSession, reports: Sequence[LedgerEntry]) -> list[Filed]:
    """Reports as they were made, with the personal values that were not erased."""
    payloads = [json.loads(one.payload) for one in reports]
    opened = taken_out(session, payloads)

    def personal(said: Mapping[str, Any], field: str) -> str | None:
        value = opened.get(said.get(field, {}).get("sealed", ""))
        return value.value if value else None

    return [
        Filed(
            seq=one.seq,
            at=one.at,
            made_at=_instant(said["at"]),
            person=said["person"],
            by=said["by"],
            visit_at=_instant(said["visit_at"]) if "visit_at" in said else None,
            via=said.get("via"),
            name=personal(said, "name"),
            phone=personal(said, "phone"),
            reason=personal(said, "reason"),
        )
        for one, said in zip(reports, payloads, strict=True)
    ]


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def is_standing(session: ReadSession, one: LedgerEntry) -> bool:
    """Whether an entry is a report that was not withdrawn."""
    if one.kind != KIND:
        return False
    undoing = entries_about(session, said_in(one)["person"], *UNDOING)
    return all(json.loads(undo.payload)["undoes"] != one.seq for undo in undoing)


def withdraw_report(session: WriteSession, one: LedgerEntry, *, reason: str, at: datetime, by: str) -> int:
    """Take a report back: it counts no more. The number of the entry. ``reason`` is sealed as the customer's; ``at``
    aware, ``by`` who does it. Raises ``ReportError`` when it was withdrawn before, or its customer was erased."""
    person = said_in(one)["person"]
    if not is_standing(session, one):
        raise ReportError(f"entry {one.seq}: withdrawn already; nothing is left to take back")
    if session.get(Person, person) is None:
        raise ReportError(f"entry {one.seq}: its customer was erased; nothing can be added about them")
    back = append(session, [Retracted(at=at, person=person, undoes=one.seq, reason=reason)], at=at, by=by)[-1].seq
    notify_undone(session, one, back, at=at, by=by)
    return back
