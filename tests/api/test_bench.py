"""`menjian bench door`, and what the door keeps when it watches for long. Faces here are two-coloured boards and the
engine finds them by their colour, at any scale and fast: what is tested is the measuring, not the recognition."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, fields
from itertools import islice, pairwise
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from api.bench_door import DoorBench, bench_door, door_memory, named_in, over_and_over
from api.bench_ledger import appends
from api.door import People, open_pipeline
from kiosk.doorway import Camera, Doorway, Threshold, save_doorway
from kiosk.evaluate import Scene, scenes_in
from kiosk.pipeline import Arrival
from recognition.gallery import Gallery
from recognition.types import Detection, FaceEngine, FloatArray, Image, Template, unit
from tests.api.conftest import Menjian
from tests.kiosk.walks import face_at, straight

FPS, FRAMES = 15, 45
DOOR = Doorway(
    door="main",
    camera=Camera(width=960, height=540, hfov_deg=66.0, height_m=2.3, pitch_deg=16.0),
    threshold=Threshold(left=(-1.0, 2.7), right=(1.0, 2.7)),
    inward="toward_camera",
)
BLUE, RED = np.array([1, 0], np.float32), np.array([0, 1], np.float32)
HUES = {"blue": 105, "red": 12}
CROSSINGS = {"blue": (1.4, -0.5), "red": (1.9, 0.5)}
"""When they cross (s) and how far right of the middle (m)."""


@dataclass
class BoardEngine:
    """Finds boards of the two hues; the template of one is how blue and how red it is."""

    pack: str = "dlib-00000000"
    best_face_px: float = 60.0
    least_face_px: float = 24.0

    def detect(self, image: Image) -> list[Detection]:
        hsv = np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2HSV), np.uint8)
        return [found for hue in HUES.values() if (found := _board(hsv, hue)) is not None]

    def embed(self, image: Image, detections: Sequence[Detection]) -> list[Template]:
        return [Template(vector=_colour(image, face), pack=self.pack) for face in detections]


def _board(hsv: Image, hue: int) -> Detection | None:
    left, top, width, height = cv2.boundingRect(cv2.inRange(hsv, (hue - 10, 120, 50), (hue + 10, 255, 255)))
    is_whole = width >= 8 and 1.1 < height / width < 1.5
    return face_at(np.array([left + width / 2, top + height / 2.6]), width / 2.2) if is_whole else None


def _colour(image: Image, face: Detection) -> FloatArray:
    left, top, right, bottom = (max(0, int(edge)) for edge in face.box_xyxy_px)
    blue, _, red = image[top:bottom, left:right].reshape(-1, 3).mean(axis=0)
    return unit(np.array([max(blue - red, 0.0), max(red - blue, 0.0)], np.float32))


def _pictures() -> Iterator[Image]:
    empty = np.full((DOOR.camera.height, DOOR.camera.width, 3), 128, np.uint8)
    for number in range(FRAMES):
        picture = empty.copy()
        for who, (crossing_s, x) in CROSSINGS.items():
            place = straight(crossing_s=crossing_s, x=x)(np.array([number / FPS]))[0]
            eyes = np.array([place[0], 1.6, place[1]])
            depth = float((eyes - (0.0, DOOR.camera.height_m, 0.0)) @ DOOR.camera.rotation[2])
            if depth > 0.8:
                apart = DOOR.camera.focal_px * 0.063 / depth
                _draw(picture, face_at(DOOR.camera.project(eyes[None])[0], apart), HUES[who])
        yield picture


def _draw(picture: Image, face: Detection, hue: int) -> None:
    left, top, right, bottom = (round(float(edge)) for edge in face.box_xyxy_px)
    rows, columns = np.mgrid[0:8, 0:6]
    squares = np.stack([np.full((8, 6), hue), np.full((8, 6), 255), 110 + 140 * ((rows + columns) % 2)], axis=2)
    board = cv2.cvtColor(np.asarray(squares, np.uint8), cv2.COLOR_HSV2BGR)
    board = cv2.resize(board, (right - left, bottom - top), interpolation=cv2.INTER_NEAREST)
    y0, x0, y1, x1 = max(0, top), max(0, left), min(picture.shape[0], bottom), min(picture.shape[1], right)
    if y1 > y0 and x1 > x0:
        picture[y0:y1, x0:x1] = board[y0 - top : y1 - top, x0 - left : x1 - left]


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one small film of two boards that come in."""
    folder = tmp_path_factory.mktemp("boards")
    with av.open(folder / "scene-00.mp4", "w") as container:
        stream = container.add_stream("h264", rate=FPS, options={"crf": "12"})
        stream.width, stream.height, stream.pix_fmt = DOOR.camera.width, DOOR.camera.height, "yuv420p"
        for picture in _pictures():
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        container.mux(stream.encode())
    crossed = [{"who": who, "crossed_s": at} for who, (at, _) in CROSSINGS.items()]
    (folder / "scene-00.json").write_text(json.dumps({"people": crossed}), encoding="utf-8")
    save_doorway(DOOR, folder / "doorway.yaml")
    return folder


