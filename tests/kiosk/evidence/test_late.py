"""Somebody whose face is found late, on the rendered film: the head is covered from the start, and little besides."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from kiosk.blur import head_box
from kiosk.evidence.veil import BEFORE_S, Trail
from kiosk.types import Blind, Frame
from kiosk.watch import DoorWatch
from tests.kiosk.rendered import CROSSED_S, DOOR, SECOND, WitnessEngine

SPEED_MPS, HEIGHT_M, ALONG_M = 1.2, 1.62, 0.4
"""How the one who comes in second walks (see `tests.kiosk.rendered`)."""

FOUND_S = BEFORE_S + 0.3
"""When the face is found."""


def head_px(t: float) -> NDArray[np.float64]:
    """(2, 2) middle between the eyes and top of the head at ``t``; the eyes are at 93.6 % of the height."""
    depth_m = DOOR.threshold.left[1] + SPEED_MPS * (CROSSED_S[SECOND] - t)
    return DOOR.camera.project([[ALONG_M, share * HEIGHT_M, depth_m] for share in (0.936, 1.0)])


@pytest.fixture
def late(frames: list[Frame | Blind], witness: WitnessEngine) -> Trail:
    """What the door saw of that face from `FOUND_S` on."""
    watch = DoorWatch(DOOR, witness)
    taken = [frame for frame in frames if isinstance(frame, Frame)]
    tracks = [*(track for frame in taken for track in watch.update(frame)), *watch.finish()]
    last = max(tracks, key=lambda track: track.last.t)
    return Trail.of(1, [(one.t, one.face.box_xyxy_px) for one in last.sightings if one.t >= FOUND_S])


def test_the_whole_head_is_covered_before_the_face_was_found(frames: list[Frame | Blind], late: Trail) -> None:
    earlier = [frame.t for frame in frames if isinstance(frame, Frame) and frame.t < late.t[0]]
    assert late.t[0] - earlier[0] > BEFORE_S
    for t in earlier:
        heads = np.array([head_box(box) for box in late.covering(t)])
        for x, y in head_px(t):
            assert any(left < x < right and top < y < bottom for left, top, right, bottom in heads)
        assert np.prod(heads[:, 2:] - heads[:, :2], axis=1).sum() < 0.03 * DOOR.camera.width * DOOR.camera.height
