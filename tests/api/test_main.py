"""Where the program starts and stops: a missing system library, a service manager's stop, a narrow terminal."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from api.cli.commands import COMMANDS, loaded
from tests.kiosk.movies import write_movie

WITHOUT_OPENCV = """
import sys
from importlib.abc import MetaPathFinder

class Missing(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == "cv2":
            raise ImportError("libGL.so.1: cannot open shared object file: No such file or directory")

sys.meta_path.insert(0, Missing())
sys.argv = ["menjian", *sys.argv[1:]]
from api.cli.__main__ import main
main()
"""


def run(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", WITHOUT_OPENCV, *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=checkout, check=False, timeout=60)


def test_any_command_says_in_one_line_what_is_missing(checkout: Path) -> None:
    ran = run(checkout, "run", "nowhere.mp4")
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr == (
        "menjian: cannot start: libGL.so.1: cannot open shared object file: No such file or directory; "
        "run `menjian doctor`, it says what to install\n"
    )


def test_the_doctor_still_runs_and_names_the_debian_package(checkout: Path, tmp_path: Path) -> None:
    ran = run(checkout, "doctor", "--json", "--site", str(tmp_path / "none"))
    assert ran.returncode == 1
    assert "apt-get install libgl1 " in ran.stdout
    assert ran.stderr == ""


LOADED = """
import sys
from api.cli.__main__ import main
sys.argv = ["menjian", *sys.argv[1:]]
try:
    main()
finally:
    heavy = "cv2 scipy dlib onnxruntime matplotlib insightface av alembic fastapi PIL"
    print("loaded:", *(name for name in heavy.split() if name in sys.modules))
"""


@pytest.mark.parametrize(
    ("arguments", "loads"),
    [
        ("--help", []),
        ("verify --help", []),
        ("serve --help", []),
        ("policy list", []),
        ("verify missing.zip", []),  # a bundle has no database
        ("verify --site missing", ["alembic"]),  # whether the database is of this program's schema
    ],
    ids=str,
)
def test_a_command_loads_no_library_that_it_does_not_need(checkout: Path, arguments: str, loads: list[str]) -> None:
    command = [sys.executable, "-c", LOADED, *arguments.split()]
    ran = subprocess.run(command, capture_output=True, text=True, cwd=checkout, check=False, timeout=60)
    assert ran.stdout.splitlines()[-1].split() == ["loaded:", *loads]


def test_the_list_says_of_each_command_what_it_says_itself() -> None:
    for name, (_, _, says) in COMMANDS.items():
        assert " ".join((loaded(name).help or "").split()).startswith(says.removesuffix(".")), name


def test_a_service_managers_stop_ends_a_run_like_ctrl_c(checkout: Path, tmp_path: Path) -> None:
    movie, doorway, events = write_movie(tmp_path / "door.mp4", frames=1500), tmp_path / "d.yaml", tmp_path / "e.jsonl"
    doorway.write_text(
        "door: main\ncamera: {width: 160, height: 120, hfov_deg: 62, height_m: 2.3, pitch_deg: 12}\n"
        "threshold: {left: [-1.0, 2.6], right: [1.0, 2.6]}\ninward: toward_camera\n"
    )
    command = [sys.executable, "-m", "api.cli", "run", str(movie), "--doorway", str(doorway), "--events", str(events)]
    with subprocess.Popen(
        [*command, "--speed", "real"], cwd=checkout, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        while not events.exists() and running.poll() is None:
            time.sleep(0.1)
        running.terminate()
        said, faults = running.communicate(timeout=60)
    assert running.returncode == 143
    assert "0 arrivals, 0 tracks, " in said
    assert "Traceback" not in faults


def test_a_terminal_of_few_letters_shows_question_marks(checkout: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "api.cli", "init", str(tmp_path / "\u6848\u573a")]
    ran = subprocess.run(
        command,
        cwd=checkout,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0
    assert b"made the site" in ran.stdout
