"""认购, 签约: a deal, and the decision it calls for."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import Field

from api.access.roles import PREFIX
from api.deps import ActorDep, Now, SiteDep
from api.routes.desk.acts import Act, entry_of, recorded
from api.schemas import Claimant, PersonId, Row, Seq
from models.decisions import decide_now

router = APIRouter(prefix=PREFIX, tags=["desk"])


class NewDeal(Act):
    """A purchase: `person` the purchaser, `confirmed_as` the customer under whom the claim was made."""

    person: PersonId
    confirmed_as: PersonId | None = Field(None, description="left out: the purchaser")
    closed_by: Claimant | None = Field(None, description="consultant or agent who closed it")
    same_day: bool = Field(False, description="on the day of the visit")


class DealRecorded(Row):
    """A deal on record, with the decision about the purchaser that stands now."""

    entry: Seq = Field(examples=[1042])
    decision: Seq = Field(description="number of the decision's entry", examples=[1043])
    version: int = Field(description="versions of the decision count from 1", examples=[2])
    status: Literal["decided", "review"]


@router.post("/deals", status_code=201)
def deal(body: NewDeal, actor: ActorDep, site: SiteDep, now: Now) -> DealRecorded:
    """Put a deal on record and decide, in one step."""
    said = entry_of("deal", body, now)
    with site.write_session() as session:
        entry = recorded(session, said, actor, now).entry
        decided = decide_now(
            session,
            body.person,
            texts=site.policy_texts,
            settings_policy=site.settings.policy,
            at=now,
            by=actor.id,
        )
    return DealRecorded(entry=entry, decision=decided.seq, version=decided.number, status=decided.decision.status)
