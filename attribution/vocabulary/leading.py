"""Of several running claims: whose holder leads the customer in, and which cannot be told apart by time."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from attribution.entries import Arrive, Depart
from attribution.order import SURE, Instant, p_before
from attribution.state import Claim, Moment
from attribution.vocabulary.basics import who
from attribution.vocabulary.registry import Argument, Found, effect, fact, role, when
from attribution.vocabulary.reports import agents_at_the_door, running, visit

EXACT_S = 1e-9


def leaders(moment: Moment) -> list[str]:
    """Agents who come through the door with the customer on this visit and hold a running claim, first one first."""
    holders = {claim.who for claim in running(moment)}
    return [agent for agent in agents_at_the_door(moment, visit(moment)) if moment.counts_for(agent) in holders]


def made_at(moment: Moment, claim: Claim) -> datetime:
    """The instant of the entry that a claim rests on."""
    return next(e.at for e in moment.timeline.about(moment.people) if e.id == claim.entries[0])


def surely_before(came: Arrive, one: str, other: str) -> bool:
    """Whether the door is sure that ``one`` crossed before ``other``; instants without an error are exact."""
    first, second = (Instant(t=came.door[who][0], sigma_s=max(came.door[who][1], EXACT_S)) for who in (one, other))
    return p_before(first, second) >= SURE


@role
def leading_claimant(moment: Moment) -> str | None:
    """Who leads the customer in on this visit and holds a running claim: the first such agent over the sill."""
    return next(iter(leaders(moment)), None)


@fact
def leaders_tied(moment: Moment, argument: Argument) -> Found:
    """Two holders of running claims lead the customer in on one visit, and the door cannot say who was first."""
    came, first = visit(moment), leaders(moment)[:2]
    tied = came is not None and len(first) == 2 and not surely_before(came, *first)
    return when(tied == bool(argument), came)


@fact
def claims_tied(moment: Moment, argument: Argument) -> Found:
    """The oldest running claims (picked as in `claim_runs`) are of different claimants and of the same instant."""
    found = running(moment, argument)
    oldest = [claim for claim in found if made_at(moment, claim) == made_at(moment, found[0])]
    return tuple(claim.entries[0] for claim in oldest) if len({claim.who for claim in oldest}) > 1 else None


@effect
def pass_claims(moment: Moment, argument: Argument) -> None:
    """The claims of whoever leaves now are this role's from now on."""
    if isinstance(moment.entry, Depart):
        gone, new = moment.counts_for(moment.entry.who), who(moment, argument)
        moment.state.claims[:] = [replace(one, who=new) if one.who == gone else one for one in moment.state.claims]
