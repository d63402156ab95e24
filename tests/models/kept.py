"""Everything a site may keep of somebody, and a search of a folder that shares no code with the program's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from models.evidence import StoredFrame, add_frames, frame_key
from models.ledger.append import append
from models.ledger.kinds import Arrival, Evidence
from models.people import EnrolmentPhoto, add_person, add_templates, record_consent
from models.site import Site
from tests.models.builders import FOUNDED
from tests.models.ledger.builders import report
from tests.models.somebody import AGREEMENT, DESK, photo

VISIT = FOUNDED + timedelta(hours=1)
GUARDIAN = "王建国的监护人"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(range(256)) * 4 + b"\xff\xd9"
VECTOR = np.random.default_rng(3).normal(size=512)


@dataclass(frozen=True, kw_only=True)
class Customer:
    """Somebody to keep everything of."""

    name: str = "欧阳明月"
    phone: str = "13812345678"
    arrival: str = "arr-1"
    photos: tuple[EnrolmentPhoto, ...] = (photo("a", *VECTOR),)

    def store(self, site: Site, *, at: datetime = VISIT) -> str:
        """Person, phone, guardian, template, an entry with name and phone, an arrival with two frames."""
        with site.write_session() as session:
            person = add_person(session, name=self.name, role="customer", phone=self.phone, at=at, by=DESK)
            record_consent(session, person, replace(AGREEMENT, guardian=GUARDIAN), at=at, by=DESK)
            add_templates(session, person, self.photos, at=at, by=DESK)
            told = [report(person, name=self.name, phone=self.phone, at=at), came(self.arrival, person, at=at)]
            append(session, told, at=at, by=DESK)
        film(site, self.arrival, person, at=at)
        return person


def came(arrival: str, person: str | None, *, at: datetime = VISIT) -> Arrival:
    """An arrival, of somebody the door knows or of a stranger."""
    return Arrival(
        at=at,
        arrival=arrival,
        door="main",
        direction="in",
        sigma_s=0.02,
        status="known" if person else "unconsented",
        person=person,
        track=1,
    )


def film(site: Site, arrival: str, person: str | None, *, at: datetime = VISIT) -> list[StoredFrame]:
    """Two frames of an arrival, on the disk, listed and on record."""
    with site.write_session() as session:
        owner, sealer = frame_key(session, arrival=arrival, person=person, at=at)
        kept = [
            site.frames.write(sealer, JPEG + f"{arrival} {n}".encode() + JPEG[-2:], arrival=arrival, owner=owner, at=at)
            for n in range(2)
        ]
        add_frames(session, kept, written_at=at)
        frames = tuple((one.at, one.sha256) for one in kept)
        append(session, [Evidence(at=at, arrival=arrival, frames=frames)], at=at, by="door")
    return kept


def plaintexts(customer: Customer) -> Iterator[bytes]:
    """What must not stand in the clear anywhere, in every spelling."""
    for text in (customer.name, customer.phone, GUARDIAN):
        yield from (text.encode("utf-8"), text.encode("utf-16-le"), text.encode("utf-16-be"))
    for each in customer.photos:
        yield from (each.template.vector.astype(kind).tobytes() for kind in ("<f4", ">f4", "<f8"))
    yield JPEG[:10]


def files_with(folder: Path, contents: Sequence[bytes]) -> list[str]:
    """Every file of a folder in which one of these stands."""
    whole = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return sorted(path.name for path, content in whole.items() if any(each in content for each in contents))
