"""Erasing while other programs run: they forget, they may hold the database, and the eraser itself may be killed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from sqlalchemy import func, select

from api.door import FRESH_S, People
from models.erase import erase
from models.ledger.read import entries_of_kind, head
from models.ledger.records import Particular
from models.ledger.verify import verify_site
from models.people import Person
from models.receipts import Receipts
from models.retention import retain
from models.site import Site, open_site
from tests.models.kept import Customer, files_with
from tests.models.ledger.writer import CONTEXT, killed_after
from tests.models.somebody import DESK
from tests.models.test_erase import LATER, OTHER, blobs, erased

KILLS = 8
ANSWER_S = 30.0


def hold_gallery(asked: Connection, folder: Path) -> None:
    """A door: asked, it answers whom it would recognise now."""
    with open_site(folder) as site:
        people = People(pack="toy-1", site=site)
        while asked.recv() == "who":
            asked.send(people.gallery().people)


@contextmanager
def door(site: Site) -> Iterator[Connection]:
    """A running process that holds the gallery."""
    ours, theirs = CONTEXT.Pipe()
    process = CONTEXT.Process(target=hold_gallery, args=(theirs, site.folder))
    process.start()
    yield ours
    ours.send("end")
    process.join()


def recognised(door: Connection) -> tuple[str, ...]:
    door.send("who")
    assert door.poll(ANSWER_S), "the door does not answer"
    answer: tuple[str, ...] = door.recv()
    return answer


def test_a_running_door_forgets_within_a_second(site: Site) -> None:
    person, other = Customer().store(site), OTHER.store(site)
    with door(site) as running:
        assert set(recognised(running)) == {person, other}
        assert erased(site, person).put_off is None
        time.sleep(FRESH_S)
        assert recognised(running) == (other,)


def erase_and_tell(told: Connection, folder: Path, person: str) -> None:
    with open_site(folder) as site:
        told.send("begins")
        erase(site, [person], reason="request", at=LATER, by=DESK)
        told.send("erased")


@pytest.mark.parametrize("after_ms", [2**n for n in range(KILLS)])
def test_killed_at_any_instant_nothing_is_said_that_is_not_so_and_the_next_run_ends_it(
    embedded_site: Site, after_ms: int
) -> None:
    site = embedded_site
    person = Customer().store(site)
    of_this_one = blobs(site, person)
    killed_after(after_ms / 1000, erase_and_tell, site.folder, person)
    with site.read_session() as session:
        said = list(entries_of_kind(session, "erasure"))
        left = session.get(Person, person), session.scalars(select(func.count()).select_from(Particular)).one()
    if said:
        assert left == (None, 0)
        assert list(site.frames.files()) == []
    [receipt] = erased(site, person).receipts
    assert receipt.finished_at is not None
    assert files_with(site.folder, of_this_one) == []
    assert Receipts(site.folder).begun() == []
    assert verify_site(site.folder).faults == ()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Databases that wait for others for a moment only."""
    monkeypatch.setattr("models.session.BUSY_TIMEOUT_MS", 100)


def test_while_another_program_reads_the_end_is_put_off_and_retention_does_it(impatient: None, site: Site) -> None:
    person = Customer().store(site)
    of_this_one = blobs(site, person)
    with open_site(site.folder) as reading, reading.read_session() as session:
        head(session)
        session.get(Person, person)
        ended = erased(site, person)
    assert ended.put_off is not None
    [receipt] = ended.receipts
    assert (receipt.finished_at, Receipts(site.folder).read(receipt.entry or 0)) == (None, None)
    [finished] = retain(site, at=LATER, by=DESK).receipts
    assert (finished.entry, finished.finished_at) == (receipt.entry, LATER)
    assert files_with(site.folder, of_this_one) == []
