"""Whose a deal was: decided on what bears on it, under the policy in force when it was made."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from attribution.decide import decide
from attribution.decision import Decision
from attribution.entries import Deal
from attribution.timeline import Timeline
from models.decisions import Judged, StoredDecision, decisions_of
from models.desk.settlements.bearing import bearing_on, contested, following
from models.ledger.entry import LedgerEntry
from models.ledger.kinds import Erased
from models.ledger.particulars import Opened, committed, taken_out
from models.ledger.read import entries_about, entries_around
from models.policies import PolicyTexts, policy_for
from models.session import ReadSession
from models.timeline import timeline_from

ERASED = Erased.model_fields["do"].default


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What decides: the kept policy ``texts``, the policy of the settings, and the office's ``zone``."""

    texts: PolicyTexts
    settings_policy: str
    zone: ZoneInfo


@dataclass(frozen=True, kw_only=True)
class SoldTo:
    """Deal ``seq`` of customer ``person``, made ``at`` an instant."""

    seq: int
    person: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Whose a deal was: as ``stored``, or as ``judged`` and not on record. ``waits``: a person must rule first, as the
    rules cannot tell or a dispute is not settled."""

    decision: Decision
    stored: StoredDecision | None
    judged: Judged | None
    waits: bool


def judge(session: ReadSession, sold: SoldTo, rules: Rules, *, upto: int) -> Verdict:
    """Whose a deal was, by the record up to entry ``upto`` (its head).

    Where personal values that bear on it were erased, it cannot be computed as it was: the last decision on record from
    before the erasure stands, if there is one. Raises ``ModelsError`` when the policy or a decision cannot be read.
    """
    found = entries_around(session, sold.person)
    opened = taken_out(session, [json.loads(one.payload) for one in found])
    timeline = timeline_from(found, opened)
    deal = next(one for one in timeline.all(Deal) if one.id == str(sold.seq))
    record = bearing_on(timeline, deal)
    versions = decisions_of(session, sold.person, rules.texts)
    about = [one for one in versions if _is_about(one, sold, following(timeline, deal))]
    erased = _erased_since(session, found, record, opened)
    if erased is not None and (kept := [one for one in about if one.seq < erased]):
        return _verdict(kept[-1].decision, kept[-1], None, contested(record, deal))

    policy = policy_for(
        session, record, sold.person, texts=rules.texts, settings_policy=rules.settings_policy, at=sold.at
    )
    decision = decide(record, policy.policy, person=sold.person)
    same = next((one for one in reversed(about) if one.decision.hash == decision.hash), None)
    new = Judged(person=sold.person, decision=decision, policy=policy, upto=upto, versions=len(versions), deal=sold.seq)
    return _verdict(decision, same, None if same else new, contested(record, deal))


def _verdict(decision: Decision, stored: StoredDecision | None, judged: Judged | None, open_: bool) -> Verdict:
    waits = open_ or decision.status == "review" or decision.commission is None
    return Verdict(decision=decision, stored=stored, judged=judged, waits=waits)


def _is_about(one: StoredDecision, sold: SoldTo, coming: Deal | None) -> bool:
    """Whether a decision is about this deal: about it alone, or about the customer as such before they bought again."""
    if one.deal is not None:
        return one.deal == sold.seq
    return coming is None or one.seq < int(coming.id)


def _erased_since(
    session: ReadSession, found: Sequence[LedgerEntry], record: Timeline, opened: Mapping[str, Opened]
) -> int | None:
    """The first erasure by which entries of the record lost values; None when they have them all."""
    bearing = {one.id for one in record.entries}
    said = [json.loads(one.payload) for one in found if str(one.seq) in bearing]
    owners = {str(payload["person"]) for payload in said if not opened.keys() >= set(committed(payload).values())}
    return min((one.seq for owner in owners for one in entries_about(session, owner, ERASED)), default=None)
