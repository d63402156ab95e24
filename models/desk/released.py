"""What the record answers about arrivals whose pictures wait for consent at the door."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import delete, select

from models.desk.arrivals import Binding, arrival_of, bindings_of
from models.ledger.append import append
from models.ledger.entry import LedgerEntry
from models.ledger.kinds import Withdrawn
from models.ledger.read import entries_about
from models.people import FaceTemplate, gallery_changed, has_consent
from models.session import ReadSession, WriteSession

DOOR = "door:"
"""How the ids begin by which doors record."""


@dataclass(frozen=True, kw_only=True)
class Answers:
    """Of arrivals that wait: who consented for theirs (``release``, persons by arrival), and whose pictures are not to
    wait any longer (``drop``)."""

    release: Mapping[str, str] = field(default_factory=dict)
    drop: frozenset[str] = frozenset()


def answers(session: ReadSession, arrivals: Collection[str], pack: str) -> Answers:
    """What may be done with the waiting pictures of ``arrivals``.

    Released are those of an arrival bound to a person whose consent is live and who has no template of ``pack`` yet; it
    does not matter whether the binding or the consent came first. Dropped are those of whoever refused, withdrew since,
    or has a template already: another one would serve nobody. All others wait on.
    """
    release, drop = {}, {arrival for arrival in arrivals if entries_about(session, arrival, "refusal")}
    for arrival, bound in bindings_of(session, arrivals).items():
        if has_template(session, bound.person, pack) or _left_since(session, bound):
            drop.add(arrival)
        elif has_consent(session, bound.person):
            release[arrival] = bound.person
    return Answers(release={one: who for one, who in release.items() if one not in drop}, drop=frozenset(drop))


def has_template(session: ReadSession, person: str, pack: str) -> bool:
    """Whether there is a template of this person and ``pack``."""
    mine = select(FaceTemplate.id).where(FaceTemplate.person_id == person, FaceTemplate.pack == pack)
    return session.scalars(mine.limit(1)).first() is not None


def missed(session: ReadSession, entry: LedgerEntry, *, door: str, waiting: Collection[str], pack: str) -> list[str]:
    """The arrivals at ``door`` of whom a new ``entry``, a binding or a consent, asks for a template of ``pack`` though
    their pictures are not among those ``waiting``: a photograph has to be taken instead."""
    said = json.loads(entry.payload)
    person = said["person"]
    if not has_consent(session, person) or has_template(session, person, pack):
        return []
    binds = [entry] if entry.kind == "bind" else entries_about(session, person, "bind")
    bound = bindings_of(session, {json.loads(bind.payload)["arrival"] for bind in binds} - set(waiting))
    return [
        arrival
        for arrival, binding in bound.items()
        if binding.person == person and (seen := arrival_of(session, arrival)) and seen.arrival.door == door
    ]


def erase_made_since(session: WriteSession, person: str, bind: int, *, at: datetime, by: str) -> int:
    """Erase the templates of ``person`` that a door made since entry ``bind`` said which arrival was theirs, now that
    this is taken back: they are of somebody else, who never consented. How many; at least one goes on record as a
    `withdrawal` of no consent. ``at`` now (aware)."""
    told = [json.loads(one.payload) for one in entries_about(session, person, "enrolment") if one.seq > bind]
    made = {source for one in told if one["recorded_by"].startswith(DOOR) for source in one["sources"]}
    theirs = FaceTemplate.person_id == person
    erased = session.change(delete(FaceTemplate).where(theirs, FaceTemplate.source_sha256.in_(made)))
    if erased:
        append(session, [Withdrawn(at=at, person=person, consents=(), templates=erased)], at=at, by=by)
        gallery_changed(session, person)
    return erased


def _left_since(session: ReadSession, bound: Binding) -> bool:
    """Whether the last that was heard of the person since the binding ended a consent or erased them."""
    told = entries_about(session, bound.person, "consent", "withdrawal", "erasure")
    said = [one for one in told if one.kind != "withdrawal" or json.loads(one.payload)["consents"]]
    return bool(said) and said[-1].kind != "consent" and said[-1].seq > bound.seq
