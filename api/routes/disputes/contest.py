"""Contesting: opening a dispute, the list of them, what a party says, what it is told."""

from __future__ import annotations

from datetime import date
from typing import Literal

from fastapi import APIRouter
from pydantic import AwareDatetime, Field

from api.access.roles import PREFIX
from api.access.rows import Sight, require_customer, sight_of
from api.deps import ActorDep, Listed, Now, PageDep, SiteDep
from api.routes.disputes.standing import only_known, require_dispute, speaks_for, terms_of
from api.schemas import Body, Claimant, PersonId, Recorded, Row, Seq, SeqPath, Story
from models.desk.disputes import Contested, add_statement, disputes, open_dispute
from models.desk.notices import notices_for

router = APIRouter(prefix=PREFIX, tags=["disputes"])


class NewDispute(Body):
    """Who contests what is decided about which customer. ``by`` left out: whoever asks; the desk names them."""

    person: PersonId
    by: Claimant | None = None


class NewStatement(Body):
    """What a party says. ``by``: left out, whoever asks; a liaison may speak for one of its agents."""

    text: Story = Field(examples=["当天是我先陪同客户进门的，请看监控。"])
    by: Claimant | None = None


class DisputeRow(Row):
    """A dispute: who contests (``by``, `another` where they may not be named) about whom, until when it is to be ruled.
    ``proposed``: a manager's proposal waits for a second person, which parties are not told."""

    entry: Seq
    person: PersonId
    by: str
    opened_at: AwareDatetime
    state: Literal["open", "proposed", "ruled", "taken_back"]
    deadline: date
    overdue: bool


class NoticeRow(Row):
    """Entry ``entry``: they were told of entry ``about``, of this ``kind``, about one of their customers."""

    entry: Seq
    at: AwareDatetime
    person: PersonId
    about: Seq
    kind: str


@router.post("/disputes", status_code=201)
def contest_decision(body: NewDispute, actor: ActorDep, site: SiteDep, now: Now) -> Recorded:
    """Contest what is decided about a customer; the other parties are told."""
    with site.write_session() as session:
        sight = require_customer(session, actor, body.person)
        claimant = speaks_for(actor, sight, body.by)
        with only_known():
            opened = open_dispute(session, body.person, claimant=claimant, terms=terms_of(site), at=now, by=actor.id)
    return Recorded(entry=opened)


@router.get("/disputes")
def list_disputes(
    page: PageDep, actor: ActorDep, site: SiteDep, now: Now, state: Literal["open", "closed"] | None = None
) -> Listed[DisputeRow]:
    """Disputes, the newest first; agents and liaisons see those in which they are a party."""
    terms = terms_of(site)
    with site.read_session() as session:
        sight = sight_of(session, actor)
        found = disputes(
            session,
            terms,
            claimants=None if sight.everything else sight.claimants,
            is_open=None if state is None else state == "open",
            before=page.before,
            limit=page.limit,
        )
    today = now.astimezone(terms.zone).date()
    return Listed(
        items=[dispute_row(one, sight, today) for one in found],
        next=found[-1].seq if len(found) == page.limit else None,
    )


@router.post("/disputes/{dispute}/statements", status_code=201)
def state_side(dispute: SeqPath, body: NewStatement, actor: ActorDep, site: SiteDep, now: Now) -> Recorded:
    """Say one's side, as often as need be while the dispute is open; the words are sealed."""
    with site.write_session() as session:
        found, sight = require_dispute(session, site, actor, dispute)
        claimant = speaks_for(actor, sight, body.by)
        said = add_statement(session, found, claimant=claimant, text=body.text, at=now, by=actor.id)
    return Recorded(entry=said)


@router.get("/me/notices")
def list_notices(page: PageDep, actor: ActorDep, site: SiteDep) -> Listed[NoticeRow]:
    """What one was told of, the newest first."""
    with site.read_session() as session:
        claimants = sight_of(session, actor).claimants
        found = notices_for(session, claimants, before=page.before, limit=page.limit)
    items = [NoticeRow(entry=one.seq, at=one.at, person=one.person, about=one.about, kind=one.kind) for one in found]
    return Listed(items=items, next=found[-1].seq if len(found) == page.limit else None)


def dispute_row(one: Contested, sight: Sight, today: date) -> DisputeRow:
    """A dispute as it may be seen."""
    return DisputeRow(
        entry=one.seq,
        person=one.person,
        by=sight.name(one.by),
        opened_at=one.at,
        state=_state(one, sight),
        deadline=one.deadline,
        overdue=one.is_open and today > one.deadline,
    )


def _state(one: Contested, sight: Sight) -> Literal["open", "proposed", "ruled", "taken_back"]:
    if one.retraction is not None:
        return "taken_back"
    if one.ruling is not None:
        return "ruled"
    return "proposed" if sight.everything and one.waiting is not None else "open"
