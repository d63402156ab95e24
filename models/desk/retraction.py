"""Taking back what was put on record by mistake, and writing the end of a reception into its record."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Literal

from attribution.entries import Receive
from models.desk.acts import DeskError, NoEntryError
from models.desk.dealings import taken_back
from models.desk.notices import notify_undone
from models.keys import KeyGoneError
from models.ledger.append import append
from models.ledger.entry import LedgerEntry
from models.ledger.kinds import Retracted
from models.ledger.particulars import taken_out
from models.ledger.read import entries_about, entry
from models.ledger.subjects import OFFICE
from models.people import Person
from models.session import ReadSession, WriteSession
from models.timeline import KINDS, timeline_from

RETRACTABLE = KINDS - {"link", "rule"}
"""A link is undone as such (`models.people.undo`); a ruling stands until there is another."""

RETRACTED = Retracted.model_fields["do"].default
COMPLETED = "接待结束，由下一条记录代替。 The reception is over; the next entry takes its place."


def retract(session: WriteSession, seq: int, *, reason: str, at: datetime, by: str) -> int:
    """Take entry ``seq`` back: from now on no decision rests on it. The number of the entry that does; ``reason`` is
    sealed as the customer's. What concerns several customers or none is taken back for the whole office. Whom the entry
    names is told, so that they can contest it.

    Raises ``NoEntryError`` when there is none, ``DeskError`` when it cannot be taken back or was before, and
    ``KeyGoneError`` when its customer was erased.
    """
    found = standing(session, seq, *RETRACTABLE)
    if found.kind == "dispute" and (ruled := _ruling_after(session, found)):
        raise DeskError(f"entry {seq}: the dispute was ruled on by entry {ruled}; it stays")
    person = _customer(found)
    _require_kept(session, person)
    back = append(session, [Retracted(at=at, person=person, reason=reason, undoes=seq)], at=at, by=by)[-1].seq
    notify_undone(session, found, back, at=at, by=by)
    return back


def complete(
    session: WriteSession,
    seq: int,
    *,
    lasted_min: float,
    informed: bool | None,
    registered: bool | None,
    weight: Literal["light", "substantial"] | None,
    purpose: Literal["look", "deposit", "sign"] | None,
    at: datetime,
    by: str,
) -> int:
    """Put on record how the reception of entry ``seq`` ended, what is None as it was; the number of the entry that
    takes its place.

    A reception is recorded when it begins, since whose turn is next depends on it. An entry never changes: at the end
    it is taken back and a whole one of the same instant follows, in one step, so that a decision always finds one.
    Raises ``NoEntryError`` when there is none, ``DeskError`` when it was taken back or is complete, and
    ``KeyGoneError`` when its customer was erased.
    """
    found = standing(session, seq, "receive")
    [begun] = timeline_from([found], taken_out(session, [json.loads(found.payload)])).entries
    assert isinstance(begun, Receive)  # the kind of the entry
    if begun.lasted_min is not None:
        raise DeskError(f"entry {seq}: the reception is complete; if that was a mistake, retract it and record it anew")
    _require_kept(session, begun.person)
    ended: dict[str, Any] = {
        "informed": informed,
        "registered": registered,
        "weight": weight,
        "purpose": purpose,
        "lasted_min": lasted_min,
    }
    whole = begun.model_copy(update={name: value for name, value in ended.items() if value is not None})
    undone = Retracted(at=at, person=begun.person, reason=COMPLETED, undoes=seq)
    return append(session, [undone, whole], at=at, by=by)[-1].seq


def standing(session: ReadSession, seq: int, *kinds: str) -> LedgerEntry:
    """Entry ``seq``, of one of ``kinds``. Raises ``NoEntryError`` when there is none, ``DeskError`` when it is of
    another kind or was taken back."""
    found = entry(session, seq)
    if found is None:
        raise NoEntryError(f"entry {seq}: there is none")
    if found.kind not in kinds:
        raise DeskError(f"entry {seq}: its kind is {found.kind}, which this is not for")
    if undone := undone_by(session, found):
        raise DeskError(f"entry {seq}: taken back by entry {undone}")
    return found


def undone_by(session: ReadSession, found: LedgerEntry) -> int | None:
    """The number of the entry that took this one back; None when it stands."""
    told = entries_about(session, _customer(found), RETRACTED)
    return next((one.seq for one in told if found.seq in taken_back([one])), None)


def _customer(found: LedgerEntry) -> str:
    return str(json.loads(found.payload).get("person", OFFICE))


def _require_kept(session: ReadSession, person: str) -> None:
    # a reason would bring back a key for somebody who was erased
    if person != OFFICE and session.get(Person, person) is None:
        raise KeyGoneError(f"person {person}: erased; nothing more is put on record of them")


def _ruling_after(session: ReadSession, dispute: LedgerEntry) -> int | None:
    ruled = entries_about(session, _customer(dispute), "rule")
    return next((one.seq for one in ruled if one.seq > dispute.seq), None)
