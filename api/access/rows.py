"""Whose rows somebody sees. Agents see their own customers, liaisons those of their distributor's agents; of a customer
they see what was recorded of their own dealings, never another's. Everybody else whom the table lets in sees all."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from api.access.actor import Actor
from api.access.roles import PARTIES, Role
from api.errors import ApiError
from models.ledger.entry import LedgerEntry
from models.ledger.records import About, LedgerRow
from models.people import Person
from models.session import ReadSession

DEALINGS = ("report", "confirm", "receive", "follow_up", "interact", "hand_over", "agree", "deal")
"""Kinds of entry by which a customer becomes somebody's to see. Not an arrival: agents who cross the sill about the
same time stand in it by chance."""


@dataclass(frozen=True, kw_only=True)
class Sight:
    """What somebody sees: everything, or what concerns these ``claimants`` (ids of agents, names of distributors)."""

    everything: bool
    claimants: frozenset[str] = frozenset()

    def is_own(self, claimant: str | None) -> bool:
        """Whether this claimant may be named to them."""
        return self.everything or claimant in self.claimants

    def own(self, entries: Sequence[LedgerEntry]) -> list[LedgerEntry]:
        """The entries about a customer that they may read."""
        return [one for one in entries if self.everything or self._concerns(one)]

    def _concerns(self, entry: LedgerEntry) -> bool:
        said = json.loads(entry.payload)
        named = {said.get(field) for field in ("by", "to", "who", "closed_by") if isinstance(said.get(field), str)}
        return bool(self.claimants & named) or bool(self.claimants & set(said.get("whom", ())))


def sight_of(session: ReadSession, actor: Actor) -> Sight:
    """What ``actor`` sees."""
    if actor.role not in PARTIES:
        return Sight(everything=True)
    claimants = {actor.person} if actor.person else set()
    if actor.role is Role.LIAISON and actor.distributor:
        agents = select(Person.id).where(Person.distributor == actor.distributor, Person.role == "agent")
        claimants = {actor.distributor, *session.scalars(agents)}
    return Sight(everything=False, claimants=frozenset(claimants))


def sees_customer(session: ReadSession, sight: Sight, person: str) -> bool:
    """Whether they may know of this customer."""
    if sight.everything:
        return session.get(Person, person) is not None
    of_theirs = select(About.seq).where(About.subject.in_(sight.claimants))
    dealings = select(LedgerRow.seq).join(About, About.seq == LedgerRow.seq)
    dealings = dealings.where(About.subject == person, LedgerRow.kind.in_(DEALINGS), LedgerRow.seq.in_(of_theirs))
    return session.scalars(dealings.limit(1)).first() is not None


def require_customer(session: ReadSession, actor: Actor, person: str) -> Sight:
    """What ``actor`` sees, this customer included. Raises ``ApiError`` 404, also for a customer of somebody else's:
    that there is one is not told."""
    sight = sight_of(session, actor)
    if not sees_customer(session, sight, person):
        raise ApiError(404, "not_found")
    return sight
