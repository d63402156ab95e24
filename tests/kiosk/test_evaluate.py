"""The door's own measurement: figures that can be worked out by hand, and faults of a scene folder."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from kiosk.crossing import Crossing
from kiosk.doorway import DoorwayError
from kiosk.evaluate import Pairing, Person, Report, Scene, Truth, TruthError, report, scenes_in
from kiosk.identity import Identity
from kiosk.pipeline import Arrival
from kiosk.smoother import Walk
from tests.kiosk.walks import DOOR, sightings_of, straight

DOORWAY_JSON = json.dumps(
    {"width": 1280, "height": 720, "fps": 25, "hfov_deg": 62.0, "height_m": 2.3, "pitch_deg": 12.0, "threshold_m": 2.6}
)


def arrival(who: str, t: float, *, sigma_s: float = 0.03, identity: Identity | None = None) -> Arrival:
    walk = Walk(
        knots_t=np.arange(2.0),
        floor_xz_m=np.zeros((2, 2)),
        covariance=np.zeros((4, 4)),
        eye_height_m=1.6,
        eye_height_sigma_m=0.01,
        soles_used=0.0,
    )
    crossing = Crossing(t=t, sigma_s=sigma_s, direction="in", floor_xz_m=np.zeros(2), speed=1.2, walk=walk)
    return Arrival(
        id=who,
        door="main",
        crossing=crossing,
        at=datetime(2026, 3, 1, tzinfo=UTC),
        identity=identity or Identity(status="known", person=who, score=0.9),
        party="p",
        track=1,
        sightings=tuple(sightings_of(straight(), seconds=(0.0, 1.0))),
    )


def scored(*hits: tuple[Arrival, float], missed: int = 0, invented: int = 0) -> Report:
    people = tuple(Person(who=each.id, crossed_s=truth) for each, truth in hits)
    scene = Scene(video=Path("scene-00.mp4"), doorway=DOOR, truth=Truth(people=people))
    paired = tuple(zip([each for each, _ in hits], people, strict=True))
    return report([Pairing(scene=scene, hits=paired, missed=missed, invented=invented)], frozenset({"a", "b"}))


def test_errors_gaps_and_coverage_are_those_worked_out_by_hand() -> None:
    told = scored((arrival("a", 5.02), 5.0), (arrival("b", 6.10), 6.0))
    timing = next(row for row in told.timings if row.method == "with feet")
    assert (timing.crossings, timing.pairs) == (2, 1)
    assert timing.bias_s == pytest.approx(0.06)
    assert timing.mae_s == pytest.approx(0.06)
    assert timing.gap_mae_s == pytest.approx(0.08)
    assert timing.coverage == 0.5  # 0.02 lies within 1.96 sigma of 0.03, 0.10 does not


def test_what_two_errors_have_in_common_cancels_in_the_gap() -> None:
    told = scored((arrival("a", 5.05), 5.0), (arrival("b", 6.05), 6.0))
    timing = next(row for row in told.timings if row.method == "with feet")
    assert timing.bias_s == pytest.approx(0.05)
    assert timing.gap_mae_s == pytest.approx(0.0)


@pytest.mark.parametrize(
    ("times", "truths", "counts"),
    [
        ((5.0, 6.0), (5.0, 6.0), (1, 0, 0)),  # before, and right
        ((5.0, 6.0), (6.0, 5.0), (0, 1, 0)),  # before, and wrong
        ((5.0, 5.02), (5.0, 5.02), (0, 0, 1)),  # too close to say
        ((5.0, 15.0), (5.0, 15.0), (0, 0, 0)),  # too far apart to dispute
    ],
)
def test_verdicts_are_counted_against_the_truth(
    times: Sequence[float], truths: Sequence[float], counts: tuple[int, int, int]
) -> None:
    told = scored((arrival("a", times[0]), truths[0]), (arrival("b", times[1]), truths[1])).orders
    assert (told.before_right, told.before_wrong, told.simultaneous) == counts


def test_identities_are_counted_for_the_enrolled_only() -> None:
    told = scored(
        (arrival("a", 5.0), 5.0),
        (arrival("b", 6.0, identity=Identity(status="known", person="a")), 6.0),
        (arrival("stranger", 7.0, identity=Identity(status="known", person="a")), 7.0),
    ).identities
    assert (told.right, told.wrong, told.uncertain, told.unknown) == (1, 1, 0, 0)


def test_misses_and_inventions_are_added_up() -> None:
    told = scored(missed=2, invented=1)
    assert (told.missed, told.invented, told.scenes) == (2, 1, 1)
    assert np.isnan(told.timings[0].mae_s)


def test_a_folder_of_scenes_is_read_with_truth_and_doorway(tmp_path: Path) -> None:
    (tmp_path / "scene-00.mp4").touch()
    (tmp_path / "scene-00.json").write_text('{"people": [{"who": "a", "crossed_s": 5.0, "speed": 1.2}], "fps": 25}')
    (tmp_path / "doorway.json").write_text(DOORWAY_JSON)
    (scene,) = scenes_in(tmp_path)
    assert [(person.who, person.crossed_s) for person in scene.truth.people] == [("a", 5.0)]
    assert scene.doorway.threshold.left == (-1.0, 2.6)


@pytest.mark.parametrize(
    ("truth", "said"),
    [
        (None, "scene-00.json: the truth of scene-00.mp4 is missing"),
        ("{", "scene-00.json: not JSON"),
        ("[]", "scene-00.json: "),
        ('{"persons": []}', "scene-00.json: people"),
        ('{"people": [{"who": "a"}]}', "scene-00.json: people.0.crossed_s"),
        ('{"people": [{"who": "a", "crossed_s": "late"}]}', "scene-00.json: people.0.crossed_s"),
        ('{"people": [{"who": "", "crossed_s": 1}]}', "scene-00.json: people.0.who"),
        ("\udcff", "scene-00.json: not JSON"),
    ],
)
def test_a_faulty_truth_is_one_line_with_file_and_key(tmp_path: Path, truth: str | None, said: str) -> None:
    (tmp_path / "scene-00.mp4").touch()
    (tmp_path / "doorway.json").write_text(DOORWAY_JSON)
    if truth is not None:
        (tmp_path / "scene-00.json").write_bytes(truth.encode("utf-8", "surrogateescape"))
    with pytest.raises(TruthError) as raised:
        scenes_in(tmp_path)
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_folder_without_scenes_says_how_to_make_some(tmp_path: Path) -> None:
    with pytest.raises(TruthError, match=r"no scene-\*\.mp4 here; make some with 'menjian simulate'"):
        scenes_in(tmp_path)


def test_a_scene_without_doorway_says_so(tmp_path: Path) -> None:
    (tmp_path / "scene-00.mp4").touch()
    with pytest.raises(DoorwayError, match="no such doorway file"):
        scenes_in(tmp_path)
