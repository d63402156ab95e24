"""A door dies at any instant: the chain is whole, every frame an entry names is there, and what the stop left behind is
gone after the next start, with an entry that says so."""

from __future__ import annotations

from itertools import count
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import select

from models.evidence.records import FrameRecord
from models.ledger.verify import verify_site
from models.site import Site, open_site
from tests.kiosk.arrivals import arrival, ordered
from tests.kiosk.record.door import STEP_S, film, left_to_right, recorder_of, recording
from tests.kiosk.record.entries import of_kind
from tests.models.ledger.writer import CONTEXT, killed_after

CONTEXT.set_forkserver_preload(
    [__name__, "tests.models.ledger.writer", "sqlalchemy.dialects.sqlite.pysqlite", "psycopg"]
)
A_ROUND = 10_000
LONGEST_S = 0.9
"""Some arrivals are put on record within this time, with their frames."""

STRIDE_S = 5 * STEP_S


def watch_for_ever(told: Connection, folder: Path, first: int) -> None:
    """A door somebody enters every half second; tells how many did, the evidence not yet kept."""
    with open_site(folder) as site:
        recorder = recorder_of(site)
        last = None
        for number in count(first):
            at_s = number * STRIDE_S
            one = arrival(number, crossed_s=at_s)
            recorder.tell(one)
            if last:
                recorder.tell(ordered(last, one))
            last = one
            for frame in film(left_to_right, from_s=at_s, seconds=STRIDE_S):
                recorder.see(frame)
            told.send(number)


def stray_frames(site: Site) -> list[str]:
    """The hashes of files that are whole and that no row speaks of."""
    with site.read_session() as session:
        listed = {site.frames.path(row.arrival, row.sha256) for row in session.scalars(select(FrameRecord))}
    whole = [path for path in site.frames.files() if not path.name.endswith(".part")]
    return sorted(path.name.partition("-")[0] for path in whole if path not in listed)


def killed_again_and_again(site: Site, rounds: int) -> None:
    """Kill so many doors one after the other, start the next one, and look at the record in between."""
    random, arrivals, strays = Random(rounds), 0, 0
    for which in range(rounds):
        seen = killed_after(random.uniform(0, LONGEST_S), watch_for_ever, site.folder, first=which * A_ROUND)
        arrivals += len(seen)
        assert verify_site(site.folder, open_frames=True).faults == ()
        left = stray_frames(site)
        with recording(site):
            pass
        report = verify_site(site.folder, open_frames=True)
        assert (report.faults, report.extra) == ((), ())
        told = of_kind(site, "orphans")
        assert sorted(digest for said in told[strays:] for digest in said["files"]) == left
        strays = len(told)
    assert strays > 0, "no kill fell between a frame and its entry"
    assert len(of_kind(site, "evidence")) > rounds // 2
    assert arrivals > 2 * rounds


def test_a_door_that_is_killed_ten_times_leaves_nothing_untold(embedded_site: Site) -> None:
    killed_again_and_again(embedded_site, 10)


@pytest.mark.slow
def test_a_door_that_is_killed_a_hundred_times_leaves_nothing_untold(site: Site) -> None:
    killed_again_and_again(site, 100)
