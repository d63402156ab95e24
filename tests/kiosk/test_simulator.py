"""Rendered scenes: their truth is what the pictures show."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.doorway import Camera, Doorway, Threshold, load_doorway
from kiosk.simulator import (
    DEMO_PEOPLE,
    Clothes,
    FacePhoto,
    Head,
    Scene,
    Walker,
    cut_head,
    demo_scene,
    frames,
    random_doorway,
    random_scene,
    truth,
    write_scene,
)
from kiosk.simulator.casting import faces_in_view
from kiosk.simulator.gait import pose
from kiosk.simulator.scene import on_sill
from kiosk.types import KioskError

EYE_GREEN = (40, 250, 40)
DOOR = Doorway(
    door="main",
    camera=Camera(width=640, height=360, hfov_deg=66.0, height_m=2.3, pitch_deg=18.0, roll_deg=1.0),
    threshold=Threshold(left=(-1.0, 2.9), right=(1.0, 3.0)),
    inward="toward_camera",
)


def photo() -> FacePhoto:
    """A stand-in for a photograph: a grey face with green eyes, slightly rolled."""
    image = np.full((260, 220, 3), 150, np.uint8)
    eyes = np.array([[80, 118], [140, 124]], np.float32)
    for x, y in eyes:
        cv2.circle(image, (round(float(x)), round(float(y))), 6, EYE_GREEN, -1)
    return FacePhoto(image=image, eyes_px=eyes)


@pytest.fixture(scope="module")
def head() -> Head:
    return cut_head(photo())


GREY = (110.0, 110.0, 110.0)
CLOTHES = Clothes(top=GREY, under=GREY, trousers=GREY, shoes=GREY, cut="pullover")


def walker(head: Head, *, who: str = "a", at_s: float = 2.0) -> Walker:
    return Walker(
        who=who,
        head=head,
        clothes=CLOTHES,
        height_m=1.7,
        eye_distance_m=0.063,
        speed_mps=1.2,
        at_s=at_s,
        along_m=0.1,
    )


def scene(*walkers: Walker, fps: int = 25, duration_s: float = 3.0) -> Scene:
    return Scene(doorway=DOOR, fps=fps, duration_s=duration_s, walkers=walkers, seed=5, noise=0.0, flicker=0.0)


@settings(deadline=None, max_examples=40)
@given(
    speed=st.floats(0.7, 1.7),
    heading=st.floats(-10, 10),
    surge=st.floats(0, 0.12),
    drift=st.floats(0, 0.1),
    at=st.floats(1, 9),
    along=st.floats(-0.8, 0.8),
)
def test_the_body_axis_is_over_the_sill_at_the_instant_of_the_truth_and_only_then(
    speed: float, heading: float, surge: float, drift: float, at: float, along: float
) -> None:
    someone = replace(
        walker(Head(levels=(), skin=GREY, hair=GREY)),
        speed_mps=speed,
        heading_deg=heading,
        surge_m=surge * speed * 3 / 6.3,
        drift_m=drift,
        at_s=at,
        along_m=along,
        phase=1.0,
    )
    beyond = [DOOR.threshold.ahead_m(on_sill(DOOR.threshold, someone.course(at + dt))) for dt in (-0.04, 0.0, 0.04)]
    assert beyond[0] > 0.01
    assert beyond[1] == pytest.approx(0, abs=1e-9)
    assert beyond[2] < -0.01
    assert someone.direction == "in"


def test_a_foot_that_carries_the_body_stays_where_it_is(head: Head) -> None:
    someone = replace(walker(head), speed_mps=1.4, surge_m=0.05, drift_m=0.05, height_m=1.8)
    stood, longest = 0, 0.0
    for parity in (0, 1):
        before = None
        for t in np.arange(0.0, 3.0, 0.02):
            leg = pose(someone, DOOR.threshold, float(t)).legs[parity]
            if leg.planted and before is not None and before.planted:
                assert np.abs((leg.heel + leg.toe - before.heel - before.toe)[[0, 2]]).max() / 2 < 0.002
                stood += 1
            longest = max(longest, leg.ahead_m)
            before = leg
    assert stood > 100
    assert 0.2 < longest < 0.36


def test_one_foot_always_stands_on_the_floor_and_none_sinks_into_it(head: Head) -> None:
    for t in np.arange(0.0, 3.0, 0.05):
        legs = pose(walker(head), DOOR.threshold, float(t)).legs
        assert any(leg.planted and leg.heel[1] == 0 for leg in legs)
        assert min(leg.heel[1] for leg in legs) >= 0


def test_eyes_have_the_walkers_own_distance_and_height(head: Head) -> None:
    someone = replace(walker(head), eye_distance_m=0.0655, bob_m=0.02, height_m=1.6)
    eyes = np.array([pose(someone, DOOR.threshold, float(t)).eyes for t in np.arange(0.0, 3.0, 0.02)])
    assert np.linalg.norm(eyes[:, 1] - eyes[:, 0], axis=1) == pytest.approx(0.0655)
    heights = eyes.mean(axis=1)[:, 1]
    assert heights.mean() == pytest.approx(1.49, abs=0.003)
    assert np.ptp(heights) == pytest.approx(0.02, abs=0.001)


def test_the_photographs_eyes_are_drawn_where_the_camera_sees_the_walkers_eyes(head: Head) -> None:
    someone = walker(head)
    checked = 0
    for number, image in enumerate(frames(scene(someone))):
        eyes = DOOR.camera.project(pose(someone, DOOR.threshold, number / 25).eyes)
        apart = np.hypot(*(eyes[1] - eyes[0]))
        if apart < 9 or eyes[:, 1].max() > 340:
            continue
        for at in eyes:
            x, y = (round(float(v)) for v in at)
            reach = round(apart * 0.3)
            part = image[y - reach : y + reach + 1, x - reach : x + reach + 1].astype(float)
            green = np.clip(part[..., 1] - part[..., [0, 2]].max(axis=2) - 15, 0, None)
            rows, columns = np.mgrid[y - reach : y + reach + 1, x - reach : x + reach + 1]
            seen = (columns * green).sum() / green.sum(), (rows * green).sum() / green.sum()
            assert seen == pytest.approx(tuple(at), abs=0.35)
            checked += 1
    assert checked > 20


def test_the_nearer_person_hides_the_one_behind(head: Head) -> None:
    red, blue = (20.0, 20.0, 230.0), (230.0, 20.0, 20.0)
    near = replace(walker(head, at_s=1.0), clothes=replace(CLOTHES, top=red), height_m=1.9)
    far = replace(walker(head, at_s=1.8), clothes=replace(CLOTHES, top=blue), height_m=1.6)
    for order in ((near, far), (far, near)):
        image = next(frames(scene(*order)))
        chest = DOOR.camera.project(pose(near, DOOR.threshold, 0.0).at(up_m=1.2))
        assert image[round(chest[1]), round(chest[0]) + 3].argmax() == 2


def test_truth_lists_who_came_in_and_puts_the_others_apart(head: Head) -> None:
    cast = (
        walker(head, who="second", at_s=2.5),
        walker(head, who="first", at_s=1.5),
        replace(walker(head, who="leaves"), heading_deg=180.0),
        replace(walker(head, who="passes"), heading_deg=90.0, beyond_m=1.5),
    )
    told = truth(scene(*cast))
    assert [(p["who"], p["crossed_s"]) for p in told["people"]] == [("first", 1.5), ("second", 2.5)]
    assert told["others"] == [{"who": "leaves", "direction": "out"}, {"who": "passes", "direction": "past"}]


def test_somebody_who_passes_never_comes_to_the_sill(head: Head) -> None:
    passer = replace(walker(head), heading_deg=-90.0, beyond_m=1.2)
    places = on_sill(DOOR.threshold, passer.course(np.arange(0, 10, 0.1)))
    assert DOOR.threshold.ahead_m(places) == pytest.approx(1.2)


@pytest.mark.parametrize("seed", range(12))
def test_drawn_cameras_see_faces_before_and_after_the_sill(seed: int) -> None:
    door = random_doorway(np.random.default_rng(seed))
    assert faces_in_view(door.camera, door.threshold)
    assert 2.0 <= door.camera.height_m <= 2.8
    assert 5 <= door.camera.pitch_deg <= 25


def test_a_camera_that_looks_at_the_ceiling_is_not_taken() -> None:
    camera = Camera(width=640, height=360, hfov_deg=66.0, height_m=2.3, pitch_deg=-25.0)
    assert not faces_in_view(camera, DOOR.threshold)


def test_a_seed_fixes_the_scene_and_another_changes_it() -> None:
    faces = {who: [photo(), photo()] for who in "abcd"}
    first, again, other = (random_scene(seed, faces) for seed in (7, 7, 8))
    assert truth(first) == truth(again)
    assert truth(first) != truth(other)
    assert (next(frames(first)) == next(frames(again))).all()


def test_a_random_scene_stays_within_its_ranges() -> None:
    faces = {who: [photo()] for who in "abcde"}
    for seed in range(6):
        drawn = random_scene(seed, faces, people=(2, 3), doorway=DOOR, others=0.0)
        times = sorted(w.at_s for w in drawn.walkers)
        assert len(times) in (2, 3)
        assert len({w.who for w in drawn.walkers}) == len(times)
        assert all(0.05 <= gap <= 3.0 for gap in np.diff(times))
        assert all(1.5 <= w.height_m <= 1.9 and 0.7 <= w.speed_mps <= 1.7 for w in drawn.walkers)
        assert drawn.fps in (10, 15, 25, 30)


def test_no_scene_without_faces() -> None:
    with pytest.raises(KioskError, match="at least one face"):
        random_scene(1, {})


def test_a_written_scene_has_exact_times_its_truth_and_its_doorway(tmp_path: Path, head: Head) -> None:
    made = scene(walker(head), fps=15, duration_s=1.0)
    write_scene(made, tmp_path / "scene-00.mp4")
    assert {path.name for path in tmp_path.iterdir()} == {"scene-00.mp4", "scene-00.json", "scene-00.doorway.yaml"}
    with av.open(str(tmp_path / "scene-00.mp4")) as container:
        times = [frame.time for frame in container.decode(video=0)]
    assert times == pytest.approx([number / 15 for number in range(15)], abs=1e-6)
    assert load_doorway(tmp_path / "scene-00.doorway.yaml").model_dump() == DOOR.model_dump()
    assert json.loads((tmp_path / "scene-00.json").read_text())["others"] == [{"who": "a", "direction": "in"}]


def test_a_scene_that_cannot_be_written_leaves_nothing_and_names_the_file(tmp_path: Path, head: Head) -> None:
    with pytest.raises(KioskError, match=r"missing/scene-00\.mp4: cannot be written"):
        write_scene(scene(walker(head), duration_s=0.2), tmp_path / "missing" / "scene-00.mp4")
    assert list(tmp_path.iterdir()) == []


def test_the_demo_has_a_close_call_of_two_agents_and_a_party_of_two_strangers() -> None:
    made = demo_scene({who: [photo()] for who in "abcdef"})
    people = truth(made)["people"]
    assert [p["who"] for p in people] == list("abcdef")
    assert 0.05 <= people[1]["crossed_s"] - people[0]["crossed_s"] <= 0.15
    assert people[4]["party"] == people[5]["party"] is not None
    assert [part.role for part in DEMO_PEOPLE] == ["agent", "agent", "customer", "customer", "stranger", "stranger"]
    assert 12 <= made.duration_s <= 16
    assert faces_in_view(made.doorway.camera, made.doorway.threshold)


def test_the_demo_needs_six_people() -> None:
    with pytest.raises(KioskError, match="needs 6 people, there are 1"):
        demo_scene({"a": [photo()]})
