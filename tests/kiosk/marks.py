"""A wall with red squares for faces, and an engine that sees nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np

from kiosk.doorway import Camera, Doorway, Threshold
from recognition.types import Detection, Image, Template
from tests.kiosk.walks import face_at

WALL = Doorway(
    door="main",
    camera=Camera(width=320, height=180, hfov_deg=66.0, height_m=1.6, pitch_deg=0.0),
    threshold=Threshold(left=(-1.0, 2.0), right=(1.0, 2.0)),
    inward="toward_camera",
)


def wall(*marks_px: tuple[int, int], side: int = 16) -> Image:
    """(180, 320, 3) grey with a red square, ``side`` px wide, around each of the points."""
    image = np.full((180, 320, 3), 128, np.uint8)
    for x, y in marks_px:
        cv2.rectangle(image, (x - side // 2, y - side // 2), (x + side // 2 - 1, y + side // 2 - 1), (30, 30, 220), -1)
    return image


@dataclass
class MarkEngine:
    """Takes every red square for a face as wide as it; keeps the sizes of the pictures it was shown."""

    pack: str = "mark-00000000"
    best_face_px: float = 40.0
    least_face_px: float = 20.0
    shown: list[tuple[int, int]] = field(default_factory=list)

    def detect(self, image: Image) -> list[Detection]:
        self.shown.append((image.shape[1], image.shape[0]))
        red = (image[:, :, 2] > 180) & (image[:, :, 1] < 70)
        _, _, stats, _ = cv2.connectedComponentsWithStats(red.astype(np.uint8))
        return [face_at(np.array([x + w / 2, y + h / 2]), w / 2.2) for x, y, w, h, _ in stats[1:].tolist() if w >= 4]

    def embed(self, image: Image, detections: Sequence[Detection]) -> list[Template]:
        return [Template(vector=np.array([1, 0], np.float32), pack=self.pack) for _ in detections]
