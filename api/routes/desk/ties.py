"""Which records are one human being."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import Field

from api.access.roles import PREFIX
from api.deps import ActorDep, Now, SiteDep
from api.errors import ApiError
from api.routes.desk.acts import settled
from api.schemas import Body, PersonId, Recorded, SeqPath, Story
from models.desk.acts import Named, UnknownNameError, require_known
from models.ledger.read import entry as entry_of
from models.people import link, merge, undo
from models.session import ReadSession

router = APIRouter(prefix=PREFIX, tags=["desk"])


class NewLink(Body):
    """Two records are one human being, or (`verified` false) are found to be two."""

    person: PersonId
    to: PersonId
    how: Literal["face", "phone", "manual"] = Field(description="by what it was found")
    verified: bool = Field(description="true: one human being; false: certainly two")


class NewMerge(Body):
    """Two records are kept as one from now on."""

    person: PersonId
    to: PersonId
    reason: Story = Field(examples=["same identity card shown"])


class Undoing(Body):
    """Why a link or merge was a mistake."""

    reason: Story = Field(examples=["two sisters with one phone"])


@router.post("/links", status_code=201)
def link_records(body: NewLink, actor: ActorDep, site: SiteDep, now: Now) -> Recorded:
    """Link two records, or put on record that they are two people; decisions on record follow."""
    with site.write_session() as session:
        _require_both(session, body.person, body.to)
        seq = link(session, body.person, body.to, how=body.how, verified=body.verified, at=now, by=actor.id)
        return settled(session, site, seq, actor, now)


@router.post("/merges", status_code=201)
def merge_records(body: NewMerge, actor: ActorDep, site: SiteDep, now: Now) -> Recorded:
    """Keep two records as one; decisions on record follow."""
    with site.write_session() as session:
        _require_both(session, body.person, body.to)
        seq = merge(session, body.person, body.to, reason=body.reason, at=now, by=actor.id)
        return settled(session, site, seq, actor, now)


@router.post("/ties/{entry}/undo", status_code=201)
def undo_tie(entry: SeqPath, body: Undoing, actor: ActorDep, site: SiteDep, now: Now) -> Recorded:
    """Take back a link, a cannot-link or a merge; decisions on record follow."""
    with site.write_session() as session:
        if entry_of(session, entry) is None:
            raise ApiError(404, "not_found")
        undone = undo(session, entry, reason=body.reason, at=now, by=actor.id)
        return settled(session, site, undone, actor, now)


def _require_both(session: ReadSession, person: str, to: str) -> None:
    try:
        require_known(session, "person", {person}, Named.PERSON)
        require_known(session, "to", {to}, Named.PERSON)
    except UnknownNameError as error:
        raise ApiError(422, "unknown_name", field=error.field) from None
