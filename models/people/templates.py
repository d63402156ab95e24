"""Templates of people with a live consent, each enrolment on record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlalchemy import select

from models.keys import ensure_key, of_person
from models.ledger.append import append
from models.ledger.kinds import Enrolled
from models.people.consents import has_consent
from models.people.gallery import about_template, gallery_changed
from models.people.records import FaceTemplate, PeopleError, existing
from models.session import WriteSession
from recognition.types import Template


@dataclass(frozen=True, kw_only=True, eq=False)
class EnrolmentPhoto:
    """A template with its quality (0 to 1) and the SHA-256 (hex) of the photograph or crop it was made from."""

    template: Template
    quality: float
    source_sha256: str


def add_templates(
    session: WriteSession, person_id: str, photos: Sequence[EnrolmentPhoto], *, at: datetime, by: str
) -> int:
    """Store templates of a person with a live consent; how many were new. ``at`` aware, ``by`` who records them.

    One of the same pack from the same picture as a stored one is left out. Raises ``PeopleError`` for an unknown
    person and without live consent.
    """
    person = existing(session, person_id)
    if not has_consent(session, person.id):
        raise PeopleError(f"person {person.id}: no live consent; a template may not be stored")
    stored = {
        (one.pack, one.source_sha256)
        for one in session.scalars(select(FaceTemplate).where(FaceTemplate.person_id == person.id))
    }
    new = {(photo.template.pack, photo.source_sha256): photo for photo in photos}
    new = {key: photo for key, photo in new.items() if key not in stored}
    for photo in new.values():
        session.add(_sealed(session, person.id, photo, at))
    packs: dict[str, list[str]] = {}
    for pack, source in new:
        packs.setdefault(pack, []).append(source)
    made = [Enrolled(at=at, person=person.id, pack=pack, sources=tuple(sources)) for pack, sources in packs.items()]
    if made:
        append(session, made, at=at, by=by)
        gallery_changed(session, person.id)
    return len(new)


def _sealed(session: WriteSession, person_id: str, photo: EnrolmentPhoto, at: datetime) -> FaceTemplate:
    template_id = uuid4().hex
    sealer = ensure_key(session, of_person(person_id), at=at)
    return FaceTemplate(
        id=template_id,
        person_id=person_id,
        pack=photo.template.pack,
        vector_sealed=sealer.seal(photo.template.vector.astype("<f4").tobytes(), about_template(template_id)),
        quality=photo.quality,
        source_sha256=photo.source_sha256,
        created_at=at,
    )
