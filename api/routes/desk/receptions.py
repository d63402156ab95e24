"""接待 and what belongs to it: who received, who was recognised, what was logged afterwards."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import Field

from api.access.roles import PREFIX, Role
from api.access.rows import require_customer
from api.deps import ActorDep, Now, SiteDep
from api.errors import ApiError
from api.routes.desk.acts import MOST_NAMED, Act, Minutes, Mobile, act, entry_of, recorded
from api.schemas import Body, Claimant, Line, PersonId, Recorded, SeqPath
from models.desk.retraction import complete

router = APIRouter(prefix=PREFIX, tags=["desk"])

Weight = Literal["light", "substantial"]
Purpose = Literal["look", "deposit", "sign"]
Reason = Literal["rest", "sick", "business", "private"]


class NewReception(Act):
    """A consultant receives a customer. Recorded when it begins: whose turn is next depends on it."""

    person: PersonId
    by: Claimant = Field(description="id of the consultant")
    turn: Literal["rota", "asked", "assist", "duty"] | None = Field(
        None, description="why this consultant: in turn, asked for, in assistance, on duty; only `rota` costs a turn"
    )
    registered: bool = Field(True, description="validly written into the register")
    aware: bool = Field(False, description="knew that the customer is somebody else's")
    absent: tuple[Claimant, ...] = Field((), max_length=MOST_NAMED, description="owners who are off site")
    absent_why: dict[Claimant, Reason] = Field(
        default_factory=dict, max_length=MOST_NAMED, description="why those who were absent were"
    )
    busy: tuple[Claimant, ...] = Field((), max_length=MOST_NAMED, description="owners on site, but occupied")
    weight: Weight = Field("light", description="how much this reception contributes")
    purpose: Purpose = Field("look", description="what the visit is for")
    lasted_min: Minutes | None = Field(None, description="minutes, when it is over already")
    informed: bool = Field(False, description="told the owner")
    name: Line | None = Field(None, description="as written in the register", examples=["王芳"])
    phone: Mobile | None = None


class ReceptionEnd(Body):
    """How a reception ended; what is left out stays as it was."""

    lasted_min: Minutes = Field(examples=[45])
    informed: bool | None = Field(None, description="told the owner")
    registered: bool | None = Field(None, description="validly written into the register")
    weight: Weight | None = Field(None, description="how much it contributed")
    purpose: Purpose | None = Field(None, description="what the visit was for")


class NewRecognition(Act):
    """During a reception the owner recognised the visitor, or was recognised."""

    person: PersonId
    who: Claimant
    after_min: Minutes = Field(description="minutes into the reception", examples=[10])


class NewFollowUp(Act):
    """回访: a call-back. An agent or consultant logs their own."""

    person: PersonId
    by: Claimant | None = Field(None, description="left out by an agent or consultant: themselves")
    outcome: Literal["given_up"] | None = Field(None, description="the customer was given up")


class NewInteraction(Act):
    """来电, 来访, 追踪: an interaction from the developer's own records."""

    person: PersonId
    kind: Literal["call", "visit", "follow_up"]
    by: Claimant | None = Field(None, description="a claimant, or `developer`")
    phone: Mobile | None = None
    name: Line | None = Field(None, description="as it was given", examples=["王芳"])


@router.post("/receptions", status_code=201)
def receive(body: NewReception, actor: ActorDep, site: SiteDep, now: Now) -> Recorded:
    """Put a reception on record, at its beginning."""
    return act(site, "receive", body, actor, now)


@router.post("/receptions/{entry}/end", status_code=201)
def end_reception(entry: SeqPath, body: ReceptionEnd, actor: ActorDep, site: SiteDep, now: Now) -> Recorded:
    """Put on record how a reception ended: its entry is replaced by a whole one, whose number is answered."""
    with site.write_session() as session:
        return Recorded(entry=complete(session, entry, **body.model_dump(), at=now, by=actor.id))


@router.post("/recognitions", status_code=201)
def recognise(body: NewRecognition, actor: ActorDep, site: SiteDep, now: Now) -> Recorded:
    """Put on record that the owner and the visitor recognised each other."""
    return act(site, "recognise", body, actor, now)


@router.post("/follow-ups", status_code=201)
def follow_up(body: NewFollowUp, actor: ActorDep, site: SiteDep, now: Now) -> Recorded:
    """Log a call-back: the desk for anybody, an agent or consultant for their own customers."""
    named = body.model_copy(update={"by": body.by or actor.person})
    if named.by is None:
        raise ApiError(422, "unknown_name", field="by")
    with site.write_session() as session:
        sight = require_customer(session, actor, body.person) if actor.role is Role.AGENT else None
        if sight is not None and not sight.is_own(named.by):
            raise ApiError(422, "unknown_name", field="by")
        return recorded(session, entry_of("follow_up", named, now), actor, now)


@router.post("/interactions", status_code=201)
def interact(body: NewInteraction, actor: ActorDep, site: SiteDep, now: Now) -> Recorded:
    """Put an interaction of the developer's own records on record."""
    return act(site, "interact", body, actor, now)
