"""`menjian serve`, as a process of its own."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from time import monotonic, sleep

import pytest

from api.cli.serve import STOP_S
from tests.api.conftest import Menjian

STARTS_S = 120.0


@pytest.fixture
def folder(menjian: Menjian, tmp_path: Path) -> Path:
    assert menjian("init", tmp_path / "office").code == 0
    return tmp_path / "office"


def serving(folder: Path, port: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "api.cli", "serve", "--site", str(folder), "--port", str(port)]
    started = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    until = monotonic() + STARTS_S
    while started.poll() is None and monotonic() < until and not is_open(port):
        sleep(0.1)
    return started


def is_open(port: int) -> bool:
    with socket.socket() as asking:
        return asking.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def test_two_services_run_on_one_site_and_stop_when_told_to(folder: Path) -> None:
    started = [serving(folder, free_port()) for _ in range(2)]
    assert [one.poll() for one in started] == [None, None]
    for one in started:
        one.send_signal(signal.SIGTERM)
    for one in started:
        _, said = one.communicate(timeout=STOP_S + 20)
        assert (one.returncode, said) == (0, b"")


def test_a_port_in_use_is_one_clear_line(menjian: Menjian, folder: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        ran = menjian("serve", "--site", folder, "--port", port)
    assert ran.code == 1
    assert ran.err == f"menjian: 127.0.0.1:{port}: Address already in use; choose another --port or --host\n"
