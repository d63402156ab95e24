"""The gallery the doors compare with: live consents only, followed change by change from other processes too.

Whatever changes templates or consents calls `gallery_changed` in its own transaction; a door asks for the number of the
last change, and reads again only the people behind newer ones.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import compress

import numpy as np
from sqlalchemy import Select, func, select

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
    """The gallery of one pack, kept up with the record; its opened templates are in memory only. For one thread."""

    def __init__(self, pack: str) -> None:
        self._number = 0
        self._gallery = Gallery.build(pack, [])

    def follow(self, session: ReadSession) -> Gallery:
        """The gallery as the record has it now: the same object as before when nothing has changed, else a new one
        for which only the templates of changed people were opened."""
        number = last_change(session)
        if number != self._number:
            changed = select(GalleryChange.person_id).where(GalleryChange.number > self._number)
            new = Gallery.build(self._gallery.pack, _opened(session, self._gallery.pack, changed))
            self._gallery = _replaced(self._gallery, set(session.scalars(changed)), new)
            self._number = number
        return self._gallery


def _opened(session: ReadSession, pack: str, people: Select[str]) -> Iterator[tuple[str, Template]]:
    """The templates of those of these people who have a live consent and were not erased."""
    live = select(Consent.person_id).where(Consent.withdrawn_at.is_(None))
    sealed = (
        select(FaceTemplate.person_id, FaceTemplate.id, FaceTemplate.vector_sealed, DataKey.wrapped)
        .join(Person, Person.id == FaceTemplate.person_id)
        .join(DataKey, DataKey.owner == OWNER)
        .where(FaceTemplate.pack == pack, FaceTemplate.person_id.in_(people), FaceTemplate.person_id.in_(live))
    )
    for row in session.rows(sealed.order_by(FaceTemplate.person_id, FaceTemplate.id)):
        opened = session.vault.unwrapped(row.wrapped, of_person(row.person_id))
        plain = opened.open(row.vector_sealed, about_template(row.id))
        yield row.person_id, Template(vector=np.frombuffer(plain, "<f4").astype(np.float32), pack=pack)


def _replaced(old: Gallery, changed: Collection[str], new: Gallery) -> Gallery:
    """``old`` without the people who ``changed``, and with those of ``new``. Its rows, 205 MB for 100,000 people, are
    copied once."""
    stays = np.array([person not in changed for person in old.people], bool)
    if not stays.any():
        return new
    counts = np.diff(old.starts, append=len(old.matrix))
    rows = np.repeat(stays, counts)
    kept = int(rows.sum())
    matrix = np.empty((kept + len(new.matrix), old.matrix.shape[1]), np.float32)
    np.compress(rows, old.matrix, axis=0, out=matrix[:kept])
    if len(new):
        matrix[kept:] = new.matrix
    matrix.setflags(write=False)
    return Gallery(
        pack=old.pack,
        people=(*compress(old.people, stays), *new.people),
        matrix=matrix,
        starts=np.concatenate([[0], np.cumsum(counts[stays])[:-1], kept + new.starts]).astype(np.intp),
    )


def about_template(template_id: str) -> str:
    """What a template is sealed as."""
    return f"template of {template_id}"
