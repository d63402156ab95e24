"""Roles (who is meant) and effects (what happens), shared by all policies."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from attribution.entries import Deal, HandOver, Receive, Rule
from attribution.state import Moment
from attribution.timeline import DEVELOPER, PUBLIC
from attribution.vocabulary.registry import ROLES, Argument, effect, options, role


@role
def developer(moment: Moment) -> str | None:
    """开发商: a natural visitor's owner."""
    return DEVELOPER


@role
def public(moment: Moment) -> str | None:
    """公用客户: the department's pool."""
    return PUBLIC


@role
def owner(moment: Moment) -> str | None:
    """Whose customer it is so far."""
    return moment.state.owner


@role
def former(moment: Moment) -> str | None:
    """Whose customer it was before."""
    return moment.state.former


@role
def receiver(moment: Moment) -> str | None:
    """Who receives now; at a deal or decision, who received last."""
    if isinstance(moment.entry, Receive):
        return moment.entry.by
    last = moment.past.last(Receive, moment.people)
    return last.by if last else None


@role
def closer(moment: Moment) -> str | None:
    """Who closed the deal: named in it, else whoever received last before it."""
    deal = moment.entry if isinstance(moment.entry, Deal) else moment.timeline.last(Deal, moment.people)
    if deal is None:
        return None
    if deal.closed_by:
        return deal.closed_by
    last = moment.timeline.before(deal).last(Receive, moment.people)
    return last.by if last else None


@role
def first_receiver(moment: Moment) -> str | None:
    """Who first received the customer with a valid registration."""
    first = moment.past.first(Receive, moment.people, lambda e: e.registered)
    return first.by if first else None


@role
def handed_to(moment: Moment) -> str | None:
    """To whom the manager hands the customer."""
    return moment.entry.to if isinstance(moment.entry, HandOver) else None


def who(moment: Moment, name: Argument) -> str:
    """The claimant a role stands for here, at the level at which the policy counts claims.

    Raises LookupError when nobody fills the role: the rule should have asked first.
    """
    found = ROLES[str(name)](moment)
    if found is None:
        raise LookupError(f"{moment.policy.policy}: nobody is {name!r} here; let the rule's `when` ask for it")
    return moment.counts_for(found)


def shares(moment: Moment, argument: Argument) -> dict[str, Fraction]:
    """``{role: share}`` as claimants and exact fractions; a role alone has it all, `rest` is what the others leave.
    Roles that are one person add up."""
    parts = argument if isinstance(argument, dict) else {str(argument): 1}
    left = 1 - sum((moment.policy.number(part) for part in parts.values() if part != "rest"), Fraction(0))
    total: dict[str, Fraction] = {}
    for name, part in parts.items():
        claimant = who(moment, name)
        total[claimant] = total.get(claimant, Fraction(0)) + (left if part == "rest" else moment.policy.number(part))
    if sum(total.values()) != 1:
        raise ValueError(f"{moment.policy.policy}: shares {dict(parts)} do not add up to 1")
    return total


@effect
def owner_is(moment: Moment, argument: Argument) -> None:
    """The customer is this role's from now on."""
    new = who(moment, argument)
    if new != moment.state.owner:
        moment.state.former, moment.state.owner = moment.state.owner, new
    moment.state.owner_entry = moment.entry


@effect
def nobody_owns(moment: Moment, argument: Argument) -> None:
    """The customer is nobody's: a new customer."""
    moment.state.former, moment.state.owner = moment.state.owner, None
    moment.state.owner_entry = None


@effect
def credit(moment: Moment, argument: Argument) -> None:
    """业绩: shares by role; commission follows unless it is given as well."""
    moment.state.credit = shares(moment, argument)


@effect
def commission(moment: Moment, argument: Argument) -> None:
    """佣金/提成: shares by role."""
    moment.state.commission = shares(moment, argument)


@effect
def review(moment: Moment, argument: Argument) -> None:
    """The text does not settle it: a person rules. `true`: nobody provisionally; a role: that one provisionally."""
    moment.state.status = "review"
    if argument is not True:
        moment.state.credit = shares(moment, argument)


@effect
def ruled(moment: Moment, argument: Argument) -> None:
    """The shares that the entry (a ruling or an agreement) states; `final` closes the matter."""
    to = getattr(moment.entry, "to", None)
    if isinstance(to, Mapping):
        moment.state.credit, moment.state.commission, moment.state.status = (
            dict(to),
            dict(to),
            "decided",
        )
        moment.state.closed = argument == "final"


@effect
def turn_kept(moment: Moment, argument: Argument) -> None:
    """Whether the stand-in keeps the turn in the rota."""
    moment.state.next_turn = bool(argument)


@effect
def fine(moment: Moment, argument: Argument) -> None:
    """A fine in yuan."""
    moment.state.fine = int(moment.policy.number(argument))


@effect
def report(moment: Moment, argument: Argument) -> None:
    """The fate of the report: accepted, rejected or expired."""
    if argument in ("accepted", "rejected", "expired"):
        moment.state.report = argument  # type: ignore[assignment]  # narrowed by the line above


@effect
def arrival(moment: Moment, argument: Argument) -> None:
    """How the visit counts: natural or reported."""
    moment.state.arrival = "reported" if argument == "reported" else "natural"


@effect
def mark(moment: Moment, argument: Argument) -> None:
    """Remember ``{name: role or word}`` for later rules (`marked`)."""
    if isinstance(argument, dict):
        for name, value in argument.items():
            moment.state.marks[name] = who(moment, str(value)) if str(value) in ROLES else str(value)


@effect
def unmark(moment: Moment, argument: Argument) -> None:
    """Forget a mark, or a list of them."""
    for name in options(argument):
        moment.state.marks.pop(str(name), None)


@effect
def cite(moment: Moment, argument: Argument) -> None:
    """Nothing happens; the clause is only quoted."""


def last_ruling(moment: Moment) -> Rule | None:
    """The newest ruling about this customer."""
    return moment.timeline.last(Rule, moment.people)
