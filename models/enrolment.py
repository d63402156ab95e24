"""Enrolment of one person in one transaction: who they are, their consent, their templates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from models.people import (
    Agreement,
    EnrolmentPhoto,
    PeopleError,
    PersonSummary,
    Role,
    add_person,
    add_templates,
    people,
    people_with_phone,
    record_consent,
)
from models.session import ReadSession, WriteSession


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


def enrol(
    session: WriteSession,
    applicant: Applicant,
    agreement: Agreement,
    photos: Sequence[EnrolmentPhoto],
    *,
    at: datetime,
    by: str,
) -> str:
    """Store the person, the consent and the templates, all on record by ``by``; the person's id.

    Somebody already stored with the same phone is the same person and gets the new consent and templates. Raises
    ``PeopleError`` when that phone belongs to somebody of another name, role or distributor, when too little of it is
    known to say whose it is, and when somebody alike is stored and no phone tells the two apart: commission hangs on
    not mixing up two people.
    """
    person_id = _standing(session, applicant)
    if person_id is None:
        person_id = add_person(
            session,
            name=applicant.name,
            role=applicant.role,
            distributor=applicant.distributor,
            phone=applicant.phone,
            at=at,
            by=by,
        )
    record_consent(session, person_id, agreement, at=at, by=by)
    add_templates(session, person_id, photos, at=at, by=by)
    return person_id


def _standing(session: ReadSession, applicant: Applicant) -> str | None:
    """The person who the applicant is beyond doubt, None for somebody new."""
    if applicant.phone is None:
        _refuse_if_alike(session, applicant)
        return None
    found = people_with_phone(session, applicant.phone)
    for person in found.certain:
        if applicant.is_like(person):
            return person.id
    if found.certain:
        raise PeopleError(
            f"this phone belongs to {found.certain[0].role} {found.certain[0].id}, with another name, role or "
            "distributor; check the phone, or enrol with the same particulars"
        )
    doubtful = next((person for person in found.possible if applicant.is_like(person)), None)
    if doubtful is not None:
        raise PeopleError(
            f"{doubtful.role} {doubtful.id} has this name and perhaps this phone, of which a part is not known; "
            "store the whole phone of that record first, or enrol with another one"
        )
    return None


def _refuse_if_alike(session: ReadSession, applicant: Applicant) -> None:
    alike = next((person for person in people(session) if applicant.is_like(person)), None)
    if alike is not None:
        raise PeopleError(
            f"somebody with this name, role and distributor is on record ({alike.id}); if it is them, put their phone "
            "on that record (a correction by the privacy officer) and give --phone; give --phone if this is somebody "
            "else, or enrol all photographs of one person at once"
        )
