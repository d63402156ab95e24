"""Whose rows somebody sees. Agents see their own customers, liaisons those of their distributor's agents; of a customer
they see what was recorded of their own dealings, never another's. Everybody else whom the table lets in sees all."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy import select

from api.access.actor import Actor
from api.access.roles import PARTIES, Role
from api.errors import ApiError
from models.desk.dealings import DEALINGS, NOBODY, dealers, withdrawn
from models.ledger.entry import LedgerEntry
from models.ledger.kinds import Erased, Retracted
from models.ledger.read import entries_about
from models.people import Person
from models.session import ReadSession

ANOTHER = "another"
"""What stands for a claimant who may not be named."""

NAMING = frozenset({"by", "to", "who", "closed_by", "against", "between", "whom", "asked_for"})
"""Fields of entries that name claimants."""

PLAIN = frozenset(
    {
        "about", "aware", "at", "checked", "count", "dispute", "informed", "kind", "lasted_min", "name", "outcome",
        "phone", "proof", "proof_at", "purpose", "reason", "registered", "same_day", "stage", "turn", "undoes", "via",
        "visit_at", "weight", "worked",
    }
)  # fmt: skip
"""Fields of entries that name nobody but the customer."""

ERASED, RETRACTED = (kind.model_fields["do"].default for kind in (Erased, Retracted))


@dataclass(frozen=True, kw_only=True)
class Sight:
    """What somebody sees: everything, or what concerns these ``claimants`` (ids of agents, names of distributors);
    ``employer``: the distributor an agent works for, who may be named to them, but whose rows are not theirs."""

    everything: bool
    claimants: frozenset[str] = frozenset()
    employer: str | None = None

    def is_own(self, claimant: str | None) -> bool:
        """Whether this claimant's rows are theirs."""
        return self.everything or claimant in self.claimants

    def may_name(self, claimant: str) -> bool:
        """Whether this claimant may be named to them."""
        return self.is_own(claimant) or claimant == self.employer or claimant in NOBODY

    def name(self, claimant: str) -> str:
        """The claimant, or what stands for another one."""
        return claimant if self.may_name(claimant) else ANOTHER

    def own(self, entries: Sequence[LedgerEntry]) -> list[LedgerEntry]:
        """The entries about a customer that they may read."""
        return [one for one in entries if self.everything or self._concerns(one)]

    def shares(self, shares: Mapping[str, Fraction]) -> dict[str, Fraction]:
        """Shares by claimant, those of others together.

        >>> agent, third = Sight(everything=False, claimants=frozenset({"a1"})), Fraction(1, 3)
        >>> told = agent.shares({"a1": third, "a2": third, "a3": third})
        >>> told == {"a1": Fraction(1, 3), ANOTHER: Fraction(2, 3)}
        True
        """
        told: dict[str, Fraction] = {}
        for claimant, share in shares.items():
            name = self.name(claimant)
            told[name] = told.get(name, Fraction(0)) + share
        return told

    def shown(self, payload: Mapping[str, object]) -> dict[str, object]:
        """What they may read of an entry that is theirs: nobody else is named in it, customer or claimant.

        >>> Sight(everything=False, claimants=frozenset({"a1"})).shown({"person": "p1", "by": "a1", "busy": ["c2"]})
        {'by': 'a1'}
        """
        if self.everything:
            return dict(payload)
        plain = {field: value for field, value in payload.items() if field in PLAIN}
        return plain | {field: self._named(value) for field, value in payload.items() if field in NAMING}

    def _named(self, value: object) -> object:
        if isinstance(value, Mapping):
            shares = self.shares({str(who): Fraction(str(share)) for who, share in value.items()})
            return {who: str(share) for who, share in shares.items()}
        if isinstance(value, list):
            return list(dict.fromkeys(self.name(str(who)) for who in value))
        return self.name(str(value))

    def _concerns(self, entry: LedgerEntry) -> bool:
        said = json.loads(entry.payload)
        named = {said.get(field) for field in ("by", "to", "who", "against") if isinstance(said.get(field), str)}
        return bool(self.claimants & (named | dealers(entry.kind, said) | set(said.get("whom", ()))))


def sight_of(session: ReadSession, actor: Actor) -> Sight:
    """What ``actor`` sees."""
    if actor.role not in PARTIES:
        return Sight(everything=True)
    if actor.role is Role.LIAISON:
        if not actor.distributor:
            return Sight(everything=False)
        agents = select(Person.id).where(Person.distributor == actor.distributor, Person.role == "agent")
        return Sight(everything=False, claimants=frozenset({actor.distributor, *session.scalars(agents)}))
    if not actor.person:
        return Sight(everything=False)
    known = session.get(Person, actor.person)
    return Sight(everything=False, claimants=frozenset({actor.person}), employer=known.distributor if known else None)


def sees_customer(session: ReadSession, sight: Sight, person: str) -> bool:
    """Whether they may know of this customer, erased or not."""
    known = session.get(Person, person)
    if known is not None and known.role != "customer":
        return False
    if known is not None and sight.everything:
        return True
    entries = entries_about(session, person, *DEALINGS, ERASED, RETRACTED)
    return bool(entries) if sight.everything else _first_own(session, sight, entries) is not None


def theirs_since(session: ReadSession, sight: Sight, person: str) -> LedgerEntry | None:
    """The entry by which a customer became theirs: what was decided before it was decided about others. None for who
    sees everything, and when the customer is not theirs."""
    if sight.everything:
        return None
    return _first_own(session, sight, entries_about(session, person, *DEALINGS, RETRACTED))


def _first_own(session: ReadSession, sight: Sight, entries: Sequence[LedgerEntry]) -> LedgerEntry | None:
    given_up = withdrawn(session, entries)
    kept = (one for one in entries if one.seq not in given_up)
    return next((one for one in kept if sight.claimants & dealers(one.kind, json.loads(one.payload))), None)


def require_customer(session: ReadSession, actor: Actor, person: str) -> Sight:
    """What ``actor`` sees, this customer included. Raises ``ApiError`` 404, also for a customer of somebody else's:
    that there is one is not told."""
    sight = sight_of(session, actor)
    if not sees_customer(session, sight, person):
        raise ApiError(404, "not_found")
    return sight
