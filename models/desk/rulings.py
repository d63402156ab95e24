"""Ruling on a dispute: a manager proposes, a second person confirms, and neither may be anybody's side."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from attribution.decision import Shares
from attribution.entries import Rule
from models.access import standing_of
from models.decisions import decide_now
from models.desk.acts import Named, require_known
from models.desk.claimants import known_claimants
from models.desk.dealings import NOBODY
from models.desk.disputes import Contested, DisputeError, Proposal, require_open
from models.desk.notices import notify
from models.ledger.append import append
from models.ledger.kinds import RulingChecked, RulingProposed
from models.policies import PolicyTexts
from models.session import ReadSession, WriteSession

MANAGER: Literal["manager"] = "manager"
"""With whose authority it is ruled: the service knows no director."""


class PartialError(DisputeError):
    """Whoever would rule is a party, belongs to one, or rules alone."""


class ReplacedError(DisputeError):
    """The proposal is not the one that waits for a second person."""


@dataclass(frozen=True, kw_only=True)
class Judge:
    """Whoever would rule: a user's ``id`` as entries hold it, the claimant they are (``person``), whose they are."""

    id: str
    person: str | None
    distributor: str | None


@dataclass(frozen=True, kw_only=True)
class Checked:
    """Entry ``seq``: a proposal was looked at; when it was agreed to, the entries of the ``ruling`` and the decision
    that follows from it."""

    seq: int
    ruling: int | None = None
    decision: int | None = None


def propose(session: WriteSession, dispute: Contested, *, to: Shares, reason: str, judge: Judge, at: datetime) -> int:
    """Put on record how a dispute is to be settled, once a second person agrees; the number of the entry. It takes the
    place of a proposal that nobody has confirmed. ``at`` now (aware); the ``reason`` is sealed as the customer's.

    Raises ``AlreadyRuledError``, ``PartialError``, ``DisputeError`` for shares that do not add up to 1,
    ``UnknownNameError`` for a claimant nobody knows, ``KeyGoneError`` for a customer who was erased.
    """
    require_open(session, dispute)
    require_known(session, "to", to, Named.OWNER)
    if sum(to.values()) != 1 or min(to.values()) < 0:
        raise DisputeError("to: the shares must add up to 1, none below 0")
    _require_impartial(session, dispute, to, judge)
    said = RulingProposed(at=at, person=dispute.person, dispute=dispute.seq, to=dict(to), by=MANAGER, reason=reason)
    return append(session, [said], at=at, by=judge.id)[-1].seq


def check_proposal(
    session: WriteSession,
    dispute: Contested,
    proposal: int,
    *,
    agrees: bool,
    judge: Judge,
    texts: PolicyTexts,
    settings_policy: str,
    at: datetime,
) -> Checked:
    """Put on record what a second person says of the proposal of entry ``proposal``. Agreed to, it becomes the ruling,
    the decision that follows is put on record, and the parties are told; else the dispute goes on.

    Raises ``AlreadyRuledError``, ``ReplacedError`` unless it is the proposal that waits, ``PartialError``,
    ``KeyGoneError`` for a customer who was erased.
    """
    require_open(session, dispute)
    waiting = dispute.waiting
    if waiting is None or waiting.seq != proposal:
        now = f"the one that waits is entry {waiting.seq}" if waiting else "none waits"
        raise ReplacedError(f"proposal {proposal}: not to be confirmed any more; {now}")
    _require_second(session, waiting, judge)
    _require_impartial(session, dispute, waiting.to, judge)
    person = dispute.person
    looked = RulingChecked(at=at, person=person, dispute=dispute.seq, proposal=proposal, agrees=agrees)
    if not agrees:
        return Checked(seq=append(session, [looked], at=at, by=judge.id)[-1].seq)
    ruling = Rule(do="rule", at=at, person=person, to=dict(waiting.to), by=MANAGER)
    *_, seen, ruled = append(session, [looked, ruling], at=at, by=judge.id)
    decided = decide_now(session, person, texts=texts, settings_policy=settings_policy, at=at, by=judge.id)
    told = dispute.parties | (waiting.to.keys() - NOBODY)
    notify(session, person, ruled.seq, whom=told, at=at, by=judge.id)
    return Checked(seq=seen.seq, ruling=ruled.seq, decision=decided.seq)


def _require_second(session: ReadSession, proposal: Proposal, judge: Judge) -> None:
    """One human being with two accounts is one person still."""
    author = standing_of(session, proposal.author.removeprefix("user:"))
    if judge.id == proposal.author or (judge.person is not None and judge.person == author.person):
        raise PartialError(f"proposal {proposal.seq}: somebody else must confirm it than who made it")


def _require_impartial(session: ReadSession, dispute: Contested, to: Collection[str], judge: Judge) -> None:
    claimants = known_claimants(session)

    def with_employers(names: Collection[str | None]) -> set[str]:
        own = {name for name in names if name is not None}
        return own | {of for name in own if name in claimants and (of := claimants[name].of) is not None}

    if with_employers({judge.person, judge.distributor}) & with_employers({*dispute.parties, *to}):
        raise PartialError(f"dispute {dispute.seq}: whoever is a party to it, or belongs to one, cannot rule on it")
