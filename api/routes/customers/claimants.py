"""Claimants: the agents and consultants who can own a customer, and the distributors."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import Field

from api.access.roles import PREFIX
from api.deps import ActorDep, Listed, Now, SiteDep
from api.errors import ApiError
from api.schemas import Body, Line, PersonId, PhoneText, Row
from models.desk.claimants import Kind, is_taken, known_claimants, names_of
from models.people import add_person

router = APIRouter(prefix=PREFIX, tags=["customers"])


class NewClaimant(Body):
    """An agent or consultant; ``of`` the distributor an agent works for, left out for the office's own; ``same_name``:
    it is another one than whoever is known there by this name."""

    name: Line = Field(examples=["李明"])
    kind: Literal["agent", "consultant"]
    of: Line | None = Field(None, examples=["贝壳"])
    phone: PhoneText | None = Field(None, examples=["13900139000"])
    same_name: bool = Field(False, description="somebody else of a name that is known there already")


class NewId(Row):
    """The id of what was made."""

    id: PersonId


class ClaimantRow(Row):
    """Who can own a customer: ``id`` (a distributor's is its name), ``name`` (the id once erased); ``left``: they have
    gone, or were erased."""

    id: str
    kind: Kind
    of: str | None
    name: str
    left: bool


@router.post("/claimants", status_code=201)
def add_claimant(body: NewClaimant, actor: ActorDep, site: SiteDep, now: Now) -> NewId:
    """Make an agent or consultant known; 409 `claimant_known` when one of this name works there already."""
    if body.kind == "consultant" and body.of is not None:
        raise ApiError(422, "invalid", field="of")
    with site.write_session() as session:
        if not body.same_name and is_taken(session, name=body.name, kind=body.kind, of=body.of):
            raise ApiError(409, "claimant_known", field="name")
        made = add_person(
            session, name=body.name, role=body.kind, distributor=body.of, phone=body.phone, at=now, by=actor.id
        )
    return NewId(id=made)


@router.get("/claimants")
def list_claimants(site: SiteDep) -> Listed[ClaimantRow]:
    """Everybody who can own a customer, the first known first."""
    with site.read_session() as session:
        found = known_claimants(session)
        names = names_of(session, found)
    return Listed(
        items=[
            ClaimantRow(id=who, kind=one.kind, of=one.of, name=names[who], left=one.left) for who, one in found.items()
        ]
    )
