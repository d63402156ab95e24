"""A video file as a source: every frame at its own instant, holes named, bad files refused in one line."""

from __future__ import annotations

import logging
import os
import random
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest

from kiosk.source import Source, SourceError, State, open_source
from kiosk.types import Blind, Frame
from tests.kiosk.movies import picture, write_movie


def read(source: Source) -> tuple[list[Frame], list[Blind]]:
    items = list(source)
    return [each for each in items if isinstance(each, Frame)], [each for each in items if isinstance(each, Blind)]


def damaged(path: Path, *, share: float = 0.1) -> Path:
    """The file with noise over ``share`` of its bytes from the middle on."""
    data = bytearray(path.read_bytes())
    middle, length = len(data) // 2, int(len(data) * share)
    data[middle : middle + length] = random.Random(1).randbytes(length)
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("ending", ["mp4", "mkv", "ts", "avi"])
def test_every_frame_is_read_at_its_own_instant(tmp_path: Path, ending: str) -> None:
    with open_source(str(write_movie(tmp_path / f"door.{ending}"))) as source:
        assert (source.width, source.height, source.fps, source.live) == (160, 120, 25.0, False)
        states = [source.state]
        frames, blinds = read(source)
        states.append(source.state)
        assert source.counters.read == 50
    assert states == [State.RUNNING, State.ENDED]
    assert [frame.t for frame in frames] == pytest.approx([0.04 * n for n in range(50)], abs=1e-3)
    assert blinds == []
    assert frames[0].image.shape == (120, 160, 3)
    assert frames[0].image.dtype == np.uint8


def test_the_pictures_are_those_that_were_filmed(tmp_path: Path) -> None:
    with open_source(str(write_movie(tmp_path / "door.mp4"))) as source:
        frames, _ = read(source)
    off = [np.abs(frame.image.astype(int) - picture(number)).mean() for number, frame in enumerate(frames)]
    next_one = np.abs(frames[7].image.astype(int) - picture(8)).mean()
    assert max(off) < next_one / 2


def test_variable_frame_rate_keeps_the_written_instants(tmp_path: Path) -> None:
    stamps = [0, 40, 50, 130, 200, 230, 400, 440]
    with open_source(str(write_movie(tmp_path / "door.mkv", at_ms=stamps))) as source:
        frames, blinds = read(source)
    assert [round(1000 * frame.t) for frame in frames] == stamps
    assert blinds == []


def test_a_recording_that_does_not_begin_at_zero_does_so_for_us(tmp_path: Path) -> None:
    with open_source(str(write_movie(tmp_path / "door.mkv", at_ms=[5000, 5040, 5080]))) as source:
        frames, _ = read(source)
    assert [frame.t for frame in frames] == pytest.approx([0.0, 0.04, 0.08])


def test_a_jump_of_the_time_stamps_is_a_blind_stretch(tmp_path: Path) -> None:
    stamps = [*range(0, 1000, 40), *range(3000, 4000, 40)]
    with open_source(str(write_movie(tmp_path / "door.mkv", at_ms=stamps))) as source:
        _, blinds = read(source)
    assert blinds == [Blind(from_t=0.96, to_t=3.0, reason="frames dropped")]


@pytest.mark.parametrize("ending", ["mp4", "mkv"])
def test_corrupt_frames_are_skipped_counted_and_blind(tmp_path: Path, ending: str) -> None:
    with open_source(str(damaged(write_movie(tmp_path / f"door.{ending}", frames=100)))) as source:
        frames, blinds = read(source)
        assert source.counters.decode_errors > 0
    assert 70 < len(frames) < 100
    assert frames[-1].t == pytest.approx(3.96)
    assert [blind.reason for blind in blinds] == ["decode error"]
    missing = 100 - len(frames)
    assert blinds[0].to_t - blinds[0].from_t == pytest.approx(0.04 * (missing + 1), abs=0.001)


def test_packets_that_vanish_without_an_error_are_blind_too(tmp_path: Path) -> None:
    with open_source(str(damaged(write_movie(tmp_path / "door.ts", frames=100)))) as source:
        frames, blinds = read(source)
    assert 70 < len(frames) < 100
    assert sum(blind.to_t - blind.from_t for blind in blinds) >= 0.04 * (100 - len(frames))


