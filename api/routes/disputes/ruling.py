"""Ruling: a manager's proposal, and the second person without whom it does not count."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field, StringConstraints

from api.access.actor import Actor
from api.access.roles import PREFIX
from api.deps import ActorDep, Now, SiteDep
from api.routes.disputes.standing import only_known, require_dispute
from api.schemas import Body, Claimant, Recorded, Row, Seq, SeqPath, Story
from models.desk.rulings import Judge, check_proposal, propose

router = APIRouter(prefix=PREFIX, tags=["disputes"])

Share = Annotated[str, StringConstraints(pattern=r"^\d{1,6}(/[1-9]\d{0,5})?$")]


class NewProposal(Body):
    """How to settle a dispute: exact shares that add up to 1, `developer` and `public` among the names allowed. The
    parties read the ``reason`` once it is confirmed: name nobody in it. It has a manager's authority and no other:
    nobody can show here that they are a director, and under no policy does a director's ruling come out otherwise."""

    to: dict[Claimant, Share] = Field(min_length=1, max_length=20, examples=[{"贝壳": "1/2", "链家": "1/2"}])
    reason: Story = Field(examples=["双方经纪人同时进门，客户在后。"])


class NewCheck(Body):
    """What a second person says of the proposal of entry ``proposal``."""

    proposal: Seq
    agrees: bool = Field(description="false: the proposal is rejected")


class CheckedRow(Row):
    """Entry ``entry``; when agreed, the entries of the ``ruling`` and of the ``decision`` that follows."""

    entry: Seq
    ruling: Seq | None
    decision: Seq | None


@router.post("/disputes/{dispute}/proposal", status_code=201)
def propose_ruling(dispute: SeqPath, body: NewProposal, actor: ActorDep, site: SiteDep, now: Now) -> Recorded:
    """Propose a ruling; it takes the place of a proposal that nobody has confirmed."""
    shares = {who: Fraction(share) for who, share in body.to.items()}
    with site.write_session() as session:
        found, _ = require_dispute(session, site, actor, dispute)
        with only_known():
            proposed = propose(session, found, to=shares, reason=body.reason, judge=_judge(actor), at=now)
    return Recorded(entry=proposed)


@router.post("/disputes/{dispute}/confirmation", status_code=201)
def confirm_ruling(dispute: SeqPath, body: NewCheck, actor: ActorDep, site: SiteDep, now: Now) -> CheckedRow:
    """Agree to a proposal, or not, as the second person. Agreed, it is the ruling; the parties are told."""
    with site.write_session() as session:
        found, _ = require_dispute(session, site, actor, dispute)
        checked = check_proposal(
            session,
            found,
            body.proposal,
            agrees=body.agrees,
            judge=_judge(actor),
            texts=site.policy_texts,
            settings_policy=site.settings.policy,
            at=now,
        )
    return CheckedRow(entry=checked.seq, ruling=checked.ruling, decision=checked.decision)


def _judge(actor: Actor) -> Judge:
    return Judge(id=actor.id, person=actor.person, distributor=actor.distributor)
