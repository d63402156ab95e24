"""What a running door says of itself: while it runs, when it is stopped, and what is left when it is killed."""

from __future__ import annotations

import time
from datetime import timedelta

import numpy as np

from kiosk.record.pulse import Pulse
from kiosk.types import Frame
from models.desk.doors import SAYS_EVERY_S, DoorStanding, door_states
from models.site import Site
from tests.kiosk.arrivals import STARTS_AT
from tests.kiosk.record.door import film, left_to_right, now, recording, show

PATIENCE_S = 30.0


def pulse_of(site: Site, door: str = "main", *, cut: bool = False, waiting: int = 0) -> Pulse:
    return Pulse(site, door, is_cut=lambda: cut, waiting=lambda: waiting, clock=now)


def states(site: Site) -> list[DoorStanding]:
    with site.read_session() as session:
        return door_states(session)


def said(site: Site, door: str = "main", *, seen: bool = False) -> DoorStanding:
    """What a door said first, or once it had ``seen`` a frame."""
    ends = time.monotonic() + PATIENCE_S
    while not (found := [one for one in states(site) if one.door == door and (one.frame_at is not None) == seen]):
        assert time.monotonic() < ends, "the door said nothing of the kind"
        time.sleep(0.05)
    return found[0]


def frame(t: float, *, grey: bool = False) -> Frame:
    image = np.random.default_rng(1).integers(0, 255, (180, 320, 3)).astype(np.uint8)
    return Frame(image=np.full_like(image, 40) if grey else image, t=t, at=STARTS_AT + timedelta(seconds=t))


def test_a_door_says_at_once_that_it_runs_and_at_its_end_that_it_was_stopped(site: Site) -> None:
    pulse = pulse_of(site)
    first = said(site)
    assert (first.blind, first.waiting) == (None, 0)
    pulse.see(frame(7.0))
    pulse.close()
    (last,) = states(site)
    assert (last.blind, last.frame_at) == ("stopped", STARTS_AT + timedelta(seconds=7))
    assert last.at > first.at


def test_a_running_door_says_again_and_again_why_it_sees_nothing(embedded_site: Site) -> None:
    why: dict[str, tuple[bool, bool, str | None]] = {
        "well": (False, False, None),
        "cut": (True, False, "stream cut"),
        "covered": (False, True, "lens covered"),
        "both": (True, True, "stream cut"),  # its newest picture is an old one
    }
    pulses = {door: pulse_of(embedded_site, door, cut=cut, waiting=3) for door, (cut, _, _) in why.items()}
    for door, (_, grey, _) in why.items():
        said(embedded_site, door)
        for t in (0.0, 0.5, 1.0):
            pulses[door].see(frame(t, grey=grey))
    for door, (_, _, blind) in why.items():
        state = said(embedded_site, door, seen=True)
        assert (state.blind, state.waiting) == (blind, 3)
        assert 0 < state.fps <= 3 / SAYS_EVERY_S
    for pulse in pulses.values():
        pulse.close()


def test_two_doors_of_a_site_speak_each_for_itself(site: Site) -> None:
    main, side = pulse_of(site, "main"), pulse_of(site, "side")
    main.see(frame(1.0))
    side.close()
    main.close()
    assert [(state.door, state.frame_at is None) for state in states(site)] == [("main", False), ("side", True)]


def test_the_recorder_speaks_for_its_door(embedded_site: Site) -> None:
    with recording(embedded_site) as recorder:
        show(recorder, film(left_to_right))
    (state,) = states(embedded_site)
    assert (state.door, state.blind, state.waiting) == (recorder.pipeline.doorway.door, "stopped", 0)
    assert state.frame_at == STARTS_AT + timedelta(seconds=2.9)
