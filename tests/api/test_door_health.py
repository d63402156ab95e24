"""How doors that run, are stopped or are killed look to whoever asks whether they can be relied on."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args
from zoneinfo import ZoneInfo

import pytest

from api.door_health import clock_health, disk_health, door_trust, reason_text
from models.desk.doors import Code, DoorStanding, Reason, Trust, door_states
from models.ledger.verify import verify_site
from models.site import Site, create_site
from tests.api.test_run_record import SMALL_DOOR
from tests.kiosk.movies import write_movie
from tests.models.builders import FOUNDED

PATIENCE_S = 60.0
SHANGHAI = ZoneInfo("Asia/Shanghai")
OF_THE_DOOR = {"door_unseen", "door_silent", "door_stopped", "camera_silent", "stream_cut", "lens_covered"}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Site]:
    with create_site(tmp_path / "office", at=FOUNDED) as made:
        yield made


@contextmanager
def running(site: Site, door: str, film: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A door of its own name on a film that lasts."""
    doorway = site.folder.parent / f"{door}.yaml"
    doorway.write_text(SMALL_DOOR.replace("door: main", f"door: {door}"))
    options = ["--site", str(site.folder), "--doorway", str(doorway), "--speed", "real"]
    command = [sys.executable, "-m", "api.cli", "run", str(film), *options]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def state_of(site: Site, door: str, process: subprocess.Popen[bytes]) -> DoorStanding:
    ends = time.monotonic() + PATIENCE_S
    while True:
        with site.read_session() as session:
            found = [state for state in door_states(session) if state.door == door]
        if found:
            return found[0]
        assert process.poll() is None, "the door ended before it had said a word"
        assert time.monotonic() < ends, "the door said nothing"
        time.sleep(0.1)


def against_the_doors(answers: list[Trust]) -> dict[str | None, list[str]]:
    """What of the doors themselves counts against each, whatever this machine is like."""
    return {one.door: [reason.code for reason in one.reasons if reason.code in OF_THE_DOOR] for one in answers}


def test_of_two_doors_the_one_that_was_stopped_says_so_and_the_one_that_was_killed_falls_silent(
    office: Site, tmp_path: Path
) -> None:
    assert against_the_doors(door_trust(office, datetime.now(UTC))) == {None: ["door_unseen"]}
    film = write_movie(tmp_path / "door.mkv", at_ms=range(0, 240_000, 500))
    with running(office, "main", film) as main, running(office, "side", film) as side:
        assert [state_of(office, *one).blind for one in (("main", main), ("side", side))] == [None, None]
        both = door_trust(office, datetime.now(UTC))
        assert [one.door for one in both] == ["main", "side"]
        side.send_signal(signal.SIGTERM)
        assert side.wait(PATIENCE_S) == 128 + signal.SIGTERM
        main.kill()
        main.wait()
    answers = door_trust(office, datetime.now(UTC) + timedelta(minutes=1))
    assert against_the_doors(answers) == {"main": ["door_silent"], "side": ["door_stopped"]}
    assert not any(one.trusted for one in answers)
    assert verify_site(office.folder).faults == ()


def test_the_kernel_is_asked_whether_its_clock_is_kept() -> None:
    assert clock_health().synchronised in ({True, False} if sys.platform == "linux" else {None})


def test_the_room_told_is_that_of_the_disk_the_site_lies_on(tmp_path: Path) -> None:
    free = shutil.disk_usage(tmp_path).free
    assert abs(disk_health(tmp_path).free_bytes - free) < 1_000_000_000


@pytest.mark.parametrize("code", get_args(Code))
def test_every_reason_is_said_in_both_languages_by_the_offices_clock(code: Code) -> None:
    reason = Reason(code=code, since=datetime(2026, 3, 1, 2, tzinfo=UTC), count=41)
    chinese, english = (reason_text(reason, language, SHANGHAI) for language in ("zh", "en"))
    assert chinese != english
    for said in (chinese, english):
        assert "{" not in said
        assert "None" not in said
        assert "2026-03-01 02" not in said  # that hour is another one in the office
