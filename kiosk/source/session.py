"""One connection to a live camera: opened, read until it is lost, closed. `kiosk.source.live` reconnects."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

import av
import cv2
import numpy as np

from kiosk.source.base import Picture, SourceError, nominal_fps, redact

TIMEOUT_S = 5.0
"""Longest silence of a network camera before it counts as lost, and longest wait for an answer."""


class SessionLostError(Exception):
    """The connection ended; the text says why, without credentials."""


class Session(Protocol):
    fps: float

    def read(self) -> Iterator[tuple[float | None, Picture]]:
        """Pictures with their PTS in seconds on the session's own clock (None: unknown), as they arrive.

        Raises SessionLostError at the end, whatever its cause.
        """

    def close(self) -> None: ...


OpenSession = Callable[[Callable[[], None]], Session]
"""Opens a session; its argument is called for every picture that cannot be decoded. Raises SourceError."""


class StreamSession:
    """RTSP over TCP, or MJPEG over HTTP, through FFmpeg."""

    def __init__(self, uri: str, on_decode_error: Callable[[], None]) -> None:
        self._on_decode_error = on_decode_error
        micros = str(int(TIMEOUT_S * 1e6))
        # A short look at the stream: what is buffered while looking is lost to a live picture
        options = {"timeout": micros, "fflags": "nobuffer", "analyzeduration": "500000"}
        if uri.lower().startswith("rtsp"):
            options["rtsp_transport"] = "tcp"
        try:
            self._container = av.open(uri, options=options, timeout=(2 * TIMEOUT_S, TIMEOUT_S))
        except av.FFmpegError as error:
            raise SourceError(f"{redact(uri)}: {_why(error)}") from None
        if not self._container.streams.video:
            self._container.close()
            raise SourceError(f"{redact(uri)}: this stream carries no video")
        self._stream = self._container.streams.video[0]
        self._stream.thread_type = "SLICE"  # frame threads would hold pictures back
        self.fps = nominal_fps(float(self._stream.average_rate or self._stream.guessed_rate or 0))

    def read(self) -> Iterator[tuple[float | None, Picture]]:
        packets = self._container.demux(self._stream)
        is_stamped = self._container.format.name == "rtsp"  # MJPEG over HTTP carries no instants
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                raise SessionLostError("the camera ended the stream") from None
            except av.FFmpegError as error:
                raise SessionLostError(_why(error)) from None
            try:
                pictures = packet.decode()
            except av.FFmpegError:
                self._on_decode_error()
                continue
            for picture in pictures:
                if picture.is_corrupt:
                    self._on_decode_error()
                    continue
                yield (picture.time if is_stamped else None), picture

    def close(self) -> None:
        self._container.close()


class CameraSession:
    """A camera of this machine through OpenCV. Its driver's time stamps are used where it gives any."""

    def __init__(self, capture: cv2.VideoCapture, name: str) -> None:
        self._capture, self._name = capture, name
        if not capture.isOpened():
            raise SourceError(f"{name}: no such camera, or another program uses it; `menjian doctor` lists cameras")
        self.fps = nominal_fps(float(capture.get(cv2.CAP_PROP_FPS)))

    def read(self) -> Iterator[tuple[float | None, Picture]]:
        while True:
            seen, image = self._capture.read()
            if not seen:
                raise SessionLostError("the camera gives no picture (unplugged?)")
            stamp_s = float(self._capture.get(cv2.CAP_PROP_POS_MSEC)) / 1000.0
            yield (stamp_s if stamp_s > 0.0 else None), np.asarray(image, np.uint8)

    def close(self) -> None:
        self._capture.release()


def open_stream(uri: str) -> OpenSession:
    return lambda on_decode_error: StreamSession(uri, on_decode_error)


def open_camera(index: int) -> OpenSession:
    def opened(_: Callable[[], None]) -> Session:
        level = cv2.utils.logging.getLogLevel()
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)  # it prints warnings about a missing index
        try:
            return CameraSession(cv2.VideoCapture(index), f"camera {index}")
        finally:
            cv2.utils.logging.setLogLevel(level)

    return opened


def _why(error: av.FFmpegError) -> str:
    match error:
        case av.HTTPUnauthorizedError():
            return "the camera refuses this user name and password (401)"
        case av.HTTPForbiddenError():
            return "this user may not watch this stream (403)"
        case av.HTTPNotFoundError():
            return "the camera knows no stream of this path (404)"
        case av.ConnectionRefusedError():
            return "connection refused: nothing listens on this address and port"
        case av.ExitError() | av.TimeoutError():
            return f"no answer within {TIMEOUT_S:g} s: check the address, the cable and the firewall"
        case _:
            return redact(f"the camera cannot be reached or sends no video ({error.strerror})")
