"""A door dies between an arrival and its visit: the next start makes the visit, once, with everybody in it."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from attribution.entries import ENTRY
from kiosk.pipeline import Arrival
from models.ledger.append import append
from models.ledger.verify import verify_site
from models.site import Site, open_site
from tests.kiosk.arrivals import STARTS_AT, arrival
from tests.kiosk.record.door import enrolled, film, left_to_right, recorder_of, recording, show
from tests.kiosk.record.entries import of_kind
from tests.models.ledger.writer import Process

CROSSED_S = 1.5


def watch_until_killed(told: Connection, folder: Path, arrived: list[Arrival]) -> None:
    """A door these people enter; tells when they are on record, long before their visits are."""
    with open_site(folder) as site:
        recorder = recorder_of(site)
        for one in arrived:
            recorder.tell(one)
        while len(of_kind(site, "arrival")) < len(arrived):
            time.sleep(0.01)
        told.send("they are on record")
        time.sleep(600)


def killed(site: Site, *arrived: Arrival) -> None:
    """A door is killed after these people entered by it."""
    process = Process(watch_until_killed, site.folder, list(arrived))
    process.wait_for_a_word()
    process.kill()
    assert of_kind(site, "arrive") == []


@pytest.fixture
def customer(site: Site) -> Arrival:
    return arrival(2, crossed_s=CROSSED_S, status="known", person=enrolled(site), party="x", sigma_s=0.02)


@pytest.fixture
def agent(site: Site) -> Arrival:
    person = enrolled(site, "agent", distributor="D")
    return arrival(1, crossed_s=1.0, status="known", person=person, party="x")


def started(site: Site) -> None:
    """A door starts and ends."""
    with recording(site):
        pass


def test_a_visit_that_a_kill_took_is_made_at_the_next_start_with_everybody_in_it(
    site: Site, agent: Arrival, customer: Arrival
) -> None:
    killed(site, agent, customer)
    for _ in range(2):
        started(site)
        (visit,) = of_kind(site, "arrive")
        assert (visit["person"], visit["at"]) == (customer.identity.person, "2026-03-01T02:00:01Z")
        assert visit["door"] == {agent.identity.person: [0.0, 0.03], customer.identity.person: [0.5, 0.02]}
    assert verify_site(site.folder).faults == ()


def test_the_film_watched_again_adds_to_the_visit_who_was_not_told_yet_and_nothing_twice(
    site: Site, agent: Arrival, customer: Arrival
) -> None:
    killed(site, customer)
    for _ in range(2):
        with recording(site) as recorder:
            show(recorder, film(left_to_right), [agent, customer])
        (visit,) = of_kind(site, "arrive")
        assert set(visit["door"]) == {agent.identity.person, customer.identity.person}
        assert len(of_kind(site, "arrival")) == 2


def test_a_visit_that_is_due_is_made_with_the_first_frame(site: Site, customer: Arrival) -> None:
    killed(site, customer)
    with recording(site) as recorder:
        recorder.see(next(film(from_s=60.0)))
        ends = time.monotonic() + 30.0
        while not of_kind(site, "arrive"):
            assert time.monotonic() < ends, "it was never made"
            time.sleep(0.01)


@pytest.mark.parametrize(
    ("after_s", "count"),
    [
        (CROSSED_S + 5.0, 1),  # the desk made the visit meanwhile
        (CROSSED_S + 3600.0, 2),  # the customer came again, later that day
    ],
)
def test_a_visit_on_record_about_that_instant_is_the_one(
    site: Site, customer: Arrival, after_s: float, count: int
) -> None:
    killed(site, customer)
    at = STARTS_AT + timedelta(seconds=after_s)
    visit = ENTRY.validate_python({"do": "arrive", "at": at, "person": customer.identity.person})
    with site.write_session() as session:
        append(session, [visit], at=datetime.now(UTC), by="desk")
    started(site)
    assert len(of_kind(site, "arrive")) == count


def test_what_another_door_is_about_to_make_is_left_to_it(site: Site, customer: Arrival) -> None:
    killed(site, replace(customer, door="side"))
    started(site)
    assert of_kind(site, "arrive") == []
