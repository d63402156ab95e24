"""How long somebody's claim to a customer lasts: found by deciding what a visit would come to on a later day, so that
it is what the rules say, whatever they say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from attribution.decide import decide, replay
from attribution.entries import Arrive
from attribution.periods import OFFICE, office_day
from attribution.policy import Policy
from attribution.timeline import Timeline

HORIZON_DAYS = 400
"""What still holds then has no end worth telling."""

LAST_OF_DAY = time(23, 59)
"""A claim holds on a whole day (民法典 203): the visit is supposed at its end."""


@dataclass(frozen=True, kw_only=True)
class Protection:
    """Whether a claim ``holds`` on the day asked about or the next one, and the last calendar day on which it still
    will; None when it does not hold, or does not end within `HORIZON_DAYS`."""

    holds: bool
    last_day: date | None

    def days_left(self, today: date) -> int | None:
        """How many days after ``today`` it still holds; None as for ``last_day``."""
        return None if self.last_day is None else (self.last_day - today).days


def protected_until(timeline: Timeline, policy: Policy, person: str, claimant: str, *, after: datetime) -> Protection:
    """Until when a visit of ``person``, led in by ``claimant`` (an agent or consultant), would be decided for the
    claimant, on what was recorded up to ``after`` (aware) and nothing that happens later.

    A claim that ended is taken not to begin anew by itself, so the last day is found by bisection.
    """
    known, start = timeline.until(after), office_day(after)

    mine = {claimant, counted(known, policy, claimant)}

    def is_theirs(days: int) -> bool:
        return bool(held_by(known, policy, person, start + timedelta(days=days), led_by=claimant) & mine)

    # rules that ask for a report some hours before the visit make a late evening's begin with the next day
    held = next((days for days in (0, 1) if is_theirs(days)), None)
    if held is None:
        return Protection(holds=False, last_day=None)
    for last in {claim.last_day for claim in replay(known, policy, person).claims if claim.who in mine}:
        # a good guess spares most of the search
        days = (last - start).days
        if held <= days < HORIZON_DAYS and is_theirs(days) and not is_theirs(days + 1):
            return Protection(holds=True, last_day=last)
    if is_theirs(HORIZON_DAYS):
        return Protection(holds=True, last_day=None)
    ended = HORIZON_DAYS
    while ended - held > 1:
        middle = (held + ended) // 2
        held, ended = (middle, ended) if is_theirs(middle) else (held, middle)
    return Protection(holds=True, last_day=start + timedelta(days=held))


def held_by(known: Timeline, policy: Policy, person: str, day: date, *, led_by: str | None) -> frozenset[str]:
    """Who would have a share in ``person`` if they came on ``day``, led in by somebody or (None) alone; nobody while a
    person has to rule."""
    at = datetime.combine(day, LAST_OF_DAY, OFFICE)
    visit = Arrive(do="arrive", at=at, person=person, door={led_by: (0.0, 0.0)} if led_by else {})
    supposed = Timeline(entries=[*known.entries, visit], claimants=known.claimants)
    decided = decide(supposed, policy, person=person)
    if decided.status == "review":
        return frozenset()
    shares = [*(decided.credit or {}).items(), *(decided.commission or {}).items()]
    return frozenset(who for who, share in shares if share)


def counted(timeline: Timeline, policy: Policy, claimant: str) -> str:
    """For whom an act of ``claimant`` counts: themselves, or their distributor where the policy says so."""
    return timeline.distributor(claimant) if policy.claims_of == "distributor" else claimant
