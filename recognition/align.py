"""How a face is laid into a crop of fixed size, so that every face is looked at in the same place and scale."""

from __future__ import annotations

import cv2
import numpy as np

from recognition.types import FloatArray, Image

CROP_PX = 112
ARCFACE_PX = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]], np.float32
)
"""Where ArcFace wants the five landmarks in its 112 x 112 input (insightface.utils.face_align)."""


def aligned_crop(image: Image, landmarks_px: FloatArray) -> Image:
    """The (112, 112, 3) crop in which the face stands as ArcFace wants it.

    ``landmarks_px`` (5, 2). Least-squares similarity transform (Umeyama 1991, IEEE TPAMI 13(4)), without reflection.

    >>> grey = np.full((112, 112, 3), 7, np.uint8)
    >>> bool((aligned_crop(grey, ARCFACE_PX) == grey).all())
    True
    """
    centre, target_centre = landmarks_px.mean(axis=0), ARCFACE_PX.mean(axis=0)
    source, target = landmarks_px - centre, ARCFACE_PX - target_centre
    norm = max(float((source**2).sum()), 1e-9)
    a = float((source * target).sum()) / norm
    b = float((source[:, 0] * target[:, 1] - source[:, 1] * target[:, 0]).sum()) / norm
    turn = np.array([[a, -b], [b, a]])
    transform = np.column_stack([turn, target_centre - turn @ centre])
    return cv2.warpAffine(image, transform, (CROP_PX, CROP_PX)).astype(np.uint8, copy=False)
