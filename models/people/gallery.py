"""The gallery the doors compare with: live consents only, followed change by change from other processes too.

Whatever changes templates or consents calls `gallery_changed` in its own transaction; a door asks for the number of the
last change, and reads again only the people behind newer ones.
"""

from __future__ import annotations

import numpy as np
from sqlalchemy import func, select

from models.keys import DataKey, of_person
from models.people.persons import OWNER
from models.people.records import Consent, FaceTemplate, GalleryChange, Person
from models.session import ReadSession, WriteSession
from recognition.gallery import Gallery
from recognition.types import Template


def gallery_changed(session: WriteSession, person_id: str) -> None:
    """Say that templates or consents of a person have changed, or are gone."""
    number = last_change(session) + 1  # nobody else writes meanwhile
    standing = session.get(GalleryChange, person_id)
    if standing is None:
        session.add(GalleryChange(person_id=person_id, number=number))
    else:
        standing.number = number


def last_change(session: ReadSession) -> int:
    """The number of the last change; 0 before the first."""
    return session.scalars(select(func.coalesce(func.max(GalleryChange.number), 0))).one()


def gallery_snapshot(session: ReadSession, pack: str) -> Gallery:
    """Everyone of ``pack`` whose consent is live at this moment, ready for matching; empty when there is nobody."""
    return LiveGallery(pack).follow(session)


class LiveGallery:
    """The gallery of one pack, kept up with the record. It holds opened templates, in memory only. For one thread."""

    def __init__(self, pack: str) -> None:
        self._pack = pack
        self._number = 0
        self._templates: dict[str, list[Template]] = {}
        self._gallery = Gallery.build(pack, [])

    def follow(self, session: ReadSession) -> Gallery:
        """The gallery as the record has it now: the same object as before when nothing has changed, else a new one
        for which only the templates of changed people were opened."""
        number = last_change(session)
        if number == self._number:
            return self._gallery
        changed = select(GalleryChange.person_id).where(GalleryChange.number > self._number)
        for person in session.scalars(changed):
            self._templates.pop(person, None)
        live = select(Consent.person_id).where(Consent.withdrawn_at.is_(None))
        sealed = (
            select(FaceTemplate.person_id, FaceTemplate.id, FaceTemplate.vector_sealed, DataKey.wrapped)
            .join(Person, Person.id == FaceTemplate.person_id)
            .join(DataKey, DataKey.owner == OWNER)
            .where(
                FaceTemplate.pack == self._pack, FaceTemplate.person_id.in_(changed), FaceTemplate.person_id.in_(live)
            )
        )
        for row in session.rows(sealed.order_by(FaceTemplate.person_id, FaceTemplate.id)):
            opened = session.vault.unwrapped(row.wrapped, of_person(row.person_id))
            plain = opened.open(row.vector_sealed, about_template(row.id))
            made = Template(vector=np.frombuffer(plain, "<f4").astype(np.float32), pack=self._pack)
            self._templates.setdefault(row.person_id, []).append(made)
        items = [(person, each) for person in sorted(self._templates) for each in self._templates[person]]
        self._gallery, self._number = Gallery.build(self._pack, items), number
        return self._gallery


def about_template(template_id: str) -> str:
    """What a template is sealed as."""
    return f"template of {template_id}"
