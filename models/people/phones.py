"""Phones: sealed, found by keyed hashes, known in whole or masked as distributors report them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlalchemy import select

from models.keys import ensure_key, of_person, sealer_of
from models.people.records import PeopleError, Phone, existing
from models.session import ReadSession, WriteSession

MOBILE = re.compile(r"(1\d\d)\d{3}(\d{5})")
MASKED = re.compile(r"1\d\d\*{3}\d{5}")


@dataclass(frozen=True, kw_only=True)
class Holders:
    """Ids of the people who have a phone (``certain``), and of those of whom too little of the number is known to say
    (``possible``)."""

    certain: frozenset[str]
    possible: frozenset[str]


def phone_number(phone: str) -> str:
    """The digits of a phone, without the country code of mainland China, or the masked form of a mobile phone. Raises
    ``PeopleError`` for anything else, without repeating it.

    >>> phone_number("+86 138-0013-8000"), phone_number("138 *** 38000")
    ('13800138000', '138***38000')
    """
    number = re.sub(r"^(\+|00)86", "", re.sub(r"[\s\-()]", "", phone))
    if not re.fullmatch(r"[0-9]{7,15}", number) and not MASKED.fullmatch(number):
        raise PeopleError("phone: not a telephone number; give 7 to 15 digits, or a mobile one as 138***88888")
    return number


def masked(number: str) -> str | None:
    """The masked form of a mobile phone (first three, last five); None for any other.

    >>> masked("13800138000"), masked("138***38000"), masked("02112345678")
    ('138***38000', '138***38000', None)
    """
    if MASKED.fullmatch(number):
        return number
    return f"{parts[1]}***{parts[2]}" if (parts := MOBILE.fullmatch(number)) else None


def add_phone(session: WriteSession, person_id: str, phone: str, *, at: datetime) -> None:
    """Store one more phone of a person, whole or masked; one that is stored already stays as it is. ``at`` aware.
    Raises ``PeopleError`` for an unknown person or what is no phone."""
    number = phone_number(phone)
    digest = session.vault.digest(number)
    same = select(Phone.id).where(Phone.person_id == existing(session, person_id).id, Phone.digest == digest)
    if session.scalars(same).first() is not None:
        return
    phone_id, covered = uuid4().hex, masked(number)
    sealer = ensure_key(session, of_person(person_id), at=at)
    session.add(
        Phone(
            id=phone_id,
            person_id=person_id,
            number_sealed=sealer.seal(number.encode(), about_phone(phone_id)),
            digest=digest,
            masked_digest=session.vault.digest(covered) if covered else None,
            last4=number[-4:],
            added_at=at,
        )
    )


def numbers_of(session: ReadSession, person_id: str) -> list[str]:
    """The phones of a person as they are known, the first one first. Raises ``KeyGoneError`` for somebody who was
    erased."""
    sealer = sealer_of(session, of_person(person_id))
    theirs = select(Phone).where(Phone.person_id == person_id).order_by(Phone.added_at, Phone.id)
    return [sealer.open(one.number_sealed, about_phone(one.id)).decode() for one in session.scalars(theirs)]


def holders(session: ReadSession, phone: str) -> Holders:
    """Who has this phone, found by keyed hashes. A masked ``phone`` leaves everybody ``possible`` whose number it may
    be; a whole one those of whom only the masked form is known. Raises ``PeopleError`` for what is no phone."""
    number = phone_number(phone)
    covered = masked(number)
    if number == covered:
        likely = Phone.masked_digest == session.vault.digest(covered)
        return Holders(certain=frozenset(), possible=frozenset(session.scalars(select(Phone.person_id).where(likely))))
    exactly = Phone.digest == session.vault.digest(number)
    certain = frozenset(session.scalars(select(Phone.person_id).where(exactly)))
    if covered is None:
        return Holders(certain=certain, possible=frozenset())
    partly = Phone.digest == session.vault.digest(covered)
    return Holders(
        certain=certain, possible=frozenset(session.scalars(select(Phone.person_id).where(partly))) - certain
    )


def about_phone(phone_id: str) -> str:
    """The place a phone's number is sealed for."""
    return f"phone of {phone_id}"
