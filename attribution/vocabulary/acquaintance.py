"""Whom a customer comes with or is related to, and whose customers those are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from attribution.entries import Deal, Entry, Refer, Relate
from attribution.periods import office_day
from attribution.state import Moment, State
from attribution.vocabulary.notice import first_visit
from attribution.vocabulary.registry import ROLES, Argument, Found, fact, options, role, when
from attribution.vocabulary.reports import visit


def _as_of(moment: Moment, other: str, coming: Entry) -> State:
    """How another customer stood before this one first came: what is told later of them tells nothing here."""
    return moment.ask(moment.timeline.before(coming), other)


def _bought(moment: Moment, other: str, coming: Entry) -> bool:
    known = moment.timeline.before(coming)
    return known.last(Deal, known.human(other)) is not None


def companions(moment: Moment) -> Iterator[tuple[str, str]]:
    """Existing customers who come along on this visit (who bought before, or refer them), and whose they are."""
    came = visit(moment)
    coming = came or moment.entry
    if coming is None:
        return
    beside = came.with_ if came else ()
    refers = [e for e in moment.timeline.all(Refer, moment.people) if office_day(e.at) == moment.day]
    brought = {e.by for e in refers if e.accompanied or e.by in beside}
    for other in sorted({*brought, *beside} - moment.people):
        owner = _as_of(moment, other, coming).owner if other in brought or _bought(moment, other, coming) else None
        if owner:
            yield other, owner


def relations(moment: Moment, argument: Mapping[str, object]) -> Iterator[tuple[Relate, str]]:
    """Relations ``{as: [...], verified: true|false}`` with another customer, and that customer's record."""
    kinds, verified = argument.get("as"), argument.get("verified", True)
    kinds = kinds if isinstance(kinds, list) else [kinds]
    for person in sorted(moment.people):
        for relation in moment.timeline.relations(person):
            other = relation.to if relation.person in moment.people else relation.person
            if relation.as_ in kinds and relation.verified == verified and other not in moment.timeline.claimants:
                yield relation, other


@role
def companion_owner(moment: Moment) -> str | None:
    """Whose customer the existing customer is who comes along on this visit."""
    return next((owner for _, owner in companions(moment)), None)


@fact
def friend_of_customer(moment: Moment, argument: Argument) -> Found:
    """Before first coming, the customer was ``{as: [friend ...]}`` to somebody who had bought, or is referred; ``of``:
    that one is this role's customer."""
    coming = first_visit(moment)
    if not isinstance(argument, dict) or coming is None:
        return None
    wanted = ROLES[str(argument["of"])](moment) if "of" in argument else None
    known = [(r, other) for r, other in relations(moment, argument) if _bought(moment, other, coming)]
    sent = [(e, e.by) for e in moment.timeline.all(Refer, moment.people)]
    for shown, other in [*known, *sent]:
        owner = None if other in moment.people else _as_of(moment, other, coming).owner
        if owner and ("of" not in argument or owner == wanted):
            return when(True, shown)
    return None


@fact
def related(moment: Moment, argument: Argument) -> Found:
    """The customer is ``{as: [...], verified: true|false}`` to another; ``claimed: true``: to one whom somebody had
    or claimed when this customer first came."""
    coming = first_visit(moment)
    if not isinstance(argument, dict) or coming is None:
        return None
    for relation, other in relations(moment, argument):
        if "claimed" not in argument:
            return when(True, relation)
        state = _as_of(moment, other, coming)
        held = state.owner is not None or any(claim.runs(office_day(coming.at)) for claim in state.claims)
        if held == bool(argument["claimed"]):
            return when(True, relation)
    return None


@fact
def family_counts(moment: Moment, argument: Argument) -> Found:
    """Another record counts as this customer because of a proven relation of these kinds."""
    for person in sorted(moment.people):
        for relation in moment.timeline.relations(person):
            if relation.verified and relation.as_ in options(argument):
                return when(True, relation)
    return None
