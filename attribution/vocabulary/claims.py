"""Claims with a validity: led visits (brought through the door, confirmed the same day), renewal, expiry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

from attribution.entries import Arrive, Confirm, Deal
from attribution.periods import Period, office_day
from attribution.state import Claim, Moment
from attribution.timeline import Timeline
from attribution.vocabulary.registry import Argument, Found, effect, fact, once, when


@once
def visit_of(moment: Moment) -> Arrive | None:
    """The day's first visit on which the confirming agent came through the door with this customer."""
    entry = moment.entry
    if not isinstance(entry, Confirm):
        return None
    return moment.today.first(Arrive, where=lambda e: entry.by in e.door and bool({e.person, *e.with_} & moment.people))


def visit(moment: Moment, claim: Claim) -> Arrive | None:
    """The visit on which a claim rests."""
    return moment.timeline.first(Arrive, where=lambda e: e.id in claim.entries)


def claimant(moment: Moment) -> str | None:
    """For whom the act now read counts."""
    by = getattr(moment.entry, "by", None)
    return moment.counts_for(by) if isinstance(by, str) else None


@once
def reckoned(moment: Moment) -> date:
    """The day that counts: of the entry now read; at the decision of the deal, or of the last entry."""
    deal = moment.timeline.last(Deal, moment.people)
    return office_day((moment.entry or deal or moment.timeline.entries[-1]).at)


def running(moment: Moment, kinds: Sequence[object] | None = None) -> list[Claim]:
    """Claims (of these kinds) that hold on the day that counts; at the decision only those signed before the deal."""
    day, found = reckoned(moment), moment.state.claims
    deal = None if moment.entry else moment.timeline.last(Deal, moment.people)
    if deal is not None:
        made = {entry.id for entry in moment.timeline.before(deal).entries}
        found = [claim for claim in found if made.issuperset(claim.entries[:2])]
    return [claim for claim in found if claim.runs(day) and (kinds is None or claim.kind in kinds)]


def rivals(moment: Moment, kinds: Sequence[object] | None = None) -> list[Claim]:
    """Running claims of others than who acts now."""
    return [claim for claim in running(moment, kinds) if claim.who != claimant(moment)]


def kinds_in(argument: Mapping[str, object]) -> Sequence[object] | None:
    """The kinds of claim an argument names under `kind`, None for all."""
    kind = argument.get("kind")
    return None if kind is None else kind if isinstance(kind, list) else [kind]


@fact
def led(moment: Moment, argument: Argument) -> Found:
    """The confirmation is signed on the day on which this agent brought the customer through the door (or is not)."""
    found = visit_of(moment)
    return when((found is not None) == bool(argument), found)


@fact
def rival_claim(moment: Moment, argument: Argument) -> Found:
    """Another claimant's claim runs: ``{visit: earlier|same|later, kind: K, record: other}``; `other`: made under
    another record or phone of the same human being."""
    if not isinstance(argument, dict):
        return when(bool(rivals(moment)) == bool(argument))
    mine = visit_of(moment)
    found = [c for c in rivals(moment, kinds_in(argument)) if argument.get("visit") in (None, _when(moment, c, mine))]
    if argument.get("record") == "other":
        found = [c for c in found if _other_record(moment, c)]
    return tuple(id_ for c in found for id_ in c.entries) if found else None


def _when(moment: Moment, claim: Claim, mine: Arrive | None) -> str:
    theirs = visit(moment, claim)
    if mine is None or theirs is None or mine is theirs:
        return "same" if mine is theirs else "earlier"
    entries: Timeline = moment.timeline
    return "earlier" if entries.place(theirs) < entries.place(mine) else "later"


def _other_record(moment: Moment, claim: Claim) -> bool:
    now = moment.entry
    made = next((e for e in moment.past.all(Confirm, moment.people) if e.id in claim.entries), None)
    if not isinstance(now, Confirm) or made is None:
        return False
    return made.person != now.person or bool(made.phone and now.phone and made.phone != now.phone)


@fact
def own_claim(moment: Moment, argument: Argument) -> Found:
    """Who confirms has a running claim already; ``{kind: K}``; ``{ends_in: N}``: it ends in 1 to N days;
    ``{last_day: true}``: today is its last day."""
    given = argument if isinstance(argument, dict) else {}
    mine = [c for c in running(moment, kinds_in(given)) if c.who == claimant(moment)]
    left = [(c.last_day - moment.day).days for c in mine]
    if "ends_in" in given:
        return when(any(1 <= days <= moment.policy.number(given["ends_in"]) for days in left))
    if given.get("last_day"):
        return when(0 in left)
    return when(bool(mine) == (argument is not False))


