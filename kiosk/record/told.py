"""What is on record already, for a door that watches the same film again or starts after a stop."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass

from models.base import ModelsError
from models.ledger.kinds import Blind
from models.ledger.read import entries_about, entries_of_kind
from models.site import Site


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
        payloads = [json.loads(entry.payload) for entry in entries_of_kind(session, "blind")]
    return {Blind.model_validate({name: said[name] for name in said if name != "recorded_by"}) for said in payloads}
