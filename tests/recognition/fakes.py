"""Stand-ins for engines, and builders with defaults."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from recognition.align import ARCFACE_PX
from recognition.types import Detection, Image, Template, unit

PACK = "fake-00000000"


def template(*numbers: float, pack: str = PACK) -> Template:
    return Template(vector=unit(np.array(numbers, np.float32)), pack=pack)


def face(*, left: float = 0, top: float = 0, width: float = 112, score: float = 0.9) -> Detection:
    """A frontal face whose box is ``width`` px wide (112: the eyes are 35 px apart)."""
    scale = width / 112
    box = np.array([left, top, left + width, top + width], np.float32)
    return Detection(
        box_xyxy_px=box,
        landmarks_px=ARCFACE_PX * np.float32(scale) + np.array([left, top], np.float32),
        score=score,
    )


@dataclass
class FakeEngine:
    """Finds the given faces, where they stand in an image ``long_side`` px long, whatever scale it is shown in."""

    faces: Sequence[Detection] = ()
    long_side: int = 640
    smallest_px: float = 0.0
    largest_px: float = 1e9
    pack: str = PACK
    best_face_px: float = 100.0
    least_face_px: float = 50.0
    embedded: list[int] = field(default_factory=list)

    def detect(self, image: Image) -> list[Detection]:
        shown = [each.moved(scale=max(image.shape[:2]) / self.long_side) for each in self.faces]
        return [each for each in shown if self.smallest_px <= np.ptp(each.box_xyxy_px[::2]) <= self.largest_px]

    def embed(self, image: Image, detections: Sequence[Detection]) -> list[Template]:
        self.embedded.append(len(detections))
        return [template(*image.mean(axis=(0, 1)).tolist(), pack=self.pack) for _ in detections]
