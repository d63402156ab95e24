"""A video file: every picture of it, at the instants written in it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import av
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from kiosk.source.ahead import ReadAhead
from kiosk.source.base import Source, SourceError, State, log, nominal_fps, to_bgr
from kiosk.source.timeline import Axis, ErrorMemory, Gaps
from kiosk.types import Blind, Frame

CONTAINERS = "mov,matroska,mpegts,mpeg,avi,flv,asf,ogg,h264,hevc,mjpeg,mxf,ivf,nut,dhav"
"""FFmpeg demuxers a file may need. Left out on purpose: pictures and text read as video, and playlists, which would
make a file fetch what it names."""


class FileSource(Source):
    """Reads a file whole. ``t`` is the PTS less the first frame's; ``at`` counts from ``started_at``.

    ``started_at`` is ``starts_at`` if given, else the container's creation time, else the file's modification time
    less its duration (a recorder touches the file last when it finishes). Damaged pictures are skipped and counted.
    """

    live = False

    def __init__(self, path: Path, *, speed: Literal["max", "real"], starts_at: datetime | None) -> None:
        super().__init__(str(path))
        self._speed = speed
        self._stop = threading.Event()
        self._enter(State.OPENING)
        self._container = _open(path)
        try:
            self._stream = _video_stream(self._container, path)
            self.fps = nominal_fps(float(self._stream.average_rate or self._stream.guessed_rate or 0))
            self._pictures = self._decode()
            first = next(self._pictures, None)
            if first is None:
                raise SourceError(f"{path}: no picture in this video can be read; record or copy it again")
        except SourceError:
            self._enter(State.FAILED)
            self._container.close()
            raise
        self._first = first
        self._longest_gap_s = max(0.25, 3.0 / self.fps)
        self._axis, self._gaps, self._errors = (
            Axis(interval_s=1.0 / self.fps),
            Gaps(shortest_s=self._longest_gap_s),
            ErrorMemory(),
        )
        self.height, self.width = to_bgr(first).shape[:2]
        self.duration_s = _duration_s(self._container, self._stream)
        self.started_at = starts_at or _creation_time(self._container) or _mtime_start(path, self.duration_s)
        self._ahead = ReadAhead(self._read())
        self._enter(State.RUNNING)

    def close(self) -> None:
        self._stop.set()
        self._enter(State.CLOSED)
        self._ahead.close()  # nobody reads from the container any more
        self._container.close()

    def _items(self) -> Iterator[Frame | Blind]:
        return iter(self._ahead)

    def _read(self) -> Iterator[Frame | Blind]:
        began = time.monotonic()
        picture: VideoFrame | None = self._first
        while picture is not None and not self._stop.is_set():
            t, blind = self._place(picture)
            if blind:
                log.warning("%s: blind from %.3f s to %.3f s: %s", self.name, blind.from_t, blind.to_t, blind.reason)
                yield blind
            if t is not None:
                if self._speed == "real" and self._stop.wait(max(0.0, began + t - time.monotonic())):
                    return
                yield Frame(image=to_bgr(picture), t=t, at=self.at(t))
            picture = None if self._stop.is_set() else next(self._pictures, None)
        tail_s = (self.duration_s or 0.0) - self._axis.last_t
        if self._enter(State.ENDED) and tail_s > self._longest_gap_s:
            log.warning("%s: cut off at %.3f s of %.3f s", self.name, self._axis.last_t, self.duration_s)
            yield Blind(from_t=self._axis.last_t, to_t=self._axis.last_t + tail_s, reason="decode error")

    def _place(self, picture: VideoFrame) -> tuple[float | None, Blind | None]:
        last_t = self._axis.last_t
        t, restarted = self._axis.place(self._pts_s(picture))
        if t is None:
            self._count(dropped=1)
            return None, None
        failed = self._errors.explains(
            last_t=last_t, t=t, interval_s=1.0 / self.fps, decode_errors=self.counters.decode_errors
        )
        return t, self._gaps.see(t, "decode error" if failed else "frames dropped" if restarted else None)

    def _pts_s(self, picture: VideoFrame) -> float | None:
        # AVI stores no PTS, only the order of decoding, and pictures leave the decoder one per packet
        stamp = picture.dts if self._container.format.name == "avi" else picture.pts
        return None if stamp is None or self._stream.time_base is None else float(stamp * self._stream.time_base)

    def _decode(self) -> Iterator[VideoFrame]:
        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                return
            except av.FFmpegError:  # the container itself is broken from here on
                self._count(decode_errors=1)
                return
            if packet.is_corrupt:
                self._count(decode_errors=1)
            try:
                pictures = packet.decode()
            except av.FFmpegError:
                self._count(decode_errors=1)
                continue
            for picture in pictures:
                if picture.is_corrupt:
                    self._count(decode_errors=1)
                    continue
                self._count(read=1)
                yield picture


def _open(path: Path) -> InputContainer:
    try:
        if not path.exists():
            raise SourceError(f"{path}: there is no such file")
        if not path.is_file():
            raise SourceError(f"{path}: not a file but a folder or device; name a video file, URL or camera index")
        if path.stat().st_size == 0:
            raise SourceError(f"{path}: the file is empty")
        # "file:" keeps a colon in a name from being read as a protocol
        return av.open(f"file:{path}", options={"protocol_whitelist": "file", "format_whitelist": CONTAINERS})
    except PermissionError:
        raise SourceError(f"{path}: no permission to read this file") from None
    except av.FFmpegError:
        with path.open("rb") as file:
            is_mp4 = file.read(12)[4:8] == b"ftyp"
        if is_mp4:
            raise SourceError(f"{path}: the video is cut off, its index (moov) is missing; copy it again") from None
        raise SourceError(
            f"{path}: not a video file (mp4, mkv, ts, avi, flv, wmv), or damaged from its first bytes"
        ) from None
    except OSError as error:
        raise SourceError(f"{path}: cannot be read ({error.strerror})") from None


def _video_stream(container: InputContainer, path: Path) -> VideoStream:
    streams = [s for s in container.streams.video if not s.disposition & av.stream.Disposition.attached_pic]
    if not streams:
        raise SourceError(f"{path}: there is no video in this file")
    streams[0].thread_type = "AUTO"
    return streams[0]


def _duration_s(container: InputContainer, stream: VideoStream) -> float | None:
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    return None if container.duration is None else container.duration / av.time_base


def _creation_time(container: InputContainer) -> datetime | None:
    try:
        at = datetime.fromisoformat(container.metadata.get("creation_time", ""))
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return at.astimezone(UTC) if at.year >= 2000 else None  # recorders without a clock write 1904 or 1970


def _mtime_start(path: Path, duration_s: float | None) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC) - timedelta(seconds=duration_s or 0.0)
