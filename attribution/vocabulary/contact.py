"""How consultant and customer kept in touch: appointments, calls, how long ago, visits in a row, who found out when."""

from __future__ import annotations

from attribution.entries import Arrive, Deal, Dispute, Entry, FollowUp, Interact, Receive, Report
from attribution.periods import Period, office_day
from attribution.state import Moment
from attribution.vocabulary.reception import reception
from attribution.vocabulary.registry import (
    FACTS,
    ROLES,
    Argument,
    Found,
    fact,
    options,
    quick,
    role,
    until_change,
    when,
)


@role
def actor(moment: Moment) -> str | None:
    """Who did what is being read: the entry's `by`."""
    by = getattr(moment.entry, "by", None)
    return by if by in moment.timeline.claimants else None


@fact
def either(moment: Moment, argument: Argument) -> Found:
    """At least one of several facts holds: ``{fact: argument, ...}``."""
    if not isinstance(argument, dict):
        return None
    answers = (FACTS[name](moment, given) for name, given in argument.items())
    return next((found for found in answers if found is not None), None)


@quick
def interaction(moment: Moment, argument: Argument) -> Found:
    """The interaction being read is of one of these kinds: call, visit, follow_up."""
    return when(isinstance(moment.entry, Interact) and moment.entry.kind in options(argument), moment.entry)


@fact
def says_first_visit(moment: Moment, argument: Argument) -> Found:
    """The visitor says (or does not say) on arrival that day that it is the first visit."""
    came = moment.today.last(Arrive, moment.people)
    return when((came is not None and came.claims_first) == bool(argument), came)


@fact
def appointed(moment: Moment, argument: Argument) -> Found:
    """The role put an appointment with the customer on record before; ``{with: role, today: true}``: for this day;
    ``{with: role, renewed: true}``: since the role last received the customer."""
    given = argument if isinstance(argument, dict) else {"with": argument}
    name = ROLES[str(given["with"])](moment)
    if name is None:
        return None
    seen = moment.past.last(Receive, moment.people, lambda e: e.by == name) if given.get("renewed") else None
    known = moment.past.after(seen) if seen else moment.past
    last = known.last(
        Report,
        moment.people,
        lambda e: e.by == name and e.visit_at is not None and (not given.get("today") or _due(e) == moment.day),
    )
    return when(last, last)


@fact
def in_touch_before(moment: Moment, argument: Argument) -> Found:
    """The role had reported the customer, spoken to them or called them before anybody received them."""
    name, first = ROLES[str(argument)](moment), moment.timeline.first(Receive, moment.people)
    known = moment.timeline.before(first) if first else moment.past
    touches: list[Report | Interact | FollowUp] = [
        *known.all(Report, moment.people),
        *known.all(Interact, moment.people),
        *known.all(FollowUp, moment.people),
    ]
    found = next((touch for touch in touches if touch.by == name), None)
    return when(name is not None and found, found)


def _due(report: Report) -> object:
    return office_day(report.visit_at) if report.visit_at else None


@until_change
def _last_touch(moment: Moment) -> Entry | None:
    mine, people, known = moment.state.owner, moment.people, moment.past
    last: Entry | None = known.last(Receive, people, lambda e: e.by == mine)
    known = known.after(last) if last else known
    last = known.last(FollowUp, people, lambda e: e.by == mine) or last
    known = known.after(last) if last else known
    last = known.last(Interact, people, lambda e: e.by == mine) or last
    known = known.after(last) if last else known
    return known.last(Report, people, lambda e: e.by == mine and e.visit_at is not None) or last


@fact
def out_of_touch(moment: Moment, argument: Argument) -> Found:
    """How long ago the owner's last contact (reception, call-back, interaction, appointment) was, where the document
    gives the limit in both ``days`` and ``months`` and does not say which day ends it; ``is``: `within` both,
    `over` (past both), `unclear` (on the last of the days, or past only one)."""
    last = _last_touch(moment)
    if last is None or not isinstance(argument, dict):
        return None
    start, days = office_day(last.at), int(moment.policy.number(argument["days"]))
    gone = (moment.day - start).days
    month_over = moment.day > Period(months=int(moment.policy.number(argument["months"]))).last_day(start)
    sure = gone != days and (gone > days) == month_over
    answer = "unclear" if not sure else "over" if month_over else "within"
    return when(answer in options(argument["is"]), last)


@fact
def called_after(moment: Moment, argument: Argument) -> Found:
    """The customer called the role after this reception and before any deal."""
    last, name = reception(moment), ROLES[str(argument)](moment)
    if last is None or name is None:
        return None
    later = moment.timeline.after(last)
    deal = later.first(Deal, moment.people)
    known = later.before(deal) if deal else later
    call = known.first(Interact, moment.people, lambda e: e.by == name and e.kind == "call")
    return when(call, last, call)


@fact
def visits_in_row(moment: Moment, argument: Argument) -> Found:
    """``{by: role, at_least: N}``: the role received, this time included, so often since ``without`` (a role) last did;
    ``informed: true``: counting only receptions of which the owner was told. Unregistered ones never count."""
    if not isinstance(argument, dict):
        return None
    by, without = (ROLES[str(argument.get(key, default))](moment) for key, default in _ROW.items())
    until = moment.past.last(Receive, moment.people, lambda e: e.registered and e.by == without)
    since = moment.past.after(until) if until else moment.past
    here = [moment.entry] if isinstance(moment.entry, Receive) else []
    visits = (*since.all(Receive, moment.people), *here)
    row = [e for e in visits if e.registered and e.by == by and (e.informed or not argument.get("informed"))]
    return when(len(row) >= moment.policy.number(argument["at_least"]), *row)


_ROW = {"by": "receiver", "without": "owner"}


@fact
def disputed(moment: Moment, argument: Argument) -> Found:
    """Somebody contests (`true`), or against the deal: ``{by: role, found: before|same_day|later}``, the day on which
    that one found out."""
    if isinstance(argument, bool):
        contest = moment.timeline.last(Dispute, moment.people)
        return when((contest is not None) == argument, contest)
    deal = moment.timeline.last(Deal, moment.people)
    if deal is None or not isinstance(argument, dict):
        return None
    name = ROLES[str(argument["by"])](moment)
    for dispute in moment.timeline.all(Dispute, moment.people):
        found, day = office_day(dispute.at), office_day(deal.at)
        word = "same_day" if found == day else "later" if found > day else "before"
        if dispute.by == name and word in options(argument["found"]):
            return when(True, dispute)
    return None
