"""报备: claims that run for a period (first, second, repeat reports; being led in), and which of them count on a day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from attribution.entries import Arrive, Deal, Report
from attribution.periods import office_day
from attribution.state import Claim, Moment
from attribution.vocabulary.basics import who
from attribution.vocabulary.registry import ROLES, Argument, Found, effect, fact, options, role, when


def picked(moment: Moment, argument: Argument) -> list[Claim]:
    """The claims meant by `true`, kinds, or any of ``{kind: [...], by: role, not_by: role}``, oldest first."""
    asked = argument if isinstance(argument, Mapping) else {} if isinstance(argument, bool) else {"kind": argument}
    found = list(moment.state.claims)
    if "kind" in asked:
        found = [claim for claim in found if claim.kind in options(asked["kind"])]
    if "by" in asked:
        found = [claim for claim in found if claim.who == _counted(moment, asked["by"])]
    if "not_by" in asked:
        found = [claim for claim in found if claim.who != _counted(moment, asked["not_by"])]
    return sorted(found, key=lambda claim: claim.from_day)


def running(moment: Moment, argument: Argument = True) -> list[Claim]:
    """Those of them that run on this day, oldest first."""
    return [claim for claim in picked(moment, argument) if claim.runs(moment.day)]


def _counted(moment: Moment, name: Argument) -> str | None:
    found = ROLES[str(name)](moment)
    return None if found is None else moment.counts_for(found)


def _entries(claims: list[Claim]) -> tuple[str, ...]:
    return tuple(entry for claim in claims for entry in claim.entries)


def visit(moment: Moment) -> Arrive | None:
    """The visit a rule is about: the entry itself, else the last one of this day before it."""
    if isinstance(moment.entry, Arrive):
        return moment.entry
    return moment.past.last(Arrive, moment.people, lambda e: office_day(e.at) == moment.day)


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
def leader(moment: Moment) -> str | None:
    """Who leads the customer in on this visit: the first agent over the sill."""
    return next(iter(agents_at_the_door(moment, visit(moment))), None)


@role
def first_leader(moment: Moment) -> str | None:
    """The agent who was the first ever to lead the customer in."""
    led = moment.past.first(Arrive, moment.people, lambda e: bool(agents_at_the_door(moment, e)))
    return next(iter(agents_at_the_door(moment, led)), None)


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
def latest_claimant(moment: Moment) -> str | None:
    """Who holds the newest claim that runs on this day."""
    return next((claim.who for claim in reversed(running(moment))), None)


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
    if not isinstance(argument, Mapping):
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
    deal = moment.timeline.last(Deal, moment.people)
    after = deal is not None and moment.entry is not None and deal in moment.past.entries
    return when(after != bool(argument))


@effect
def claim(moment: Moment, argument: Argument) -> None:
    """A claim runs from this entry's day: ``{kind: word, months|days: N}``, of the role in ``by`` (else the entry's
    ``by``); ``clause`` tells the claim's own clause."""
    if not isinstance(argument, Mapping) or moment.entry is None:
        raise TypeError(f"{argument!r}: a claim is {{kind: word, months|days: N, by: role}}")
    length = moment.policy.period({key: argument[key] for key in ("days", "months") if key in argument})
    name = who(moment, argument["by"]) if "by" in argument else moment.counts_for(str(getattr(moment.entry, "by", "")))
    moment.state.claims.append(
        Claim(
            who=name,
            kind=str(argument["kind"]),
            from_day=moment.day,
            last_day=length.last_day(moment.day),
            clause=str(argument.get("clause", "")),
            entries=(moment.entry.id,),
            person=str(getattr(moment.entry, "person", "")),
        )
    )


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
    latest = isinstance(argument, Mapping) and argument.get("order") == "latest"
    new = found[-1 if latest else 0].who if found else None
    if new != moment.state.owner:
        moment.state.former, moment.state.owner = moment.state.owner, new
    moment.state.owner_entry = moment.entry
