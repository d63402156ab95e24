"""From the ledger to what `attribution.decide` reads: the timeline of one customer, personal values filled in again."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import get_args

from attribution.entries import ENTRY, AnyEntry, Claimant, Link
from attribution.timeline import Timeline
from models.ledger.entry import LedgerEntry
from models.ledger.kinds import ClaimantKnown, Merged, Retracted, Unmerged
from models.ledger.particulars import Opened, committed, taken_out
from models.ledger.read import entries_around_each
from models.session import ReadSession

KINDS = frozenset(get_args(kind.model_fields["do"].annotation)[0] for kind in get_args(get_args(AnyEntry)[0]))
"""What a decision may rest on; the rest of the ledger is about the system."""

UNDOING = frozenset(kind.model_fields["do"].default for kind in (Unmerged, Retracted))


def timeline_of(session: ReadSession, person: str) -> Timeline:
    """Everything on record that may bear on who owns ``person``, oldest first, and who the claimants are that it names.
    Entries are cited by their number in the ledger. What was erased is missing from them; what was undone or retracted
    is left out."""
    return timelines_of(session, {person: ()})[person]


def timelines_of(session: ReadSession, people: Mapping[str, Collection[str]]) -> dict[str, Timeline]:
    """The timeline of each of these customers, which knows the claimants beside them here too: they will be named in
    what is not on record yet. Less is asked of the database than for each by itself."""
    around = entries_around_each(session, people)
    opened = taken_out(session, [json.loads(one.payload) for entries in around.values() for one in entries])
    return {person: timeline_from(entries, opened) for person, entries in around.items()}


def timeline_from(found: Sequence[LedgerEntry], opened: Mapping[str, Opened]) -> Timeline:
    """The timeline of these ledger entries, with the personal values that are at hand (by commitment)."""
    said = [(one, json.loads(one.payload)) for one in found]
    undone = {payload["undoes"] for one, payload in said if one.kind in UNDOING}
    entries = [
        entry for one, payload in said if one.seq not in undone and (entry := _entry(one, payload, opened)) is not None
    ]
    claimants = {
        payload["who"]: Claimant(kind=payload["kind"], of=payload.get("of"))
        for one, payload in said
        if one.kind == ClaimantKnown.model_fields["do"].default
    }
    return Timeline(entries=_oldest_first(entries), claimants=claimants)


def _entry(one: LedgerEntry, payload: Mapping[str, object], opened: Mapping[str, Opened]) -> AnyEntry | None:
    fields = {name: value for name, value in payload.items() if name != "recorded_by"}
    if one.kind == Merged.model_fields["do"].default:
        at = datetime.fromisoformat(str(payload["at"]))
        both = {"person": str(payload["person"]), "to": str(payload["to"])}
        return Link(do="link", id=str(one.seq), at=at, how="manual", verified=True, **both)
    if one.kind not in KINDS:
        return None
    for field, name in committed(payload).items():
        fields.pop(field)
        if name in opened:
            fields[field] = opened[name].value
    return ENTRY.validate_python({**fields, "do": one.kind, "id": str(one.seq)})


def _oldest_first(entries: Iterable[AnyEntry]) -> list[AnyEntry]:
    # stable: of one instant, the order of the ledger
    return sorted(entries, key=lambda entry: entry.at)
