"""Disputes, from being opened to being closed: a manager proposes a ruling, a second person confirms it, and only then
it counts.

dispute ─► statements ─► proposal ─► check: agrees ─► rule, decision, notice
              ▲             │           └─ does not ─┐
              └─────────────┴────────────────────────┘
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from attribution.decision import Shares
from attribution.entries import Dispute
from attribution.periods import Period
from models.base import ModelsError
from models.desk.acts import Named, require_known
from models.desk.customers import entries_of
from models.desk.dealings import DEALINGS, customers_in, entries_naming, parties_of, taken_back
from models.desk.notices import KIND as NOTICE
from models.desk.notices import notify
from models.keys import KeyGoneError
from models.ledger.append import append
from models.ledger.entry import LedgerEntry
from models.ledger.kinds import RulingChecked, RulingProposed, Stated
from models.ledger.read import entry
from models.ledger.records import LedgerRow
from models.people import Person
from models.session import ReadSession, WriteSession

KIND = "dispute"
STATED, PROPOSED, CHECKED = (kind.model_fields["do"].default for kind in (Stated, RulingProposed, RulingChecked))


class DisputeError(ModelsError):
    """A dispute that does not take what was asked of it."""


class AlreadyOpenError(DisputeError):
    """The same claimant contests the same customer already."""


class AlreadyRuledError(DisputeError):
    """There is a ruling, or the dispute was taken back."""


@dataclass(frozen=True, kw_only=True)
class Statement:
    """Entry ``seq``: what the party ``by`` said; its words are sealed, ``payload`` leads to them."""

    seq: int
    at: datetime
    by: str
    payload: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """Entry ``seq``: shares ``to`` claimants, proposed by ``author`` (a user's id); ``agrees`` what a second
    person said of it, None while nobody has."""

    seq: int
    at: datetime
    to: Shares
    author: str
    payload: Mapping[str, Any]
    agrees: bool | None


@dataclass(frozen=True, kw_only=True)
class Contested:
    """Dispute ``seq`` about a customer, opened ``at`` by the claimant ``by``; ``parties`` all who are concerned.
    ``ruling`` the entry that closed it, ``retraction`` the one that took it back; ``deadline`` the day by which it is
    to be ruled."""

    seq: int
    at: datetime
    person: str
    by: str
    parties: frozenset[str]
    statements: Sequence[Statement]
    proposals: Sequence[Proposal]
    ruling: int | None
    retraction: int | None
    deadline: date

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to rule."""
        return self.ruling is None and self.retraction is None

    @property
    def waiting(self) -> Proposal | None:
        """The proposal that waits for a second person: the last one, unless it was turned down."""
        last = self.proposals[-1] if self.is_open and self.proposals else None
        return last if last is not None and last.agrees is None else None


@dataclass(frozen=True, kw_only=True)
class Terms:
    """How long an office takes to rule: ``days`` from the day a dispute is opened, that day not counted, in its
    ``zone``."""

    days: int
    zone: ZoneInfo

    def deadline(self, opened: datetime) -> date:
        """The last day for a ruling.

        >>> Terms(days=7, zone=ZoneInfo("Asia/Shanghai")).deadline(datetime(2026, 3, 1, 17, tzinfo=UTC))
        datetime.date(2026, 3, 9)
        """
        return Period(days=self.days).last_day(opened.astimezone(self.zone).date())


def open_dispute(session: WriteSession, person: str, *, claimant: str, terms: Terms, at: datetime, by: str) -> int:
    """Put on record that ``claimant`` contests what is decided about a customer, and tell the other parties; the number
    of the entry. ``at`` now (aware), ``by`` who does it. Raises ``UnknownNameError`` for a claimant nobody knows,
    ``AlreadyOpenError`` when they contest it already, ``KeyGoneError`` for a customer who was erased."""
    _require_kept(session, person)
    require_known(session, "by", {claimant}, Named.CLAIMANT)
    contests = [dispute_of(session, one.seq, terms) for one in entries_of(session, person) if one.kind == KIND]
    for known in contests:
        if known is not None and known.is_open and known.by == claimant:
            raise AlreadyOpenError(f"dispute {known.seq}: open already; add a statement to it")
    opened = append(session, [Dispute(do="dispute", at=at, person=person, by=claimant)], at=at, by=by)[-1].seq
    notify(session, person, opened, whom=parties_of(session, person) - {claimant}, at=at, by=by)
    return opened


def dispute_of(session: ReadSession, seq: int, terms: Terms) -> Contested | None:
    """The dispute of entry ``seq`` as it stands; None when it is none."""
    opened = entry(session, seq)
    if opened is None or opened.kind != KIND:
        return None
    said = json.loads(opened.payload)
    entries = [one for one in entries_of(session, said["person"]) if one.seq > seq]
    told = [(one, json.loads(one.payload)) for one in entries]
    own = [(one, payload) for one, payload in told if payload.get("dispute") == seq]
    undone = taken_back(entries)
    rulings = (one.seq for one in entries if one.kind == "rule" and one.seq not in undone)
    retractions = (one.seq for one in entries if seq in taken_back([one]))
    checks = {payload["proposal"]: payload["agrees"] for one, payload in own if one.kind == CHECKED}
    happened = _instant(said)
    return Contested(
        seq=seq,
        at=happened,
        person=said["person"],
        by=said["by"],
        parties=parties_of(session, said["person"]) | {said["by"]},
        statements=[_statement(one, payload) for one, payload in own if one.kind == STATED and one.seq not in undone],
        proposals=[_proposal(one, payload, checks) for one, payload in own if one.kind == PROPOSED],
        ruling=next(rulings, None),
        retraction=next(retractions, None),
        deadline=terms.deadline(happened),
    )


def disputes(
    session: ReadSession,
    terms: Terms,
    *,
    claimants: Collection[str] | None,
    is_open: bool | None,
    before: int | None,
    limit: int,
) -> list[Contested]:
    """Disputes, the newest first: at most ``limit``, with numbers below ``before``, with ``claimants`` only those in
    which one of them is a party, with ``is_open`` only open or closed ones."""
    asked = select(LedgerRow.seq, LedgerRow.payload).where(LedgerRow.kind == KIND).order_by(LedgerRow.seq.desc())
    if before is not None:
        asked = asked.where(LedgerRow.seq < before)
    # whoever is a party has an entry about the customer, a notice of the dispute at least
    named = None if claimants is None else entries_naming(session, claimants, *DEALINGS, NOTICE)
    theirs = None if named is None else {person for _, _, payload in named for person in customers_in(payload)}
    found: list[Contested] = []
    for row in session.rows(asked).all():
        if theirs is not None and json.loads(row.payload)["person"] not in theirs:
            continue
        one = dispute_of(session, row.seq, terms)
        if one is None or (is_open is not None and one.is_open != is_open):
            continue
        if claimants is None or one.parties.intersection(claimants):
            found.append(one)
        if len(found) == limit:
            break
    return found


def add_statement(session: WriteSession, dispute: Contested, *, claimant: str, text: str, at: datetime, by: str) -> int:
    """Put on record what a party says for itself; the number of the entry. The words are sealed as the customer's.
    Raises ``AlreadyRuledError``, ``KeyGoneError``."""
    require_open(session, dispute)
    said = Stated(at=at, person=dispute.person, dispute=dispute.seq, by=claimant, reason=text)
    return append(session, [said], at=at, by=by)[-1].seq


def require_open(session: ReadSession, dispute: Contested) -> None:
    """Raises ``AlreadyRuledError`` that tells the entry by which a dispute was closed, and ``KeyGoneError`` when its
    customer was erased: what is said of them could not be sealed."""
    if dispute.ruling is not None:
        raise AlreadyRuledError(f"dispute {dispute.seq}: ruled already, by entry {dispute.ruling}")
    if dispute.retraction is not None:
        raise AlreadyRuledError(f"dispute {dispute.seq}: taken back, by entry {dispute.retraction}")
    _require_kept(session, dispute.person)


def _require_kept(session: ReadSession, person: str) -> None:
    if session.get(Person, person) is None:
        raise KeyGoneError(f"person {person}: erased; nothing more is put on record of them")


def _statement(one: LedgerEntry, payload: Mapping[str, Any]) -> Statement:
    return Statement(seq=one.seq, at=_instant(payload), by=payload["by"], payload=payload)


def _proposal(one: LedgerEntry, payload: Mapping[str, Any], checks: Mapping[int, bool]) -> Proposal:
    return Proposal(
        seq=one.seq,
        at=_instant(payload),
        to={who: Fraction(share) for who, share in payload["to"].items()},
        author=payload["recorded_by"],
        payload=payload,
        agrees=checks.get(one.seq),
    )


def _instant(payload: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(payload["at"]).astimezone(UTC)
