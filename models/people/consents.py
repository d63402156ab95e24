"""Consents and withdrawals, each on record with the change it makes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlalchemy import delete, select, update

from models.keys import ensure_key, of_person, sealer_of
from models.ledger.append import append
from models.ledger.kinds import Consented, Withdrawn
from models.people.gallery import gallery_changed
from models.people.records import Consent, ConsentMode, FaceTemplate, How, PeopleError, existing
from models.session import ReadSession, WriteSession


@dataclass(frozen=True, kw_only=True)
class Notice:
    """The notice a person was shown: its version and the SHA-256 (hex) of its exact text."""

    version: str
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """A yes: ``reference`` where it is written (a form's number, a kiosk's receipt), ``how`` it was given, under which
    ``mode`` and ``notice``; ``guardian`` the name of whoever gave it for a minor."""

    reference: str
    mode: ConsentMode
    notice: Notice
    how: How
    guardian: str | None = None


@dataclass(frozen=True, kw_only=True)
class GivenConsent:
    """A consent as it stands: what was agreed to (see `Agreement`), from when until when."""

    id: str
    reference: str
    mode: str
    how: str
    notice: Notice
    guardian: str | None
    given_at: datetime
    withdrawn_at: datetime | None


def record_consent(session: WriteSession, person_id: str, agreement: Agreement, *, at: datetime, by: str) -> str:
    """Store a consent given at ``at`` (aware), recorded by ``by``, and return its id. Raises ``PeopleError`` for an
    unknown person, an empty reference or an empty guardian."""
    person = existing(session, person_id)
    if not agreement.reference.strip():
        raise PeopleError("consent: empty; give the number of the signed form or of the kiosk's receipt")
    if agreement.guardian is not None and not agreement.guardian.strip():
        raise PeopleError("guardian: empty; give the name of who consented for the minor, or leave it out")
    consent_id = uuid4().hex
    session.add(
        Consent(
            id=consent_id,
            person_id=person.id,
            reference=agreement.reference.strip(),
            mode=agreement.mode,
            how=agreement.how,
            notice_version=agreement.notice.version,
            notice_sha256=agreement.notice.sha256,
            guardian_sealed=_sealed_guardian(session, consent_id, person.id, agreement.guardian, at),
            given_at=at,
        )
    )
    entry = Consented(
        at=at,
        person=person.id,
        consent=consent_id,
        mode=agreement.mode,
        how=agreement.how,
        notice_version=agreement.notice.version,
        notice_sha256=agreement.notice.sha256,
        guardian=agreement.guardian is not None,
    )
    append(session, [entry], at=at, by=by)
    gallery_changed(session, person.id)
    return consent_id


def withdraw_consent(session: WriteSession, person_id: str, *, at: datetime, by: str) -> int:
    """End every live consent of a person and erase the templates in the same transaction; how many were erased. When
    there is neither, nothing is put on record. Raises ``PeopleError`` for an unknown person."""
    person = existing(session, person_id)
    live = (Consent.person_id == person.id, Consent.withdrawn_at.is_(None))
    ended = session.scalars(select(Consent.id).where(*live).order_by(Consent.given_at, Consent.id)).all()
    session.change(update(Consent).where(*live).values(withdrawn_at=at))
    erased = session.change(delete(FaceTemplate).where(FaceTemplate.person_id == person.id))
    if ended or erased:
        append(session, [Withdrawn(at=at, person=person.id, consents=tuple(ended), templates=erased)], at=at, by=by)
        gallery_changed(session, person.id)
    return erased


def consents_of(session: ReadSession, person_id: str) -> list[GivenConsent]:
    """The consents of a person, withdrawn ones too, oldest first. Raises ``PeopleError`` for an unknown person,
    ``KeyGoneError`` for somebody who was erased."""
    sealer = sealer_of(session, of_person(existing(session, person_id).id))
    given = select(Consent).where(Consent.person_id == person_id).order_by(Consent.given_at, Consent.id)
    return [
        GivenConsent(
            id=one.id,
            reference=one.reference,
            mode=one.mode,
            how=one.how,
            notice=Notice(version=one.notice_version, sha256=one.notice_sha256),
            guardian=sealer.open(one.guardian_sealed, _about_guardian(one.id)).decode()
            if one.guardian_sealed
            else None,
            given_at=one.given_at,
            withdrawn_at=one.withdrawn_at,
        )
        for one in session.scalars(given)
    ]


def has_consent(session: ReadSession, person_id: str) -> bool:
    """Whether a consent of the person is live."""
    live = select(Consent.id).where(Consent.person_id == person_id, Consent.withdrawn_at.is_(None))
    return session.scalars(live.limit(1)).first() is not None


def _sealed_guardian(
    session: WriteSession, consent_id: str, person_id: str, guardian: str | None, at: datetime
) -> bytes | None:
    if guardian is None:
        return None
    sealer = ensure_key(session, of_person(person_id), at=at)
    return sealer.seal(guardian.strip().encode(), _about_guardian(consent_id))


def _about_guardian(consent_id: str) -> str:
    return f"guardian of {consent_id}"