@fact
def claim_ended(moment: Moment, argument: Argument) -> Found:
    """An earlier claim to the customer ended before the day that counts; `true`/`false`, or ``{kind: K}``."""
    kinds = kinds_in(argument) if isinstance(argument, dict) else None
    day = reckoned(moment)
    over = [c for c in moment.state.claims if c.last_day < day and (kinds is None or c.kind in kinds)]
    if argument is False:
        return None if over else ()
    return tuple(id_ for c in over for id_ in c.entries) if over else None


@fact
def claims_run(moment: Moment, argument: Argument) -> Found:
    """On the day of the deal claims run: ``{of: own|kin|any|both, kind: K, claimants: several}`` (made under the
    purchaser's own records, under somebody else's, either, each of the two)."""
    given = argument if isinstance(argument, dict) else {}
    found = chosen(moment, given)
    if argument is False:
        return None if found else ()
    if given.get("of") == "both" and len({claim.person in moment.people for claim in found}) < 2:
        return None
    if given.get("claimants") == "several" and len({claim.who for claim in found}) < 2:
        return None
    return tuple(id_ for c in found for id_ in c.entries) if found else None


def chosen(moment: Moment, given: Mapping[str, object]) -> list[Claim]:
    """Running claims as ``{of: own|kin|any, kind: K}`` asks, in the order in which they were signed."""
    of = given.get("of", "any")
    found = [
        claim
        for claim in running(moment, kinds_in(given))
        if of in ("any", "both") or (claim.person in moment.people) == (of == "own")
    ]
    place = {entry.id: index for index, entry in enumerate(moment.timeline.entries)}
    return sorted(found, key=lambda claim: place.get(claim.entries[1], 0))


@effect
def claim(moment: Moment, argument: Argument) -> None:
    """Who confirms has a claim from this led visit on: ``{kind: K, months|days: N}``; with ``after: rivals`` it is
    worth something only once the rivals' running claims have ended."""
    entry, found, who = moment.entry, visit_of(moment), claimant(moment)
    if not isinstance(entry, Confirm) or found is None or who is None or not isinstance(argument, dict):
        raise TypeError(f"{moment.policy.policy}: claim: {{kind, months}}, upon a confirmation of a led visit")
    start = moment.day
    last = _period(moment, argument).last_day(start)
    if argument.get("after") == "rivals":
        start = max(c.last_day for c in rivals(moment)) + timedelta(days=1)
    if start <= last:
        moment.state.claims.append(
            Claim(
                who=who,
                kind=str(argument["kind"]),
                from_day=start,
                last_day=last,
                clause="",
                entries=(found.id, entry.id),
                person=entry.person,
            )
        )


@effect
def renew(moment: Moment, argument: Argument) -> None:
    """The running claim of who confirms goes on: ``{months|days: N, offset_days: N}``, counted from so many days after
    its last day; with ``kind: K`` the new part is a claim of its own, of that kind."""
    entry, found = moment.entry, visit_of(moment)
    if entry is None or found is None or not isinstance(argument, dict):
        raise TypeError(f"{moment.policy.policy}: renew: {{months, offset_days}}, upon a confirmation of a led visit")
    for index, old in enumerate(moment.state.claims):
        if old.who != claimant(moment) or not old.runs(moment.day):
            continue
        start = old.last_day + timedelta(days=int(moment.policy.number(argument.get("offset_days", 0))))
        last = _period(moment, argument).last_day(start)
        if "kind" in argument:
            fresh = replace(old, kind=str(argument["kind"]), from_day=start, last_day=last)
            moment.state.claims.append(replace(fresh, entries=(found.id, entry.id)))
        else:
            moment.state.claims[index] = replace(old, last_day=last, entries=(*old.entries, found.id, entry.id))
        return


def _period(moment: Moment, argument: Mapping[str, object]) -> Period:
    return moment.policy.period({key: argument[key] for key in ("months", "days") if key in argument})


@effect
def displace(moment: Moment, argument: Argument) -> None:
    """The rivals' running claims were none: `true` takes them away, a word makes them claims of that kind."""
    for rival in rivals(moment):
        index = moment.state.claims.index(rival)
        if argument is True:
            del moment.state.claims[index]
        else:
            moment.state.claims[index] = replace(rival, kind=str(argument))


@effect
def credit_claims(moment: Moment, argument: Argument) -> None:
    """业绩 to whoever signed first among the running claims: ``{of: own|kin|any, kind: K, share: S}``; claims to one
    record on one visit share, S each."""
    given = argument if isinstance(argument, dict) else {}
    found = chosen(moment, given)
    shared = [c for c in found if (c.entries[0], c.person) == (found[0].entries[0], found[0].person)]
    owners = list(dict.fromkeys(c.who for c in shared))
    part = Fraction(1) if len(owners) == 1 else moment.policy.number(given.get("share"))
    if part * len(owners) != 1:
        raise ValueError(f"{moment.policy.policy}: {len(owners)} claims of one visit, {part} each, do not add up to 1")
    moment.state.credit = dict.fromkeys(owners, part)
