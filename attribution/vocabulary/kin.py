"""Confirmed under one name, bought under another: relatives, friends, and the claims that count between them."""

from __future__ import annotations

from collections.abc import Sequence

from attribution.entries import Arrive, Confirm, Deal, Kinship, Relate, Rule
from attribution.periods import office_day
from attribution.state import Moment
from attribution.timeline import Timeline
from attribution.vocabulary.claims import running
from attribution.vocabulary.crm import interactions
from attribution.vocabulary.registry import Argument, Found, effect, fact, options, shown, when


def counterpart(moment: Moment) -> str | None:
    """Under whose name the purchaser's claim was made: named in the deal; else who brought the purchaser along that
    day, else a proven relative who was confirmed, when no claim under the purchaser's own name runs."""
    deal = moment.timeline.last(Deal, moment.people)
    if deal is None:
        return None
    if deal.confirmed_as is not None:
        return None if deal.confirmed_as in moment.people else deal.confirmed_as
    if any(claim.person in moment.people for claim in running(moment)):
        return None
    host = came_along(moment)
    if host is not None:
        return host.person
    others = (other for relation in relations(moment) if relation.verified for other in (relation.person, relation.to))
    return next((o for o in others if o not in moment.people and moment.timeline.first(Confirm, {o})), None)


def relations(moment: Moment, kinds: Sequence[Kinship] | None = None) -> list[Relate]:
    """The purchaser's relations, of any record."""
    return [r for person in sorted(moment.people) for r in moment.timeline.relations(person, kinds)]


def came_along(moment: Moment) -> Arrive | None:
    """The visit on the day of the deal on which the purchaser came along with somebody."""
    deal = moment.timeline.last(Deal, moment.people)
    if deal is None:
        return None
    host = moment.timeline.human(deal.confirmed_as) if deal.confirmed_as else None
    return moment.timeline.before(deal).last(
        Arrive,
        where=lambda e: (
            office_day(e.at) == office_day(deal.at)
            and bool(moment.people & {*e.with_})
            and (host is None or e.person in host)
        ),
    )


@fact
def bought_as(moment: Moment, argument: Argument) -> Found:
    """The deal is under another name than the claim: `true`/`false`, or ``{as: [spouse ...], verified: true|false}``,
    the relation between the two; ``{as: none}``: none of record."""
    other = counterpart(moment)
    if isinstance(argument, bool) or other is None:
        return when(isinstance(argument, bool) and (other is not None) == argument)
    if not isinstance(argument, dict):
        return None
    ends = moment.timeline.human(other)
    found = [r for r in relations(moment) if {r.person, r.to} & ends]
    if argument.get("as") == "none":
        return None if found else ()
    kinds = options(argument["as"]) if "as" in argument else None
    found = [r for r in found if kinds is None or r.as_ in kinds]
    if "verified" in argument:
        found = [r for r in found if r.verified == argument["verified"]]
    return shown(*found) if found else None


@fact
def on_the_spot(moment: Moment, argument: Argument) -> Found:
    """The purchaser came along with the confirmed customer and bought there and then (or did not)."""
    deal, visit = moment.timeline.last(Deal, moment.people), came_along(moment)
    here = deal is not None and deal.same_day and visit is not None
    return when(here == bool(argument), visit if here else None, deal)


@fact
def purchaser_confirmed(moment: Moment, argument: Argument) -> Found:
    """Somebody had confirmed the purchaser under an own name before the deal."""
    deal = moment.timeline.last(Deal, moment.people)
    known = moment.timeline.before(deal) if deal else moment.timeline
    found = known.first(Confirm, moment.people)
    return when((found is not None) == bool(argument), found)


@fact
def purchaser_known(moment: Moment, argument: Argument) -> Found:
    """The CRM holds an interaction with the purchaser in ``{months|days: N}`` before the day of the deal."""
    deal = moment.timeline.last(Deal, moment.people)
    if deal is None:
        return None
    day = office_day(deal.at)
    found = interactions(moment.timeline, moment.people, (moment.policy.period(argument).first_day(day), day))
    return when(found, *found)


@fact
def grouped(moment: Moment, argument: Argument) -> Found:
    """The purchaser belongs to a group (the policy's ``group``): ``{pair: true|false}``, of two or of more, and a
    relation with these values, ``{purchase: joint, same_lead: true}``."""
    group = moment.policy.group
    if group is None or not isinstance(argument, dict):
        return None
    party = {record for one in moment.people for record in moment.timeline.joined(one, group.kinds)}
    number = len({moment.timeline.human(one) for one in party})
    values = {name: value for name, value in argument.items() if name != "pair"}
    found = [
        r
        for r in relations(moment, group.kinds)
        if r.verified and all(getattr(r, name) == value for name, value in values.items())
    ]
    if number < 2 or ("pair" in argument and (number == 2) != argument["pair"]):
        return None
    return shown(*found) if found else None


@effect
def bring_claims(moment: Moment, argument: Argument) -> None:
    """The claims made under the other name are looked at too, with the reasons for which they hold or not; a final
    ruling about that customer is one about the purchaser."""
    other = counterpart(moment)
    if other is None:
        return
    apart = Timeline(
        entries=tuple(e for e in moment.timeline.entries if not isinstance(e, Deal)),
        claimants=moment.timeline.claimants,
    )
    theirs = moment.ask(apart, other)
    acts = {entry.id for entry in apart.entries if isinstance(entry, (Confirm, Rule))}
    moment.state.claims += theirs.claims
    moment.state.reasons += [reason for reason in theirs.reasons if reason.entries and reason.entries[0] in acts]
    if theirs.closed:
        moment.state.credit, moment.state.commission = theirs.credit, theirs.commission
        moment.state.closed = True


@effect
def decided_as(moment: Moment, argument: Argument) -> None:
    """`confirmed`: the customer under whose name the claim was made decides, with all that was decided about them."""
    other = counterpart(moment)
    if other is None:
        return
    theirs, mine = moment.ask(moment.timeline, other), moment.state
    mine.owner, mine.credit, mine.commission, mine.status = (
        theirs.owner,
        theirs.credit,
        theirs.commission,
        theirs.status,
    )
    mine.claims, mine.marks = theirs.claims, theirs.marks
    mine.reasons += theirs.reasons