@pytest.fixture(scope="module")
def scene(scenes: Path) -> Scene:
    return scenes_in(scenes)[0]


@pytest.fixture
def gallery() -> Gallery:
    pack = BoardEngine().pack
    return Gallery.build(
        pack,
        [
            ("blue", Template(vector=BLUE, pack=pack)),
            ("red", Template(vector=RED, pack=pack)),
        ],
    )


def test_both_sides_name_the_same_people(scene: Scene, gallery: Gallery) -> None:
    told = bench_door([scene], BoardEngine(), gallery, runs=2)
    assert [(one.door, one.peer) for one in told.named] == [(("blue", "red"), ("blue", "red"))]
    assert told.same_people


def test_every_run_of_both_sides_counts(scene: Scene, gallery: Gallery) -> None:
    seen: list[int] = []
    told = bench_door([scene], BoardEngine(), gallery, runs=2, memory_frames=20, on_frames=seen.append)
    assert told.frames == FRAMES
    assert (len(told.door.runs), len(told.peer.runs), len(told.full_size.runs)) == (2, 2, 1)
    assert min(told.door.runs) <= told.door.fps <= max(told.door.runs)
    assert told.times_faster == pytest.approx(told.door.fps / told.peer.fps)
    assert sum(seen) == 20 + 2 * FRAMES + 2 * FRAMES + FRAMES


def test_somebody_the_door_does_not_know_makes_a_difference(scene: Scene, gallery: Gallery) -> None:
    class Forgetful(BoardEngine):
        """Makes a red template for nobody when shown a crop, as the door does, and not a whole frame."""

        def embed(self, image: Image, detections: Sequence[Detection]) -> list[Template]:
            whole = image.shape[1] == DOOR.camera.width
            return super().embed(image if whole else np.full_like(image, (200, 100, 20)), detections)

    told = bench_door([scene], Forgetful(), gallery, runs=1)
    assert not told.same_people
    assert told.named[0].peer == ("blue", "red")


def test_the_peer_names_nobody_from_too_few_frames(gallery: Gallery) -> None:
    face = face_at(np.array([50.0, 50.0]), 20.0)
    look = [(face, Template(vector=BLUE, pack=gallery.pack))]
    assert named_in([look, look, []], gallery) == ()
    assert named_in([look, look, look], gallery) == ("blue",)


def test_a_film_shown_again_goes_on_in_time(scene: Scene) -> None:
    frames = list(islice(over_and_over(scene.video), 2 * FRAMES + 5))
    steps = [later.t - sooner.t for sooner, later in pairwise(frames)]
    assert min(steps) > 0
    assert all((later.at - sooner.at).total_seconds() > 0 for sooner, later in pairwise(frames))
    assert sum(step > 1 for step in steps) == 2


def test_memory_is_read_after_the_warm_up_and_at_the_end(scene: Scene, gallery: Gallery) -> None:
    told = door_memory(scene, BoardEngine(), gallery, 40, lambda _: None)
    assert (told.frames, told.warm_frames) == (40, 20)
    assert told.warm_mb > 0
    assert told.growth_mb >= told.end_mb - told.warm_mb


