"""For whom somebody reports, and whose reports they see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select

from api.access.actor import Actor
from api.access.roles import PARTIES, Role
from api.access.rows import sight_of
from api.errors import ApiError
from models.desk.acts import claimant_kinds
from models.desk.reports import report, said_in
from models.ledger.entry import LedgerEntry
from models.people import Person, people_among
from models.session import ReadSession


def reporter_of(session: ReadSession, actor: Actor, named: str | None) -> str:
    """The claimant for whom ``actor`` files: an agent for themselves, a liaison for one of their distributor's, the
    desk for any that is known. Raises ``ApiError``."""
    if actor.role is Role.AGENT:
        own = own_person(actor)
        if named not in (None, own):
            raise ApiError(422, "claimant_unknown", field="by")
        return own
    if named is None:
        raise ApiError(422, "claimant_missing", field="by")
    sight = sight_of(session, actor)
    if not sight.is_own(named) or named not in claimant_kinds(session, [named]):
        raise ApiError(422, "claimant_unknown", field="by")
    return named


@dataclass(frozen=True, kw_only=True)
class Reporters:
    """For whom somebody may file: the one who is meant when nobody is named, and the others by id and by name; None
    for a name that several have."""

    unnamed: str | None
    named: Mapping[str, str | None]

    def by(self, named: str | None) -> str | None:
        """Who is meant; None when that is nobody, or not clear."""
        return self.unnamed if named is None else self.named.get(named)


def reporters_for(session: ReadSession, actor: Actor) -> Reporters:
    """Whom ``actor`` may name in a file: agents and consultants, by their ids or names. Raises ``ApiError`` 403."""
    sight = sight_of(session, actor)
    working = select(Person.id).where(Person.role.in_(("agent", "consultant")))
    found = people_among(session, session.scalars(working).all() if sight.everything else sight.claimants)
    named: dict[str, str | None] = {}
    for one in found:
        named[one.name] = None if one.name in named else one.id
    named.update((one.id, one.id) for one in found)
    return Reporters(unnamed=own_person(actor) if actor.role is Role.AGENT else None, named=named)


def own_person(actor: Actor) -> str:
    """The claimant who ``actor`` is. Raises ``ApiError`` 403 for an account that is tied to none."""
    if actor.person is None:
        raise ApiError(403, "no_person")
    return actor.person


def own_report(session: ReadSession, actor: Actor, seq: int) -> LedgerEntry:
    """A report that ``actor`` may see. Raises ``ApiError`` 404."""
    found = report(session, seq)
    if found is None or not sight_of(session, actor).is_own(said_in(found)["by"]):
        raise ApiError(404, "not_found")
    return found


def only_desk(actor: Actor, *, field: str) -> None:
    """Raises ``ApiError`` 422 for a party that fills in what only the desk may."""
    if actor.role in PARTIES:
        raise ApiError(422, "desk_only", field=field)
