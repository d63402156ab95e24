"""People the site knows, what they consented to, and the templates made from that consent.

Names, phones and templates are sealed under the site key; a phone is found by its keyed hash. Everything here works
inside a session somebody else opened and will commit.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args
from uuid import uuid4

import numpy as np
from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, delete, select, update
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, ModelsError, UTCDateTime
from models.session import ReadSession, WriteSession
from recognition.gallery import Gallery
from recognition.types import Template

Role = Literal["agent", "staff", "customer"]
ConsentMode = Literal["consent_first", "match_consented", "record_all"]
ROLES: tuple[Role, ...] = get_args(Role)


class PeopleError(ModelsError):
    """A person, consent or template that cannot be stored or found as asked."""


class Person(Base):
    __tablename__ = "person"
    __table_args__ = (CheckConstraint(f"role IN {ROLES}", name="role"), Index(None, "phone_digest"))

    id: Mapped[str] = mapped_column(primary_key=True)
    role: Mapped[str]
    name_sealed: Mapped[bytes]
    distributor: Mapped[str | None]
    phone_sealed: Mapped[bytes | None]
    phone_digest: Mapped[bytes | None]
    phone_last4: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)

    consents: Mapped[list[Consent]] = relationship(back_populates="person", lazy="raise")
    templates: Mapped[list[FaceTemplate]] = relationship(back_populates="person", lazy="raise")


class Consent(Base):
    """A person's yes: where it is written (``reference``), to which notice, from when until when."""

    __tablename__ = "consent"
    __table_args__ = (Index(None, "person_id"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    reference: Mapped[str]
    mode: Mapped[str]
    notice_version: Mapped[str]
    notice_sha256: Mapped[str]
    given_at: Mapped[datetime] = mapped_column(UTCDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    person: Mapped[Person] = relationship(back_populates="consents", lazy="raise")


class FaceTemplate(Base):
    """One face template of one pack; ``vector_sealed`` is D little-endian float32 of unit length."""

    __tablename__ = "template"
    __table_args__ = (UniqueConstraint("person_id", "pack", "source_sha256"), Index(None, "pack"))

    id: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    pack: Mapped[str]
    vector_sealed: Mapped[bytes]
    quality: Mapped[float]
    source_sha256: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)

    person: Mapped[Person] = relationship(back_populates="templates", lazy="raise")


@dataclass(frozen=True, kw_only=True)
class PersonSummary:
    """What the door says about somebody it recognised. ``distributor`` is None for whoever works for none."""

    id: str
    name: str
    role: Role
    distributor: str | None


@dataclass(frozen=True, kw_only=True)
class Notice:
    """The notice a person was shown: its version and the SHA-256 (hex) of its exact text."""

    version: str
    sha256: str


def add_person(
    session: WriteSession,
    *,
    name: str,
    role: Role,
    at: datetime,
    distributor: str | None = None,
    phone: str | None = None,
) -> str:
    """Store a person and return the new id (uuid, 32 hex digits); ``at`` aware.

    ``distributor`` whom an agent works for, None for the office's own. Raises ``PeopleError`` for an empty name, an
    unknown role or a phone that is none.
    """
    if not name.strip():
        raise PeopleError("name: empty; give the person's name")
    if role not in ROLES:
        raise PeopleError(f"role: {role!r} is unknown; one of {', '.join(ROLES)}")
    person_id = uuid4().hex
    digits = phone_digits(phone) if phone else None
    vault = session.vault
    session.add(
        Person(
            id=person_id,
            role=role,
            name_sealed=vault.seal(name.strip().encode(), _about(person_id, "name")),
            distributor=distributor,
            phone_sealed=vault.seal(digits.encode(), _about(person_id, "phone")) if digits else None,
            phone_digest=vault.digest(digits) if digits else None,
            phone_last4=digits[-4:] if digits else None,
            created_at=at,
        )
    )
    return person_id


def record_consent(
    session: WriteSession, person_id: str, *, reference: str, mode: ConsentMode, notice: Notice, given_at: datetime
) -> str:
    """Store a consent and return its id. ``reference`` says where it is written: a form's number, a kiosk receipt."""
    if not reference.strip():
        raise PeopleError("consent: empty; give the number of the signed form or of the kiosk's receipt")
    consent_id = uuid4().hex
    session.add(
        Consent(
            id=consent_id,
            person_id=_existing(session, person_id).id,
            reference=reference.strip(),
            mode=mode,
            notice_version=notice.version,
            notice_sha256=notice.sha256,
            given_at=given_at,
        )
    )
    return consent_id


def withdraw_consent(session: WriteSession, person_id: str, *, at: datetime) -> int:
    """End every live consent of a person and erase the templates in the same transaction; how many were erased."""
    _existing(session, person_id)
    live = Consent.withdrawn_at.is_(None)
    session.change(update(Consent).where(Consent.person_id == person_id, live).values(withdrawn_at=at))
    return session.change(delete(FaceTemplate).where(FaceTemplate.person_id == person_id))


def add_template(
    session: WriteSession, person_id: str, template: Template, *, quality: float, source_sha256: str, at: datetime
) -> str:
    """Store a template of a person with a live consent and return its id.

    ``quality`` 0 to 1, ``source_sha256`` hex digest of the photograph or crop it was made from. A template of the
    same pack from the same source replaces nothing: its id is returned. Raises ``PeopleError`` without live consent.
    """
    _existing(session, person_id)
    if not _has_consent(session, person_id):
        raise PeopleError(f"person {person_id}: no live consent; a template may not be stored")
    same = (FaceTemplate.person_id == person_id, FaceTemplate.pack == template.pack)
    standing = session.scalars(
        select(FaceTemplate.id).where(*same, FaceTemplate.source_sha256 == source_sha256)
    ).first()
    if standing is not None:
        return standing
    template_id = uuid4().hex
    vector = template.vector.astype("<f4").tobytes()
    session.add(
        FaceTemplate(
            id=template_id,
            person_id=person_id,
            pack=template.pack,
            vector_sealed=session.vault.seal(vector, _about(template_id, "template")),
            quality=quality,
            source_sha256=source_sha256,
            created_at=at,
        )
    )
    return template_id


def gallery_snapshot(session: ReadSession, pack: str) -> Gallery:
    """Everyone of ``pack`` whose consent is live at this moment, ready for matching; empty when there is nobody."""
    live = select(Consent.person_id).where(Consent.withdrawn_at.is_(None))
    stored = select(FaceTemplate).where(FaceTemplate.pack == pack, FaceTemplate.person_id.in_(live))
    return Gallery.build(
        pack,
        [
            (record.person_id, Template(vector=_vector(session, record), pack=pack))
            for record in session.scalars(stored.order_by(FaceTemplate.person_id, FaceTemplate.id))
        ],
    )


def person_summary(session: ReadSession, person_id: str) -> PersonSummary:
    """Name, role and distributor of a person. Raises ``PeopleError`` for an unknown id."""
    return _summary(session, _existing(session, person_id))


def people(session: ReadSession) -> list[PersonSummary]:
    """Everyone, in the order they were added."""
    return [_summary(session, person) for person in session.scalars(select(Person).order_by(Person.created_at))]


def people_with_phone(session: ReadSession, phone: str) -> Sequence[PersonSummary]:
    """Everyone stored with this phone, found by its keyed hash."""
    digest = session.vault.digest(phone_digits(phone))
    return [_summary(session, each) for each in session.scalars(select(Person).where(Person.phone_digest == digest))]


def phone_digits(phone: str) -> str:
    """The digits of a phone, without the country code of mainland China. Raises ``PeopleError`` for anything else,
    without repeating it.

    >>> phone_digits("+86 138-0013-8000")
    '13800138000'
    """
    digits = re.sub(r"^(\+|00)86", "", re.sub(r"[\s\-()]", "", phone))
    if not re.fullmatch(r"\d{7,15}", digits):
        raise PeopleError("phone: not a telephone number; give 7 to 15 digits")
    return digits


def _existing(session: ReadSession, person_id: str) -> Person:
    person = session.get(Person, person_id)
    if person is None:
        raise PeopleError(f"person {person_id}: unknown at this site")
    return person


def _has_consent(session: ReadSession, person_id: str) -> bool:
    live = select(Consent.id).where(Consent.person_id == person_id, Consent.withdrawn_at.is_(None))
    return session.scalars(live.limit(1)).first() is not None


def _summary(session: ReadSession, person: Person) -> PersonSummary:
    name = session.vault.open(person.name_sealed, _about(person.id, "name")).decode()
    role = next(role for role in ROLES if role == person.role)
    return PersonSummary(id=person.id, name=name, role=role, distributor=person.distributor)


def _vector(session: ReadSession, record: FaceTemplate) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    plain = session.vault.open(record.vector_sealed, _about(record.id, "template"))
    return np.frombuffer(plain, "<f4").astype(np.float32)


def _about(record_id: str, field: str) -> str:
    return f"{field} of {record_id}"
