"""What bears on a deal. A commission is earned by the deal: whoever the customer deals with afterwards, or whoever
leaves, earns or loses the next one.

    ... report, visit, confirmation ... DEAL | dispute, ruling, agreement, link, relation | next deal | ruling
    everything before it                     | what settles it                           | if one was due
"""

from __future__ import annotations

from attribution.entries import Agree, Deal, Dispute, Link, Relate, Rule
from attribution.periods import office_day
from attribution.timeline import Timeline

SETTLING = (Dispute, Rule, Agree, Link, Relate)
"""What may be found or settled about a deal after it."""


def following(timeline: Timeline, deal: Deal) -> Deal | None:
    """The next deal of the same human being. What is bought on one day at the office is one purchase."""
    people = timeline.human(deal.person)
    day = office_day(deal.at)
    return timeline.after(deal).first(Deal, people, where=lambda one: office_day(one.at) > day)


def bearing_on(timeline: Timeline, deal: Deal) -> Timeline:
    """The record on which a ``deal`` of the timeline is decided: everything up to it, and what settles it until the
    next deal. What comes after that is about the next deal, but for the ruling in a dispute that was open by then."""
    until = _until_next(timeline, deal)
    before, after = timeline.before(deal).entries, until.after(deal).entries
    entries = [*before, deal, *(one for one in after if isinstance(one, SETTLING))]
    coming = following(timeline, deal)
    if coming is not None and contested(until, deal):
        late = timeline.after(coming).first(Rule, timeline.human(deal.person))
        entries += [late] if late is not None else []
    return Timeline(entries=entries, claimants=timeline.claimants)


def contested(record: Timeline, deal: Deal) -> bool:
    """Whether a dispute about the customer of a ``deal`` waits for a ruling at the end of a record."""
    people = record.human(deal.person)
    dispute, ruling = record.last(Dispute, people), record.last(Rule, people)
    return dispute is not None and (ruling is None or record.place(ruling) < record.place(dispute))


def _until_next(timeline: Timeline, deal: Deal) -> Timeline:
    coming = following(timeline, deal)
    return timeline if coming is None else timeline.before(coming)
