"""What stood before a reception: appointments, calls, earlier visits nobody registered, relatives' consultants, deals,
and what hinders a consultant from receiving."""

from __future__ import annotations

from collections.abc import Collection

from attribution.entries import Arrive, Deal, Interact, Receive, Report
from attribution.state import Moment
from attribution.vocabulary.reception import reception
from attribution.vocabulary.referral import referral
from attribution.vocabulary.registry import ROLES, Argument, Found, fact, options, role, when

RELATIVES = frozenset({"spouse", "parent_child", "sibling", "grandparent", "relative"})


@role
def appointee(moment: Moment) -> str | None:
    """With whom the customer has the newest appointment."""
    last = moment.past.last(Report, moment.people, lambda e: e.visit_at is not None)
    return last.by if last else None


@role
def first_called(moment: Moment) -> str | None:
    """Who took the customer's first call before they were ever received."""
    first = moment.timeline.first(Receive, moment.people)
    known = moment.timeline.before(first) if first else moment.past
    call = known.first(Interact, moment.people, lambda e: e.kind == "call" and e.by is not None)
    return call.by if call else None


@role
def unregistered_receiver(moment: Moment) -> str | None:
    """Who received the customer first of all, without registering it."""
    first = moment.past.first(Receive, moment.people)
    return first.by if first and not first.registered else None


@role
def relatives_owner(moment: Moment) -> str | None:
    """Whose customer a relative by blood or marriage is, told before this entry."""
    return next(iter(_relatives(moment, RELATIVES)), None)


@role
def ever_named(moment: Moment) -> str | None:
    """Whom the visitor named last on an arrival, or was received by on being asked for, whatever the day."""
    came = moment.past.last(Arrive, moment.people, lambda e: e.asked_for is not None)
    seen = moment.past.last(Receive, moment.people, lambda e: e.turn == "asked")
    if came and (seen is None or seen.at <= came.at):
        return came.asked_for
    return seen.by if seen else None


@fact
def relative_of_customer(moment: Moment, argument: Argument) -> Found:
    """It was told before this entry that the customer is proven to be one of these (spouse, sibling ...) to a customer
    whom somebody has."""
    found = _relatives(moment, options(argument))
    return next(iter(found.values()), None)


def _relatives(moment: Moment, kinds: Collection[object]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for person in sorted(moment.people):
        for relation in moment.past.relations(person):
            other = relation.to if relation.person in moment.people else relation.person
            if not relation.verified or other in moment.timeline.claimants or other in moment.people:
                continue
            if relation.as_ not in kinds:
                continue
            # only what came before the relation: two relatives must not ask about each other for ever
            state = moment.ask(moment.past.before(relation), other)
            if state.owner:
                found.setdefault(state.owner, (relation.id,))
    return found


@fact
def hindered(moment: Moment, argument: Argument) -> Found:
    """``{who: role, why: [...]}``: the role cannot receive, being off site for one of these reasons (rest, sick,
    business, private, unknown) or `busy`."""
    last = reception(moment)
    if last is None or not isinstance(argument, dict):
        return None
    name = ROLES[str(argument["who"])](moment)
    if name in last.absent:
        why: str = last.absent_why.get(name, "unknown")
    else:
        why = "busy" if name in last.busy else ""
    return when(name is not None and why in options(argument["why"]), last)


@fact
def bought_before(moment: Moment, argument: Argument) -> Found:
    """The customer had bought before this entry (or not); `referrer`: who refers them had; `either`: one of them."""
    own = moment.past.last(Deal, moment.people)
    if isinstance(argument, bool):
        return when((own is not None) == argument, own)
    refer = referral(moment)
    sent = moment.timeline.before(refer).last(Deal, moment.timeline.human(refer.by)) if refer else None
    deal = own or sent if argument == "either" else sent
    return when(deal, deal)
