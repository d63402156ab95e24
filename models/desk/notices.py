"""Telling the parties: a `notice` entry for what they have a right to know of, and what somebody was told so far."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select

from models.desk.dealings import customers_in, dealers, own_claimants, parties_of
from models.ledger.append import append
from models.ledger.entry import LedgerEntry
from models.ledger.kinds import Notified
from models.ledger.records import About, LedgerRow
from models.session import ReadSession, WriteSession

__all__ = ["Notice", "notices_for", "notify", "notify_undone", "parties_of"]

KIND = Notified.model_fields["do"].default


@dataclass(frozen=True, kw_only=True)
class Notice:
    """Entry ``seq``: somebody was told ``at`` (aware UTC) of entry ``about``, of ``kind``, about a customer."""

    seq: int
    at: datetime
    person: str
    about: int
    kind: str


def notify(session: WriteSession, person: str, about: int, *, whom: Collection[str], at: datetime, by: str) -> None:
    """Put on record that the claimants ``whom`` were told of entry ``about`` concerning a customer; nothing when there
    is nobody to tell. ``at`` now (aware), ``by`` who does it."""
    if whom:
        told = Notified(at=at, person=person, whom=tuple(sorted(set(whom))), about=about)
        append(session, [told], at=at, by=by)


def notify_undone(session: WriteSession, undone: LedgerEntry, about: int, *, at: datetime, by: str) -> None:
    """Tell whom an entry names that entry ``about`` took it back, but not who did so themselves."""
    said = json.loads(undone.payload)
    named = dealers(undone.kind, said)
    whom = named - own_claimants(session, by, among=named)
    for person in customers_in(said):
        notify(session, person, about, whom=whom, at=at, by=by)


def notices_for(session: ReadSession, claimants: Collection[str], *, before: int | None, limit: int) -> list[Notice]:
    """What any of these claimants was told of, the newest first: at most ``limit``, with numbers below ``before``."""
    theirs = select(About.seq).where(About.subject.in_(claimants))
    asked = select(LedgerRow.seq, LedgerRow.payload).where(LedgerRow.kind == KIND, LedgerRow.seq.in_(theirs))
    if before is not None:
        asked = asked.where(LedgerRow.seq < before)
    rows = session.rows(asked.order_by(LedgerRow.seq.desc()).limit(limit)).all()
    told = {row.seq: json.loads(row.payload) for row in rows}
    about = {int(payload["about"]) for payload in told.values()}
    kinds = {
        row.seq: row.kind for row in session.rows(select(LedgerRow.seq, LedgerRow.kind).where(LedgerRow.seq.in_(about)))
    }
    return [
        Notice(
            seq=seq,
            at=datetime.fromisoformat(payload["at"]).astimezone(UTC),
            person=payload["person"],
            about=int(payload["about"]),
            kind=kinds[int(payload["about"])],
        )
        for seq, payload in told.items()
    ]
