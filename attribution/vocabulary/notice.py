"""When a report was made: within the day's cap, before an hour, and whether the office knew the customer already."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from heapq import merge
from itertools import chain

from attribution.entries import Arrive, Deal, Entry, Interact, Receive, Report
from attribution.periods import OFFICE, office_day
from attribution.state import Moment
from attribution.timeline import Timeline
from attribution.vocabulary.registry import Argument, Found, fact, once, options, quick, when


def _visits(known: Timeline, people: Collection[str]) -> Iterator[Entry]:
    """What shows that the customer had come, oldest first."""
    logged = (e for e in known.all(Interact, people) if e.kind == "visit")
    return merge(known.all(Arrive, people), known.all(Receive, people), logged, key=lambda e: e.at)


@once
def first_visit(moment: Moment) -> Entry | None:
    """The customer's first visit, this entry included; a deal without one stands for it."""
    otherwise = moment.timeline.deal if moment.entry is None else moment.entry
    return next(_visits(moment.past, moment.people), otherwise)


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
    known = moment.today if asked.get("today") else moment.past
    calls = (e for e in known.all(Interact, moment.people) if e.kind == "call" and "call" in kinds)
    found = chain(_visits(known, moment.people) if "visit" in kinds else (), calls)
    earlier = "today" in asked and not asked["today"]
    first = next((e for e in found if not earlier or office_day(e.at) != moment.day), None)
    return when((first is not None) == (argument is not False), first)


@fact
def first_came_today(moment: Moment, argument: Argument) -> Found:
    """The customer's first visit was on this day, before this entry (or was not)."""
    came = next(_visits(moment.past, moment.people), None)
    return when((came is not None and office_day(came.at) == moment.day) == bool(argument), came)


@quick
def coming(moment: Moment, argument: Argument) -> Found:
    """This entry shows the customer in the office: an arrival, a reception, a logged visit, a deal."""
    here = isinstance(moment.entry, (Arrive, Receive, Deal))
    here = here or (isinstance(moment.entry, Interact) and moment.entry.kind == "visit")
    return when(here == bool(argument))
