"""Door and desk at work on the same arrivals: each visit is made once, with everybody either of them knows."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from kiosk.pipeline import Arrival
from kiosk.record import Recorder
from models.desk.binding import bind
from models.site import Site
from tests.kiosk.arrivals import arrival
from tests.kiosk.record.door import enrolled, recording
from tests.kiosk.record.entries import of_kind


def told(site: Site, recorder: Recorder, *arrived: Arrival) -> None:
    """The door tells of them, and they are on record."""
    for one in arrived:
        recorder.tell(one)
    ends = time.monotonic() + 60.0
    while len(of_kind(site, "arrival")) < len(arrived):
        assert time.monotonic() < ends, "they were never put on record"
        time.sleep(0.01)


def bound(site: Site, arrival: Arrival, person: str) -> None:
    now = datetime.now(UTC)
    with site.write_session() as session:
        bind(session, arrival.id, person, how="qr", report=None, at=now, by="device")


def test_a_known_customer_who_checks_in_before_the_door_made_the_visit_makes_one(site: Site) -> None:
    person = enrolled(site)
    customer = arrival(2, crossed_s=1.5, status="known", person=person)
    with recording(site) as recorder:
        told(site, recorder, customer)
        bound(site, customer, person)
    assert [visit["person"] for visit in of_kind(site, "arrive")] == [person]


def test_an_agent_bound_at_the_kiosk_stands_in_the_visit_the_door_makes(site: Site) -> None:
    person, agent = enrolled(site), enrolled(site, "agent", distributor="D")
    with recording(site) as recorder:
        came = arrival(1, crossed_s=1.0)
        told(site, recorder, came, arrival(2, crossed_s=1.5, status="known", person=person))
        bound(site, came, agent)
    (visit,) = of_kind(site, "arrive")
    assert (visit["person"], set(visit["door"])) == (person, {person, agent})


def test_an_agent_bound_after_the_door_made_the_visit_stands_in_the_one_that_replaces_it(site: Site) -> None:
    person, agent = enrolled(site), enrolled(site, "agent", distributor="D")
    came = arrival(1, crossed_s=1.0)
    with recording(site) as recorder:
        told(site, recorder, came, arrival(2, crossed_s=1.5, status="known", person=person))
    bound(site, came, agent)
    first, last = of_kind(site, "arrive")
    assert (set(first["door"]), set(last["door"])) == ({person}, {person, agent})
    (taken_back,) = of_kind(site, "retraction")
    assert taken_back["person"] == person
