"""Enrolment of one person in one transaction: who they are, their consent, their templates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from models.people import (
    ConsentMode,
    Notice,
    PeopleError,
    PersonSummary,
    Role,
    add_person,
    add_template,
    people,
    people_with_phone,
    record_consent,
)
from models.session import ReadSession, WriteSession
from recognition.types import Template


@dataclass(frozen=True, kw_only=True)
class Applicant:
    """Who wants to be recognised; ``distributor`` whom an agent works for, None for the office's own people."""

    name: str
    role: Role
    distributor: str | None = None
    phone: str | None = None

    def is_like(self, person: PersonSummary) -> bool:
        """Same name, role and distributor: alike on paper, perhaps somebody else."""
        return (person.name, person.role, person.distributor) == (self.name.strip(), self.role, self.distributor)


@dataclass(frozen=True, kw_only=True, eq=False)
class EnrolmentPhoto:
    """A template with its quality (0 to 1) and the SHA-256 (hex) of the photograph it was made from."""

    template: Template
    quality: float
    source_sha256: str


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """The consent: ``reference`` where it is written, under which ``mode`` and ``notice``."""

    reference: str
    mode: ConsentMode
    notice: Notice


def enrol(
    session: WriteSession,
    applicant: Applicant,
    agreement: Agreement,
    photos: Sequence[EnrolmentPhoto],
    *,
    at: datetime,
) -> str:
    """Store the person, the consent and the templates; the person's id.

    Somebody already stored with the same phone is the same person and gets the new consent and templates. Raises
    ``PeopleError`` when that phone belongs to somebody of another name, role or distributor, and when somebody alike
    is stored and no phone tells the two apart: commission hangs on not mixing up two people.
    """
    person_id = _known_by_phone(session, applicant) if applicant.phone else None
    if person_id is None:
        _refuse_if_ambiguous(session, applicant)
        person_id = add_person(
            session,
            name=applicant.name,
            role=applicant.role,
            distributor=applicant.distributor,
            phone=applicant.phone,
            at=at,
        )
    record_consent(
        session, person_id, reference=agreement.reference, mode=agreement.mode, notice=agreement.notice, given_at=at
    )
    for photo in photos:
        add_template(
            session, person_id, photo.template, quality=photo.quality, source_sha256=photo.source_sha256, at=at
        )
    return person_id


def _known_by_phone(session: ReadSession, applicant: Applicant) -> str | None:
    holders = people_with_phone(session, applicant.phone or "")
    for person in holders:
        if applicant.is_like(person):
            return person.id
    if holders:
        raise PeopleError(
            f"this phone belongs to {holders[0].role} {holders[0].id}, with another name, role or distributor; "
            "check the phone, or enrol with the same particulars"
        )
    return None


def _refuse_if_ambiguous(session: ReadSession, applicant: Applicant) -> None:
    alike = next((person for person in people(session) if applicant.is_like(person)), None)
    if alike is not None and applicant.phone is None:
        raise PeopleError(
            f"somebody with this name, role and distributor is enrolled ({alike.id}); "
            "give --phone if this is somebody else, or enrol all photographs of one person at once"
        )
