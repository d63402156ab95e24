"""What is on record already, for a door that watches the same film again or starts after a stop."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from models.base import ModelsError
from models.desk.visits import NEAR
from models.ledger.entry import LedgerEntry
from models.ledger.kinds import Arrival, Blind, Lost, SystemEntry
from models.ledger.read import entries, entries_about, entries_of_kind, head
from models.session import ReadSession
from models.site import Site

Kind = TypeVar("Kind", bound=SystemEntry)

TAIL = 500
"""So many of the last entries may tell of an arrival whose visit was not put on record before the door was stopped."""


@dataclass(frozen=True, kw_only=True)
class Told:
    """Of an arrival: whether it and its evidence are on record, and with which arrivals its order is."""

    arrival: bool = False
    evidence: bool = False
    ordered: frozenset[str] = frozenset()


def told_of(site: Site, arrival: str) -> Told:
    """What is on record of an arrival; while the record cannot be read: nothing, as of every new one."""
    with suppress(ModelsError), site.read_session() as session:
        found = entries_about(session, arrival)
        kinds = {entry.kind for entry in found}
        orders = [json.loads(entry.payload) for entry in found if entry.kind == "order"]
        ordered = frozenset(str(order[one]) for order in orders for one in ("first", "second"))
        return Told(arrival="arrival" in kinds, evidence="evidence" in kinds, ordered=ordered)
    return Told()


def blinds(site: Site) -> set[Blind]:
    """Every blind interval on record. Raises ``ModelsError``."""
    with site.read_session() as session:
        return {_read(Blind, entry) for entry in entries_of_kind(session, "blind")}


def is_told(session: ReadSession, lost: Lost) -> bool:
    """Whether this very loss is on record. Raises ``ModelsError``."""
    return any(_read(Lost, entry) == lost for entry in entries_of_kind(session, "lost"))


def lately_in(site: Site, door: str) -> list[tuple[Arrival, bool]]:
    """The last people who came in by the door, oldest first, each with whether a visit of theirs about that instant is
    on record. Raises ``ModelsError``."""
    with site.read_session() as session:
        last = head(session)
        found = list(entries(session, first=max(1, last.seq - TAIL + 1))) if last else []
    visits = [_visit(json.loads(entry.payload)) for entry in found if entry.kind == "arrive"]
    came = (_read(Arrival, entry) for entry in found if entry.kind == "arrival")
    return [
        (one, any(person == one.person and abs(at - one.at) <= NEAR for person, at in visits))
        for one in came
        if (one.door, one.direction) == (door, "in")
    ]


def _visit(said: dict[str, Any]) -> tuple[str, datetime]:
    """Whose visit it is, and the instant at which they crossed themselves."""
    after_s = said.get("door", {}).get(said["person"], [0.0])[0]
    return said["person"], datetime.fromisoformat(said["at"]) + timedelta(seconds=after_s)


def _read(kind: type[Kind], entry: LedgerEntry) -> Kind:
    said = json.loads(entry.payload)
    return kind.model_validate({name: said[name] for name in said if name != "recorded_by"})
