"""Putting entries on record: numbered, chained, signed, indexed by whom they are about, in the caller's transaction."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import rfc8785
from sqlalchemy import insert, select

from attribution.entries import Entry
from models.ledger.entry import FIRST_PREV, LedgerEntry, entry_hash
from models.ledger.kinds import ClockJump, Recordable
from models.ledger.particulars import put_away
from models.ledger.read import head
from models.ledger.records import About, LedgerRow
from models.ledger.subjects import OFFICE, subjects
from models.session import WriteSession
from models.signing import Purpose

SET_BACK = timedelta(seconds=1)
"""A clock that reads this much less than at the last entry was set back."""


def append(session: WriteSession, entries: Sequence[Recordable], *, at: datetime, by: str) -> list[LedgerEntry]:
    """Put ``entries`` on record in this order. ``at`` now (aware); ``by`` who records them: a user's or device's id.

    When ``at`` lies before the last entry, that is put on record first (`clock_jump`). They are durable once the
    session's block has ended well. Raises ``ModelsError`` through the session when the database refuses.
    """
    last = head(session)
    if last is not None and last.at - at > SET_BACK:
        entries = [ClockJump(at=at, before=last.at), *entries]
    written: list[LedgerEntry] = []
    for entry in entries:
        last = _chained(session, last, entry.do, payload_of(session, entry, at=at, by=by), at)
        written.append(last)
    _store(session, written)
    return written


def payload_of(session: WriteSession, entry: Recordable, *, at: datetime, by: str) -> str:
    """The canonical JSON (RFC 8785) of an entry, its personal values put away."""
    said: dict[str, Any] = entry.model_dump(mode="json", by_alias=True, exclude={"do", "id"}, exclude_none=True)
    if isinstance(entry, Entry):
        said = put_away(session, said, person=str(getattr(entry, "person", OFFICE)), at=at)
    return rfc8785.dumps({**said, "recorded_by": by}).decode()


def _chained(session: WriteSession, last: LedgerEntry | None, kind: str, payload: str, at: datetime) -> LedgerEntry:
    seq, prev = (last.seq + 1, last.hash) if last else (1, FIRST_PREV)
    own = entry_hash(seq=seq, at=at, kind=kind, payload=payload, prev_hash=prev)
    return LedgerEntry(
        seq=seq,
        at=at,
        kind=kind,
        payload=payload,
        prev_hash=prev,
        hash=own,
        signature=session.signer.sign(own, Purpose.LEDGER),
    )


def _store(session: WriteSession, written: Sequence[LedgerEntry]) -> None:
    if not written:
        return
    session.add_rows(
        insert(LedgerRow),
        [
            {
                "seq": one.seq,
                "at": one.at,
                "kind": one.kind,
                "payload": one.payload,
                "prev_hash": one.prev_hash,
                "hash": one.hash,
                "signature": one.signature,
            }
            for one in written
        ],
    )
    about = [
        {"subject": subject, "seq": one.seq, "tie": tie}
        for one in written
        for subject, tie in subjects(one.kind, json.loads(one.payload)).items()
    ]
    if about:
        claimants = _claimants(session, {str(row["subject"]) for row in about if row["tie"]})
        session.add_rows(
            insert(About), [{**row, "tie": row["tie"] and row["subject"] not in claimants} for row in about]
        )


def _claimants(session: WriteSession, names: set[str]) -> set[str]:
    """Which of these are claimants: an agent with whom a customer is related does not join the agent's customers."""
    if not names:
        return set()
    known = (
        select(About.subject)
        .join(LedgerRow, LedgerRow.seq == About.seq)
        .where(LedgerRow.kind == "claimant", About.subject.in_(names))
    )
    return set(session.scalars(known))
