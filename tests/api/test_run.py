"""`menjian run`: the door on a film as a user starts it, and what may be wrong with what they give it."""

from __future__ import annotations

import json
import random
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from api.cli.run import Seen, Teller
from kiosk.events import BlindEvent, Event, EventsError, EventsFile
from kiosk.types import Blind, Frame
from models.site import create_site
from tests.api.conftest import Menjian, Ran
from tests.kiosk.movies import write_movie
from tests.kiosk.rendered import CROSSED_S, FIRST
from tests.models.builders import FOUNDED

SMALL_DOOR = """\
door: main
camera: {width: 160, height: 120, hfov_deg: 62, height_m: 2.30, pitch_deg: 12}
threshold: {left: [-1.0, 2.6], right: [1.0, 2.6]}
inward: toward_camera
"""


@pytest.fixture
def doorway(tmp_path: Path) -> Path:
    path = tmp_path / "doorway.yaml"
    path.write_text(SMALL_DOOR)
    return path


@pytest.fixture
def movie(tmp_path: Path) -> Path:
    """Four seconds of an empty door, 160 x 120."""
    return write_movie(tmp_path / "door.mp4", frames=100)


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def one_line(ran: Ran, *parts: str) -> None:
    """The command failed with exactly one line on standard error that holds the parts, and did not print a trace."""
    assert ran.code == 1
    assert len(ran.err.strip().splitlines()) == 1
    assert ran.err.startswith("menjian: ")
    assert [part for part in parts if part not in ran.err] == []


# what goes right


def test_a_film_gives_arrivals_and_their_order_on_the_screen_and_in_the_file(
    menjian: Menjian, film: Path, tmp_path: Path
) -> None:
    events = tmp_path / "events.jsonl"
    ran = menjian("run", film, "--doorway", film.with_suffix(".doorway.yaml"), "--events", events)
    assert ran.code == 0
    assert "2 arrivals, 2 tracks, 66 frames" in ran.out
    first, second, order = lines(events)
    assert [each["type"] for each in (first, second, order)] == ["arrival", "arrival", "order"]
    for arrival, truth in ((first, CROSSED_S[FIRST]), (second, 3.3)):
        t, sigma = arrival["t"], arrival["sigma_s"]
        assert isinstance(t, float)
        assert isinstance(sigma, float)
        assert abs(t - truth) < 3.5 * sigma
        assert arrival["identity"] == {
            "status": "unconsented",
            "person": None,
            "name": None,
            "role": None,
            "score": None,
        }
    assert (order["first"], order["second"], order["verdict"]) == (first["arrival"], second["arrival"], "before")


def test_the_sites_doorway_is_used_when_none_is_given(
    menjian: Menjian, movie: Path, doorway: Path, tmp_path: Path
) -> None:
    create_site(tmp_path / "office", at=FOUNDED).close()
    doorway.rename(tmp_path / "office" / "doorway.yaml")
    ran = menjian("run", movie, "--site", tmp_path / "office")
    assert ran.code == 0
    assert "0 arrivals, 0 tracks, 100 frames" in ran.out


def test_corrupt_frames_in_the_middle_are_a_blind_stretch_and_the_rest_is_watched(
    menjian: Menjian, movie: Path, doorway: Path, tmp_path: Path
) -> None:
    data = bytearray(movie.read_bytes())
    middle, length = len(data) // 2, len(data) // 10
    data[middle : middle + length] = random.Random(1).randbytes(length)
    movie.write_bytes(data)
    ran = menjian("run", movie, "--doorway", doorway, "--events", tmp_path / "e.jsonl")
    assert ran.code == 0
    assert "not decodable" in ran.err
    (blind,) = lines(tmp_path / "e.jsonl")
    assert (blind["type"], blind["reason"]) == ("blind", "decode error")
    assert "blind" in ran.out


def test_real_people_who_halt_before_the_sill_are_three_tracks_and_no_arrival(
    menjian: Menjian, shared: Path, tmp_path: Path
) -> None:
    doorway = tmp_path / "clip.yaml"
    doorway.write_text(
        "door: clip\n"
        "camera: {width: 480, height: 270, hfov_deg: 65, height_m: 1.6, pitch_deg: 0}\n"
        "threshold: {left: [-1.5, 0.6], right: [1.5, 0.6]}\n"
        "inward: toward_camera\n"
    )
    ran = menjian("run", shared / "clips" / "three-people-arrive.mp4", "--doorway", doorway)
    assert ran.code == 0
    assert "0 arrivals, 3 tracks, 41 frames" in ran.out


def test_a_run_that_is_stopped_says_what_it_saw_until_then(
    menjian: Menjian, movie: Path, doorway: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(item: Frame | Blind) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Seen, "__call__", lambda self, item: stopped(item))
    ran = menjian("run", movie, "--doorway", doorway)
    assert ran.code != 0
    assert "0 arrivals, 0 tracks, " in ran.out
    assert "Traceback" not in ran.err


# what a user may get wrong


def test_a_missing_film_is_named(menjian: Menjian, doorway: Path, tmp_path: Path) -> None:
    path = tmp_path / "none.mp4"
    one_line(menjian("run", path, "--doorway", doorway), f"{path}: there is no such file")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the file is empty"),  # nothing in it
        (b"a text about a door\n" * 100, "not a video file"),  # something else
        (bytes(range(256)) * 40, "not a video file"),  # noise
    ],
)
def test_a_file_that_is_no_film_is_one_line(
    menjian: Menjian, doorway: Path, tmp_path: Path, content: bytes, said: str
) -> None:
    path = tmp_path / "door.mp4"
    path.write_bytes(content)
    one_line(menjian("run", path, "--doorway", doorway), f"{path}: ", said)


