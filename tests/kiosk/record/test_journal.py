"""The journal: what goes in is on record in its order, and a record that refuses costs nothing but time."""

from __future__ import annotations

import resource
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from kiosk.record.journal import Left
from kiosk.record.owed import NO_ROOM, Owed
from models.ledger.append import append
from models.ledger.kinds import Lost
from models.ledger.rotate import rotate_key
from models.ledger.verify import verify_site
from models.site import Site, open_site
from tests.kiosk.record.entries import journal_of, kinds_on_record, of_kind, on_record
from tests.models.builders import FOUNDED
from tests.models.ledger.builders import blind, later
from tests.models.ledger.writer import Process
from tests.models.locks import held_by_another

ALL = Left(entries=0, why=None)
PATIENCE_S = 30.0


def until(condition: Callable[[], bool]) -> None:
    """Wait for another thread."""
    ends = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < ends, "it never happened"
        time.sleep(0.01)


def until_there(site: Site, count: int) -> None:
    """Wait for this many entries on record, the founding and the losses counted."""
    until(lambda: len(kinds_on_record(site)) == count)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits as short as a test wants them."""
    monkeypatch.setattr("models.session.BUSY_TIMEOUT_MS", 200)
    monkeypatch.setattr("kiosk.record.journal.AGAIN_S", 0.05)


def test_entries_are_on_record_in_the_order_they_came_and_the_head_is_sealed(site: Site) -> None:
    journal = journal_of(site, blind(0))
    for number in range(1, 1200, 2):
        journal.put(blind(number), blind(number + 1))
    assert journal.close() == ALL
    assert on_record(site) == list(range(1201))
    checkpoint = site.checkpoints.last()
    assert checkpoint is not None
    assert checkpoint.count == 1202
    assert {said["recorded_by"] for said in of_kind(site, "blind")} == {"door:main"}


def test_entries_of_several_threads_are_all_there_and_each_ones_in_order(site: Site) -> None:
    journal = journal_of(site)

    def put(first: int) -> None:
        for number in range(first, first + 200):
            journal.put(blind(number))

    threads = [threading.Thread(target=put, args=(first,)) for first in (0, 1000, 2000)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert journal.close() == ALL
    for first in (0, 1000, 2000):
        assert [one for one in on_record(site) if first <= one < first + 1000] == list(range(first, first + 200))


@pytest.mark.usefixtures("impatient")
def test_a_record_that_another_program_holds_delays_entries_and_nobody_else(site: Site) -> None:
    with open_site(site.folder) as again:  # with the short waits
        with held_by_another(again):
            journal = journal_of(again, *map(blind, range(50)))
            for number in range(50, 100):
                journal.put(blind(number))
            until(lambda: journal._why is not None)
            assert on_record(again) == []
        assert journal.close() == ALL
        assert on_record(again) == list(range(100))


@pytest.mark.usefixtures("impatient")
def test_what_the_record_refuses_to_the_end_is_counted_with_the_last_refusal(site: Site) -> None:
    with open_site(site.folder) as again:
        with held_by_another(again):
            left = journal_of(again, *map(blind, range(7))).close(limit_s=0.5)
        assert left.entries == 7
        assert left.why is not None
        assert "another program has held it" in left.why
        assert on_record(again) == []


@pytest.mark.usefixtures("impatient")
def test_what_there_is_no_room_for_becomes_one_entry_with_its_count_and_span(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kiosk.record.journal.WAITING", 10)
    with open_site(site.folder) as again:
        with held_by_another(again):
            journal = journal_of(again, *map(blind, range(5)))
            until(lambda: journal._why is not None)  # also while entries are being refused
            for number in (5, 6, 7, 8, 9, 12, 11, 30, 10):
                journal.put(blind(number))
        assert journal.close() == ALL
        assert on_record(again) == list(range(10))
        (lost,) = of_kind(again, "lost")
        assert (lost["count"], lost["reason"]) == (4, NO_ROOM)
        assert [lost["at"], lost["until"]] == [f"{later(s):%Y-%m-%dT%H:%M:%SZ}" for s in (10, 30)]


@pytest.mark.usefixtures("impatient")
def test_a_second_fault_has_a_lost_entry_of_its_own(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kiosk.record.journal.WAITING", 3)
    with open_site(site.folder) as again:
        journal = journal_of(again)
        for first, count in ((0, 5), (100, 9)):
            with held_by_another(again):
                journal.put(*map(blind, range(first, first + 5)))
            until_there(again, count)
        assert journal.close() == ALL
        assert [lost["count"] for lost in of_kind(again, "lost")] == [2, 2]
        assert on_record(again) == [0, 1, 2, 100, 101, 102]


@pytest.mark.usefixtures("impatient")
def test_what_was_lost_at_the_end_of_runs_is_one_entry_after_the_next_start_that_can(site: Site) -> None:
    with open_site(site.folder) as again:
        with held_by_another(again):
            assert journal_of(again, *map(blind, (5, 3, 9))).close(limit_s=0.3).entries == 3
            assert journal_of(again, blind(30)).close(limit_s=0.3).entries == 1
        for _ in range(2):
            assert journal_of(again, blind(50)).close() == ALL
        (lost,) = of_kind(again, "lost")
        assert (lost["count"], lost["reason"], lost["recorded_by"]) == (4, NO_ROOM, "door:main")
        assert [lost["at"], lost["until"]] == [f"{later(s):%Y-%m-%dT%H:%M:%SZ}" for s in (3, 30)]
        assert verify_site(again.folder).faults == ()


def test_a_loss_put_on_record_by_a_door_that_was_killed_right_then_is_no_second_entry(site: Site) -> None:
    lost = Lost(at=later(3), until=later(30), count=4, reason=NO_ROOM)
    Owed(site.folder).add(lost)
    with site.write_session() as session:
        append(session, [lost], at=FOUNDED, by="door:main")
    assert journal_of(site).close() == ALL
    assert (site.folder / "owed").read_bytes() == b" " * 4096
    assert kinds_on_record(site) == ["founded", "lost"]


def spoilt(owed: Path) -> None:
    owed.write_bytes(b"{".ljust(4096))


@pytest.mark.parametrize("spoil", [spoilt, Path.mkdir])
def test_a_note_that_cannot_be_read_stops_nothing_and_is_warned_of(
    site: Site, caplog: pytest.LogCaptureFixture, spoil: Callable[[Path], None]
) -> None:
    spoil(site.folder / "owed")
    assert journal_of(site, blind(0)).close() == ALL
    assert on_record(site) == [0]
    assert f"{site.folder / 'owed'}: " in caplog.text


def full_to_the_end(told: Connection, folder: Path, room_bytes: int) -> None:
    """Put entries into a journal that starts on a full disk; tell what is left. The disk has no room for a new file
    either, but writing over an old one needs none."""
    with open_site(folder) as site:
        resource.setrlimit(resource.RLIMIT_FSIZE, (room_bytes, room_bytes))
        journal = journal_of(site, *map(blind, range(2000)))
        told.send(journal.close(limit_s=0.1))


def test_a_door_that_starts_and_ends_on_a_full_disk_owes_what_it_lost(embedded_site: Site) -> None:
    journal_of(embedded_site).close()
    Owed(embedded_site.folder).add(Lost(at=later(-9), until=later(-5), count=3, reason=NO_ROOM))
    (left,) = Process(full_to_the_end, embedded_site.folder, 4096).told()
    assert left.entries > 0
    assert journal_of(embedded_site).close() == ALL
    (lost,) = of_kind(embedded_site, "lost")
    assert lost["count"] == 3 + left.entries
    assert lost["at"] == f"{later(-9):%Y-%m-%dT%H:%M:%SZ}"


def full_and_mended(told: Connection, folder: Path, room_bytes: int) -> None:
    """Put entries into a journal whose disk is full, until it has room again; tell what is left, and then not."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    with open_site(folder) as site:
        journal = journal_of(site)
        resource.setrlimit(resource.RLIMIT_FSIZE, (room_bytes, limits[1]))
        for number in range(2000):
            journal.put(blind(number))
        until(lambda: journal._why is not None)
        told.send(journal._why)
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        told.send(journal.close())


