"""Decisions on record: computed from the ledger, stored as entries with their reasons, read back and checked. A fact
that comes late gives a new version; the old one stays and can be read."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

from attribution.decide import BY_A_PERSON, decide
from attribution.decision import Decision, Reason, Sentence, Shares
from attribution.policy import Policy
from models.base import ModelsError
from models.ledger.append import append
from models.ledger.entry import LedgerEntry
from models.ledger.kinds import Decided
from models.ledger.read import entries_about, head
from models.policies import PolicyText, PolicyTexts, policy_for
from models.session import ReadSession, WriteSession
from models.timeline import timeline_of

KIND = Decided.model_fields["do"].default


@dataclass(frozen=True, kw_only=True)
class StoredDecision:
    """Version ``number`` (from 1) of the decision about ``person``: entry ``seq``, made ``at`` (aware UTC) on what was
    on record up to entry ``upto``, under the policy whose text has the hash ``text_sha256``. With a ``deal`` (entry) it
    says whose that deal was, and nothing of whose the customer is now."""

    seq: int
    person: str
    number: int
    at: datetime
    upto: int
    text_sha256: str
    decision: Decision
    deal: int | None = None


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A decision about ``person`` as it was computed on the record up to entry ``upto``, when there were so many
    ``versions`` of it, under ``policy``; of one ``deal`` (entry), or of the customer as such."""

    person: str
    decision: Decision
    policy: PolicyText
    upto: int
    versions: int
    deal: int | None = None


def decide_now(
    session: WriteSession, person: str, *, texts: PolicyTexts, settings_policy: str, at: datetime, by: str
) -> StoredDecision:
    """Decide on everything on record about a customer ``at`` (aware, now), and put the decision on record if it
    differs from the last one; returns the one that stands.

    The policy is that of `policy_for`; ``settings_policy`` decides until the ledger says another was switched to.
    Raises ``ModelsError`` when the policy cannot be used or the last decision was changed.
    """
    timeline = timeline_of(session, person)
    policy = policy_for(session, timeline, person, texts=texts, settings_policy=settings_policy, at=at)
    decision = decide(timeline, policy.policy, person=person)
    before = decisions_of(session, person, texts)
    last = next((one for one in reversed(before) if one.deal is None), None)
    if last is not None and last.decision.hash == decision.hash:
        return last
    upto = newest.seq if (newest := head(session)) else 0
    new = Judged(person=person, decision=decision, policy=policy, upto=upto, versions=len(before))
    return put_on_record(session, [new], texts=texts, at=at, by=by)[0]


def put_on_record(
    session: WriteSession, judged: Sequence[Judged], *, texts: PolicyTexts, at: datetime, by: str
) -> list[StoredDecision]:
    """Put decisions on record ``at`` (aware, now) and keep the texts of their policies; those of one customer count on.
    Raises ``OSError`` when a text cannot be written."""
    told: Counter[str] = Counter()
    new = []
    for one in judged:
        texts.keep(one.policy)
        told[one.person] += 1
        new.append(_entry(one, number=one.versions + told[one.person], at=at))
    written = append(session, new, at=at, by=by)[-len(new) :] if new else []
    return [stored(entry, one.policy.policy) for entry, one in zip(written, judged, strict=True)]


def decisions_of(session: ReadSession, person: str, texts: PolicyTexts) -> list[StoredDecision]:
    """Every version of the decision about a customer, oldest first. Raises ``ModelsError`` when one does not have the
    hash it was stored with, or its policy's text is gone."""
    return [_stored(one, texts) for one in entries_about(session, person, KIND)]


def stored(entry: LedgerEntry, policy: Policy) -> StoredDecision:
    """The decision of a ledger entry, its clauses' sentences filled in from ``policy``. Raises ``ModelsError`` when it
    does not have the hash it was stored with."""
    said = Decided.model_validate({name: value for name, value in _payload(entry).items() if name != "recorded_by"})
    decision = _read(said.decision, said.otherwise, policy)
    if decision.hash != said.hash:
        raise ModelsError(f"entry {entry.seq}: the decision does not have the hash it was stored with")
    return StoredDecision(
        seq=entry.seq,
        person=said.person,
        number=said.number,
        at=said.at.astimezone(UTC),
        upto=said.upto,
        text_sha256=said.text_sha256,
        decision=decision,
        deal=said.deal,
    )


def _entry(judged: Judged, *, number: int, at: datetime) -> Decided:
    """The entry for a decision. The clauses' sentences stand in the policy's text, not in it."""
    decision = judged.decision
    return Decided(
        at=at,
        person=judged.person,
        number=number,
        policy=decision.policy,
        version=decision.version,
        text_sha256=judged.policy.sha256,
        hash=decision.hash,
        upto=judged.upto,
        decision=decision.plain(),
        otherwise=tuple(reason.otherwise for reason in decision.reasons),
        deal=judged.deal,
    )


def _stored(entry: LedgerEntry, texts: PolicyTexts) -> StoredDecision:
    return stored(entry, texts.read(str(_payload(entry)["text_sha256"])).policy)


def _payload(entry: LedgerEntry) -> dict[str, Any]:
    payload: dict[str, Any] = json.loads(entry.payload)
    return payload


def _read(plain: Mapping[str, Any], otherwise: Sequence[Sentence | None], policy: Policy) -> Decision:
    sentences = {**BY_A_PERSON, **policy.clauses}
    return Decision(
        policy=plain["policy"],
        version=plain["version"],
        credit=_shares(plain["credit"]),
        commission=_shares(plain["commission"]),
        status=plain["status"],
        report=plain["report"],
        arrival=plain["arrival"],
        next_turn=plain["next_turn"],
        fine=plain["fine"],
        reasons=tuple(
            Reason(
                clause=clause,
                zh=sentences[clause].zh,
                en=sentences[clause].en,
                entries=tuple(entries),
                otherwise=changed,
            )
            for (clause, entries), changed in zip(plain["reasons"], otherwise, strict=True)
        ),
    )


def _shares(written: Mapping[str, str] | None) -> Shares | None:
    return None if written is None else {who: Fraction(share) for who, share in written.items()}