def test_a_film_cut_off_before_its_index_is_one_line(menjian: Menjian, movie: Path, doorway: Path) -> None:
    movie.write_bytes(movie.read_bytes()[: movie.stat().st_size // 2])
    one_line(menjian("run", movie, "--doorway", doorway), f"{movie}: the video is cut off")


def test_a_film_without_index_that_is_cut_off_is_watched_to_the_cut(
    menjian: Menjian, doorway: Path, tmp_path: Path
) -> None:
    path = write_movie(tmp_path / "door.mkv", frames=100)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    ran = menjian("run", path, "--doorway", doorway, "--events", tmp_path / "e.jsonl")
    assert ran.code == 0
    assert [line["reason"] for line in lines(tmp_path / "e.jsonl")] == ["decode error"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("door: main", "dor: main", "unknown key 'dor'"),  # misspelt
        ("2.30", "high", "camera.height_m: "),  # a word for metres
        ("2.6", "-2.6", "threshold: the sill lies behind"),  # behind the camera
        ("width: 160", "width: 1280", "camera is 1280x120, the source 160x120: calibrate again"),  # another camera's
    ],
)
def test_a_wrong_doorway_is_named_with_its_key(
    menjian: Menjian, movie: Path, doorway: Path, old: str, new: str, said: str
) -> None:
    doorway.write_text(SMALL_DOOR.replace(old, new))
    one_line(menjian("run", movie, "--doorway", doorway), f"{doorway}: ", said)


def test_without_doorway_and_site_it_says_what_to_give(menjian: Menjian, movie: Path) -> None:
    one_line(menjian("run", movie), "no doorway file: give --doorway FILE or --site DIR")


def test_a_site_that_was_never_calibrated_says_how(menjian: Menjian, movie: Path, tmp_path: Path) -> None:
    create_site(tmp_path / "office", at=FOUNDED).close()
    one_line(menjian("run", movie, "--site", tmp_path / "office"), "doorway.yaml", "menjian calibrate")


def test_a_folder_that_is_no_site_says_how_to_make_one(menjian: Menjian, movie: Path, tmp_path: Path) -> None:
    one_line(menjian("run", movie, "--site", tmp_path), "no site here", "menjian init")


def test_an_events_file_that_cannot_be_written_is_named_before_the_film_is_watched(
    menjian: Menjian, movie: Path, doorway: Path, tmp_path: Path
) -> None:
    ran = menjian("run", movie, "--doorway", doorway, "--events", tmp_path / "none" / "e.jsonl")
    one_line(ran, f"{tmp_path / 'none' / 'e.jsonl'}: cannot write the events file")
    assert ran.out == ""


def test_a_pack_with_a_missing_file_names_the_file(
    menjian: Menjian, movie: Path, doorway: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "packs" / "opencv-pack").mkdir(parents=True)
    monkeypatch.setenv("MENJIAN_MODELS", str(tmp_path / "packs"))
    one_line(menjian("run", movie, "--doorway", doorway, "--engine", "opencv"), "opencv-pack", ".onnx")


def test_an_unknown_engine_names_those_there_are(menjian: Menjian, movie: Path, doorway: Path) -> None:
    one_line(menjian("run", movie, "--doorway", doorway, "--engine", "yolo"), "no engine 'yolo'", "dlib")


@pytest.mark.parametrize("arguments", [(), ("a.mp4", "--speed", "double"), ("a.mp4", "--doorways", "d.yaml")])
def test_wrong_usage_is_exit_code_2(menjian: Menjian, arguments: tuple[str, ...]) -> None:
    assert menjian("run", *arguments).code == 2


# a full disk


def test_a_full_disk_does_not_stop_the_door_and_the_loss_is_counted(
    menjian: Menjian, doorway: Path, tmp_path: Path
) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("needs /dev/full")
    with_holes = write_movie(tmp_path / "door.mkv", at_ms=[*range(0, 400, 40), *range(2000, 2400, 40), 4000])
    ran = menjian("run", with_holes, "--doorway", doorway, "--events", full)
    assert ran.code == 1
    assert "0 arrivals, 0 tracks, 21 frames" in ran.out
    assert ran.out.count("blind") == 2
    assert ran.err.count("/dev/full: an event could not be stored (No space left on device)") == 1
    assert "2 events could not be written to the events file" in ran.err


def test_events_that_fit_again_are_written_after_a_full_disk(tmp_path: Path) -> None:
    class Disk(EventsFile):
        """Full for the second event."""

        count = 0

        def write(self, event: Event) -> None:
            self.count += 1
            if self.count == 2:
                raise EventsError("full")
            super().write(event)

    with Disk(tmp_path / "e.jsonl") as file:
        teller = Teller(zone=ZoneInfo("Asia/Shanghai"), file=file)
        for number in range(3):
            teller.tell(BlindEvent(from_t=number, to_t=number + 0.5, reason="stream cut"))
    assert [line["from_t"] for line in lines(tmp_path / "e.jsonl")] == [0.0, 2.0]
    assert teller.lost == 1


def test_a_film_that_is_watched_again_replaces_its_events(
    menjian: Menjian, movie: Path, doorway: Path, tmp_path: Path
) -> None:
    (tmp_path / "e.jsonl").write_text('{"type":"blind","from_t":1,"to_t":2,"reason":"stream cut"}\n')
    assert menjian("run", movie, "--doorway", doorway, "--events", tmp_path / "e.jsonl").code == 0
    assert lines(tmp_path / "e.jsonl") == []
