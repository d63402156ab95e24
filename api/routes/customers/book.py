"""The book of customers: who they are, as far as whoever asks may know."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from fastapi import APIRouter
from pydantic import Field, model_validator

from api.access.roles import PREFIX
from api.access.rows import Sight, require_customer, sight_of
from api.deps import ActorDep, Listed, Now, PageDep, SiteDep
from api.routes.customers.shown import EntryRow, covered, entry_rows
from api.schemas import Body, Line, PersonId, PersonPath, PhoneText, Recorded, Row, Seq
from models.desk.customers import (
    NAMES_AMONG,
    add_customer,
    add_customer_phone,
    book,
    customers_called,
    customers_with_phone,
    entries_of,
    given_by,
)
from models.desk.dealings import taken_back
from models.people import PersonSummary, people_among, same_human
from models.session import ReadSession

router = APIRouter(prefix=PREFIX, tags=["customers"])

TIES = ("link", "merge", "unmerge", "relate")


class NewCustomer(Body):
    """A natural visitor."""

    name: Line = Field(examples=["王芳"])
    phone: PhoneText | None = Field(None, examples=["13800138000"])


class NewPhone(Body):
    """One more phone of a customer, whole or masked."""

    phone: PhoneText = Field(examples=["13800138000"])


class Wanted(Body):
    """Whom to look for: by a phone, whole or masked, or by a part of a name."""

    phone: PhoneText | None = Field(None, examples=["138***38000"])
    name: Line | None = Field(None, examples=["王芳"])

    @model_validator(mode="after")
    def _one_of_them(self) -> Wanted:
        if (self.phone is None) == (self.name is None):
            raise ValueError("give a phone or a name, one of them")
        return self


class CustomerRow(Row):
    """A customer; ``phones`` as far as they may be seen, ``name`` null where it was erased or told by somebody else."""

    id: PersonId
    name: str | None
    phones: list[str]


class BookRow(CustomerRow):
    """A customer in the book, ``since`` the first entry about them."""

    since: Seq


class Added(Row):
    """A customer just put into the book, and those who have the same phone: link them if they are one."""

    id: PersonId
    entry: Seq
    same_phone: list[PersonId]


class FoundRow(Row):
    """Who was found: for ``certain``, or whom it is ``possible`` that the masked phone is theirs. ``among``: a name is
    only looked for among so many customers, those of whom something was last recorded."""

    certain: list[CustomerRow]
    possible: list[CustomerRow]
    among: int | None


class Identity(CustomerRow):
    """Who a customer is; ``same_human`` the other records of theirs, ``ties`` what was found about that, with what it
    rests on. Both empty for agents and liaisons."""

    same_human: list[PersonId]
    ties: list[EntryRow]


@router.post("/customers", status_code=201)
def add_visitor(body: NewCustomer, actor: ActorDep, site: SiteDep, now: Now) -> Added:
    """Put a natural visitor into the book."""
    with site.write_session() as session:
        known = customers_with_phone(session, body.phone) if body.phone is not None else None
        person, entry = add_customer(session, name=body.name, phone=body.phone, at=now, by=actor.id)
    same = [one.id for one in (*known.certain, *known.possible)] if known else []
    return Added(id=person, entry=entry, same_phone=same)


@router.post("/customers/search")
def search_customers(body: Wanted, site: SiteDep) -> FoundRow:
    """Find customers by phone or name. Nothing personal stands in an address, so this is a POST."""
    with site.read_session() as session:
        if body.phone is not None:
            found = customers_with_phone(session, body.phone)
            return FoundRow(certain=_rows(found.certain), possible=_rows(found.possible), among=None)
        return FoundRow(certain=_rows(customers_called(session, body.name or "")), possible=[], among=NAMES_AMONG)


@router.get("/customers")
def list_customers(page: PageDep, actor: ActorDep, site: SiteDep) -> Listed[BookRow]:
    """The customers, those who came into the book last first; agents and liaisons see their own."""
    with site.read_session() as session:
        sight = sight_of(session, actor)
        own = None if sight.everything else sight.claimants
        found = book(session, own, before=page.before, limit=page.limit)
        told = _told(session, sight, [one.person for one in found])
    items = [BookRow(**told[one.person].model_dump(), since=one.since) for one in found]
    return Listed(items=items, next=found[-1].since if len(found) == page.limit else None)


@router.get("/customers/{person}")
def show_customer(person: PersonPath, actor: ActorDep, site: SiteDep) -> Identity:
    """Who a customer is; agents and liaisons see what they told themselves."""
    with site.read_session() as session:
        sight = require_customer(session, actor, person)
        row = _told(session, sight, [person])[person]
        if not sight.everything:
            return Identity(**row.model_dump(), same_human=[], ties=[])
        entries = entries_of(session, person)
        ties, undone = [one for one in entries if one.kind in TIES], taken_back(entries)
        return Identity(
            **row.model_dump(),
            same_human=sorted(same_human(session, person) - {person}),
            ties=entry_rows(session, sight, ties, undone),
        )


@router.post("/customers/{person}/phones", status_code=201)
def add_phone_of(person: PersonPath, body: NewPhone, actor: ActorDep, site: SiteDep, now: Now) -> Recorded:
    """Put one more phone of a customer into the book."""
    with site.write_session() as session:
        require_customer(session, actor, person)
        return Recorded(entry=add_customer_phone(session, person, body.phone, at=now, by=actor.id))


@router.get("/customers/{person}/timeline")
def show_timeline(person: PersonPath, page: PageDep, actor: ActorDep, site: SiteDep) -> Listed[EntryRow]:
    """What is on record of a customer, the newest first; agents and liaisons see what was recorded of their own
    dealings, with nobody else named in it."""
    with site.read_session() as session:
        sight = require_customer(session, actor, person)
        every = entries_of(session, person)
        entries, undone = sight.own(every), taken_back(every)
        newest = [one for one in reversed(entries) if page.before is None or one.seq < page.before][: page.limit]
        rows = entry_rows(session, sight, newest, undone)
    return Listed(items=rows, next=newest[-1].seq if len(newest) == page.limit else None)


def _told(session: ReadSession, sight: Sight, people: Collection[str]) -> dict[str, CustomerRow]:
    """What they may know of each of these customers."""
    if not sight.everything:
        given = given_by(session, people, sight.claimants)
        return {
            person: CustomerRow(id=person, name=one.name, phones=[one.phone] if one.phone else [])
            for person, one in given.items()
        }
    known = {row.id: row for row in _rows(people_among(session, people))}
    return {person: known.get(person, CustomerRow(id=person, name=None, phones=[])) for person in people}


def _rows(found: Iterable[PersonSummary]) -> list[CustomerRow]:
    return [CustomerRow(id=one.id, name=one.name, phones=[covered(last) for last in one.phones]) for one in found]
