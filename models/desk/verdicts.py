"""What a report has come to: whether it was accepted, how long it protects its reporter, whether others stand against
it. Computed from the customer's timeline under the policy in force; pure, but for reading that timeline."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from attribution.decide import replay
from attribution.decision import Reason
from attribution.entries import Arrive, Report
from attribution.periods import office_day
from attribution.policy import Policy
from attribution.protection import Protection, counted, held_by, protected_until
from attribution.state import State
from attribution.timeline import DEVELOPER, PUBLIC, Timeline
from models.desk.identity import known_with, placed
from models.desk.reports import NewReport, said_in
from models.ledger.entry import LedgerEntry
from models.session import ReadSession
from models.timeline import timelines_of

ReportState = Literal["noted", "accepted", "rejected", "expired", "withdrawn"]
"""`noted`: put on record, but this policy makes nothing of a report; `expired`: accepted, and protects no more."""

AT_ONCE = 500
"""So many customers' timelines are held at a time."""

UNPROTECTED = Protection(holds=False, last_day=None)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a report is worth. ``conflict``: somebody else's claim stands against it; ``duplicate``: its reporter had
    reported this customer before, and that still held; ``late``: the customer had been in the office before. The
    reasons are those that rest on this report; whoever shows them leaves out the entries they cite: they may be about
    others."""

    state: ReportState
    protection: Protection
    conflict: bool = False
    duplicate: bool = False
    late: bool = False
    because: tuple[Reason, ...] = ()


def verdict_on(session: ReadSession, one: LedgerEntry, policy: Policy, *, now: datetime) -> Verdict:
    """The verdict on the report of entry ``one`` as things stand at ``now`` (aware)."""
    return verdicts_on(session, [one], policy, now=now)[0]


def verdicts_on(
    session: ReadSession, reports: Sequence[LedgerEntry], policy: Policy, *, now: datetime
) -> list[Verdict]:
    """The verdict on each of these reports, as `verdict_on` gives it."""
    people = [said_in(one)["person"] for one in reports]
    timelines = timelines_of(session, dict.fromkeys(people, ()))
    return [
        verdict(timelines[person], str(one.seq), policy, now=now) for one, person in zip(reports, people, strict=True)
    ]


def verdict(timeline: Timeline, report_id: str, policy: Policy, *, now: datetime) -> Verdict:
    """The verdict on the report with this id, which is missing from its customer's ``timeline`` once withdrawn."""
    report = timeline.first(Report, where=lambda one: one.id == report_id)
    if report is None:
        return Verdict(state="withdrawn", protection=UNPROTECTED)
    place = timeline.place(report)
    then = Timeline(entries=timeline.entries[: place + 1], claimants=timeline.claimants)
    filed = replay(then, policy, report.person)
    protection = protected_until(timeline, policy, report.person, report.by, after=now)
    people = timeline.human(report.person)
    return Verdict(
        state=_state(filed, report, protection),
        protection=protection,
        conflict=_has_rival(timeline, policy, report, now),
        duplicate=_is_repeated(then, policy, report),
        late=any(came.person in people or people & {*came.with_} for came in then.all(Arrive)),
        because=_because(filed, report),
    )


@dataclass(frozen=True, kw_only=True)
class Foresight:
    """How many reports are about customers nobody knew, repeat one of the same reporter, meet somebody else's claim."""

    new: int
    duplicate: int
    conflict: int


def foreseen(session: ReadSession, reports: Sequence[NewReport], policy: Policy, *, now: datetime) -> Foresight:
    """What these reports would come to, were they made now, in this order. Nothing is written."""
    of_person: dict[str, list[Report]] = defaultdict(list)
    places = placed(reports, known_with(session, {one.phone for one in reports}))
    for number, (one, place) in enumerate(zip(reports, places, strict=True)):
        entry = one.entry(place.person).model_copy(update={"id": f"new {number}"})
        of_person[place.person].append(entry)
    fresh = {place.person for place in places if place.is_new}
    asked = [person for person, made in of_person.items() if person not in fresh or len(made) > 1]
    duplicate = conflict = 0
    for start in range(0, len(asked), AT_ONCE):
        some = {person: {entry.by for entry in of_person[person]} for person in asked[start : start + AT_ONCE]}
        for person, timeline in timelines_of(session, some).items():
            for entry in of_person[person]:
                timeline = Timeline(entries=[*timeline.entries, entry], claimants=timeline.claimants)
                duplicate += _is_repeated(timeline, policy, entry)
                conflict += _has_rival(timeline, policy, entry, now)
    return Foresight(new=len(fresh), duplicate=duplicate, conflict=conflict)


def _state(filed: State, report: Report, protection: Protection) -> ReportState:
    is_accepted = filed.report == "accepted" or any(report.id in claim.entries for claim in filed.claims)
    if filed.report == "rejected" or not is_accepted:
        return "rejected" if filed.report == "rejected" else "noted"
    return "accepted" if protection.holds else "expired"


def _has_rival(timeline: Timeline, policy: Policy, report: Report, now: datetime) -> bool:
    """Somebody else has a running claim, or would have the customer if they came today by themselves."""
    mine = {report.by, counted(timeline, policy, report.by), DEVELOPER, PUBLIC}
    known, today = timeline.until(now), office_day(now)
    claims = {claim.who for claim in replay(known, policy, report.person).claims if claim.runs(today)}
    return bool((claims | held_by(known, policy, report.person, today, led_by=None)) - mine)


def _is_repeated(then: Timeline, policy: Policy, report: Report) -> bool:
    before = then.before(report)
    if before.last(Report, before.human(report.person), lambda one: one.by == report.by) is None:
        return False
    me, day = counted(then, policy, report.by), office_day(report.at)
    running = any(claim.who == me and claim.runs(day) for claim in replay(before, policy, report.person).claims)
    return running or "report" not in policy.rules_for


def _because(filed: State, report: Report) -> tuple[Reason, ...]:
    mine = {reason.clause: reason for reason in filed.reasons if report.id in reason.entries}
    return tuple(mine.values())
