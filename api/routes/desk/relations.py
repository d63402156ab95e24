"""Who brought whom, and who is related with whom."""

from __future__ import annotations

from typing import Literal, Self

from fastapi import APIRouter
from pydantic import ConfigDict, Field, model_validator

from api.access.roles import PREFIX
from api.deps import ActorDep, Now, SiteDep
from api.routes.desk.acts import Act, act
from api.schemas import PersonId, Recorded
from attribution.entries import Kinship

router = APIRouter(prefix=PREFIX, tags=["desk"])


class NewReferral(Act):
    """老带新: `person` is the newcomer, `by` the customer who sent them."""

    person: PersonId
    by: PersonId
    accompanied: bool = Field(False, description="came along")
    announced: bool = Field(False, description="told beforehand")
    mentioned: Literal["arrival", "during", "never"] | None = Field(None, description="when the newcomer named them")
    by_role: Literal["plain", "informant"] = Field("plain", description="an informant is paid for bringing customers")

    @model_validator(mode="after")
    def _two_people(self) -> Self:
        if self.person == self.by:
            raise ValueError("by: a customer does not bring themselves; give another")
        return self


class NewRelation(Act):
    """A relation between two people; `verified` false: claimed, looked into, and not borne out."""

    model_config = ConfigDict(populate_by_name=True)

    person: PersonId
    to: PersonId
    as_: Kinship = Field(alias="as", description="what they are to each other")
    verified: bool = Field(description="borne out by papers")
    purchase: Literal["independent", "joint"] | None = Field(None, description="whether they buy together")
    same_lead: bool | None = Field(None, description="whether the same agent led both")

    @model_validator(mode="after")
    def _two_people(self) -> Self:
        if self.person == self.to:
            raise ValueError("to: nobody is related with themselves; give another")
        return self


@router.post("/referrals", status_code=201)
def refer(body: NewReferral, actor: ActorDep, site: SiteDep, now: Now) -> Recorded:
    """Put a referral on record."""
    return act(site, "refer", body, actor, now)


@router.post("/relations", status_code=201)
def relate(body: NewRelation, actor: ActorDep, site: SiteDep, now: Now) -> Recorded:
    """Put a relation on record; its papers follow at `/relations/{entry}/papers`."""
    return act(site, "relate", body, actor, now)
