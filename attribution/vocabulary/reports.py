"""报备: claims that run for a period (first, second, repeat reports; being led in), and which count on a day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

from attribution.entries import Activity, Arrive, Deal, Depart, FollowUp, Interact, Report
from attribution.periods import office_day
from attribution.state import Claim, Moment
from attribution.vocabulary.basics import who
from attribution.vocabulary.registry import ROLES, Argument, Found, effect, fact, once, options, role, when


def picked(moment: Moment, argument: Argument) -> list[Claim]:
    """The claims meant by `true`, kinds, or any of ``{kind: [...], by: role, not_by: role, newer_than_min: N}`` (made
    less than so many minutes before this entry), oldest first."""
    asked = argument if isinstance(argument, dict) else {} if isinstance(argument, bool) else {"kind": argument}
    found = list(moment.state.claims)
    if "kind" in asked:
        found = [claim for claim in found if claim.kind in options(asked["kind"])]
    if "by" in asked:
        found = [claim for claim in found if claim.who == _counted(moment, asked["by"])]
    if "not_by" in asked:
        found = [claim for claim in found if claim.who != _counted(moment, asked["not_by"])]
    if "newer_than_min" in asked and moment.entry is not None:
        since = moment.entry.at - timedelta(minutes=float(moment.policy.number(asked["newer_than_min"])))
        fresh = {e.id for e in moment.past.all(Report, moment.people) if e.at > since}
        found = [claim for claim in found if fresh & set(claim.entries)]
    return sorted(found, key=lambda claim: claim.from_day)


def running(moment: Moment, argument: Argument = True) -> list[Claim]:
    """Those of them that run on this day, oldest first."""
    return [claim for claim in picked(moment, argument) if claim.runs(moment.day)]


def _counted(moment: Moment, name: Argument) -> str | None:
    found = ROLES[str(name)](moment)
    return None if found is None else moment.counts_for(found)


def _entries(claims: list[Claim]) -> tuple[str, ...]:
    return tuple(entry for claim in claims for entry in claim.entries)


@once
def visit(moment: Moment) -> Arrive | None:
    """The visit a rule is about: the entry itself, else the last one of this day before it."""
    if isinstance(moment.entry, Arrive):
        return moment.entry
    return moment.today.last(Arrive, moment.people)


def agents_at_the_door(moment: Moment, came: Arrive | None) -> list[str]:
    """Agents who came through the door with the visitor, the first to cross first."""
    crossed = came.door if came else {}
    known = moment.timeline.claimants
    agents = [name for name in crossed if name in known and known[name].kind == "agent"]
    return sorted(agents, key=lambda name: crossed[name][0])


@role
def reporter(moment: Moment) -> str | None:
    """Who reports now; else who reported last."""
    last = moment.entry if isinstance(moment.entry, Report) else moment.past.last(Report, moment.people)
    return last.by if last else None


@role
def acting(moment: Moment) -> str | None:
    """Whose act this entry is (its ``by``), or who left."""
    return moment.entry.who if isinstance(moment.entry, Depart) else getattr(moment.entry, "by", None)


@role
def other_company(moment: Moment) -> str | None:
    """The other one of the two companies that sell, seen from whose act this entry is."""
    mine = acting(moment)
    companies = [name for name, one in moment.timeline.claimants.items() if one.kind == "distributor"]
    others = [name for name in companies if mine and name != moment.counts_for(mine)]
    return others[0] if len(companies) == 2 and len(others) == 1 else None


@role
def leader(moment: Moment) -> str | None:
    """Who leads the customer in on this visit: the first agent over the sill."""
    return next(iter(agents_at_the_door(moment, visit(moment))), None)


@role
def carried(moment: Moment) -> str | None:
    """Whose flyer or card the visitor holds."""
    came = visit(moment)
    return (came.carries.card or came.carries.dm) if came and came.carries else None


@role
def earliest_claimant(moment: Moment) -> str | None:
    """Who holds the oldest claim that runs on this day."""
    return next((claim.who for claim in running(moment)), None)


@role
def last_claimant(moment: Moment) -> str | None:
    """Who made the newest claim, running or not."""
    return next((claim.who for claim in reversed(picked(moment, True))), None)


@fact
def claim_runs(moment: Moment, argument: Argument) -> Found:
    """A claim runs on this day: `true`/`false`, kinds, or any of ``{kind: [...], by: role, not_by: role}``."""
    found = running(moment, argument)
    if argument is False:
        return when(not found)
    return _entries(found) if found else None


@fact
def claim_lapsed(moment: Moment, argument: Argument) -> Found:
    """Such a claim (as in `claim_runs`) was made, and none runs on this day."""
    found = picked(moment, argument)
    return _entries(found) if found and not running(moment, argument) else None


@fact
def claimants_running(moment: Moment, argument: Argument) -> Found:
    """How many claimants have running claims: ``{at_least: N, at_most: N, kind: [...], by: role, not_by: role}``."""
    if not isinstance(argument, dict):
        return None
    found = running(moment, argument)
    number = len({claim.who for claim in found})
    if "at_least" in argument and number < moment.policy.number(argument["at_least"]):
        return None
    if "at_most" in argument and number > moment.policy.number(argument["at_most"]):
        return None
    return _entries(found)


@fact
def led_in(moment: Moment, argument: Argument) -> Found:
    """An agent leads the customer in on this visit: `true`/`false`, or the role who does."""
    came, name = visit(moment), leader(moment)
    if isinstance(argument, bool):
        return when((name is not None) == argument, came)
    return when(name is not None and name in {ROLES[str(one)](moment) for one in options(argument)}, came)


@fact
def before_deal(moment: Moment, argument: Argument) -> Found:
    """This entry comes before the customer's (last) deal, or there is none; `false`: after it."""
    return when(_after_deal(moment) != bool(argument))


