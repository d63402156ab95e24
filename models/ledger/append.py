"""Putting entries on record: numbered, chained, signed, indexed by whom they are about, in the caller's transaction."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, insert, select

from attribution.entries import Entry
from models.base import Base, ModelsError
from models.ledger.canonical import canonical
from models.ledger.entry import FIRST_PREV, LedgerEntry, entry_hash
from models.ledger.kinds import ClockJump, KeyRotated, Reasoned, Recordable
from models.ledger.particulars import put_away
from models.ledger.read import head
from models.ledger.subjects import OFFICE, TYING, indexed, subjects
from models.session import WriteSession
from models.signed import Purpose, is_signed
from models.signing import fingerprint

LEDGER, ABOUT = Base.metadata.tables["ledger"], Base.metadata.tables["ledger_about"]
INSERT_ENTRIES, INSERT_SUBJECTS = insert(LEDGER), insert(ABOUT)
KNOWN_CLAIMANTS = select(ABOUT.c.subject).where(
    ABOUT.c.subject.in_(bindparam("names", expanding=True)),
    ABOUT.c.seq.in_(select(LEDGER.c.seq).where(LEDGER.c.kind == "claimant")),
)
"""Statements on the tables, not on the records: the mapper's share of an append is as large as the signature's."""

SET_BACK = timedelta(seconds=1)
"""A clock that reads this much less than at the last entry was set back."""


class RotatedError(ModelsError):
    """The signing key at hand is not the one in force any more."""


def append(session: WriteSession, entries: Sequence[Recordable], *, at: datetime, by: str) -> list[LedgerEntry]:
    """Put ``entries`` on record in this order. ``at`` now (aware); ``by`` who records them: a user's or device's id.

    When ``at`` lies before the last entry, that is put on record first (`clock_jump`). They are durable once the
    session's block has ended well. Raises ``RotatedError`` when the session's key is not the one in force, and
    ``ModelsError`` through the session when the database refuses.
    """
    last = head(session)
    if last is not None:
        require_in_force(last, session.signer.public)
    if last is not None and last.at - at > SET_BACK:
        entries = [ClockJump(at=at, before=last.at), *entries]
    written: list[LedgerEntry] = []
    payloads = [_said(session, entry, at=at, by=by) for entry in entries]
    for entry, said in zip(entries, payloads, strict=True):
        last = _chained(session, last, entry.do, canonical(said), at)
        written.append(last)
    if written:
        session.add_rows(INSERT_ENTRIES, [vars(one) for one in written])
        _index(session, written, payloads)
    return written


def require_in_force(last: LedgerEntry, public: bytes) -> None:
    """Raises ``RotatedError`` unless the entry after ``last`` is to be signed with the key ``public``."""
    named = rotated_to(last)
    if public != named if named else not is_signed(public, last.hash, last.signature, Purpose.LEDGER):
        raise RotatedError(
            f"ledger: entry {last.seq} was not signed with the key at hand ({fingerprint(public)}): the signing key "
            "was rotated; start this program again, and if that does not help: menjian verify --site"
        )


def rotated_to(entry: LedgerEntry) -> bytes | None:
    """The public key (32 bytes) that signs from the next entry on, when this one changes it."""
    if entry.kind != KeyRotated.model_fields["do"].default:
        return None
    return bytes.fromhex(json.loads(entry.payload)["public_key"])


def _said(session: WriteSession, entry: Recordable, *, at: datetime, by: str) -> dict[str, Any]:
    """What the payload holds of an entry, its personal values put away."""
    said: dict[str, Any] = entry.model_dump(mode="json", by_alias=True, exclude={"do", "id"}, exclude_none=True)
    if isinstance(entry, (Entry, Reasoned)):
        said = put_away(session, said, person=str(getattr(entry, "person", OFFICE)), at=at)
    said["recorded_by"] = by
    return said


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


def _index(session: WriteSession, written: Sequence[LedgerEntry], payloads: Sequence[Mapping[str, object]]) -> None:
    tying = {
        name
        for one, said in zip(written, payloads, strict=True)
        if one.kind in TYING
        for name, tie in subjects(one.kind, said).items()
        if tie
    }
    claimants = set(session.rows(KNOWN_CLAIMANTS, {"names": list(tying)}).scalars()) if tying else set()
    about = [
        {"subject": subject, "seq": one.seq, "tie": tie}
        for one, said in zip(written, payloads, strict=True)
        for subject, tie in indexed(one.kind, said, claimants).items()
    ]
    if about:
        session.add_rows(INSERT_SUBJECTS, about)
