"""Who the people are: name, role, whom an agent works for, phones."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlalchemy import ColumnElement, literal, select

from attribution.timeline import DEVELOPER, PUBLIC
from models.keys import DataKey, ensure_key, of_person
from models.ledger.append import append
from models.ledger.kinds import ClaimantKnown
from models.ledger.records import About, LedgerRow
from models.people.phones import add_phone, holders
from models.people.records import ROLES, PeopleError, Person, Phone, Role, existing
from models.session import ReadSession, WriteSession

OWNER = literal(of_person("")).concat(Person.id)
"""The owner of a person's data key, in a statement."""

NO_COMPANY = frozenset({DEVELOPER, PUBLIC, "another", "customer", "unknown", "manager", "director"})
"""What stands in entries and answers where a claimant could, and means somebody else: a company of such a name would
be taken for them, and be shown what is theirs."""

ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, kw_only=True)
class PersonSummary:
    """What is shown of somebody: ``distributor`` None for whoever works for none, ``phones`` the last four digits."""

    id: str
    name: str
    role: Role
    distributor: str | None
    phones: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class WithPhone:
    """Who has a phone for ``certain``, and whose it is ``possible`` that it is; see `phones.Holders`."""

    certain: tuple[PersonSummary, ...]
    possible: tuple[PersonSummary, ...]


def add_person(
    session: WriteSession,
    *,
    name: str,
    role: Role,
    at: datetime,
    by: str,
    distributor: str | None = None,
    phone: str | None = None,
) -> str:
    """Store a person and return the new id (uuid, 32 hex digits); ``at`` aware, ``by`` who records it.

    ``distributor`` whom an agent works for, None for the office's own. An agent or consultant goes on record as a
    claimant, and so does the distributor when it is named for the first time. Raises ``PeopleError`` for an empty name,
    an unknown role, a phone that is none, a distributor of somebody who is no agent.
    """
    if not name.strip():
        raise PeopleError("name: empty; give the person's name")
    if role not in ROLES:
        raise PeopleError(f"role: {role!r} is unknown; one of {', '.join(ROLES)}")
    distributor = _distributor(distributor, role)
    person_id = uuid4().hex
    sealer = ensure_key(session, of_person(person_id), at=at)
    session.add(
        Person(
            id=person_id,
            role=role,
            name_sealed=sealer.seal(name.strip().encode(), about_name(person_id)),
            distributor=distributor,
            created_at=at,
        )
    )
    if phone is not None:
        add_phone(session, person_id, phone, at=at)
    append(session, _claimants(session, person_id, role, distributor, at), at=at, by=by)
    return person_id


def person_summary(session: ReadSession, person_id: str) -> PersonSummary:
    """What is shown of a person. Raises ``PeopleError`` for an unknown id and for somebody who was erased."""
    found = _summaries(session, Person.id == existing(session, person_id).id)
    if not found:
        raise PeopleError(f"person {person_id}: erased")
    return found[0]


def people(session: ReadSession) -> list[PersonSummary]:
    """Everyone who was not erased, in the order they were added."""
    return _summaries(session)


def people_among(session: ReadSession, ids: Collection[str]) -> list[PersonSummary]:
    """Those of these people who are known and were not erased, in the order they were added."""
    wanted = list(ids)
    chunks = (wanted[start : start + 500] for start in range(0, len(wanted), 500))
    return [one for some in chunks for one in _summaries(session, Person.id.in_(some))]


def people_with_phone(session: ReadSession, phone: str) -> WithPhone:
    """Everyone stored with this phone, which may be masked (`138***88888`). Raises ``PeopleError`` when it is none."""
    found = holders(session, phone)
    return WithPhone(certain=_named(session, found.certain), possible=_named(session, found.possible))


def _distributor(given: str | None, role: Role) -> str | None:
    if given is None:
        return None
    if role != "agent":
        raise PeopleError(f"distributor: only an agent works for one, not a {role}; leave it out")
    if not given.strip() or given.strip() in NO_COMPANY or ID.fullmatch(given.strip()):
        names = ", ".join(sorted(NO_COMPANY))
        raise PeopleError(f"distributor: empty, an id, or one of {names}, which mean no company")
    return given.strip()


def _claimants(
    session: WriteSession, person_id: str, role: Role, distributor: str | None, at: datetime
) -> list[ClaimantKnown]:
    if role != "agent" and role != "consultant":
        return []
    known = [ClaimantKnown(at=at, who=person_id, kind=role, of=distributor)]
    if distributor is not None and not _is_claimant(session, distributor):
        return [ClaimantKnown(at=at, who=distributor, kind="distributor"), *known]
    return known


def _is_claimant(session: ReadSession, who: str) -> bool:
    told = select(About.seq).join(LedgerRow, LedgerRow.seq == About.seq)
    told = told.where(About.subject == who, LedgerRow.kind == ClaimantKnown.model_fields["do"].default)
    return session.scalars(told.limit(1)).first() is not None


def _named(session: ReadSession, ids: Collection[str]) -> tuple[PersonSummary, ...]:
    return tuple(_summaries(session, Person.id.in_(ids)))


def _summaries(session: ReadSession, *where: ColumnElement[bool]) -> list[PersonSummary]:
    phones: dict[str, list[str]] = defaultdict(list)
    theirs = select(Phone.person_id, Phone.last4).join(Person).where(*where).order_by(Phone.added_at, Phone.id)
    for row in session.rows(theirs):
        phones[row.person_id].append(row.last4)
    each = select(Person, DataKey.wrapped).join(DataKey, DataKey.owner == OWNER).where(*where)
    return [
        _summary(session, row.Person, row.wrapped, phones[row.Person.id])
        for row in session.rows(each.order_by(Person.created_at, Person.id))
    ]


def _summary(session: ReadSession, person: Person, wrapped: bytes, phones: Iterable[str]) -> PersonSummary:
    name = session.vault.unwrapped(wrapped, of_person(person.id)).open(person.name_sealed, about_name(person.id))
    return PersonSummary(
        id=person.id,
        name=name.decode(),
        role=next(role for role in ROLES if role == person.role),
        distributor=person.distributor,
        phones=tuple(phones),
    )


def about_name(person_id: str) -> str:
    """The place a person's name is sealed for."""
    return f"name of {person_id}"
