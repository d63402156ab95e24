"""Network cameras as sources: a real RTSP server that is killed and started again, and motion JPEG over HTTP."""

from __future__ import annotations

import base64
import logging
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path

import cv2
import pytest

from kiosk.source import SourceError, open_source
from kiosk.types import Blind, Frame
from tests.kiosk.movies import picture, read_all

SERVER = Path(__file__).with_name("rtsp_server.py")


@pytest.fixture(autouse=True)
def _no_reader_left() -> Iterator[None]:
    yield
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("reader ")] == []


class MjpegCamera(BaseHTTPRequestHandler):
    """Motion JPEG over HTTP, as cheap cameras serve it; user ``boss``, password ``hush``."""

    frames = 40

    def do_GET(self) -> None:
        if self.headers.get("Authorization") != "Basic " + base64.b64encode(b"boss:hush").decode():
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="camera"')
            self.end_headers()
            return
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=shot")
        self.end_headers()
        for number in range(self.frames):
            jpeg = cv2.imencode(".jpg", picture(number))[1].tobytes()
            head = f"--shot\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n".encode()
            try:
                self.wfile.write(head + jpeg + b"\r\n")
            except OSError:
                return
            time.sleep(0.04)

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""


@pytest.fixture
def mjpeg_port() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), MjpegCamera)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


def test_motion_jpeg_plays_and_is_cut(mjpeg_port: int) -> None:
    with open_source(f"http://boss:hush@127.0.0.1:{mjpeg_port}/", reconnect_for_s=0.0) as source:
        frames, blinds, said = read_all(source)
    assert len(frames) > 10
    assert frames[-1].image.shape == (120, 160, 3)
    assert blinds[-1].reason == "stream cut"
    assert "hush" not in said


def test_a_wrong_password_is_named_without_being_shown(mjpeg_port: int, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), pytest.raises(SourceError) as caught:
        open_source(f"http://boss:guess@127.0.0.1:{mjpeg_port}/")
    assert "user name and password (401)" in str(caught.value)
    assert "guess" not in str(caught.value) + caplog.text
    assert "boss" not in str(caught.value) + caplog.text


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_host_that_does_not_answer_is_one_line() -> None:
    with pytest.raises(SourceError, match="connection refused") as caught:
        open_source(f"rtsp://boss:hush@127.0.0.1:{free_port()}/door")
    assert "\n" not in str(caught.value)
    assert "hush" not in str(caught.value)


class RtspCamera:
    """GStreamer's RTSP server as a process that can be killed and started again on the same port."""

    def __init__(self, *credentials: str) -> None:
        self.port = free_port()
        self._command = ["/usr/bin/python3", str(SERVER), str(self.port), *credentials]
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self._process.stdout is not None
        if self._process.stdout.readline().strip() != "ready":
            self.cut()
            pytest.skip("needs gir1.2-gst-rtsp-server-1.0, python3-gi and gstreamer1.0-plugins-ugly (.ci/run)")

    def cut(self) -> None:
        self._process.kill()
        self._process.communicate()

    def url(self, credentials: str = "") -> str:
        return f"rtsp://{credentials}127.0.0.1:{self.port}/door"


@pytest.fixture
def rtsp_cameras() -> Iterator[Callable[..., RtspCamera]]:
    if not Path("/usr/bin/python3").exists():
        pytest.skip("needs the system's python3 with GStreamer's RTSP server (.ci/run)")
    running: list[RtspCamera] = []

    def start(*credentials: str) -> RtspCamera:
        running.append(RtspCamera(*credentials))
        return running[-1]

    yield start
    for camera in running:
        camera.cut()


def test_an_rtsp_stream_plays_is_cut_and_comes_back(
    rtsp_cameras: Callable[..., RtspCamera], caplog: pytest.LogCaptureFixture
) -> None:
    camera = rtsp_cameras("boss", "hush", "digest")
    before: list[Frame] = []
    after: list[Frame] = []
    cuts: list[Blind] = []
    with caplog.at_level(logging.DEBUG), open_source(camera.url("boss:hush@"), reconnect_for_s=30.0) as source:
        assert (source.width, source.height, source.live, source.duration_s) == (160, 120, True, None)
        for item in source:
            if isinstance(item, Blind):
                cuts += [item] if item.reason == "stream cut" else []
                continue
            (after if cuts else before).append(item)
            if len(before) == 20 and not cuts:
                camera.cut()
                camera.start()
            if len(after) == 10:
                break
        assert source.counters.reconnects >= 1
    steps = [later.t - earlier.t for earlier, later in pairwise(before)]
    assert min(steps[2:]) >= 1 / 15 - 0.005
    assert [frame.at for frame in before + after] == sorted(frame.at for frame in before + after)
    assert cuts[0].from_t >= before[-1].t - 1e-6
    assert cuts[0].to_t == after[0].t
    assert "hush" not in caplog.text


@pytest.mark.parametrize("method", ["basic", "digest"])
def test_a_wrong_rtsp_password_is_named_without_being_shown(
    rtsp_cameras: Callable[..., RtspCamera], caplog: pytest.LogCaptureFixture, method: str
) -> None:
    camera = rtsp_cameras("boss", "hush", method)
    with caplog.at_level(logging.DEBUG), pytest.raises(SourceError) as caught:
        open_source(camera.url("boss:guess@"))
    assert str(caught.value) == f"{camera.url('***@')}: the camera refuses this user name and password (401)"
    assert "guess" not in caplog.text


def test_a_stream_the_camera_does_not_know_is_named(rtsp_cameras: Callable[..., RtspCamera]) -> None:
    with pytest.raises(SourceError, match="no stream of this path"):
        open_source(rtsp_cameras().url() + "-at-the-back")
