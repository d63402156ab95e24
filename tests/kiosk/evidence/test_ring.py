"""The ring of frames, and what is cut out of it around a crossing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import numpy as np
import pytest

from kiosk.evidence import Collector, FrameRing, Job
from kiosk.evidence.ring import REACH_S, WAITING, decode
from kiosk.track import Sighting, Track
from kiosk.types import Frame
from recognition.types import Image
from tests.kiosk.arrivals import STARTS_AT, arrival
from tests.kiosk.walks import face_at

STEP_S = 0.1


@pytest.fixture
def ring() -> Iterator[FrameRing]:
    made = FrameRing(patient=True)
    yield made
    made.close()


def frame(t: float, image: Image | None = None) -> Frame:
    picture = np.full((32, 32, 3), round(t * 10) % 250, np.uint8) if image is None else image
    return Frame(image=picture, t=t, at=STARTS_AT + timedelta(seconds=t))


def times(job: Job) -> tuple[float, float, int]:
    return (job.frames[0].t, job.frames[-1].t, len(job.frames))


def test_frames_come_back_as_pictures_with_their_instants(ring: FrameRing) -> None:
    for n in range(5):
        ring.add(frame(n * STEP_S))
    ring.settle()
    found = ring.between(0.1, 0.3)
    assert [(one.t, one.at) for one in found] == [
        (t, STARTS_AT + timedelta(seconds=t)) for t in (1 * STEP_S, 2 * STEP_S, 3 * STEP_S) if t <= 0.3
    ]
    assert [int(decode(one.jpeg)[0, 0, 0]) for one in found] == [1, 2, 3][: len(found)]


def test_frames_older_than_the_reach_are_let_go(ring: FrameRing) -> None:
    for n in range(400):
        ring.add(frame(n * STEP_S))
    ring.settle()
    kept = ring.between(-1.0, 100.0)
    assert kept[-1].t - kept[0].t == pytest.approx(REACH_S, abs=STEP_S)


def test_a_door_faster_than_the_encoder_does_not_wait_and_the_loss_is_counted() -> None:
    big = np.random.default_rng(1).integers(0, 256, (2000, 3000, 3)).astype(np.uint8)
    ring = FrameRing()
    for n in range(WAITING * 3):
        ring.add(frame(n * STEP_S, big))
    ring.settle()
    kept = len(ring.between(-1.0, 100.0))
    ring.close()
    assert ring.dropped > 0
    assert kept + ring.dropped == WAITING * 3


# what is cut out


def track_seen(number: int, *at: float) -> Track:
    return Track(number=number, sightings=[Sighting(t=t, face=face_at(np.array([100.0, 90.0]), 10.0)) for t in at])


def test_a_crossing_is_cut_out_once_enough_has_been_seen_after_it(ring: FrameRing) -> None:
    jobs: list[tuple[float, Job]] = []
    now = 0.0
    collector = Collector(ring, lambda job: jobs.append((now, job)), span_s=1.0)
    for n in range(100):
        now = n * STEP_S
        if n == 45:
            collector.arrived(arrival(1, crossed_s=3.0))
        collector.see(frame(now), [])
    ((cut_t, job),) = jobs
    assert cut_t == pytest.approx(3.0 + 1.0 + 2.0, abs=1.5 * STEP_S)
    assert times(job) == pytest.approx((2.0, 4.0, 21), abs=1.01)
    assert job.lost == 0


def test_at_the_end_of_the_source_what_is_there_is_cut_out(ring: FrameRing) -> None:
    jobs: list[Job] = []
    collector = Collector(ring, jobs.append, span_s=1.0)
    for n in range(35):
        collector.see(frame(n * STEP_S), [])
    collector.arrived(arrival(1, crossed_s=3.0))
    collector.arrived(arrival(2, crossed_s=3.2))
    collector.finish()
    assert [job.arrival.track for job in jobs] == [1, 2]
    assert jobs[0].frames[-1].t == pytest.approx(3.4)


def test_frames_gone_before_a_crossing_was_stated_are_counted(ring: FrameRing) -> None:
    jobs: list[Job] = []
    collector = Collector(ring, jobs.append, span_s=1.0)
    for n in range(220):
        collector.see(frame(n * STEP_S), [])
    collector.arrived(arrival(1, crossed_s=3.05))
    collector.finish()
    (job,) = jobs
    assert len(job.frames) + job.lost == 20
    assert job.lost > 0


def test_every_face_the_door_saw_goes_along_established_or_not(ring: FrameRing) -> None:
    jobs: list[Job] = []
    collector = Collector(ring, jobs.append, span_s=1.0)
    for n in range(40):
        t = n * STEP_S
        flicker = [track_seen(7, t)] if n == 30 else []
        collector.see(frame(t), [track_seen(1, t - STEP_S, t), track_seen(2, t - STEP_S), *flicker])
    collector.arrived(arrival(1, crossed_s=3.0))
    collector.finish()
    (job,) = jobs
    assert {trail.number: len(trail.t) for trail in job.trails} == {1: 40, 7: 1}


def test_somebody_who_stays_takes_no_more_memory_than_for_a_while(ring: FrameRing) -> None:
    jobs: list[Job] = []
    collector = Collector(ring, jobs.append, span_s=1.0)
    for n in range(1000):
        collector.see(frame(n * STEP_S), [track_seen(1, n * STEP_S)])
    collector.arrived(arrival(1, crossed_s=99.0))
    collector.finish()
    (trail,) = jobs[0].trails
    assert np.ptp(trail.t) <= 2 * REACH_S + STEP_S
