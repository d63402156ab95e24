"""Closing a month for a distributor, and what was closed."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from typing import get_args
from zoneinfo import ZoneInfo

from models.base import ModelsError
from models.decisions import put_on_record
from models.desk.settlements.bearing import SETTLING
from models.desk.settlements.judging import Rules
from models.desk.settlements.month import Due, Month, month_of, month_so_far
from models.ledger.append import append
from models.ledger.entry import LedgerEntry
from models.ledger.kinds import (
    ClaimantKnown,
    Decided,
    Erased,
    Merged,
    PolicySwitched,
    Retracted,
    Settlement,
    SettlementLine,
    Unmerged,
)
from models.ledger.read import entries_of_kind, entry, head
from models.policies import PolicyTexts
from models.session import ReadSession, WriteSession
from models.site import Site
from models.timeline import KINDS

KIND = Settlement.model_fields["do"].default
ATTEMPTS = 5

SETTLING_KINDS = frozenset({"deal"}).union(
    (get_args(kind.model_fields["do"].annotation)[0] for kind in SETTLING),
    (
        kind.model_fields["do"].default
        for kind in (ClaimantKnown, Decided, Erased, Merged, PolicySwitched, Retracted, Settlement, Unmerged)
    ),
)
"""What may change a past deal's decision, or its number, whenever it happens."""


class SettlementError(ModelsError):
    """A settlement that cannot be closed."""


class MonthNotOverError(SettlementError):
    """The month still runs: there may be more deals."""


class NothingToSettleError(SettlementError):
    """Everything that is due was closed before."""


class ChangingError(SettlementError):
    """What is due changed again and again while it was computed."""


@dataclass(frozen=True, kw_only=True)
class Closed:
    """Settlement ``number`` of a month on record: entry ``seq``, closed ``by`` somebody ``at`` an instant; ``void``
    what earlier ones held and no more is due."""

    seq: int
    by: str
    at: datetime
    month: str
    distributor: str
    number: int
    lines: tuple[Due, ...]
    void: tuple[Due, ...]


@dataclass(frozen=True, kw_only=True)
class _Draft:
    """What a settlement would hold, and up to which entry that is known."""

    number: int
    lines: tuple[Due, ...]
    void: tuple[Due, ...]
    month: Month


def close(site: Site, month: str, distributor: str, *, rules: Rules, at: datetime, by: str) -> int:
    """Close what a distributor (or `OFFICE_SIDE`) is due of a month; the number of the entry. The first settlement
    holds every line, a later one of the same month what has changed. ``at`` now (aware).

    Deciding a month takes seconds: it is done while others write, and put on record in one short transaction if nothing
    that bears on it has come in between; else it is done again. Raises ``MonthNotOverError``, ``NothingToSettleError``,
    ``ChangingError``.
    """
    if month_of(at, rules.zone) <= month:
        raise MonthNotOverError(f"month: {month} is not over; close it from the first day of the next month on")
    for _ in range(ATTEMPTS):
        with site.read_session() as session:
            draft = _drafted(session, month, distributor, rules)
        with site.write_session() as session:
            if not _outdated(session, draft.month, rules.zone):
                return _closed_now(session, draft, distributor, rules.texts, at, by)
    raise ChangingError(f"month: decisions of {month} kept changing while it was computed; close it again")


def _drafted(session: ReadSession, month: str, distributor: str, rules: Rules) -> _Draft:
    before = closed_of(session, month, distributor)
    found = month_so_far(session, month, rules=rules)
    lines, void = changed(found.of(distributor), before, found.waiting)
    if not lines and not void:
        raise NothingToSettleError(f"month: nothing of {month} is due to them that was not closed before")
    return _Draft(number=len(before) + 1, lines=tuple(lines), void=tuple(void), month=found)


