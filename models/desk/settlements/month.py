"""What a month's deals come to: the decision of each, the shares of its claimants, and whose they are."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

from attribution.timeline import DEVELOPER
from models.decisions import Judged
from models.desk.settlements.judging import Rules, SoldTo, Verdict, judge
from models.ledger.kinds import ClaimantKnown, Retracted
from models.ledger.read import entries_of_kind, head
from models.session import ReadSession

OFFICE_SIDE = DEVELOPER
"""In the place of a distributor: consultants, the office's own agents and whatever falls to the developer. No
distributor can be called this."""

DEAL = "deal"


@dataclass(frozen=True, kw_only=True)
class Due:
    """What ``claimant`` of ``distributor`` is due of a deal: the exact ``share`` of its commission, by these clauses;
    the ``decision`` (entry) and its version ``number``, None while it is not on record."""

    deal: int
    person: str
    claimant: str
    distributor: str
    share: Fraction
    clauses: tuple[str, ...]
    decision: int | None
    number: int | None


@dataclass(frozen=True, kw_only=True)
class Month:
    """The deals of a month by the record up to entry ``upto``: what is ``due``; those that are ``open``: a person must
    rule first, as the rules cannot tell or a dispute is not settled; ``new`` the decisions of deals (by their entries)
    that are not on record."""

    month: str
    due: tuple[Due, ...]
    open: tuple[SoldTo, ...]
    new: Mapping[int, Judged]
    upto: int

    @property
    def waiting(self) -> frozenset[int]:
        """The deals (entries) that are open."""
        return frozenset(deal.seq for deal in self.open)

    def of(self, distributor: str) -> tuple[Due, ...]:
        """What one distributor is due."""
        return tuple(one for one in self.due if one.distributor == distributor)


def month_of(at: datetime, zone: ZoneInfo) -> str:
    """The month of an instant at the office.

    >>> from datetime import UTC
    >>> month_of(datetime(2026, 3, 31, 16, tzinfo=UTC), ZoneInfo("Asia/Shanghai"))
    '2026-04'
    """
    return f"{at.astimezone(zone):%Y-%m}"


def month_so_far(session: ReadSession, month: str, *, rules: Rules) -> Month:
    """What the deals of a month (`2026-03`) come to by what is on record; nothing is put there. Raises ``ModelsError``
    when a policy or a decision cannot be read."""
    sides, due, waiting, new = _Sides(session), [], [], {}
    upto = newest.seq if (newest := head(session)) else 0
    for deal in _deals(session, month, rules.zone):
        verdict = judge(session, deal, rules, upto=upto)
        if verdict.waits:
            waiting.append(deal)
            continue
        if verdict.judged is not None:
            new[deal.seq] = verdict.judged
        due += _dues(deal, verdict, sides)
    return Month(month=month, due=tuple(due), open=tuple(waiting), new=new, upto=upto)


def total(shares: Iterable[Fraction]) -> Fraction:
    """The sum of shares, exactly: a share of 1 is the commission of one deal."""
    return sum(shares, Fraction(0))


def _dues(deal: SoldTo, verdict: Verdict, sides: _Sides) -> list[Due]:
    stored = verdict.stored
    return [
        Due(
            deal=deal.seq,
            person=deal.person,
            claimant=claimant,
            distributor=sides.distributor(claimant, deal.at),
            share=share,
            clauses=verdict.decision.because,
            decision=stored.seq if stored else None,
            number=stored.number if stored else None,
        )
        for claimant, share in sorted((verdict.decision.commission or {}).items())
        if share
    ]


def _deals(session: ReadSession, month: str, zone: ZoneInfo) -> list[SoldTo]:
    """The deals made in a month, without those that were taken back."""
    retracted = entries_of_kind(session, Retracted.model_fields["do"].default)
    undone = {json.loads(one.payload)["undoes"] for one in retracted}
    found = []
    for one in entries_of_kind(session, DEAL):
        said = json.loads(one.payload)
        made = datetime.fromisoformat(said["at"])
        if one.seq not in undone and month_of(made, zone) == month:
            found.append(SoldTo(seq=one.seq, person=said["person"], at=made))
    return found


class _Sides:
    """Which distributor a claimant belonged to at an instant."""

    def __init__(self, session: ReadSession) -> None:
        self._known: dict[str, list[tuple[datetime, str]]] = {}
        for one in entries_of_kind(session, ClaimantKnown.model_fields["do"].default):
            said = json.loads(one.payload)
            told = self._known.setdefault(said["who"], [])
            told.append((datetime.fromisoformat(said["at"]), _side(said)))
            told.sort(key=lambda each: each[0])

    def distributor(self, claimant: str, at: datetime) -> str:
        """Where the commission of ``claimant`` goes. Whoever was made known after the deal counts as what they were
        made known as first."""
        told = self._known.get(claimant)
        if told is None:
            return OFFICE_SIDE
        return told[max(bisect_right(told, at, key=lambda each: each[0]) - 1, 0)][1]


def _side(said: Mapping[str, str]) -> str:
    if said["kind"] == "distributor":
        return said["who"]
    return said.get("of", OFFICE_SIDE) if said["kind"] == "agent" else OFFICE_SIDE
