"""The record of processing (PIPL 55, 56) and how many people it concerns."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, distinct, func, select

from models.ledger.kinds import Consented, Corrected, Erased, Exported, Purged, Viewed, Withdrawn
from models.ledger.records import LedgerRow
from models.people import Consent, FaceTemplate, Person
from models.session import ReadSession

FILING_FROM = 100_000
"""So many stored people oblige to file with the provincial authority within 30 working days (Order 19, art. 15)."""

WARNED_FROM = FILING_FROM * 8 // 10

KINDS: Sequence[str] = tuple(
    kind.model_fields["do"].default for kind in (Consented, Withdrawn, Corrected, Viewed, Exported, Erased, Purged)
)


@dataclass(frozen=True, kw_only=True)
class Meter:
    """How many: ``people`` stored, ``consents`` live and ``withdrawn``, and ``faces``, people with a face template."""

    people: int
    consents: int
    withdrawn: int
    faces: int

    @property
    def warned(self) -> bool:
        """Whether 80 % of what obliges to file is reached."""
        return self.faces >= WARNED_FROM


@dataclass(frozen=True, kw_only=True)
class Processed:
    """A step of processing: entry ``entry`` of a ``kind``, ``what`` it concerns by id, the ``reason`` or recipient
    where there is one, how many things it took (``count``)."""

    entry: int
    kind: str
    at: datetime
    by: str
    what: str
    reason: str | None
    count: int | None


def meter(session: ReadSession) -> Meter:
    """How many people the site holds."""
    return Meter(
        people=session.scalars(select(func.count()).select_from(Person)).one(),
        consents=_consents(session, Consent.withdrawn_at.is_(None)),
        withdrawn=_consents(session, Consent.withdrawn_at.is_not(None)),
        faces=session.scalars(select(func.count(distinct(FaceTemplate.person_id)))).one(),
    )


def processed(session: ReadSession, *, before: int | None, limit: int) -> list[Processed]:
    """The last steps of processing below entry ``before``, the newest first."""
    asked = select(LedgerRow).where(LedgerRow.kind.in_(KINDS)).order_by(LedgerRow.seq.desc()).limit(limit)
    rows = session.scalars(asked if before is None else asked.where(LedgerRow.seq < before))
    return [_step(row.seq, row.kind, row.payload) for row in rows]


def _consents(session: ReadSession, which: ColumnElement[bool]) -> int:
    return session.scalars(select(func.count()).select_from(Consent).where(which)).one()


def _step(seq: int, kind: str, payload: str) -> Processed:
    said = json.loads(payload)
    removed = said.get("removed")
    return Processed(
        entry=seq,
        kind=kind,
        at=datetime.fromisoformat(said["at"]),
        by=said["recorded_by"],
        what=said.get("person") or said["what"],
        reason=", ".join(said["what"]) if kind == "correction" else said.get("reason") or said.get("recipient"),
        count=sum(removed.values()) if removed else said.get("count", said.get("templates")),
    )
