"""When a report was made: within the day's cap, before an hour, and whether the office knew the customer already."""

from __future__ import annotations

from attribution.entries import Arrive, Deal, Entry, Interact, Receive, Report
from attribution.periods import OFFICE, office_day
from attribution.state import Moment
from attribution.vocabulary.registry import Argument, Found, fact, once, options, quick, when


@once
def visits(moment: Moment) -> tuple[Entry, ...]:
    """What shows that the customer had come before this entry, oldest first."""
    past, people = moment.past, moment.people
    logged = (e for e in past.all(Interact, people) if e.kind == "visit")
    return tuple(sorted([*past.all(Arrive, people), *past.all(Receive, people), *logged], key=lambda e: e.at))


@once
def first_visit(moment: Moment) -> Entry | None:
    """The customer's first visit, this entry included; a deal without one stands for it."""
    came = visits(moment)
    if came:
        return came[0]
    return moment.timeline.deal if moment.entry is None else moment.entry


@fact
def before_hour(moment: Moment, argument: Argument) -> Found:
    """This entry was made before that hour of the office's day."""
    return when(moment.entry and moment.entry.at.astimezone(OFFICE).hour < moment.policy.number(argument))


@fact
def list_full(moment: Moment, argument: Argument) -> Found:
    """With this report the team's list of the day holds more customers than ``{cap: N, via: list}`` allows."""
    report = moment.entry
    if not isinstance(argument, dict) or not isinstance(report, Report):
        return None
    listed = [
        e
        for e in moment.past.all(Report)
        if office_day(e.at) == moment.day
        and e.via in options(argument["via"])
        and _team(moment, e) == _team(moment, report)
    ]
    return when(sum(e.count for e in listed) + report.count > moment.policy.number(argument["cap"]), *listed)


def _team(moment: Moment, report: Report) -> str:
    claimant = moment.timeline.claimants.get(report.by)
    return claimant.of if claimant and claimant.of else report.by


@fact
def contacted(moment: Moment, argument: Argument) -> Found:
    """The customer had called or come before this entry: `true`/`false`, or ``{kind: [call, visit], today: true}``."""
    asked = argument if isinstance(argument, dict) else {}
    kinds = options(asked.get("kind", ["call", "visit"]))
    found = [*visits(moment)] if "visit" in kinds else []
    if "call" in kinds:
        found += [e for e in moment.past.all(Interact, moment.people) if e.kind == "call"]
    if "today" in asked:
        found = [e for e in found if (office_day(e.at) == moment.day) == bool(asked["today"])]
    return when(bool(found) == (argument is not False), *found[:1])


@fact
def first_came_today(moment: Moment, argument: Argument) -> Found:
    """The customer's first visit was on this day, before this entry (or was not)."""
    came = visits(moment)
    return when((bool(came) and office_day(came[0].at) == moment.day) == bool(argument), *came[:1])


@quick
def coming(moment: Moment, argument: Argument) -> Found:
    """This entry shows the customer in the office: an arrival, a reception, a logged visit, a deal."""
    here = isinstance(moment.entry, (Arrive, Receive, Deal))
    here = here or (isinstance(moment.entry, Interact) and moment.entry.kind == "visit")
    return when(here == bool(argument))
