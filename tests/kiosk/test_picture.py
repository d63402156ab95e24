"""The contact sheet: who is shown, who is not, and that nothing is written over anything else."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from kiosk.picture import (
    Marked,
    Title,
    contact_sheet,
    frames_near,
    panel_boxes,
    party_colours,
    shown_instants,
    tag_box,
    write_png,
)
from kiosk.picture.canvas import Box, text_width
from kiosk.picture.panels import face_boxes_at, groups, without_strangers
from kiosk.types import Blind, Frame, KioskError
from recognition.types import Detection, Image
from tests.kiosk.arrivals import DOOR, STARTS_AT, arrival, face_at, ordered

WHOLE: Box = (0.0, 0.0, 1280.0, 720.0)


def nobody(image: Image) -> Sequence[Detection]:
    return []


def frame(t: float) -> Frame:
    board = np.indices((720, 1280)).sum(axis=0) % 2 * 255
    return Frame(image=np.repeat(board[..., None], 3, axis=2).astype(np.uint8), t=t, at=STARTS_AT)


def contrast(image: Image, face: Detection) -> float:
    left, top, right, bottom = face.box_xyxy_px.astype(int)
    return float(image[top:bottom, left:right].std())


AGENT = Marked(arrival=arrival(1, crossed_s=4.6, x=-0.7), name="经纪人甲", note="agent")
STRANGER = Marked(arrival=arrival(2, crossed_s=4.7, x=0.7), name=None, note="未知 unknown")


def test_a_face_with_a_name_is_shown_and_one_without_is_blurred() -> None:
    shown = without_strangers(frame(4.65), WHOLE, [AGENT, STRANGER], DOOR, nobody)
    assert contrast(shown, face_at(4.65, crossed_s=4.6, x=-0.7)) > 120
    assert contrast(shown, face_at(4.65, crossed_s=4.7, x=0.7)) < 10


@pytest.mark.parametrize(
    "t",
    [
        4.7,  # while crossing, 2 s after it was seen last
        3.4,  # between two sightings of the walk
        1.0,  # before it was ever detected, and before the walk was fitted
    ],
)
def test_a_stranger_is_blurred_where_the_walk_has_it_although_nothing_was_detected(t: float) -> None:
    lost = Marked(arrival=arrival(2, crossed_s=4.7, x=0.7, seen_s=(-2.2, -2.0)), name=None, note="")
    shown = without_strangers(frame(t), WHOLE, [lost], DOOR, nobody)
    assert contrast(shown, face_at(t, crossed_s=4.7, x=0.7)) < 20


def test_a_face_nobody_tracked_is_blurred_when_it_is_found() -> None:
    bystander = Detection(
        box_xyxy_px=np.array([600, 300, 640, 340], np.float32), landmarks_px=np.zeros((5, 2), np.float32), score=1.0
    )
    part: Box = (100.0, 50.0, 1100.0, 700.0)
    moved = bystander.moved(dx_px=-100, dy_px=-50)
    shown = without_strangers(frame(4.65), part, [AGENT], DOOR, lambda _: [moved])
    assert contrast(shown, moved) < 10


def test_the_face_of_somebody_with_a_name_may_be_found_again() -> None:
    again = face_at(4.65, crossed_s=4.6, x=-0.7)
    shown = without_strangers(frame(4.65), WHOLE, [AGENT], DOOR, lambda _: [again])
    assert contrast(shown, again) > 120


def test_somebody_who_has_passed_under_the_camera_is_nowhere_in_the_picture() -> None:
    assert face_boxes_at(arrival(1, crossed_s=1.0), DOOR, 9.0) == []


def test_crossings_within_half_a_second_share_a_picture() -> None:
    times = [4.6, 4.7, 5.75, 8.4, 11.5, 11.66]
    marked = [Marked(arrival=arrival(i, crossed_s=t), name=None, note="") for i, t in enumerate(times)]
    assert groups(marked) == [[0, 1], [2], [3], [4, 5]]
    assert shown_instants(marked) == pytest.approx([4.65, 5.75, 8.4, 11.58])


def test_the_frames_nearest_to_the_instants_are_taken() -> None:
    source: list[Frame | Blind] = [
        frame(0.0),
        frame(0.04),
        Blind(from_t=0.04, to_t=0.5, reason="decode error"),
        frame(0.5),
    ]
    assert [found.t for found in frames_near(source, [0.03, 0.2, 9.0])] == [0.04, 0.04, 0.5]


def test_a_source_without_a_frame_gives_no_picture() -> None:
    with pytest.raises(KioskError, match="no frame to show"):
        frames_near([], [1.0])


@pytest.mark.parametrize("count", [1, 2, 5])
def test_panels_lie_side_by_side_on_the_sheet_and_keep_their_proportions(count: int) -> None:
    parts: list[Box] = [(300.0 + 50 * i, 100.0, 700.0 + 80 * i, 690.0) for i in range(count)]
    placed = panel_boxes(parts, (1280, 720))
    for (part, box), wanted in zip(placed, parts, strict=True):
        assert 0 <= part[0] <= wanted[0]
        assert wanted[2] <= part[2] <= 1280
        assert (part[2] - part[0]) / (part[3] - part[1]) == pytest.approx((box[2] - box[0]) / (box[3] - box[1]))
    for (_, one), (_, two) in pairwise(placed):
        assert one[2] < two[0]
    assert placed[-1][1][2] <= 1600 - 48 + 1e-6


def test_labels_of_heads_that_are_close_never_overlap() -> None:
    panel: Box = (48.0, 104.0, 500.0, 560.0)
    taken: list[Box] = []
    for i in range(4):
        head = (200.0 + 15 * i, 300.0 - 7 * i, 240.0 + 15 * i, 350.0 - 7 * i)
        taken.append(tag_box(f"{i}  经纪人甲 Agent A", head, panel, taken))
    for one, two in combinations(taken, 2):
        assert one[2] <= two[0] or two[2] <= one[0] or one[3] <= two[1] or two[3] <= one[1]
    assert all(panel[0] <= tag[0] and tag[2] <= panel[2] for tag in taken)


def test_each_party_has_a_colour_of_its_own() -> None:
    marked = [Marked(arrival=arrival(i, crossed_s=i, party=p), name=None, note="") for i, p in enumerate("aab")]
    colours = party_colours(marked)
    assert list(colours) == ["a", "b"]
    assert len(set(colours.values())) == 2


def test_chinese_letters_are_drawn_and_not_replaced_by_empty_boxes() -> None:
    title = Title(left="经", right="")
    other = Title(left="鉴", right="")
    sheets = [contact_sheet([], DOOR, [], nobody, title=each) for each in (title, other)]
    assert text_width("经", 20) == text_width("鉴", 20)
    assert (sheets[0] != sheets[1]).any()


def test_a_sheet_shows_two_agents_their_close_call_and_no_stranger(tmp_path: Path) -> None:
    other = Marked(arrival=arrival(3, crossed_s=4.62, x=0.0), name="经纪人乙", note="agent", truth_s=4.6)
    marked = sorted([AGENT, STRANGER, other], key=lambda one: one.t)
    frames = [frame(t) for t in shown_instants(marked)]
    sheet = contact_sheet(
        marked,
        DOOR,
        frames,
        nobody,
        title=Title(left="门鉴", right="demo"),
        close=ordered(AGENT.arrival, other.arrival),
    )
    write_png(sheet, tmp_path / "sheet.png")
    assert sheet.shape[1] == 1600
    read = cv2.imread(str(tmp_path / "sheet.png"))
    assert read is not None
    assert (read == sheet).all()


def test_a_sheet_that_cannot_be_written_names_its_file(tmp_path: Path) -> None:
    with pytest.raises(KioskError, match=r"missing/sheet\.png: cannot be written \(No such file"):
        write_png(np.zeros((4, 4, 3), np.uint8), tmp_path / "missing" / "sheet.png")
