"""A whole dispute: what both sides say, what the door saw, what the machine and the manager propose."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import AwareDatetime, Field

from api.access.roles import PREFIX
from api.access.rows import ANOTHER, Sight
from api.deps import ActorDep, Now, SiteDep
from api.routes.customers.decisions import DecisionNow, decision_now, shares_seen
from api.routes.disputes.contest import DisputeRow, dispute_row
from api.routes.disputes.standing import door_of, require_dispute, terms_of
from api.schemas import Row, Seq, SeqPath
from models.desk.claimants import names_of
from models.desk.crossings import AtTheDoor, Crossed, visible
from models.desk.customers import ask
from models.desk.disputes import Contested
from models.ledger.particulars import Opened, committed, taken_out
from models.people import same_human
from models.session import ReadSession

router = APIRouter(prefix=PREFIX, tags=["disputes"])

CUSTOMER, UNKNOWN = "customer", "unknown"

Probability = Annotated[float, Field(ge=0, le=1)]


class StatementRow(Row):
    """What a party said; ``text`` null where it is another's, or was erased."""

    entry: Seq
    at: AwareDatetime
    by: str
    text: str | None


class CrossingRow(Row):
    """``who`` (a claimant's id, `customer`, `unknown` or `another`) crossed the sill ``at``, 95 times in 100 between
    ``earliest`` and ``latest``; ``arrival`` null where no camera saw it, `another` for one of `another`."""

    entry: Seq
    arrival: str | None
    who: str
    at: AwareDatetime
    earliest: AwareDatetime
    latest: AwareDatetime
    out: bool


class OrderRow(Row):
    """``first`` crossed before ``second`` (arrivals) with probability ``p``; ``verdict`` simultaneous where that is not
    sure enough."""

    entry: Seq
    first: str
    second: str
    p: Probability
    verdict: Literal["before", "simultaneous"]


class FrameRow(Row):
    """A frame that may be looked at: see `POST /disputes/{dispute}/frames/{arrival}/{sha256}`."""

    arrival: str
    sha256: str
    at: AwareDatetime


class ProposalRow(Row):
    """How a manager would settle it: exact shares; ``agrees``: what a second person said, null while it waits. Parties
    are shown the one that became the ruling."""

    entry: Seq
    at: AwareDatetime
    to: dict[str, str]
    reason: str | None
    agrees: bool | None


class DisputeDetail(DisputeRow):
    """A dispute with everything that bears on it, as far as whoever asks may see. ``decision``: what the rules say now;
    ``names`` what the claimants in it are called; ``withheld`` so many frames show somebody else."""

    parties: list[str]
    statements: list[StatementRow]
    crossings: list[CrossingRow]
    orders: list[OrderRow]
    frames: list[FrameRow]
    withheld: int
    proposals: list[ProposalRow]
    ruling: Seq | None
    decision: DecisionNow
    names: dict[str, str]


@router.get("/disputes/{dispute}")
def show_dispute(dispute: SeqPath, actor: ActorDep, site: SiteDep, now: Now) -> DisputeDetail:
    """A dispute with both sides' crossings, statements, proposals and the ruling."""
    with site.read_session() as session:
        found, sight = require_dispute(session, site, actor, dispute)
        asked = ask(session, found.person, texts=site.policy_texts, settings_policy=site.settings.policy, now=now)
        door = door_of(session, found, sight)
        shown = visible(door.frames, None if sight.everything else sight.claimants)
        customer = same_human(session, found.person)
        hidden = _hidden(door, sight, customer) - {one.arrival for one in shown}
        parties = list(dict.fromkeys(sight.name(one) for one in sorted(found.parties)))
        return DisputeDetail(
            **dispute_row(found, sight, now.astimezone(terms_of(site).zone).date()).model_dump(),
            parties=parties,
            statements=_statements(session, found, sight),
            crossings=_crossings(door, customer, sight, hidden),
            orders=_orders(door, hidden),
            frames=[FrameRow(arrival=one.arrival, sha256=one.sha256, at=one.at) for one in shown],
            withheld=len(door.frames) - len(shown),
            proposals=_proposals(session, found, sight),
            ruling=found.ruling,
            decision=decision_now(asked, sight, found.person, now),
            names=names_of(session, [one for one in parties if one != ANOTHER]),
        )


def _statements(session: ReadSession, found: Contested, sight: Sight) -> list[StatementRow]:
    own = [dict(one.payload) for one in found.statements if sight.is_own(one.by)]
    opened = taken_out(session, own)
    return [
        StatementRow(
            entry=one.seq,
            at=one.at,
            by=sight.name(one.by),
            text=_reason(one.payload, opened) if sight.is_own(one.by) else None,
        )
        for one in found.statements
    ]


def _proposals(session: ReadSession, found: Contested, sight: Sight) -> list[ProposalRow]:
    shown = [one for one in found.proposals if sight.everything or one.agrees]
    opened = taken_out(session, [dict(one.payload) for one in shown])
    return [
        ProposalRow(
            entry=one.seq,
            at=one.at,
            to=shares_seen(one.to, sight) or {},
            reason=_reason(one.payload, opened),
            agrees=one.agrees,
        )
        for one in shown
    ]


def _hidden(door: AtTheDoor, sight: Sight, customer: Collection[str]) -> set[str]:
    """Arrivals of claimants who may not be named: by their ids they could be told from dispute to dispute."""
    others = {one.who for one in door.crossings if one.who and not sight.is_own(one.who)} - set(customer)
    return {one.arrival for one in door.crossings if one.arrival and one.who in others}


def _crossings(door: AtTheDoor, customer: Collection[str], sight: Sight, hidden: Collection[str]) -> list[CrossingRow]:
    def who(one: Crossed) -> str:
        if one.who is None:
            return UNKNOWN
        return CUSTOMER if one.who in customer else sight.name(one.who)

    return [
        CrossingRow(
            entry=one.seq,
            arrival=ANOTHER if one.arrival in hidden else one.arrival,
            who=who(one),
            at=one.at,
            earliest=one.earliest,
            latest=one.latest,
            out=one.out,
        )
        for one in door.crossings
    ]


def _orders(door: AtTheDoor, hidden: Collection[str]) -> list[OrderRow]:
    return [
        OrderRow(
            entry=one.seq,
            first=ANOTHER if one.first in hidden else one.first,
            second=ANOTHER if one.second in hidden else one.second,
            p=one.p,
            verdict="before" if one.is_sure else "simultaneous",
        )
        for one in door.orders
    ]


def _reason(payload: Mapping[str, object], opened: Mapping[str, Opened]) -> str | None:
    name = committed(payload).get("reason", "")
    return opened[name].value if name in opened else None