def test_the_door_keeps_no_more_after_many_visits_than_after_few(scene: Scene, gallery: Gallery) -> None:
    engine = BoardEngine()
    pipeline = open_pipeline(DOOR, engine, People(pack=engine.pack, fixed=gallery), mode="match_consented")
    arrivals, kept = 0, []
    for number, frame in enumerate(islice(over_and_over(scene.video), 8 * FRAMES), start=1):
        arrivals += sum(isinstance(what, Arrival) for what in pipeline.process(frame))
        if number % FRAMES == 0:
            kept.append(_kept(pipeline))
    assert arrivals >= 14
    assert max(kept[4:]) <= max(kept[1:4])


def _kept(thing: object, seen: set[int] | None = None) -> int:
    """How many items the containers of ours hold that can be reached from ``thing``."""
    seen = set() if seen is None else seen
    if id(thing) in seen:
        return 0
    seen.add(id(thing))
    if isinstance(thing, dict):
        return len(thing) + sum(_kept(value, seen) for value in thing.values())
    if isinstance(thing, list | tuple | set):
        return len(thing) + sum(_kept(value, seen) for value in thing)
    if type(thing).__module__.startswith("kiosk."):
        return sum(_kept(value, seen) for value in vars(thing).values())
    return 0


def test_the_command_prints_one_json_object(
    menjian: Menjian, scenes: Path, gallery: Gallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    _fake(monkeypatch, BoardEngine(), gallery)
    ran = menjian("bench", "door", "--scenes", scenes, "--runs", 1, "--frames", 20, "--json")
    told = json.loads(ran.out)
    assert ran.code == 0
    assert told["same_people"] is True
    assert told["memory"]["frames"] == 20
    assert set(told) == {one.name for one in fields(DoorBench)}


def test_the_command_says_it_in_words(
    menjian: Menjian, scenes: Path, gallery: Gallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    _fake(monkeypatch, BoardEngine(), gallery)
    ran = menjian("bench", "door", "--scenes", scenes, "--runs", 1, "--frames", 0)
    assert "both recognise the same people: blue, red" in ran.out
    assert "memory" not in ran.out


def _fake(monkeypatch: pytest.MonkeyPatch, engine: FaceEngine, gallery: Gallery) -> None:
    monkeypatch.setattr("api.cli.bench.load_engine", lambda _: engine)
    monkeypatch.setattr("api.cli.bench.gallery_of", lambda folder, _: gallery)


def test_a_folder_without_scenes_is_one_clear_line(menjian: Menjian, tmp_path: Path) -> None:
    ran = menjian("bench", "door", "--scenes", tmp_path)
    assert ran.code == 1
    assert "no scene-*.mp4 here" in ran.err


def test_plain_inserts_and_those_by_hand_leave_the_very_rows_of_the_ledger(tmp_path: Path) -> None:
    paces = appends(tmp_path, None, entries=300, turns=1)
    recorded = rows(tmp_path / "0" / "menjian.db", "ledger WHERE seq > 1")
    subjects = rows(tmp_path / "0" / "menjian.db", "ledger_about ORDER BY subject, seq")
    assert len(recorded) == 30 + 2 * 100  # a tenth one by one, then whole groups
    for peer in ("0-plain.db", "0-by-hand.db"):
        assert rows(tmp_path / peer, "ledger") == recorded
        assert rows(tmp_path / peer, "ledger_about ORDER BY subject, seq") == subjects
    assert paces.postgresql is None


def rows(file: Path, table: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute(f"SELECT * FROM {table}").fetchall()


def test_the_ledger_is_written_verified_and_read(menjian: Menjian, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MENJIAN_TEST_POSTGRES", "postgresql://nobody@/nowhere?host=/nonexistent")
    options = ("--entries", 1000, "--written", 1000, "--turns", 1)
    ran = menjian("bench", "ledger", *options, "--json")
    told = json.loads(ran.out)
    assert ran.code == 0
    assert min(told[side][rate] for side in ("sqlite", "plain", "by_hand") for rate in told[side]) > 0
    assert told["postgresql"] is None
    assert told["no_postgresql"].startswith("MENJIAN_TEST_POSTGRES: the server refused: ")
    assert told["entries"] >= 1000
    assert told["longest_ms"] >= told["timeline_ms"] > 0
    assert "of plain inserts" in menjian("bench", "ledger", *options).out
