"""A door whose frames are small pictures of red squares, with its recorder: cheap enough to be run many times."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from kiosk.identity import ConsentGate
from kiosk.pipeline import DoorPipeline, Happening
from kiosk.record import Left, Recorder
from kiosk.types import Blind, Frame
from models.base import ModelsError
from models.people import Role, add_person, record_consent
from models.session import Database, ReadSession, WriteSession
from models.signing import open_signer
from models.site import Site
from models.vault import open_vault
from recognition.gallery import Gallery
from recognition.thresholds import Thresholds
from tests.kiosk.arrivals import STARTS_AT
from tests.kiosk.marks import WALL, MarkEngine, wall
from tests.models.somebody import AGREEMENT, DESK

STEP_S = 0.1
Point = tuple[int, int]
Walker = Callable[[float], Point]


def now() -> datetime:
    """This machine's clock."""
    return datetime.now(UTC)


def left_to_right(t: float) -> Point:
    """Somebody who walks through the picture."""
    return (60 + round(40 * t), 60)


def film(*walkers: Walker, from_s: float = 0.0, seconds: float = 3.0) -> Iterator[Frame]:
    """What the door's camera sees."""
    for step in range(round(from_s / STEP_S), round((from_s + seconds) / STEP_S)):
        t = step * STEP_S
        image = wall(*(walk(t) for walk in walkers))
        image[:4, 2 * step % 310 :][:, :8] = 200  # no two pictures are the same
        yield Frame(image=image, t=t, at=STARTS_AT + timedelta(seconds=t))


def pipeline_of(engine: MarkEngine | None = None) -> DoorPipeline:
    """A door that looks at nobody's face."""
    engine = engine or MarkEngine()
    nobody = Gallery.build(engine.pack, [])
    gate = ConsentGate("match_consented", engine, lambda: nobody, lambda _: Thresholds(match=0.9, review=0.7))
    return DoorPipeline(doorway=WALL, engine=engine, gate=gate, distributor_of=lambda person: None)


def recorder_of(site: Site, pipeline: DoorPipeline | None = None) -> Recorder:
    """A recorder of this door that waits for its evidence."""
    return Recorder(
        site=site,
        pipeline=pipeline or pipeline_of(),
        second=MarkEngine(),
        at_of=lambda t: STARTS_AT + timedelta(seconds=t),
        is_cut=lambda: False,
        clock=now,
        patient=True,
    )


@contextmanager
def recording(site: Site) -> Iterator[Recorder]:
    """A recorder that is closed at the end, with nothing left."""
    recorder = recorder_of(site)
    yield recorder
    assert recorder.close() == Left(entries=0, why=None)


def show(recorder: Recorder, items: Iterable[Frame | Blind], happened: Sequence[Happening] = ()) -> None:
    """The door sees ``items``, after the first second of which everything in ``happened`` is told."""
    told = False
    for item in items:
        recorder.pipeline.process(item)
        if isinstance(item, Frame) and item.t >= 1.5 and not told:
            told = True
            for one in happened:
                recorder.tell(one)
        recorder.see(item)


def enrolled(site: Site, role: Role = "customer", *, distributor: str | None = None) -> str:
    """Somebody with a live consent."""
    with site.write_session() as session:
        person = add_person(session, name="N", role=role, at=STARTS_AT, by=DESK, distributor=distributor)
        record_consent(session, person, AGREEMENT, at=STARTS_AT, by=DESK)
    return person


class ShakyDatabase(Database):
    """A database that cannot be read, or not be written, now and then, as one on a server."""

    readable = True
    writable = True

    @contextmanager
    def read_session(self) -> Iterator[ReadSession]:
        if not self.readable:
            raise ModelsError("office: the database refused: no connection")
        with super().read_session() as session:
            yield session

    @contextmanager
    def write_session(self) -> Iterator[WriteSession]:
        if not self.writable:
            raise ModelsError("office: the database refused: disk is full")
        with super().write_session() as session:
            yield session


class ShakySite(Site):
    """A site on such a database."""

    database: ShakyDatabase


def shaky_site(site: Site) -> ShakySite:
    """The same site, opened once more. Close it."""
    vault = open_vault(site.key_path)
    address = site.database.file or str(site.settings.database)
    database = ShakyDatabase(address, vault, open_signer(site.signing_path, vault))
    return ShakySite(folder=site.folder, settings=site.settings, database=database)
