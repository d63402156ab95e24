"""What is held about one person, in full, for that person (PIPL 44, 45, 48): every name, consent, visit, report, look
at their frames and decision with its reasons. Templates and frames are counted: they are of use to nobody else."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue
from sqlalchemy import func, select

from models.decisions import StoredDecision, decisions_of
from models.desk.arrivals import arrivals_of
from models.desk.records import Paper
from models.evidence.records import FrameRecord
from models.keys import KeyGoneError, of_person
from models.ledger.append import append
from models.ledger.entry import LedgerEntry
from models.ledger.kinds import Decided, Evidence, Exported, Viewed
from models.ledger.particulars import committed, taken_out
from models.ledger.read import entries_about, entries_of_kind
from models.people import FaceTemplate, GivenConsent, Person, consents_of, person_summary
from models.people.phones import numbers_of
from models.policies import PolicyTexts
from models.session import ReadSession, WriteSession

_DECIDED, _EVIDENCE, _EXPORTED, _VIEWED = (
    kind.model_fields["do"].default for kind in (Decided, Evidence, Exported, Viewed)
)


@dataclass(frozen=True, kw_only=True)
class Said:
    """An entry that names the person: ``kind``, when it happened, who put it on record, and what it says; personal
    values that are theirs are written out."""

    entry: int
    kind: str
    at: datetime
    by: str
    facts: dict[str, JsonValue]


@dataclass(frozen=True, kw_only=True)
class Look:
    """Somebody looked at frames or papers of the person, or at this record, and said why; or a copy left the office."""

    entry: int
    at: datetime
    by: str
    what: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class SubjectRecord:
    """Everything held about ``person``: ``templates`` face templates by pack, ``frames`` and ``papers`` in number."""

    person: str
    name: str
    role: str
    distributor: str | None
    since: datetime
    phones: tuple[str, ...]
    consents: tuple[GivenConsent, ...]
    templates: dict[str, int]
    frames: int
    papers: int
    entries: tuple[Said, ...]
    looks: tuple[Look, ...]
    decisions: tuple[StoredDecision, ...]


def subject_record(
    session: WriteSession, person: str, *, texts: PolicyTexts, reason: str, at: datetime, by: str
) -> SubjectRecord | None:
    """What is held about a person, None for somebody unknown; the look at it goes on record first, with its ``reason``,
    which names nobody. ``at`` now (aware). Raises ``KeyGoneError`` for somebody who was erased."""
    stored = session.get(Person, person)
    if stored is None:
        if entries_about(session, person):
            raise KeyGoneError(f"person {person}: erased; only entries without personal values are left")
        return None
    append(session, [Viewed(at=at, what=_about(person), reason=reason)], at=at, by=by)
    about, named = entries_about(session, person), person_summary(session, person)
    return SubjectRecord(
        person=person,
        name=named.name,
        role=named.role,
        distributor=named.distributor,
        since=stored.created_at,
        phones=tuple(numbers_of(session, person)),
        consents=tuple(consents_of(session, person)),
        templates=_templates(session, person),
        frames=_pictures(session, person),
        papers=session.scalars(select(func.count()).select_from(Paper).where(Paper.person_id == person)).one(),
        entries=tuple(_said(session, person, [one for one in about if one.kind != _DECIDED])),
        looks=tuple(_looks(session, person, about)),
        decisions=tuple(decisions_of(session, person, texts)),
    )


def _templates(session: ReadSession, person: str) -> dict[str, int]:
    counted = select(FaceTemplate.pack, func.count().label("n")).where(FaceTemplate.person_id == person)
    return {row.pack: int(row.n) for row in session.rows(counted.group_by(FaceTemplate.pack))}


def _pictures(session: ReadSession, person: str) -> int:
    """As many frames as an erasure would take: those sealed as theirs, and of the arrivals that were theirs."""
    theirs = (FrameRecord.owner == of_person(person)) | FrameRecord.arrival.in_(arrivals_of(session, person))
    return session.scalars(select(func.count()).select_from(FrameRecord).where(theirs)).one()


def _said(session: ReadSession, person: str, about: Sequence[LedgerEntry]) -> list[Said]:
    payloads = [json.loads(one.payload) for one in about]
    opened = taken_out(session, [said for said in payloads if said.get("person") == person])
    told = []
    for one, said in zip(about, payloads, strict=True):
        facts = {name: value for name, value in said.items() if name not in ("at", "recorded_by", *committed(said))}
        facts |= {field: opened[name].value for field, name in committed(said).items() if name in opened}
        at = datetime.fromisoformat(said["at"])
        told.append(Said(entry=one.seq, kind=one.kind, at=at, by=said["recorded_by"], facts=facts))
    return told


def _looks(session: ReadSession, person: str, about: Sequence[LedgerEntry]) -> list[Look]:
    """Looks at frames of the arrivals that were theirs, at their papers, and at this record; and copies of it all that
    left the office for a dispute."""
    frames = {digest for one in arrivals_of(session, person) for digest in _frames(session, one)}
    papers = session.scalars(select(Paper.id).where(Paper.person_id == person))
    wanted = {_about(person), *(f"paper {one}" for one in papers)}
    contested = {f"dispute {one.seq}" for one in about if one.kind == "dispute"}
    found = []
    for one in entries_of_kind(session, _VIEWED, _EXPORTED):
        said = json.loads(one.payload)
        left = one.kind == _EXPORTED and said["what"] in contested
        if left or said["what"] in wanted or not frames.isdisjoint(said.get("frames", ())):
            at = datetime.fromisoformat(said["at"])
            reason = f"a copy for {said['recipient']}" if left else said["reason"]
            found.append(Look(entry=one.seq, at=at, by=said["recorded_by"], what=said["what"], reason=reason))
    return found


def _frames(session: ReadSession, arrival: str) -> Collection[str]:
    told = [json.loads(one.payload) for one in entries_about(session, arrival, _EVIDENCE)]
    return {str(digest) for said in told for _, digest in said["frames"]}


def _about(person: str) -> str:
    return f"record of {person}"
