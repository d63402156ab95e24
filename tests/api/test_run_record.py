"""`menjian run --site`: what the door leaves on the site's record, also when it is stopped or the disk is full."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from api.cli.run import Seen
from kiosk.types import Blind, Frame
from models.ledger.verify import verify_site
from models.site import create_site, open_site
from tests.api.conftest import Menjian
from tests.kiosk.movies import write_movie
from tests.kiosk.record.entries import kinds_on_record, of_kind
from tests.models.builders import FOUNDED

SMALL_DOOR = """\
door: main
camera: {width: 160, height: 120, hfov_deg: 62, height_m: 2.30, pitch_deg: 12}
threshold: {left: [-1.0, 2.6], right: [1.0, 2.6]}
inward: toward_camera
"""
ROOM_BYTES = 33_000
"""Enough for the index of SQLite's log, and not for a log of any length."""


@pytest.fixture
def office(film: Path, tmp_path: Path) -> Path:
    """A site whose door is the film's."""
    create_site(tmp_path / "office", at=FOUNDED).close()
    shutil.copy(film.with_suffix(".doorway.yaml"), tmp_path / "office" / "doorway.yaml")
    return tmp_path / "office"


def counted(folder: Path) -> Counter[str]:
    """How many entries of each kind there are; the record and every frame verify."""
    report = verify_site(folder, open_frames=True)
    assert (report.faults, report.extra) == ((), ())
    assert report.sealed == report.entries
    with open_site(folder) as site:
        return Counter(kinds_on_record(site))


def test_a_film_is_on_record_with_its_evidence_and_once_however_often_it_is_watched(
    menjian: Menjian, film: Path, office: Path
) -> None:
    expected = Counter({"founded": 1, "arrival": 2, "order": 1, "evidence": 2})
    for _ in range(2):
        ran = menjian("run", film, "--site", office)
        assert ran.code == 0
        assert "2 arrivals, 2 tracks, 66 frames" in ran.out
        assert counted(office) == expected
    with open_site(office) as site:
        first, second = of_kind(site, "evidence")
        (order,) = of_kind(site, "order")
    assert [first["dropped"], second["dropped"]] == [0, 0]
    assert len(first["frames"]) > 60
    assert order["verdict"] == "before"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_door_that_is_stopped_leaves_everything_it_saw_on_record(
    menjian: Menjian, film: Path, office: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    """At 3.2 s both are at the sill, and the door has not said so yet."""
    handlers = [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)]
    sent: list[float] = []

    def send(item: Frame | Blind) -> None:
        if isinstance(item, Frame) and item.t >= 3.2 and not sent:
            sent.append(item.t)
            os.kill(os.getpid(), number)

    monkeypatch.setattr(Seen, "__call__", lambda self, item: send(item))
    ran = menjian("run", film, "--site", office)
    assert ran.code == 128 + number
    assert "2 arrivals, 2 tracks" in ran.out
    assert "66 frames" not in ran.out
    assert ran.err.count("menjian: ") == 0
    assert counted(office) == Counter({"founded": 1, "arrival": 2, "order": 1, "evidence": 2})
    assert [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)] == handlers


def test_a_site_whose_disk_is_full_goes_on_watching_and_says_what_is_lost(office: Path, tmp_path: Path) -> None:
    (office / "doorway.yaml").write_text(SMALL_DOOR)
    stamps = [start + step for start in range(0, 40_000, 2_000) for step in (0, 40, 80)]
    with_holes = write_movie(tmp_path / "door.mkv", at_ms=stamps)
    ran = subprocess.run(
        [sys.executable, "-m", "api.cli", "run", with_holes, "--site", office],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM_BYTES, ROOM_BYTES)),
    )
    assert ran.returncode == 1
    assert "0 arrivals, 0 tracks, 60 frames" in ran.stdout
    (said,) = [line for line in ran.stderr.splitlines() if line.startswith("menjian: ")]
    assert "entries could not be put on record: " in said
    assert "make room on its disk" in said
    assert "Traceback" not in ran.stderr
    kept = counted_unsealed(office)
    lost = int(said.split()[1])
    assert kept["blind"] + lost == 19
    assert lost > 0


def counted_unsealed(folder: Path) -> Counter[str]:
    """As `counted`, of a record whose last entries could not be sealed."""
    assert verify_site(folder).faults == ()
    with open_site(folder) as site:
        return Counter(kinds_on_record(site))
