"""What people settle: hand-overs, agreements, activities, departures, complaints; and taking back a mistake."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Annotated, Self

from fastapi import APIRouter
from pydantic import ConfigDict, Field, model_validator

from api.access.roles import PREFIX
from api.deps import ActorDep, Now, SiteDep
from api.routes.desk.acts import MOST_NAMED, Act, act, settled, settling_act
from api.schemas import Body, Claimant, PersonId, Recorded, Seq, Story, When
from models.desk.retraction import retract

router = APIRouter(prefix=PREFIX, tags=["desk"])

ShareText = Annotated[
    str,
    Field(
        pattern=r"^(0|1|[0-9]{1,6}/[1-9][0-9]{0,5})$",
        description="an exact share, as a fraction; all add up to 1",
        examples=["1/2"],
    ),
]


class NewHandOver(Act):
    """The manager hands a customer over."""

    person: PersonId
    to: Claimant = Field(description="consultant, agent or distributor; `public`: to nobody yet")


class NewAgreement(Act):
    """友好协商: the parties settle a split before the deal."""

    person: PersonId
    between: tuple[Claimant, ...] = Field(min_length=1, max_length=MOST_NAMED, description="who agreed")
    to: dict[Claimant, ShareText] = Field(
        min_length=1, max_length=MOST_NAMED, examples=[{"贝壳": "1/2", "链家": "1/2"}]
    )

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if not set(self.to) <= set(self.between):
            raise ValueError("to: a share for somebody who is not among those who agreed")
        if _sum(self.to) != 1:
            raise ValueError("to: the shares do not add up to 1")
        return self


class NewActivity(Act):
    """A group activity and the customers obtained there."""

    model_config = ConfigDict(populate_by_name=True)

    by: Claimant
    people_: tuple[PersonId, ...] = Field(
        alias="people", min_length=1, max_length=MOST_NAMED, description="customers who were there"
    )
    proposed_at: When | None = Field(None, description="when it was announced to the developer")


class NewDeparture(Act):
    """A consultant or agent left; their customers are nobody's until handed over."""

    who: Claimant


class NewComplaint(Act):
    """A complaint about service that was upheld."""

    person: PersonId
    against: Claimant


class NewRetraction(Body):
    """An entry that was a mistake."""

    entry: Seq
    reason: Story = Field(examples=["recorded for the wrong customer"])


@router.post("/hand-overs", status_code=201)
def hand_over(body: NewHandOver, actor: ActorDep, site: SiteDep, now: Now) -> Recorded:
    """Hand a customer over; a decision on record follows."""
    return settling_act(site, "hand_over", body, actor, now)


@router.post("/agreements", status_code=201)
def agree(body: NewAgreement, actor: ActorDep, site: SiteDep, now: Now) -> Recorded:
    """Put on record how the parties share a customer; a decision on record follows."""
    return settling_act(site, "agree", body, actor, now)


@router.post("/activities", status_code=201)
def hold_activity(body: NewActivity, actor: ActorDep, site: SiteDep, now: Now) -> Recorded:
    """Put a group activity on record."""
    return act(site, "activity", body, actor, now)


@router.post("/departures", status_code=201)
def depart(body: NewDeparture, actor: ActorDep, site: SiteDep, now: Now) -> Recorded:
    """Put on record that a consultant or agent left."""
    return act(site, "depart", body, actor, now)


@router.post("/complaints", status_code=201)
def complain(body: NewComplaint, actor: ActorDep, site: SiteDep, now: Now) -> Recorded:
    """Put an upheld complaint on record; a decision on record follows."""
    return settling_act(site, "complain", body, actor, now)


@router.post("/retractions", status_code=201)
def take_back(body: NewRetraction, actor: ActorDep, site: SiteDep, now: Now) -> Recorded:
    """Take back an entry that was a mistake: it stays on record and counts no more, and decisions on record follow.
    Links are undone at `/ties/{entry}/undo`."""
    with site.write_session() as session:
        back = retract(session, body.entry, reason=body.reason, at=now, by=actor.id)
        return settled(session, site, back, actor, now)


def _sum(shares: Mapping[str, str]) -> Fraction:
    return sum(map(Fraction, shares.values()), Fraction(0))
