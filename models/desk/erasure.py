"""Erasing somebody at their request while the service runs: what concerns the record is done at once, what takes long
(overwriting the database's file, searching the site's folder) afterwards, so that nobody waits for it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from models.erase import EraseError, Why, erase_one
from models.keys import DataKey, of_person
from models.ledger.kinds import Erased
from models.ledger.read import entries_about, entry
from models.people import Person
from models.receipts import Receipt, Receipts
from models.scan import Needle
from models.session import ReadSession
from models.site import Site
from models.wipe import finish, overwrite

KIND = Erased.model_fields["do"].default


@dataclass(frozen=True, kw_only=True)
class Begun:
    """An erasure whose entry is on record: the rows, keys and frames are gone. ``needles`` is what a search must not
    find any more, by the digest of the receipt; empty when the person was erased before."""

    entry: int
    needles: Mapping[str, Sequence[Needle]]


@dataclass(frozen=True, kw_only=True)
class Erasure:
    """An erasure on record and, once all of it is done, its ``receipt``."""

    entry: int
    person: str
    at: datetime
    removed: Mapping[str, int]
    digest: str
    receipt: Receipt | None


def begin_erasure(site: Site, person: str, *, reason: Why, at: datetime, by: str) -> Begun:
    """Erase a person up to the entry on record; `finish_erasure` does the rest. Of somebody who was erased before, with
    nothing kept since, the old entry comes again. ``at`` now (aware). Raises ``EraseError`` for somebody of whom
    nothing is or was kept, ``ModelsError``, ``OSError``; whoever was not erased is still there."""
    receipts, needles = Receipts(site.folder), {}
    with receipts.alone():
        with site.read_session() as session:
            kept = session.get(DataKey, of_person(person)) is not None or session.get(Person, person) is not None
        if kept:
            needles = dict([erase_one(site, receipts, person, reason=reason, at=at, by=by)])
    with site.read_session() as session:
        told = [one.seq for one in entries_about(session, person, KIND) if json.loads(one.payload)["person"] == person]
    if not told:
        raise EraseError("person: nothing is kept of anybody with this id")
    return Begun(entry=told[-1], needles=needles)


def finish_erasure(site: Site, begun: Begun, *, at: datetime) -> None:
    """Overwrite what the database's file still holds, search the folder, and finish the receipts. While the database is
    busy they stay begun, and the next erasure or `menjian retention` finishes them. Raises ``ModelsError``,
    ``OSError``."""
    receipts = Receipts(site.folder)
    with receipts.alone():
        wiped = overwrite(site, receipts)
    finish(site, receipts, wiped, at=at, needles=begun.needles)


def erasure(session: ReadSession, receipts: Receipts, seq: int) -> Erasure | None:
    """An erasure by the number of its entry; None when that is none. Raises ``ReceiptError``."""
    found = entry(session, seq)
    if found is None or found.kind != KIND:
        return None
    said = json.loads(found.payload)
    return Erasure(
        entry=seq,
        person=said["person"],
        at=datetime.fromisoformat(said["at"]),
        removed=said["removed"],
        digest=said["digest"],
        receipt=receipts.read(seq),
    )