def test_a_file_cut_in_the_middle_of_a_frame_is_read_up_to_the_cut(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = write_movie(tmp_path / "door.mkv", frames=100)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with caplog.at_level(logging.WARNING), open_source(str(path)) as source:
        frames, blinds = read(source)
    assert 40 <= len(frames) <= 60
    assert blinds == [Blind(from_t=frames[-1].t, to_t=4.0, reason="decode error")]
    assert f"{path}: cut off at" in caplog.text


def test_a_covered_lens_is_a_blind_stretch(tmp_path: Path) -> None:
    dark = np.full((120, 160, 3), 12, np.uint8)
    images = [picture(n) if n < 25 or n >= 100 else dark for n in range(125)]
    with open_source(str(write_movie(tmp_path / "door.mp4", frames=125, images=images))) as source:
        frames, blinds = read(source)
    assert len(frames) == 125
    assert [blind.reason for blind in blinds] == ["lens covered"]
    assert blinds[0].from_t == pytest.approx(0.75, abs=0.26)
    assert blinds[0].to_t == pytest.approx(4.0, abs=0.01)


def test_a_file_begins_when_its_container_says(tmp_path: Path) -> None:
    path = write_movie(tmp_path / "door.mp4", creation_time="2026-03-01T02:00:00.000000Z")
    with open_source(str(path)) as source:
        frames, _ = read(source)
    assert frames[25].at == datetime(2026, 3, 1, 2, 0, 1, tzinfo=UTC)


def test_a_file_that_does_not_know_its_date_ends_when_it_was_last_written(tmp_path: Path) -> None:
    path = write_movie(tmp_path / "door.mp4")
    written = datetime(2026, 3, 1, 2, 0, 10, tzinfo=UTC)
    os.utime(path, (written.timestamp(), written.timestamp()))
    with open_source(str(path)) as source:
        assert source.started_at == written - timedelta(seconds=2)


def test_the_start_given_by_the_caller_wins(tmp_path: Path) -> None:
    path = write_movie(tmp_path / "door.mp4", creation_time="2026-03-01T02:00:00.000000Z")
    start = datetime(2026, 5, 1, tzinfo=UTC)
    with open_source(str(path), starts_at=start) as source:
        assert next(iter(source)) is not None
        assert source.started_at == start


def test_real_speed_takes_as_long_as_the_film(tmp_path: Path) -> None:
    with open_source(str(write_movie(tmp_path / "door.mp4", frames=11)), speed="real") as source:
        began = time.monotonic()
        frames, _ = read(source)
        assert time.monotonic() - began >= frames[-1].t
    assert len(frames) == 11


def test_closing_ends_the_iteration(tmp_path: Path) -> None:
    with open_source(str(write_movie(tmp_path / "door.mp4"))) as source:
        seen = 0
        for _ in source:
            seen += 1
            source.close()
        assert seen == 1
        assert source.state is State.CLOSED


BAD_FILES = [
    # content of the file, name, what the line must say
    (None, "door.mp4", "there is no such file"),
    (b"", "door.mp4", "the file is empty"),
    (b"visitors of today\n" * 100, "door.mp4", "not a video file"),
    (b"visitors of today\n" * 100, "door.txt", "not a video file"),  # FFmpeg would read it as terminal art
    (b"#EXTM3U\n#EXTINF:10,\nhttp://127.0.0.1:1/a.ts\n", "door.m3u8", "not a video file"),  # would fetch what it names
    (cv2.imencode(".jpg", picture(0))[1].tobytes(), "door.jpg", "not a video file"),
    (cv2.imencode(".png", picture(0))[1].tobytes(), "door.mp4", "not a video file"),
    (random.Random(0).randbytes(20_000), "door.h264", "not a video file"),
    (b"\0\0\0\x18ftypisom\0\0\2\0isomiso2", "door.mp4", "its index (moov) is missing"),  # cut off at once
]


@pytest.mark.parametrize(("content", "name", "says"), BAD_FILES)
def test_what_is_no_video_is_refused_in_one_line(tmp_path: Path, content: bytes | None, name: str, says: str) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SourceError) as caught:
        open_source(str(path))
    assert str(caught.value).startswith(f"{path}: ")
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_truncated_mp4_is_refused_in_one_line(tmp_path: Path) -> None:
    path = write_movie(tmp_path / "door.mp4")
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(SourceError, match=r"its index \(moov\) is missing"):
        open_source(str(path))


def test_a_video_without_one_readable_picture_is_refused(tmp_path: Path) -> None:
    path = write_movie(tmp_path / "door.mkv")
    path.write_bytes(path.read_bytes()[:700])
    with pytest.raises(SourceError, match=r"no picture|not a video file"):
        open_source(str(path))


def test_a_folder_an_impossible_name_and_an_unknown_scheme_are_no_sources(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="not a file but a folder"):
        open_source(str(tmp_path))
    with pytest.raises(SourceError, match="cannot be read"):
        open_source("n" * 300 + ".mp4")
    with pytest.raises(SourceError, match="rtsp://") as caught:
        open_source("ftp://boss:hush@camera/door")
    assert "hush" not in str(caught.value)