def _outdated(session: ReadSession, month: Month, zone: ZoneInfo) -> bool:
    """Whether something was put on record since that may change what the deals of a month come to: what settles
    something, or what happened by the end of the month."""
    return any(
        one.kind in SETTLING_KINDS
        or month_of(datetime.fromisoformat(json.loads(one.payload)["at"]), zone) <= month.month
        for one in entries_of_kind(session, *KINDS, *SETTLING_KINDS, after=month.upto)
    )


def _closed_now(
    session: WriteSession, draft: _Draft, distributor: str, texts: PolicyTexts, at: datetime, by: str
) -> int:
    # others wrote while the month was decided: no clock was set back
    now = max(at, newest.at) if (newest := head(session)) else at
    due = {line.deal for line in draft.lines}
    new = {deal: judged for deal, judged in draft.month.new.items() if deal in due}
    stored = dict(zip(new, put_on_record(session, list(new.values()), texts=texts, at=now, by=by), strict=True))
    lines = [
        replace(line, decision=stored[line.deal].seq, number=stored[line.deal].number) if line.deal in stored else line
        for line in draft.lines
    ]
    settled = Settlement(
        at=at,
        month=draft.month.month,
        distributor=distributor,
        number=draft.number,
        lines=tuple(map(_line, lines)),
        void=tuple(map(_line, draft.void)),
    )
    return append(session, [settled], at=now, by=by)[-1].seq


def closed_of(session: ReadSession, month: str, distributor: str | None = None) -> list[Closed]:
    """The settlements of a month on record (of one distributor, when it is named), oldest first."""
    found = (_closed(each) for each in entries_of_kind(session, KIND))
    return [one for one in found if one.month == month and distributor in (None, one.distributor)]


def settlement(session: ReadSession, seq: int) -> Closed | None:
    """A settlement by the number of its entry; None when that is none."""
    found = entry(session, seq)
    return _closed(found) if found is not None and found.kind == KIND else None


def changed(now: Sequence[Due], before: Iterable[Closed], waiting: Collection[int] = ()) -> tuple[list[Due], list[Due]]:
    """The lines that are new or hold something else than was closed, and the closed ones that hold no more. A line
    whose share and clauses are as they were stands, though a newer decision says the same; so does one of a deal that
    is ``waiting`` (entries) for a ruling."""
    held: dict[tuple[int, str], Due] = {}
    for one in before:
        for line in one.void:
            held.pop(_key(line), None)
        held.update({_key(line): line for line in one.lines})
    wanted = {_key(line): line for line in now}
    lines = [line for key, line in wanted.items() if key not in held or not _same(line, held[key])]
    void = [
        line
        for key, line in held.items()
        if line.deal not in waiting and (key not in wanted or not _same(line, wanted[key]))
    ]
    return lines, void


def _line(due: Due) -> SettlementLine:
    assert due.decision is not None
    assert due.number is not None  # it was put on record just now
    return SettlementLine(
        deal=due.deal,
        person=due.person,
        decision=due.decision,
        number=due.number,
        claimant=due.claimant,
        share=str(due.share),
        clauses=due.clauses,
    )


def _closed(entry: LedgerEntry) -> Closed:
    said = json.loads(entry.payload)
    by = said.pop("recorded_by")
    told = Settlement.model_validate(said)

    def due(line: SettlementLine) -> Due:
        return Due(
            deal=line.deal,
            person=line.person,
            claimant=line.claimant,
            distributor=told.distributor,
            share=Fraction(line.share),
            clauses=line.clauses,
            decision=line.decision,
            number=line.number,
        )

    return Closed(
        seq=entry.seq,
        by=by,
        at=told.at,
        month=told.month,
        distributor=told.distributor,
        number=told.number,
        lines=tuple(map(due, told.lines)),
        void=tuple(map(due, told.void)),
    )


def _key(line: Due) -> tuple[int, str]:
    return line.deal, line.claimant


def _same(one: Due, other: Due) -> bool:
    return (one.share, one.clauses) == (other.share, other.clauses)
