"""Value types shared by the engines, the gallery and the door: images, detections, templates.

Coordinates are pixels of the image that was passed in, x to the right, y down, origin at its top-left corner.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
"""(H, W, 3) uint8, blue-green-red, as OpenCV reads it."""

FloatArray = NDArray[np.float32]


def unit(vector: FloatArray) -> FloatArray:
    """``vector`` (D,) scaled to length one, float32; a zero vector stays zero.

    >>> unit(np.array([3.0, 4.0], np.float32)).round(3).tolist()
    [0.6000000238418579, 0.800000011920929]
    """
    length = float(np.linalg.norm(vector))
    return (vector / length if length else vector).astype(np.float32)


class RecognitionError(Exception):
    """Base of every error this package raises on purpose; its text is one line for the user."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Detection:
    """One face found in an image.

    ``box_xyxy_px`` (4,) float32: left, top, right, bottom, px.
    ``landmarks_px`` (5, 2) float32, x then y, px, in the order of the picture as it is seen:
    left eye centre, right eye centre, nose tip, left mouth corner, right mouth corner.
    ``score`` the detector's own confidence, higher is better; comparable within one engine only.
    """

    box_xyxy_px: FloatArray
    landmarks_px: FloatArray
    score: float

    def moved(self, *, scale: float = 1.0, dx_px: float = 0.0, dy_px: float = 0.0) -> Detection:
        """The same face in another image's pixels: ``new = old * scale + (dx, dy)``.

        >>> d = Detection(box_xyxy_px=np.float32([0, 0, 4, 4]), landmarks_px=np.zeros((5, 2), np.float32), score=1.0)
        >>> d.moved(scale=2, dx_px=10).box_xyxy_px.tolist()
        [10.0, 0.0, 18.0, 8.0]
        """
        shift = np.array([dx_px, dy_px], np.float32)
        return Detection(
            box_xyxy_px=(self.box_xyxy_px.reshape(2, 2) * np.float32(scale) + shift).reshape(4),
            landmarks_px=self.landmarks_px * np.float32(scale) + shift,
            score=self.score,
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Template:
    """A face as one pack sees it: ``vector`` (D,) float32 of unit length, and the ``pack`` id that made it.

    Templates of different packs live in different spaces and are never compared.
    """

    vector: FloatArray
    pack: str


class FaceEngine(Protocol):
    """What the door needs from a face engine. Finding a face and making a template are separate on purpose:
    the consent gate decides whether ``embed`` may be called at all."""

    @property
    def pack(self) -> str:
        """Id of the pack, stable across machines: name and the first eight hex digits of its files' hash."""

    @property
    def best_face_px(self) -> float:
        """Face width (px) at which the detector works best; the door scales the regions it asks about to it."""

    @property
    def least_face_px(self) -> float:
        """Face width (px) from which the detector finds most faces: enough to discover one, too small to measure it."""

    def detect(self, image: Image) -> list[Detection]:
        """Faces in an (H, W, 3) BGR uint8 image, best score first, in its pixels, at the image's own scale."""

    def embed(self, image: Image, detections: Sequence[Detection]) -> list[Template]:
        """One template per detection, in order."""
