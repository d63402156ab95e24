"""The evidence writer: who can be seen in what it keeps, and that everything it could not keep is told."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from kiosk.evidence import EvidenceWriter, Job, SecondLook, Written
from kiosk.evidence.writer import ENDED, ERASED, JOBS, REFUSED, TOO_SLOW, UNCLEAR
from kiosk.pipeline import Arrival
from models.keys import KeyGoneError, of_arrival, of_person
from models.people import add_person
from models.site import Site, create_site
from recognition.types import Detection, Image, RecognitionError
from tests.kiosk.arrivals import STARTS_AT, arrival
from tests.kiosk.evidence.jobs import Book, below, job, left_to_right
from tests.kiosk.marks import WALL, MarkEngine

FRAMES = 21
"""Frames of every job here."""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with create_site(tmp_path / "site", at=STARTS_AT) as made:
        yield made


@pytest.fixture
def person(site: Site) -> str:
    with site.write_session() as session:
        return add_person(session, name="N", role="customer", at=STARTS_AT, by="desk")


def written(
    site: Site,
    *jobs: Job,
    consented: Callable[[Arrival], str | None] = lambda arrival: None,
    engine: MarkEngine | None = None,
    book: Book | None = None,
) -> list[Written]:
    """What the record was told about the jobs until the writer was closed."""
    book = book or Book(site)
    writer = EvidenceWriter(
        site, SecondLook(engine or MarkEngine(), WALL), consented=consented, record=book, patient=True
    )
    for each in jobs:
        writer.submit(each)
    assert writer.close() == book.refusals
    return book.told


# who can be seen


@pytest.mark.parametrize("seen", [(), (0,), (0, 1)])  # the door saw nobody, one of them, both
def test_nobody_can_be_seen_without_consent_whether_the_door_saw_them_or_not(site: Site, seen: tuple[int, ...]) -> None:
    (kept,) = written(site, job(1, left_to_right, below, seen=seen))
    assert Book(site).marks(kept) == [0] * FRAMES
    assert (kept.dropped, kept.why) == (0, None)
    assert {frame.owner for frame in kept.frames} == {of_arrival(kept.arrival.id)}


@pytest.mark.parametrize("seen", [(0,), (0, 1)])  # the door saw the other one too, or did not
def test_only_who_consented_can_be_seen_in_the_frames_of_that_arrival(
    site: Site, person: str, seen: tuple[int, ...]
) -> None:
    (kept,) = written(site, job(1, left_to_right, below, seen=seen), consented=lambda arrival: person)
    assert Book(site).marks(kept) == [1] * FRAMES
    assert {frame.owner for frame in kept.frames} == {of_person(person)}


def test_of_two_who_consented_each_has_frames_without_the_other(site: Site, person: str) -> None:
    one, other = job(1, left_to_right, below, seen=(0, 1)), job(1, left_to_right, below, seen=(0, 1))
    first, second = written(site, one, other, consented=lambda arrival: person)
    assert Book(site).marks(first) == [1] * FRAMES
    assert Book(site).marks(second) == [1] * FRAMES


@pytest.mark.parametrize("order", [(None, None), (None, "p"), ("p", None)])
def test_of_two_arrivals_with_the_same_frames_each_shows_only_who_consented_to_it(
    site: Site, person: str, order: tuple[str | None, str | None]
) -> None:
    """As of a couple, whose frames need covering once when neither consented."""
    both = [replace(job(1, left_to_right, below, seen=(0, 1)), arrival=arrival(n, crossed_s=1.0)) for n in (1, 2)]
    whose = {each.arrival.id: person if who else None for each, who in zip(both, order, strict=True)}
    kept = written(site, *both, consented=lambda arrival: whose[arrival.id])
    assert [Book(site).marks(each) for each in kept] == [[1 if who else 0] * FRAMES for who in order]


def test_who_was_erased_before_the_frames_are_written_is_covered_as_everybody(site: Site) -> None:
    (kept,) = written(site, job(1, left_to_right, seen=(0,)), consented=lambda arrival: "erased-person")
    assert Book(site).marks(kept) == [0] * FRAMES
    assert {frame.owner for frame in kept.frames} == {of_arrival(kept.arrival.id)}


def test_a_face_that_was_not_tracked_may_not_be_seen_though_its_owner_consented(site: Site, person: str) -> None:
    (kept,) = written(site, job(1, left_to_right), consented=lambda arrival: person)
    assert Book(site).marks(kept) == [0] * FRAMES


def test_a_frame_without_faces_is_kept_bit_for_bit(site: Site) -> None:
    empty = job(1)
    (kept,) = written(site, empty)
    assert set(Book(site).jpegs(kept)) == {frame.jpeg for frame in empty.frames}
    assert [frame.at for frame in kept.frames] == [frame.at for frame in empty.frames]


# what cannot be kept


@dataclass
class FailingEngine(MarkEngine):
    """Cannot search its third picture."""

    def detect(self, image: Image) -> list[Detection]:
        found = super().detect(image)
        if len(self.shown) == 3:
            raise RecognitionError("the detector failed")
        return found


def test_frames_around_a_search_that_failed_are_not_kept(site: Site) -> None:
    """Looks at 0, 0.3, 0.5, 0.8, 1.0 … s: nothing between 0.3 and 0.8 s is known."""
    (kept,) = written(site, job(1, left_to_right), engine=FailingEngine())
    gone = {0.4, 0.5, 0.6, 0.7}
    taken = [round((frame.at - STARTS_AT).total_seconds(), 1) for frame in kept.frames]
    assert set(taken) == {n / 10 for n in range(FRAMES)} - gone
    assert (kept.dropped, kept.why) == (len(gone), UNCLEAR)
    assert Book(site).marks(kept) == [0] * (FRAMES - len(gone))


def test_frames_the_ring_lost_are_told(site: Site) -> None:
    (kept,) = written(site, job(1, lost=7))
    assert (len(kept.frames), kept.dropped, kept.why) == (FRAMES, 7, TOO_SLOW)


def test_a_disk_that_takes_nothing_stops_nothing_and_the_next_arrival_is_kept(site: Site) -> None:
    site.frames.folder.write_bytes(b"")  # where the folder should be
    book = Book(site)

    def mended(arrival: Arrival) -> None:
        if arrival.id == "main-2":
            site.frames.folder.unlink()

    full, fine = written(site, job(1), job(2), consented=mended, book=book)
    assert (full.frames, full.dropped, full.why) == ((), FRAMES, REFUSED)
    assert (len(fine.frames), fine.dropped, fine.why) == (FRAMES, 0, None)


def test_too_many_arrivals_at_once_are_lost_by_name_and_the_door_never_waits(site: Site) -> None:
    busy, go_on = threading.Event(), threading.Event()

    def held_up(arrival: Arrival) -> None:
        busy.set()
        go_on.wait()

    book = Book(site)
    writer = EvidenceWriter(site, SecondLook(MarkEngine(), WALL), consented=held_up, record=book)
    writer.submit(job(0))
    busy.wait()
    for number in range(1, JOBS + 3):
        writer.submit(job(number))
    go_on.set()
    assert writer.close() == 0
    lost = {told.arrival.id: (told.dropped, told.why) for told in book.told if not told.frames}
    assert lost == {f"main-{number}": (FRAMES, TOO_SLOW) for number in (JOBS + 1, JOBS + 2)}
    assert len(book.told) == JOBS + 3


def test_what_is_not_written_in_time_at_the_end_is_told_as_lost(site: Site) -> None:
    busy, book = threading.Event(), Book(site)

    def slow(arrival: Arrival) -> None:
        busy.set()
        threading.Event().wait(0.3)

    writer = EvidenceWriter(site, SecondLook(MarkEngine(), WALL), consented=slow, record=book)
    writer.submit(job(1))
    busy.wait()
    writer.submit(job(2))
    assert writer.close(limit_s=0.0) == 0
    assert [(told.arrival.id, told.dropped, told.why) for told in book.told] == [
        ("main-1", FRAMES, ENDED),
        ("main-2", FRAMES, ENDED),
    ]


def test_an_outcome_the_record_refuses_is_told_again(site: Site) -> None:
    told = written(site, job(1), job(2), book=Book(site, refusals=1))
    assert [(each.arrival.id, len(each.frames)) for each in told] == [("main-1", FRAMES), ("main-2", FRAMES)]


def test_a_record_that_never_answers_is_said_at_the_end(site: Site) -> None:
    book = Book(site, refusals=1000)
    writer = EvidenceWriter(site, SecondLook(MarkEngine(), WALL), consented=lambda arrival: None, record=book)
    writer.submit(job(1))
    assert writer.close() == 1
    assert book.told == []


def test_somebody_erased_while_the_frames_were_written_leaves_no_frame(site: Site) -> None:
    (kept,) = written(site, job(1), book=Book(site, refusals=1, error=KeyGoneError("person:x: erased")))
    assert (kept.frames, kept.dropped, kept.why) == ((), FRAMES, ERASED)
    assert [path for path in site.frames.folder.rglob("*") if path.is_file()] == []
