"""The door from frames to arrivals: on a rendered scene with truth, on real people, and on a marked wall."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from kiosk.doorway import Camera, Doorway, Threshold
from kiosk.identity import ConsentGate
from kiosk.pipeline import KEPT_S, Arrival, DoorPipeline, Happening, Ordered
from kiosk.simulator import Faces
from kiosk.source import open_source
from kiosk.types import Blind, Frame
from models.people import ConsentMode
from recognition.engine import load_engine, pack_thresholds
from recognition.gallery import Gallery
from recognition.types import FaceEngine, Template
from tests.kiosk.marks import WALL, MarkEngine, wall
from tests.kiosk.rendered import CROSSED_S, DOOR, FIRST, SECOND, Detector, WitnessEngine

AT = datetime(2026, 3, 1, 2, tzinfo=UTC)


def pipeline(
    engine: FaceEngine,
    *,
    doorway: Doorway = DOOR,
    mode: ConsentMode = "consent_first",
    gallery: Gallery | None = None,
    distributor_of: Callable[[str], str | None] = lambda person: None,
) -> DoorPipeline:
    known = gallery or Gallery.build(engine.pack, [])
    gate = ConsentGate(mode, engine, lambda: known, lambda of: pack_thresholds(engine.pack, people=len(of)))
    return DoorPipeline(doorway=doorway, engine=engine, gate=gate, distributor_of=distributor_of)


def run(door: DoorPipeline, items: Sequence[Frame | Blind]) -> list[Happening]:
    return [*(what for item in items for what in door.process(item)), *door.finish()]


def arrivals(happened: Sequence[Happening]) -> list[Arrival]:
    return [what for what in happened if isinstance(what, Arrival)]


def verdicts(happened: Sequence[Happening]) -> list[tuple[str, float]]:
    return [(what.order.verdict, what.order.p) for what in happened if isinstance(what, Ordered)]


def with_blinds(items: Sequence[Frame | Blind], *blinds: Blind) -> list[Frame | Blind]:
    """The items with blind stretches where a source puts them: before the first frame after each."""
    mixed: list[Frame | Blind] = []
    left = list(blinds)
    for item in items:
        while left and isinstance(item, Frame) and item.t >= left[0].to_t:
            mixed.append(left.pop(0))
        mixed.append(item)
    return mixed + left


def blind(from_t: float, to_t: float) -> Blind:
    return Blind(from_t=from_t, to_t=to_t, reason="frames dropped")


# a rendered scene: two people, 0.7 s apart


def test_two_people_come_in_at_their_instants_in_their_order(
    witness: WitnessEngine, frames: list[Frame | Blind]
) -> None:
    door = pipeline(witness)
    happened = run(door, frames)
    first, second = arrivals(happened)
    for arrival, who in ((first, FIRST), (second, SECOND)):
        assert abs(arrival.crossing.t - CROSSED_S[who]) < 3.5 * arrival.crossing.sigma_s
        assert arrival.crossing.sigma_s < 0.1
        assert (arrival.crossing.direction, arrival.door) == ("in", "main")
    assert first.track != second.track
    assert door.tracks_seen == 2
    order = next(what for what in happened if isinstance(what, Ordered))
    assert (order.first, order.second, order.order.verdict) == (first.id, second.id, "before")


def test_the_same_film_gives_the_same_arrivals(witness: WitnessEngine, frames: list[Frame | Blind]) -> None:
    one, other = (arrivals(run(pipeline(witness), frames)) for _ in range(2))
    assert [(a.id, a.crossing.t, a.at) for a in one] == [(a.id, a.crossing.t, a.at) for a in other]


def test_the_utc_instant_is_that_of_the_frames(witness: WitnessEngine, frames: list[Frame | Blind]) -> None:
    start = next(item.at for item in frames if isinstance(item, Frame))
    for arrival in arrivals(run(pipeline(witness), frames)):
        assert abs(arrival.at - start - timedelta(seconds=arrival.crossing.t)) < timedelta(microseconds=2)


@pytest.mark.parametrize(
    ("blinds", "verdict"),
    [
        ([blind(2.8, 3.0)], "simultaneous"),  # between the two
        ([blind(2.5, 2.7)], "simultaneous"),  # over the first
        ([blind(3.2, 3.4)], "simultaneous"),  # over the second
        ([blind(0.0, 4.2)], "simultaneous"),  # over both
        ([blind(0.2, 0.6)], "before"),  # long before
        ([blind(4.0, 4.2)], "before"),  # after
        ([blind(2.8, 3.0), *(blind(3.6 + i / 100, 3.605 + i / 100) for i in range(40))], "simultaneous"),  # flapping
    ],
)
def test_a_verdict_that_overlaps_a_blind_stretch_is_never_certain(
    witness: WitnessEngine, frames: list[Frame | Blind], blinds: list[Blind], verdict: str
) -> None:
    happened = run(pipeline(witness), with_blinds(frames, *blinds))
    assert [said for said, _ in verdicts(happened)] == [verdict]
    assert [what for what in happened if isinstance(what, Blind)] == blinds


def test_frames_missing_at_the_sill_widen_the_interval_and_split_nobody(
    witness: WitnessEngine, frames: list[Frame | Blind]
) -> None:
    whole = arrivals(run(pipeline(witness), frames))[0]
    rest = [item for item in frames if not 2.3 < (item.t if isinstance(item, Frame) else 0.0) < 2.9]
    door = pipeline(witness)
    first, second = arrivals(run(door, rest))
    assert door.tracks_seen == 2
    assert first.crossing.sigma_s > whole.crossing.sigma_s
    assert abs(first.crossing.t - CROSSED_S[FIRST]) < 3.5 * first.crossing.sigma_s
    assert abs(second.crossing.t - CROSSED_S[SECOND]) < 3.5 * second.crossing.sigma_s


@pytest.fixture(scope="module")
def both(detector: Detector, faces: Faces, first_only: Gallery) -> Gallery:
    """A gallery with both people of the scene."""
    image = faces[SECOND][0].image
    engine = detector.engine
    second = engine.embed(image, engine.detect(image)[:1])[0]
    first = Template(vector=first_only.matrix[0], pack=first_only.pack)
    return Gallery.build(engine.pack, [(FIRST, first), (SECOND, second)])


@pytest.mark.parametrize(
    ("employers", "parties"),
    [
        ({}, 1),  # two customers side by side
        ({FIRST: "A"}, 1),  # an agent with a customer
        ({FIRST: "A", SECOND: "A"}, 1),  # two agents of one distributor
        ({FIRST: "A", SECOND: "B"}, 2),  # rivals
    ],
)
def test_who_walks_together_is_one_party_unless_they_are_rivals(
    witness: WitnessEngine, frames: list[Frame | Blind], both: Gallery, employers: dict[str, str], parties: int
) -> None:
    door = pipeline(witness, mode="match_consented", gallery=both, distributor_of=employers.get)
    found = arrivals(run(door, frames))
    assert [arrival.identity.person for arrival in found] == [FIRST, SECOND]
    assert len({arrival.party for arrival in found}) == parties


# real people: three who come to a halt in front of the camera


def door_for_clip(sill_m: float) -> Doorway:
    return Doorway(
        door="clip",
        camera=Camera(width=480, height=270, hfov_deg=65.0, height_m=1.6, pitch_deg=0.0),
        threshold=Threshold(left=(-1.5, sill_m), right=(1.5, sill_m)),
        inward="toward_camera",
    )


@pytest.fixture(scope="module")
def clip(shared: Path) -> list[Frame | Blind]:
    with open_source(str(shared / "clips" / "three-people-arrive.mp4")) as source:
        return list(source)


def engine_named(name: str, models: Path) -> FaceEngine:
    if name == "dlib":
        return load_engine("dlib")
    if not (models / "eval-pack").is_dir():
        pytest.skip("needs the eval pack in the folder `shared`")
    return load_engine("insightface", pack="eval-pack", models_dir=models)


@pytest.mark.parametrize(("name", "sill_m"), [("dlib", 2.0), ("eval-pack", 0.6)])
def test_three_real_people_are_three_tracks_and_who_halts_before_the_sill_does_not_cross_it(
    name: str, sill_m: float, clip: list[Frame | Blind], shared: Path
) -> None:
    door = pipeline(engine_named(name, shared / "models"), doorway=door_for_clip(sill_m))
    assert run(door, clip) == []
    assert door.tracks_seen == 3


def test_no_track_of_real_people_changes_over_to_somebody_else(clip: list[Frame | Blind], shared: Path) -> None:
    engine = engine_named("eval-pack", shared / "models")
    door = pipeline(engine, doorway=door_for_clip(2.0))
    looks: dict[int, list[Template]] = defaultdict(list)
    for number, item in enumerate(clip):
        assert door.process(item) == []
        for track in door.live:
            if isinstance(item, Frame) and number % 4 == 0 and track.last.t == item.t:
                looks[track.number] += engine.embed(item.image, [track.last.face])
    vectors = {number: np.stack([template.vector for template in own]) for number, own in looks.items()}
    assert [len(own) >= 8 for own in vectors.values()] == [True, True, True]
    for number, own in vectors.items():
        liker = np.stack([np.median(own @ other.T, axis=1) for other in vectors.values()])
        assert [list(vectors)[i] for i in liker.argmax(axis=0)] == [number] * len(own)


# a marked wall


def at(t: float, mark_px: tuple[int, int] | None) -> Frame:
    return Frame(image=wall(mark_px) if mark_px else wall(), t=t, at=AT + timedelta(seconds=t))


def test_somebody_who_stays_for_a_minute_takes_no_more_memory_than_for_a_while() -> None:
    door = pipeline(MarkEngine(), doorway=WALL)
    for n in range(300):
        door.process(at(n / 5, (160 + n % 3, 90)))
    (track,) = door.live
    assert track.last.t - track.sightings[0].t <= KEPT_S + 1.0
    assert track.number == 1


def test_an_empty_door_has_nothing_to_tell() -> None:
    door = pipeline(MarkEngine(), doorway=WALL)
    assert run(door, [at(n / 5, None) for n in range(25)]) == []
    assert door.tracks_seen == 0


def test_a_flicker_of_the_detector_is_no_track() -> None:
    door = pipeline(MarkEngine(), doorway=WALL)
    assert run(door, [at(n / 5, (160, 90) if n in (3, 4) else None) for n in range(25)]) == []
    assert door.tracks_seen == 0
    assert door.live == []


def test_what_ended_is_forgotten_by_door_and_gate() -> None:
    door = pipeline(MarkEngine(), doorway=WALL)
    for n in range(50):
        door.process(at(n / 5, (160, 90) if n < 20 else None))
    assert (door.live, door.gate.waiting, door.tracks_seen) == ([], [], 1)
