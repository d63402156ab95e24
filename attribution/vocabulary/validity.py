"""Whether a report counts: what it must hold, the proof it carries, and how it compares with the visit sheet."""

from __future__ import annotations

from attribution.entries import Arrive, Complain, Link, Receive, Report
from attribution.periods import office_day
from attribution.state import Moment
from attribution.vocabulary.registry import ROLES, Argument, Found, effect, fact, options, role, when
from attribution.vocabulary.reports import picked


def reporting(moment: Moment) -> Report | None:
    """The report a rule is about: the entry itself, else the last one before it."""
    return moment.entry if isinstance(moment.entry, Report) else moment.past.last(Report, moment.people)


@role
def party_reporter(moment: Moment) -> str | None:
    """The agent to whom others of this visiting party belong, or for whom they are reported; none if several."""
    came = moment.entry
    if not isinstance(came, Arrive):
        return None
    found: set[str | None] = set()
    for person in sorted({came.person, *came.with_} - moment.people):
        other = moment.ask(moment.past, person)
        held = {one.who for one in other.claims if one.runs(moment.day)}
        found |= {other.owner} if other.owner and held else held
    agents = [who for who in found if who and who in moment.timeline.claimants]
    return agents[0] if len(agents) == 1 else None


@fact
def report_lacks(moment: Moment, argument: Argument) -> Found:
    """The report lacks one of these fields (name, phone, visit_at ...)."""
    report = reporting(moment)
    if report is None:
        return None
    return when(not all(getattr(report, str(name)) for name in options(argument)), report)


@fact
def works_for(moment: Moment, argument: Argument) -> Found:
    """These roles are filled by somebody who works for a team or distributor."""
    known = [moment.timeline.claimants.get(ROLES[str(one)](moment) or "") for one in options(argument)]
    return when(all(one is not None and one.of for one in known))


@fact
def report_came_to(moment: Moment, argument: Argument) -> Found:
    """What became of the last report so far: accepted, rejected or expired."""
    return when(moment.state.report in options(argument), reporting(moment))


@fact
def planned_within(moment: Moment, argument: Argument) -> Found:
    """The visit is announced for a day within ``{days|months: N}`` of the report."""
    report = reporting(moment)
    if report is None or report.visit_at is None:
        return None
    window = moment.policy.period(argument)
    return when(window.holds(office_day(report.at), office_day(report.visit_at)), report)


@fact
def proven_before_visit(moment: Moment, argument: Argument) -> Found:
    """The report carries a proof of one of these kinds (chat, call_log) dated before the visit that settled whose
    customer it is."""
    report, visit = reporting(moment), moment.state.owner_entry
    if report is None or visit is None or report.proof not in options(argument) or report.proof_at is None:
        return None
    return when(report.proof_at < visit.at, visit)


@fact
def claims_made(moment: Moment, argument: Argument) -> Found:
    """How many such claims were made, running or not: ``{at_least: N, more_than: N, kind: [...], by: role}``."""
    if not isinstance(argument, dict):
        return None
    found = picked(moment, argument)
    if "at_least" in argument and len(found) < moment.policy.number(argument["at_least"]):
        return None
    if "more_than" in argument and len(found) <= moment.policy.number(argument["more_than"]):
        return None
    return tuple(entry for one in found for entry in one.entries)


@fact
def phones_differ(moment: Moment, argument: Argument) -> Found:
    """The number on the visit sheet is not that of any report of the customer, masked digits aside: ``{head: N,
    tail: N}`` digits are compared."""
    sheet = moment.entry if isinstance(moment.entry, Receive) else None
    if sheet is None:
        sheet = moment.past.last(Receive, moment.people, lambda e: e.phone is not None)
    reports = [e for e in moment.timeline.all(Report, moment.people) if e.phone]
    if sheet is None or sheet.phone is None or not reports or not isinstance(argument, dict):
        return None
    head, tail = (int(moment.policy.number(argument[part])) for part in ("head", "tail"))
    seen = {(str(e.phone)[:head], str(e.phone)[-tail:]) for e in reports}
    return when((sheet.phone[:head], sheet.phone[-tail:]) not in seen, sheet, *reports)


@fact
def linked(moment: Moment, argument: Argument) -> Found:
    """A link says that two records are (`true`) or are not (`false`) this one human being."""
    links = [e for e in moment.timeline.about(moment.people) if isinstance(e, Link) and e.verified == argument]
    link = links[-1] if links else None
    return when(link, link)


@fact
def against(moment: Moment, argument: Argument) -> Found:
    """The upheld complaint now read is against one of these roles."""
    if not isinstance(moment.entry, Complain):
        return None
    return when(moment.entry.against in {ROLES[str(one)](moment) for one in options(argument)})


@effect
def drop_claims(moment: Moment, argument: Argument) -> None:
    """Claims picked as in `claim_runs` are forgotten: they have served."""
    served = picked(moment, argument)
    moment.state.claims[:] = [one for one in moment.state.claims if one not in served]
