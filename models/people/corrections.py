"""Putting right what is stored of somebody (PIPL 46). What others reported of them stays on record as it was said."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import delete, update

from models.keys import of_person, sealer_of
from models.ledger.append import append
from models.ledger.kinds import Corrected
from models.people.persons import about_name
from models.people.phones import add_phone, numbers_of, phone_number
from models.people.records import PeopleError, Person, Phone, existing
from models.session import WriteSession


@dataclass(frozen=True, kw_only=True)
class Correction:
    """The right ``name``, a ``phone`` that was missing, a ``wrong_phone`` that is not theirs; None leaves it."""

    name: str | None = None
    phone: str | None = None
    wrong_phone: str | None = None


def correct(session: WriteSession, person_id: str, right: Correction, *, at: datetime, by: str) -> int:
    """Put right what is stored of a person; the number of the entry, which says what was corrected, not from what or
    to what. ``at`` now (aware). Raises ``PeopleError`` for an unknown person, an empty name, what is no phone, a wrong
    phone that is not stored, and when there is nothing to correct; ``KeyGoneError`` for somebody who was erased."""
    existing(session, person_id)
    what = tuple(dict.fromkeys(_corrected(session, person_id, right, at)))
    if not what:
        raise PeopleError("name: nothing to correct; give a name or a phone that differs from what is stored")
    return append(session, [Corrected(at=at, person=person_id, what=what)], at=at, by=by)[-1].seq


def _corrected(
    session: WriteSession, person_id: str, right: Correction, at: datetime
) -> Iterator[Literal["name", "phone"]]:
    sealer = sealer_of(session, of_person(person_id))
    if right.name is not None:
        if not right.name.strip():
            raise PeopleError("name: empty; give the person's name")
        sealed = sealer.seal(right.name.strip().encode(), about_name(person_id))
        session.change(update(Person).where(Person.id == person_id).values(name_sealed=sealed))
        yield "name"
    known = set(numbers_of(session, person_id))
    if right.wrong_phone is not None:
        wrong = phone_number(right.wrong_phone)
        if wrong not in known:
            raise PeopleError("wrong_phone: not stored of this person; give it as it is stored")
        digest = session.vault.digest(wrong)
        session.change(delete(Phone).where(Phone.person_id == person_id, Phone.digest == digest))
        yield "phone"
    if right.phone is not None and phone_number(right.phone) not in known:
        add_phone(session, person_id, right.phone, at=at)
        yield "phone"
