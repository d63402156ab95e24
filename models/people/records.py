"""The tables of the people. What is personal in them is sealed under each person's own data key."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, get_args

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, ModelsError, UTCDateTime
from models.session import ReadSession

Role = Literal["agent", "consultant", "staff", "customer"]
ConsentMode = Literal["consent_first", "match_consented", "record_all"]
How = Literal["paper", "kiosk", "desk"]
"""How a consent was given: a signed form, at the kiosk, or said at the desk."""

ROLES: tuple[Role, ...] = get_args(Role)


class PeopleError(ModelsError):
    """A person, phone, consent, template or tie that cannot be stored or found as asked."""


class Person(Base):
    __tablename__ = "person"
    __table_args__ = (CheckConstraint(f"role IN {ROLES}", name="role"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    role: Mapped[str]
    name_sealed: Mapped[bytes]
    distributor: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)

    phones: Mapped[list[Phone]] = relationship(back_populates="person", lazy="raise")
    consents: Mapped[list[Consent]] = relationship(back_populates="person", lazy="raise")
    templates: Mapped[list[FaceTemplate]] = relationship(back_populates="person", lazy="raise")


class Phone(Base):
    """A phone of a person; ``digest`` of what is known of it, ``masked_digest`` of its masked form: the two are equal
    where no more than that is known, and there is no second where the phone is no mobile one."""

    __tablename__ = "phone"
    __table_args__ = (UniqueConstraint("person_id", "digest"), Index(None, "digest"), Index(None, "masked_digest"))

    id: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    number_sealed: Mapped[bytes]
    digest: Mapped[bytes]
    masked_digest: Mapped[bytes | None]
    last4: Mapped[str]
    added_at: Mapped[datetime] = mapped_column(UTCDateTime)

    person: Mapped[Person] = relationship(back_populates="phones", lazy="raise")


class Consent(Base):
    """A person's yes: where it is written (``reference``), to which notice, from when until when; for a minor the
    guardian's, by name."""

    __tablename__ = "consent"
    __table_args__ = (Index(None, "person_id"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    reference: Mapped[str]
    mode: Mapped[str]
    how: Mapped[str]
    notice_version: Mapped[str]
    notice_sha256: Mapped[str]
    guardian_sealed: Mapped[bytes | None]
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


class GalleryChange(Base):
    """The last change to a person's templates or consents; ``number`` counts the changes of all. It stays when the
    person is erased: that is how the doors learn of it."""

    __tablename__ = "gallery_change"
    __table_args__ = (UniqueConstraint("number"),)

    person_id: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger)


def existing(session: ReadSession, person_id: str) -> Person:
    """The record of a person. Raises ``PeopleError`` for an unknown id."""
    person = session.get(Person, person_id)
    if person is None:
        raise PeopleError(f"person {person_id}: unknown at this site")
    return person
