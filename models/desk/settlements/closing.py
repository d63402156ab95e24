"""Closing a month for a distributor, and what was closed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from models.base import ModelsError
from models.desk.settlements.month import Due, Rules, month_decided, month_of
from models.ledger.append import append
from models.ledger.entry import LedgerEntry
from models.ledger.kinds import Settlement, SettlementLine
from models.ledger.read import entries_of_kind, entry
from models.session import ReadSession, WriteSession

KIND = Settlement.model_fields["do"].default


class SettlementError(ModelsError):
    """A settlement that cannot be closed."""


class MonthNotOverError(SettlementError):
    """The month still runs: there may be more deals."""


class NothingToSettleError(SettlementError):
    """Everything that is due was closed before."""


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


def close(session: WriteSession, month: str, distributor: str, *, rules: Rules, at: datetime, by: str) -> int:
    """Close what a distributor (or `OFFICE_SIDE`) is due of a month; the number of the entry. The first settlement
    holds every line, a later one of the same month what has changed. ``at`` now (aware). Raises ``MonthNotOverError``,
    ``NothingToSettleError``."""
    if month_of(at, rules.zone) <= month:
        raise MonthNotOverError(f"month: {month} is not over; close it from the first day of the next month on")

    before = closed_of(session, month, distributor)
    decided = month_decided(session, month, rules=rules, at=at, by=by)
    lines, void = changed(decided.of(distributor), before)
    if not lines and not void:
        raise NothingToSettleError(f"month: nothing of {month} is due to them that was not closed before")
    new = Settlement(
        at=at,
        month=month,
        distributor=distributor,
        number=len(before) + 1,
        lines=tuple(map(_line, lines)),
        void=tuple(map(_line, void)),
    )
    return append(session, [new], at=at, by=by)[-1].seq


def closed_of(session: ReadSession, month: str, distributor: str | None = None) -> list[Closed]:
    """The settlements of a month on record (of one distributor, when it is named), oldest first."""
    found = (_closed(each) for each in entries_of_kind(session, KIND))
    return [one for one in found if one.month == month and distributor in (None, one.distributor)]


def settlement(session: ReadSession, seq: int) -> Closed | None:
    """A settlement by the number of its entry; None when that is none."""
    found = entry(session, seq)
    return _closed(found) if found is not None and found.kind == KIND else None


def changed(now: Sequence[Due], before: Iterable[Closed]) -> tuple[list[Due], list[Due]]:
    """The lines that are new or hold something else than was closed, and the closed ones that hold no more. A line
    whose share and clauses are as they were stands, though a newer decision says the same."""
    held: dict[tuple[int, str], Due] = {}
    for one in before:
        for line in one.void:
            held.pop(_key(line), None)
        held.update({_key(line): line for line in one.lines})
    wanted = {_key(line): line for line in now}
    lines = [line for key, line in wanted.items() if key not in held or not _same(line, held[key])]
    void = [line for key, line in held.items() if key not in wanted or not _same(line, wanted[key])]
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