@once
def _after_deal(moment: Moment) -> bool:
    mine = moment.people
    deal = moment.timeline.last(Deal, where=lambda e: e.person in mine or e.confirmed_as in mine)
    if deal is None or moment.entry is None:
        return False
    return moment.timeline.place(deal) < moment.timeline.place(moment.entry)


@fact
def report_is(moment: Moment, argument: Argument) -> Found:
    """The report (this entry, else the last one) has these fields: ``{stage: first, via: [email, null], worked: false,
    proof: call_log}``; `null` stands for a field left out."""
    last = moment.entry if isinstance(moment.entry, Report) else moment.past.last(Report, moment.people)
    if last is None or not isinstance(argument, dict):
        return None
    return when(all(getattr(last, name) in options(value) for name, value in argument.items()), last)


@fact
def brought_by(moment: Moment, argument: Argument) -> Found:
    """The role led the customer in: ``{who: role, when: day}`` on this day, `earlier` only on an earlier day,
    `never` on no recorded visit; `unseen`: no visit at all was recorded so far."""
    visits = list(moment.past.all(Arrive, moment.people))
    if not isinstance(argument, dict):
        return when(not visits)
    name = ROLES[str(argument["who"])](moment)
    led = [came for came in visits if name in agents_at_the_door(moment, came)]
    today = [came for came in led if office_day(came.at) == moment.day]
    holds = {"day": bool(today), "earlier": bool(led) and not today, "never": bool(visits) and not led}
    return when(holds[str(argument["when"])], *(today or led[-1:]))


@fact
def proposed_before(moment: Moment, argument: Argument) -> Found:
    """The activity was announced to the developer before it took place (or was not)."""
    held = moment.entry
    if not isinstance(held, Activity):
        return None
    return when((held.proposed_at is not None and held.proposed_at < held.at) == bool(argument), held)


@fact
def tracked(moment: Moment, argument: Argument) -> Found:
    """The role followed the customer up without a break while its last claim ran: ``{by: role, max_gap_days: N}``, from
    the claim over each logged contact to the claim's end."""
    if not isinstance(argument, dict) or not (found := picked(moment, {"by": argument["by"]})):
        return None
    span = found[-1]
    logged: list[FollowUp | Interact] = [*moment.past.all(FollowUp, moment.people)]
    logged += moment.past.all(Interact, moment.people)
    contacts = [
        touch
        for touch in logged
        if touch.by and moment.counts_for(touch.by) == span.who and span.runs(office_day(touch.at))
    ]
    days = [span.from_day, *sorted(office_day(touch.at) for touch in contacts), span.last_day]
    longest = max((later - earlier).days for earlier, later in pairwise(days))
    return when(contacts and longest <= moment.policy.number(argument["max_gap_days"]), *contacts)


@effect
def make_claim(moment: Moment, argument: Argument) -> None:
    """A claim runs from this entry's day: ``{kind: word, months|days: N}`` (no period: without end), of the role in
    ``by`` (else whose act the entry is); ``clause`` tells the claim's own clause."""
    if not isinstance(argument, dict) or moment.entry is None:
        raise TypeError(f"{argument!r}: a claim is {{kind: word, months|days: N, by: role}}")
    moment.state.claims.append(
        Claim(
            who=who(moment, argument.get("by", "acting")),
            kind=str(argument["kind"]),
            from_day=moment.day,
            last_day=_last_day(moment, argument),
            clause=str(argument.get("clause", "")),
            entries=(moment.entry.id,),
            person=str(getattr(moment.entry, "person", "")),
        )
    )


@effect
def renew_claim(moment: Moment, argument: Argument) -> None:
    """The running claim of whose act this is runs on, ``{kind: [...], months|days: N}`` from this day."""
    if not isinstance(argument, dict) or moment.entry is None:
        raise TypeError(f"{argument!r}: a renewal is {{kind: word, months|days: N}}")
    mine = running(moment, {"kind": argument["kind"], "by": "acting"})
    end, entry = _last_day(moment, argument), moment.entry.id
    moment.state.claims[:] = [
        replace(one, last_day=max(one.last_day, end), entries=(*one.entries, entry)) if one in mine else one
        for one in moment.state.claims
    ]


def _last_day(moment: Moment, argument: Mapping[str, object]) -> date:
    length = {key: argument[key] for key in ("days", "months") if key in argument}
    return moment.policy.period(length).last_day(moment.day) if length else date.max


@effect
def end_claims(moment: Moment, argument: Argument) -> None:
    """Claims picked as in `claim_runs` end with the day before."""
    ended = picked(moment, argument)
    yesterday = moment.day - timedelta(days=1)
    moment.state.claims[:] = [
        replace(one, last_day=min(one.last_day, yesterday)) if one in ended else one for one in moment.state.claims
    ]


@effect
def owner_by_claim(moment: Moment, argument: Argument) -> None:
    """The customer belongs to the holder of the running claim picked as in `claim_runs`; the oldest one, or with
    ``order: latest`` the newest. Nobody's, if there is none."""
    found = running(moment, argument)
    latest = isinstance(argument, dict) and argument.get("order") == "latest"
    new = found[-1 if latest else 0].who if found else None
    if new != moment.state.owner:
        moment.state.former, moment.state.owner = moment.state.owner, new
    moment.state.owner_entry = moment.entry
