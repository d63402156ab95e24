"""`menjian doctor`: every line has a state, and something to do when it is not ok."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from api.cli.doctor import Check, cameras, clock, disk, doors, libraries, packs, python_version, site_folder, weights
from models.desk.doors import Blindness, DoorStanding, put_door_state
from models.site import create_site
from tests.api.conftest import Menjian
from tests.models.builders import FOUNDED

NAMES = [
    "python", "packages", "system libraries", "dlib weights", "model packs", "cameras", "rtsp",
    "rtsp test server", "browser", "disk", "clock", "site",
]  # fmt: skip


def test_json_lists_every_check_and_what_to_do(menjian: Menjian, tmp_path: Path) -> None:
    ran = menjian("doctor", "--json", "--site", tmp_path / "none")
    told = json.loads(ran.out)
    assert [check["name"] for check in told["checks"]] == NAMES
    assert [check["name"] for check in told["checks"] if check["state"] != "ok" and not check["do"]] == []
    assert ran.code == (0 if told["ok"] else 1)


def test_text_shows_every_check(menjian: Menjian, tmp_path: Path) -> None:
    ran = menjian("doctor", "--site", tmp_path / "none")
    assert [name for name in NAMES if name not in ran.out] == []


def test_a_spoilt_site_is_bad_and_exit_code_1(menjian: Menjian, tmp_path: Path) -> None:
    create_site(tmp_path / "office", at=FOUNDED).close()
    (tmp_path / "office/keys/site.key").chmod(0o644)
    ran = menjian("doctor", "--site", tmp_path / "office")
    assert ran.code == 1
    assert "open to other users" in ran.out.replace("\n", " ").replace("  ", " ")


def test_cameras_are_listed_by_their_index(tmp_path: Path) -> None:
    for name in ("video10", "video2", "video-dec0", "null"):
        (tmp_path / name).touch()
    assert cameras(tmp_path).says == "index 2, 10"
    assert cameras(tmp_path / "none").says.startswith("none on this machine")


def test_a_site_that_opens_is_ok(tmp_path: Path) -> None:
    create_site(tmp_path / "office", at=FOUNDED).close()
    assert site_folder(tmp_path / "office").state == "ok"


def test_each_door_of_a_site_has_a_line_of_its_own(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    with create_site(tmp_path / "office", at=FOUNDED) as site:
        [none] = doors(tmp_path / "office")
        words: dict[str, Blindness | None] = {"main": None, "side": "stopped"}
        for door, blind in words.items():
            said = DoorStanding(door=door, at=now, frame_at=now, fps=15.0, blind=blind, waiting=0)
            with site.write_session() as session:
                put_door_state(session, said)
    main, side = doors(tmp_path / "office")
    assert (none.name, none.state, main.name, side.name) == ("doors", "warn", "door main", "door side")
    assert "No door of this site has ever been watched." in none.says
    assert "stopped" not in main.says
    assert "The door was stopped at" in side.says
    assert "menjian run" in side.do


def test_a_site_that_does_not_open_has_no_lines_of_doors(tmp_path: Path) -> None:
    assert doors(tmp_path / "none") == []


def test_a_missing_system_library_names_the_debian_packages() -> None:
    def load(name: str) -> None:
        if name == "cv2":
            raise ImportError("libGL.so.1: cannot open shared object file: No such file or directory")

    check = libraries(load)
    assert check.state == "bad"
    assert "cv2: libGL.so.1" in check.says
    assert "apt-get install" in check.do
    assert "libgl1" in check.do


def test_a_compiled_package_that_is_gone_is_to_be_installed_again() -> None:
    def load(name: str) -> None:
        if name == "av":
            raise ModuleNotFoundError("No module named 'av'")

    assert libraries(load) == Check(
        name="system libraries", state="bad", says="av: No module named 'av'", do="install it again: make demo"
    )


@pytest.mark.parametrize(("version", "state"), [((3, 10), "bad"), ((3, 11), "ok"), ((3, 13), "ok"), ((3, 14), "warn")])
def test_python_versions(version: tuple[int, int], state: str) -> None:
    assert python_version(version).state == state


def test_a_clock_before_the_program_was_written_is_bad() -> None:
    assert clock(datetime(1970, 1, 1, tzinfo=UTC)).state == "bad"


def test_disk_is_measured_where_a_site_does_not_exist_yet(tmp_path: Path) -> None:
    assert disk(tmp_path / "none" / "deeper").says.endswith(f"GB free at {tmp_path}")


def test_the_built_in_weights_are_found() -> None:
    assert weights().state == "ok"
    assert weights().says.startswith("dlib-")


def test_an_altered_pack_is_pointed_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "opencv-pack"
    folder.mkdir()
    (folder / "face_detection_yunet_2023mar.onnx").write_bytes(b"altered")
    monkeypatch.setenv("MENJIAN_MODELS", str(tmp_path))
    check = packs()
    assert check.state == "warn"
    assert "wrong SHA-256" in check.says
