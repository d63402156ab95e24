"""The retention clock: what was kept for as long as the settings say goes, each removal on record with its receipt. The
ledger itself, and with it who looked at what, is never shortened."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Literal

from sqlalchemy import case, delete, func, select

from models.access.sessions import clear_over
from models.desk.deliveries import clear_old
from models.desk.idempotency import forget_old
from models.erase import erase_one
from models.evidence import StoredFrame, erase_frames
from models.evidence.records import FrameRecord
from models.holds import Holds, holds
from models.keys import DataKey, of_person
from models.ledger.append import append
from models.ledger.kinds import Purged
from models.ledger.records import About, LedgerRow
from models.ledger.subjects import OFFICE
from models.people import Consent, FaceTemplate, Person, gallery_changed
from models.receipts import Receipt, Receipts, receipt_digest
from models.session import ReadSession, WriteSession
from models.settings import SiteSettings
from models.site import Site
from models.wipe import Wiped, finish, overwrite

Kind = Literal["frames", "templates", "reports", "people"]

PEOPLE_LIMIT = 100_000
"""So many stored persons must be filed with the authority within 30 working days (人脸识别技术应用安全管理办法, 15)."""

PEOPLE_WARNING = PEOPLE_LIMIT * 8 // 10
AT_ONCE = 100
"""Arrivals or people to a transaction: the door waits for it."""

VISITS = ("arrival", "arrive")
BEFORE_A_VISIT = ("report", "interact", "follow_up", "view", "decision", "erasure", "withdrawal")
"""Kinds of entry that say nothing of a customer having come."""


@dataclass(frozen=True, kw_only=True)
class Due:
    """What of a ``kind``, kept for ``days``, is from ``before`` that: the arrivals or people by id, each with the last
    instant that counts (``each``, oldest first), how many things that makes (``count``), and which ``held`` ones an
    open dispute may need."""

    kind: Kind
    days: int
    before: datetime
    each: tuple[tuple[str, datetime], ...]
    count: int
    held: tuple[str, ...]

    @property
    def oldest(self) -> datetime | None:
        """The instant that counts of the oldest one; None when nothing is due."""
        return self.each[0][1] if self.each else None


def due(session: ReadSession, settings: SiteSettings, *, at: datetime) -> tuple[Due, ...]:
    """What is due ``at`` (aware, now), kind by kind."""
    held = holds(session)
    reports, people = _idle(session, settings, held, at)
    return _frames(session, settings, held, at), _templates(session, settings, at), reports, people


def people_stored(session: ReadSession) -> int:
    """Of how many people a face template is stored; see `PEOPLE_LIMIT`."""
    return session.scalars(select(func.count(FaceTemplate.person_id.distinct()))).one()


def retain(site: Site, *, at: datetime, by: str) -> Wiped:
    """Remove what is due ``at`` (aware, now), put it on record as ``by``, and finish every erasure that was begun.
    Raises ``ModelsError``, ``OSError``; what was removed until then is on record."""
    receipts = Receipts(site.folder)
    clock = _Clock(site=site, receipts=receipts, at=at, by=by)
    with receipts.alone():
        with site.read_session() as session:
            frames, templates, *idle = due(session, site.settings, at=at)
        clock.purge_frames(frames)
        clock.purge_templates(templates)
        for each in idle:
            clock.erase(each)
        clock.forget()
        begun = overwrite(site, receipts)
    return finish(site, receipts, begun, at=at, needles={})


@dataclass(frozen=True, kw_only=True)
class _Clock:
    site: Site
    receipts: Receipts
    at: datetime
    by: str

    def purge_frames(self, due: Due) -> None:
        """All frames of these arrivals. An entry claims no more than what is gone when it is written."""
        for start in range(0, len(due.each), AT_ONCE):
            batch = due.each[start : start + AT_ONCE]
            after = due.each[start + AT_ONCE :]
            before = after[0][1] if after else due.before
            with self.site.write_session() as session:
                now_held = holds(session).arrivals
                frames: list[StoredFrame] = []
                for arrival, _ in batch:
                    if arrival not in now_held:
                        frames += erase_frames(session, arrival)
                held = {*due.held, *(arrival for arrival, _ in batch if arrival in now_held)}
                self.site.frames.remove(frames)
                self._purged(session, "frames", before, [("frame", frame.sha256) for frame in frames], sorted(held))

    def purge_templates(self, due: Due) -> None:
        """All templates of these people."""
        for start in range(0, len(due.each), AT_ONCE):
            with self.site.write_session() as session:
                standing = dict(_last_seen(session))
                people = [
                    person
                    for person, _ in due.each[start : start + AT_ONCE]
                    if person in standing and standing[person] < due.before
                ]
                theirs = FaceTemplate.person_id.in_(people)
                sealed = session.scalars(select(FaceTemplate.vector_sealed).where(theirs)).all()
                session.change(delete(FaceTemplate).where(theirs))
                for person in people:
                    gallery_changed(session, person)
                gone = [("template", sha256(one).hexdigest()) for one in sealed]
                self._purged(session, "templates", due.before, gone, due.held)

    def erase(self, due: Due) -> None:
        """Everything of these people, as `menjian erase` does."""
        for person, last in due.each:
            with self.site.read_session() as session:
                unchanged = _last_entry(session, person) in (None, last)
            if unchanged:
                erase_one(self.site, self.receipts, person, reason="expiry", at=self.at, by=self.by)

    def forget(self) -> None:
        """What the service keeps for days only and no entry tells of: answers to requests that may come twice,
        deliveries to webhooks, sessions."""
        with self.site.write_session() as session:
            forget_old(session, at=self.at)
            clear_old(session, at=self.at)
            clear_over(session, at=self.at)

    def _purged(
        self, session: WriteSession, kind: Kind, before: datetime, gone: Sequence[tuple[str, str]], held: Sequence[str]
    ) -> None:
        if not gone:
            return
        listed = tuple(sorted(set(gone)))
        digest = receipt_digest(self.at, listed)
        entry = Purged(at=self.at, what=kind, before=before, count=len(gone), digest=digest, held=tuple(held))
        append(session, [entry], at=self.at, by=self.by)
        removed = {listed[0][0]: len(gone)}
        self.receipts.begin(Receipt(at=self.at, what=kind, reason="retention", removed=removed, gone=listed))


def _frames(session: ReadSession, settings: SiteSettings, held: Holds, at: datetime) -> Due:
    before = at - timedelta(days=settings.frames_days)
    last = func.max(FrameRecord.at)
    each = select(FrameRecord.arrival, last.label("last"), func.count().label("frames")).group_by(FrameRecord.arrival)
    found = session.rows(each.having(last < before).order_by(last, FrameRecord.arrival)).all()
    going = [row for row in found if row.arrival not in held.arrivals]
    return Due(
        kind="frames",
        days=settings.frames_days,
        before=before,
        each=tuple((row.arrival, row.last) for row in going),
        count=sum(row.frames for row in going),
        held=tuple(row.arrival for row in found if row.arrival in held.arrivals),
    )


def _templates(session: ReadSession, settings: SiteSettings, at: datetime) -> Due:
    before = at - timedelta(days=settings.templates_days)
    found = sorted((last, person) for person, last in _last_seen(session) if last < before)
    going = tuple((person, last) for last, person in found)
    theirs = select(FaceTemplate.person_id, func.count().label("templates")).group_by(FaceTemplate.person_id)
    templates = {row.person_id: row.templates for row in session.rows(theirs)} if going else {}
    return Due(
        kind="templates",
        days=settings.templates_days,
        before=before,
        each=going,
        count=sum(templates[person] for person, _ in going),
        held=(),
    )


def _last_seen(session: ReadSession) -> Iterator[tuple[str, datetime]]:
    """Everybody with a template, with the instant of the last visit, consent or enrolment."""
    enrolled = select(FaceTemplate.person_id)
    visits = select(About.subject.label("person"), func.max(LedgerRow.at).label("last"))
    visits = visits.join(LedgerRow, LedgerRow.seq == About.seq).where(LedgerRow.kind.in_(VISITS))
    given = select(Consent.person_id.label("person"), func.max(Consent.given_at).label("last"))
    made = select(FaceTemplate.person_id.label("person"), func.max(FaceTemplate.created_at).label("last"))
    last: dict[str, datetime] = {}
    for told in (
        made.group_by(FaceTemplate.person_id),
        given.where(Consent.person_id.in_(enrolled)).group_by(Consent.person_id),
        visits.where(About.subject.in_(enrolled)).group_by(About.subject),
    ):
        for row in session.rows(told):
            last[row.person] = max(last.get(row.person, row.last), row.last)
    yield from last.items()


def _idle(session: ReadSession, settings: SiteSettings, held: Holds, at: datetime) -> tuple[Due, Due]:
    """Who was only ever reported, and everybody else, of whom nothing was put on record for long enough."""
    came = func.sum(case((LedgerRow.kind.not_in(BEFORE_A_VISIT), 1), else_=0))
    last = func.coalesce(func.max(LedgerRow.at), func.max(DataKey.created_at))
    person = func.substr(DataKey.owner, len(of_person("")) + 1)
    each = (
        select(person.label("person"), last.label("last"), came.label("came"), func.max(Person.id).label("stored"))
        .outerjoin(About, About.subject == person)
        .outerjoin(LedgerRow, LedgerRow.seq == About.seq)
        .outerjoin(Person, Person.id == person)
        .where(DataKey.owner.startswith(of_person("")), person != OFFICE)
        .group_by(DataKey.owner)
        .order_by(last, DataKey.owner)
    )
    reports: list[tuple[str, datetime]] = []
    people: list[tuple[str, datetime]] = []
    for row in session.rows(each):
        reported = row.stored is None and row.came == 0
        (reports if reported else people).append((row.person, row.last))
    return (
        _due_of("reports", settings.reports_days, reports, held, at),
        _due_of("people", settings.people_days, people, held, at),
    )


def _due_of(kind: Kind, days: int, each: Sequence[tuple[str, datetime]], held: Holds, at: datetime) -> Due:
    before = at - timedelta(days=days)
    over = [(person, last) for person, last in each if last < before]
    going = tuple((person, last) for person, last in over if person not in held.people)
    waiting = tuple(person for person, _ in over if person in held.people)
    return Due(kind=kind, days=days, before=before, each=going, count=len(going), held=waiting)


def _last_entry(session: ReadSession, person: str) -> datetime | None:
    told = select(func.max(LedgerRow.at)).join(About, About.seq == LedgerRow.seq).where(About.subject == person)
    return session.scalars(told).one()
