"""Scanned papers that show a relation: sealed under the key of the person they are about, each on record by its hash,
and every look at one of them with its reason."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import uuid4

from sqlalchemy import select

from models.desk.acts import DeskError, NoEntryError
from models.desk.records import Paper
from models.desk.retraction import standing
from models.desk.scans import Scan
from models.keys import KeyGoneError, ensure_key, of_person, sealer_of
from models.ledger.append import append
from models.ledger.kinds import Scanned, Viewed
from models.people import Person
from models.session import ReadSession, WriteSession


@dataclass(frozen=True, kw_only=True)
class PaperSummary:
    """What is told of a paper without looking at it."""

    id: str
    entry: int
    media_type: str
    size_bytes: int
    sha256: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class OpenedPaper:
    """A paper as it is kept."""

    media_type: str
    content: bytes


def keep_paper(session: WriteSession, relation: int, scan: Scan, *, at: datetime, by: str) -> PaperSummary:
    """Keep a scanned paper that shows the relation of entry ``relation``, sealed, and put it on record; ``at`` now
    (aware), ``by`` who scanned it.

    Raises ``NoEntryError`` when there is no such entry, ``DeskError`` when it is no relation, was taken back or has
    this paper, ``KeyGoneError`` when one of the two was erased.
    """
    said = json.loads(standing(session, relation, "relate").payload)
    person = str(said["person"])
    for one in (person, str(said["to"])):
        if session.get(Person, one) is None:
            raise KeyGoneError(f"person {one}: erased; nothing more is kept of them")
    made = PaperSummary(
        id=uuid4().hex,
        entry=relation,
        media_type=scan.media_type,
        size_bytes=len(scan.content),
        sha256=sha256(scan.content).hexdigest(),
        at=at,
    )
    if any(one.sha256 == made.sha256 for one in papers_of(session, relation)):
        raise DeskError(f"entry {relation}: this paper is kept with it already")
    sealed = ensure_key(session, of_person(person), at=at).seal(scan.content, _about(made.id))
    session.add(Paper(**vars(made), person_id=person, sealed=sealed))
    scanned = Scanned(
        at=at,
        person=person,
        entry=relation,
        sha256=made.sha256,
        media_type=scan.media_type,
        size_bytes=made.size_bytes,
    )
    append(session, [scanned], at=at, by=by)
    return made


def papers_of(session: ReadSession, relation: int) -> list[PaperSummary]:
    """The papers that show a relation, the oldest first; none of somebody who was erased."""
    told = select(Paper.id, Paper.entry, Paper.media_type, Paper.size_bytes, Paper.sha256, Paper.at)
    rows = session.rows(told.where(Paper.entry == relation).order_by(Paper.at, Paper.id))
    return [PaperSummary(**row._mapping) for row in rows]


def view_paper(session: WriteSession, paper: str, *, reason: str, at: datetime, by: str) -> OpenedPaper:
    """A paper, the look at it put on record with its ``reason``, which names nobody. Raises ``NoEntryError`` when there
    is none, ``ModelsError`` when it was changed."""
    found = session.get(Paper, paper)
    if found is None:
        raise NoEntryError("paper: there is none; its person may have been erased")
    content = sealer_of(session, of_person(found.person_id)).open(found.sealed, _about(found.id))
    append(session, [Viewed(at=at, what=f"paper {found.id}", reason=reason)], at=at, by=by)
    return OpenedPaper(media_type=found.media_type, content=content)


def _about(paper: str) -> str:
    return f"paper {paper}"
