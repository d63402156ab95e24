"""Who can own a customer, by the record: agents, consultants, teams and distributors, with their names."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Literal, cast

from models.ledger.kinds import ClaimantKnown
from models.ledger.read import entries_of_kind
from models.people import people_among
from models.session import ReadSession

Kind = Literal["distributor", "agent", "consultant", "team"]
DEPART = "depart"
PEOPLE: frozenset[Kind] = frozenset({"agent", "consultant"})


@dataclass(frozen=True, kw_only=True)
class KnownClaimant:
    """A claimant: ``id`` of a person, or a distributor's or team's name; ``of`` whom they belong to; ``left``: gone, or
    erased."""

    id: str
    kind: Kind
    of: str | None
    left: bool = False


def known_claimants(session: ReadSession) -> dict[str, KnownClaimant]:
    """Everybody who can or could own a customer by id, the first known first."""
    found: dict[str, KnownClaimant] = {}
    for one in entries_of_kind(session, ClaimantKnown.model_fields["do"].default, DEPART):
        said = json.loads(one.payload)
        who = str(said["who"])
        if one.kind != DEPART:
            found[who] = KnownClaimant(id=who, kind=cast("Kind", said["kind"]), of=said.get("of"))
        elif who in found:
            found[who] = replace(found[who], left=True)
    people = [who for who, one in found.items() if one.kind in PEOPLE]
    kept = {one.id for one in people_among(session, people)}
    return {
        who: replace(one, left=True) if one.kind in PEOPLE and who not in kept else one for who, one in found.items()
    }


def is_taken(session: ReadSession, *, name: str, kind: Kind, of: str | None) -> bool:
    """Whether somebody of this name and kind is known who belongs to the same distributor and has not left."""
    there = [who for who, one in known_claimants(session).items() if (one.kind, one.of, one.left) == (kind, of, False)]
    return any(one.name == name for one in people_among(session, there))


def names_of(session: ReadSession, claimants: Collection[str]) -> dict[str, str]:
    """What these claimants are called: people by their names unless they were erased, companies by their ids."""
    return {who: who for who in claimants} | {one.id: one.name for one in people_among(session, claimants)}
