"""What a month's deals come to: the decision of each, the shares of its claimants, and whose they are."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

from attribution.decide import decide
from attribution.decision import Decision
from attribution.timeline import DEVELOPER
from models.decisions import decide_now, decisions_of
from models.holds import open_disputes
from models.ledger.kinds import ClaimantKnown, Retracted
from models.ledger.read import entries_of_kind
from models.policies import PolicyTexts, policy_in_force
from models.session import ReadSession, WriteSession
from models.timeline import timeline_of

OFFICE_SIDE = DEVELOPER
"""In the place of a distributor: consultants, the office's own agents and whatever falls to the developer. No
distributor can be called this."""

DEAL = "deal"


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What decides: the kept policy ``texts``, the policy of the settings, and the office's ``zone``."""

    texts: PolicyTexts
    settings_policy: str
    zone: ZoneInfo


@dataclass(frozen=True, kw_only=True)
class SoldTo:
    """Deal ``seq`` of customer ``person``, made ``at`` an instant."""

    seq: int
    person: str
    at: datetime


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
    """The deals of a month: what is ``due``, and those that are ``open``: a person must rule first, as
    the rules cannot tell or a dispute is not settled."""

    month: str
    due: tuple[Due, ...]
    open: tuple[SoldTo, ...]

    def of(self, distributor: str) -> tuple[Due, ...]:
        """What one distributor is due."""
        return tuple(one for one in self.due if one.distributor == distributor)


@dataclass(frozen=True, kw_only=True)
class _Judged:
    decision: Decision
    seq: int | None
    number: int | None


def month_of(at: datetime, zone: ZoneInfo) -> str:
    """The month of an instant at the office.

    >>> from datetime import UTC
    >>> month_of(datetime(2026, 3, 31, 16, tzinfo=UTC), ZoneInfo("Asia/Shanghai"))
    '2026-04'
    """
    return f"{at.astimezone(zone):%Y-%m}"


def month_so_far(session: ReadSession, month: str, *, rules: Rules, at: datetime) -> Month:
    """What the deals of a month (`2026-03`) come to ``at`` an instant (aware, now), nothing put on record."""
    policy = policy_in_force(session, rules.texts, rules.settings_policy, at)

    def judge(person: str) -> _Judged:
        decision = decide(timeline_of(session, person), policy.policy, person=person)
        last = next(reversed(decisions_of(session, person, rules.texts)), None)
        if last is not None and last.decision.hash == decision.hash:
            return _Judged(decision=decision, seq=last.seq, number=last.number)
        return _Judged(decision=decision, seq=None, number=None)

    return _month(session, month, rules.zone, judge)


def month_decided(session: WriteSession, month: str, *, rules: Rules, at: datetime, by: str) -> Month:
    """What the deals of a month come to, with the decision of each put on record where it is not."""

    def judge(person: str) -> _Judged:
        stands = decide_now(session, person, texts=rules.texts, settings_policy=rules.settings_policy, at=at, by=by)
        return _Judged(decision=stands.decision, seq=stands.seq, number=stands.number)

    return _month(session, month, rules.zone, judge)


def total(shares: Iterable[Fraction]) -> Fraction:
    """The sum of shares, exactly: a share of 1 is the commission of one deal."""
    return sum(shares, Fraction(0))


def _month(session: ReadSession, month: str, zone: ZoneInfo, judge: Callable[[str], _Judged]) -> Month:
    sides, due, still_open = _Sides(session), [], []
    contested = frozenset[str]().union(*open_disputes(session).values())
    for deal in _deals(session, month, zone):
        judged = judge(deal.person)
        shares = judged.decision.commission
        if shares is None or judged.decision.status == "review" or deal.person in contested:
            still_open.append(deal)
            continue
        due += [
            Due(
                deal=deal.seq,
                person=deal.person,
                claimant=claimant,
                distributor=sides.distributor(claimant, deal.at),
                share=share,
                clauses=judged.decision.because,
                decision=judged.seq,
                number=judged.number,
            )
            for claimant, share in sorted(shares.items())
            if share
        ]
    return Month(month=month, due=tuple(due), open=tuple(still_open))


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
