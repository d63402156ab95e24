"""A live camera as a source: it never lags, owns up to what it missed, comes back, and leaves no thread behind."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice, pairwise
from pathlib import Path

import cv2
import pytest

from kiosk.source import SourceError, State, open_source
from kiosk.source.base import Picture
from kiosk.source.live import LiveSource
from kiosk.source.session import CameraSession, Session, SessionLostError
from kiosk.types import Blind, Frame
from recognition.types import Image
from tests.kiosk.movies import picture, read_all, write_movie


@pytest.fixture(autouse=True)
def _no_reader_left() -> Iterator[None]:
    yield
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("reader ")] == []


@dataclass
class FakeSession:
    """A camera of ``pictures`` at 50 frames/s, PTS from ``pts_s`` on; lost after them. None is a decode error."""

    pictures: list[Image | None]
    pts_s: float = 100.0
    fps: float = 50.0
    on_decode_error: Callable[[], None] = lambda: None
    is_closed: bool = False

    def read(self) -> Iterator[tuple[float | None, Picture]]:
        for number, each in enumerate(self.pictures):
            time.sleep(1 / self.fps)
            if each is None:
                self.on_decode_error()
            else:
                yield self.pts_s + number / self.fps, each
        raise SessionLostError("gone")

    def close(self) -> None:
        self.is_closed = True


@dataclass
class FakeCamera:
    """Opens its sessions one after the other; refuses where there is an error instead."""

    sessions: list[FakeSession | SourceError]
    opened: list[FakeSession] = field(default_factory=list)

    def __call__(self, on_decode_error: Callable[[], None]) -> Session:
        session = self.sessions.pop(0) if self.sessions else SourceError("fake: still away")
        if isinstance(session, SourceError):
            raise session
        session.on_decode_error = on_decode_error
        self.opened.append(session)
        return session


def moving(frames: int) -> list[Image | None]:
    return [picture(number) for number in range(frames)]


def test_a_lost_camera_is_blind_until_it_is_back_on_the_same_axis() -> None:
    camera = FakeCamera([FakeSession(moving(20)), SourceError("fake: away"), FakeSession(moving(20), pts_s=5.0)])
    with LiveSource("fake", camera, reconnect_for_s=2.0) as source:
        frames, blinds, said = read_all(source)
        assert source.counters.reconnects == 1
        assert source.state is State.FAILED
    assert said == "fake: still away"
    cut = next(blind for blind in blinds if blind.reason == "stream cut")
    assert 0.5 < cut.to_t - cut.from_t < 4.0  # two waits of the back-off, 0.25-0.5 s and 0.5-1 s
    before = [frame.t for frame in frames if frame.t <= cut.from_t]
    after = [frame.t for frame in frames if frame.t >= cut.to_t]
    assert (before[-1], after[0]) == (cut.from_t, cut.to_t)
    assert len(before) + len(after) == len(frames)
    steps = [(later - earlier) / 0.02 for earlier, later in pairwise(after)]
    assert steps == pytest.approx([round(step) for step in steps], abs=0.01)  # by PTS again, not by the clock
    assert all(session.is_closed for session in camera.opened)


def test_a_camera_lost_again_before_its_first_picture_is_tried_again() -> None:
    camera = FakeCamera([FakeSession(moving(10)), FakeSession([]), FakeSession(moving(10))])
    with LiveSource("fake", camera, reconnect_for_s=10.0) as source:
        cut = next(item for item in source if isinstance(item, Blind))
        assert (cut.reason, source.counters.reconnects) == ("stream cut", 2)


def test_giving_up_ends_with_a_blind_stretch_up_to_now() -> None:
    with LiveSource("fake", FakeCamera([FakeSession(moving(10))]), reconnect_for_s=0.3) as source:
        frames, blinds, _ = read_all(source)
    assert blinds[-1].reason == "stream cut"
    assert blinds[-1].from_t == frames[-1].t
    assert blinds[-1].to_t > frames[-1].t + 0.2


def test_a_slow_reader_gets_the_newest_pictures_and_learns_what_it_missed() -> None:
    with LiveSource("fake", FakeCamera([FakeSession(moving(100))]), reconnect_for_s=0.0) as source:
        items = iter(source)
        first = next(item for item in items if isinstance(item, Frame))
        time.sleep(1.0)
        missed = next(item for item in items if isinstance(item, Blind))
        assert source.counters.dropped > 20
    assert missed.reason == "frames dropped"
    assert missed.from_t >= first.t
    assert missed.to_t - missed.from_t > 0.5


def test_pictures_that_cannot_be_decoded_are_counted_and_blind() -> None:
    shots = [*moving(15), None, None, None, *moving(15)]
    with LiveSource("fake", FakeCamera([FakeSession(shots)]), reconnect_for_s=0.0) as source:
        _, blinds, _ = read_all(source)
        assert source.counters.decode_errors == 3
    failed = next(blind for blind in blinds if blind.reason == "decode error")
    assert failed.to_t - failed.from_t >= 0.08 - 1e-6


def test_another_picture_size_ends_the_source() -> None:
    small: list[Image | None] = [picture(number, width=80, height=64) for number in range(20)]
    camera = FakeCamera([FakeSession(moving(10)), FakeSession(small)])
    with LiveSource("fake", camera, reconnect_for_s=5.0) as source:
        _, _, said = read_all(source)
    assert "80 x 64 now and were 160 x 120" in said


def test_closing_from_another_thread_ends_a_reader_that_waits_to_reconnect() -> None:
    with LiveSource("fake", FakeCamera([FakeSession(moving(10))])) as source:
        timer = threading.Timer(0.6, source.close)
        timer.start()
        frames, blinds, said = read_all(source)
        timer.join()
        assert source.state is State.CLOSED
    assert (len(frames) > 0, said) == (True, "")
    assert [blind.reason for blind in blinds] == ["stream cut"]


def test_a_camera_that_shows_nothing_is_refused() -> None:
    with pytest.raises(SourceError, match="gone"):
        LiveSource("fake", FakeCamera([FakeSession([])]))


def test_an_unplugged_camera_is_one_line(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SourceError, match="camera 61: no such camera"):
        open_source("61")
    assert capfd.readouterr().err == ""


def test_a_local_camera_delivers_until_it_is_unplugged(tmp_path: Path) -> None:
    capture = cv2.VideoCapture(str(write_movie(tmp_path / "door.mp4", frames=10)))
    session = CameraSession(capture, "camera 0")
    pictures = session.read()
    shots = list(islice(pictures, 10))
    with pytest.raises(SessionLostError, match="unplugged"):
        next(pictures)
    session.close()
    assert shots[-1][0] == pytest.approx(0.36)
