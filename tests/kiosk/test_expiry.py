"""Crops that wait for consent while the stream stalls: the clock on the wall takes them away."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import numpy as np
import pytest

from kiosk.expiry import EVERY_S, expiring
from kiosk.identity import ConsentGate
from kiosk.types import Blind, Frame
from recognition.types import Image
from tests.kiosk.test_identity import Desk

AT = datetime(2026, 3, 1, tzinfo=UTC)
PATIENCE_S = 30.0


def stalled(frame: Frame, gate: ConsentGate) -> Iterator[Frame | Blind]:
    """A stream that brings one frame, and no more as long as crops wait."""
    yield frame
    ends = time.monotonic() + PATIENCE_S
    while gate.waiting and time.monotonic() < ends:
        time.sleep(0.02)


@pytest.fixture
def noise() -> Image:
    """(480, 640, 3) with structure, so that a face in it is sharp enough."""
    return np.random.default_rng(0).integers(60, 200, (480, 640, 3)).astype(np.uint8)


@pytest.fixture
def desk(noise: Image) -> Desk:
    """A face was seen at 5 s and waits for consent, for a minute."""
    desk = Desk(noise=noise)
    desk.show(5.0)
    desk.gate.keep_waiting(desk.track, "main-1")
    return desk


def test_crops_go_when_their_minute_is_over_though_no_frame_comes(desk: Desk, noise: Image) -> None:
    """The last frame is of 64.5 s: half a second of stall later they have waited for a minute."""
    for _ in expiring(desk.gate, stalled(Frame(image=noise, t=64.5, at=AT), desk.gate)):
        assert desk.gate.waiting == ["main-1"]
    assert desk.gate.waiting == []


def test_crops_whose_time_is_not_over_stay_through_a_stall(desk: Desk, noise: Image) -> None:
    def short_stall() -> Iterator[Frame | Blind]:
        yield Frame(image=noise, t=30.0, at=AT)
        time.sleep(1.5 * EVERY_S)

    list(expiring(desk.gate, short_stall()))
    assert desk.gate.waiting == ["main-1"]


def test_the_gate_is_left_alone_while_the_door_works(desk: Desk, noise: Image) -> None:
    """However late it is: the door's thread may be in the middle of a change."""
    for _ in expiring(desk.gate, [Frame(image=noise, t=500.0, at=AT), Blind(from_t=1, to_t=2, reason="stream cut")]):
        time.sleep(1.5 * EVERY_S)
        assert desk.gate.waiting == ["main-1"]


def test_nothing_runs_on_after_the_source_has_ended(desk: Desk, noise: Image) -> None:
    for _ in range(3):
        assert len(list(expiring(desk.gate, [Frame(image=noise, t=6.0, at=AT)]))) == 1
    assert [thread for thread in threading.enumerate() if thread.name == "expiry"] == []
