"""People to store in the tests of the record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

import numpy as np

from models.people import (
    Agreement,
    EnrolmentPhoto,
    Notice,
    Role,
    add_person,
    add_templates,
    record_consent,
)
from models.session import WriteSession
from models.site import Site
from recognition.types import Template
from tests.models.builders import FOUNDED

DESK = "desk 1"
"""Who records in the tests."""

AGREEMENT = Agreement(reference="F-1", mode="consent_first", notice=Notice(version="1", sha256="ab" * 32), how="paper")


def template(*values: float, pack: str = "toy-1") -> Template:
    vector = np.array(values, np.float32)
    return Template(vector=vector / np.float32(np.linalg.norm(vector)), pack=pack)


def photo(source: str, *values: float, pack: str = "toy-1") -> EnrolmentPhoto:
    made = template(*(values or (1, 0)), pack=pack)
    return EnrolmentPhoto(template=made, quality=0.9, source_sha256=sha256(source.encode()).hexdigest())


@dataclass(frozen=True, kw_only=True)
class Somebody:
    """A person to store, with defaults."""

    name: str = "李明"
    role: Role = "agent"
    distributor: str | None = "贝壳"
    phone: str | None = None
    consents: int = 1

    def store(self, session: WriteSession) -> str:
        person_id = add_person(
            session,
            name=self.name,
            role=self.role,
            distributor=self.distributor,
            phone=self.phone,
            at=FOUNDED,
            by=DESK,
        )
        for number in range(self.consents):
            record_consent(session, person_id, replace(AGREEMENT, reference=f"F-{number}"), at=FOUNDED, by=DESK)
        return person_id


CUSTOMER = Somebody(name="王芳", role="customer", distributor=None)


def stored(site: Site, somebody: Somebody, photos: Sequence[EnrolmentPhoto] = ()) -> str:
    with site.write_session() as session:
        person_id = somebody.store(session)
        if photos:
            add_templates(session, person_id, photos, at=FOUNDED, by=DESK)
    return person_id