def test_what_waited_for_a_full_disk_is_on_record_once_there_is_room(embedded_site: Site) -> None:
    largest = max(one.stat().st_size for one in embedded_site.folder.glob("menjian.db*"))
    why, left = Process(full_and_mended, embedded_site.folder, largest + 300_000).told()
    assert "make room on its disk" in why
    assert left == ALL
    assert on_record(embedded_site) == list(range(2000))


def test_a_signing_key_that_is_rotated_meanwhile_loses_nothing(site: Site) -> None:
    journal = journal_of(site, blind(0))
    until(lambda: on_record(site) == [0])
    with open_site(site.folder) as other:
        rotate_key(other, reason="every year", at=FOUNDED, by="menjian keys")
    journal.put(blind(1))
    until(lambda: on_record(site) == [0, 1])
    with open_site(site.folder) as other:
        rotate_key(other, reason="the disk was sold", at=FOUNDED, by="menjian keys")
    journal.put(blind(2))
    assert journal.close() == ALL
    assert on_record(site) == [0, 1, 2]
    report = verify_site(site.folder)
    assert report.first_bad is None


def test_a_clock_that_is_set_back_is_told_and_the_order_stays(site: Site) -> None:
    with site.write_session() as session:
        append(session, [blind(0)], at=later(60), by="door:main")
    assert journal_of(site, blind(1)).close() == ALL
    assert kinds_on_record(site) == ["founded", "blind", "clock_jump", "blind"]


def test_a_journal_with_nothing_to_tell_writes_nothing(site: Site) -> None:
    journal = journal_of(site)
    journal.put()
    assert journal.close() == ALL
    assert kinds_on_record(site) == ["founded"]
