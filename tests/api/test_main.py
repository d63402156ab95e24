"""Where the program starts, when a system library is missing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

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
    ran = run(checkout, "init", "nowhere")
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
