"""A head cut out of a photograph, with its eyes at a known place, at several sizes."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.simulator.faces import FacePhoto
from recognition.types import Image

EYE_PX = 72.0
"""Distance between the eyes in the largest level of a head's pyramid."""
CANVAS_PX = (288, 384)
EYES_AT_PX = (144.0, 190.0)
MOST_STRETCH = 1.15
"""A face that looks aside, stretched across by more than this, is no face to a detector any more."""
MOST_ASIDE = 0.35
COARSE = 3
"""How much smaller than the canvas the search for the hair's outline works."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Head:
    """A head without its background: a pyramid of (H, W, 4) premultiplied BGR and alpha uint8, halved each level.

    ``skin`` and ``hair`` are mean colours (blue, green, red). Level 0 has its eyes ``EYE_PX`` apart.
    """

    levels: tuple[Image, ...]
    skin: tuple[float, float, float]
    hair: tuple[float, float, float]


def cut_head(photo: FacePhoto) -> Head:
    """The head of a photograph, laid on the canvas by the similarity that puts both eyes in their place."""
    canvas = _aligned(photo)
    alpha = _matte(canvas, photo)
    levels = [np.dstack([canvas * alpha[..., None], alpha * 255.0]).round().astype(np.uint8)]
    while min(levels[-1].shape[:2]) > 24:
        half = cv2.resize(levels[-1], None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        levels.append(np.asarray(half, np.uint8))
    x, y = (round(v) for v in EYES_AT_PX)
    return Head(
        levels=tuple(levels),
        skin=_mean(canvas[y + 35 : y + 65, x - 28 : x + 28]),
        hair=_mean(canvas[y - 120 : y - 85, x - 28 : x + 28]),
    )


def similarity(source_eyes: NDArray[np.floating], target_eyes: NDArray[np.floating]) -> NDArray[np.float64]:
    """(2, 3) similarity that takes two source points (2, 2) exactly onto two target points (2, 2).

    >>> similarity(np.array([[0, 0], [1, 0]]), np.array([[5, 5], [5, 7]])).tolist()
    [[0.0, -2.0, 5.0], [2.0, 0.0, 5.0]]
    """
    (p, q), (a, b) = (np.asarray(eyes, np.float64) @ np.array([1, 1j]) for eyes in (source_eyes, target_eyes))
    turn = (b - a) / (q - p)
    shift = a - turn * p
    return np.array([[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]])


def canvas_eyes(level: int = 0) -> NDArray[np.float64]:
    """(2, 2) eye centres, px, on that level of a head's pyramid; a pixel's centre is at whole coordinates."""
    x, y = EYES_AT_PX
    eyes = np.array([[x - EYE_PX / 2, y], [x + EYE_PX / 2, y]])
    return np.asarray((eyes + 0.5) / 2**level - 0.5, np.float64)


def _aligned(photo: FacePhoto) -> Image:
    matrix = similarity(photo.eyes_px, canvas_eyes())
    matrix[1] = (matrix[1] - (0, 0, EYES_AT_PX[1])) / min(photo.turned, MOST_STRETCH) + (0, 0, EYES_AT_PX[1])
    scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    image = photo.image
    if scale < 0.5:
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), 0.4 / scale), np.uint8)
    laid = cv2.warpAffine(image, matrix, CANVAS_PX, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(laid, np.uint8)


def _matte(canvas: Image, photo: FacePhoto) -> NDArray[np.float32]:
    """Alpha (H, W) 0..1: the face for sure, what GrabCut takes for hair about it, and a soft edge. The head
    of a face that looks aside lies to the other side of its eyes."""
    size = max(1.0, photo.turned / MOST_STRETCH)
    x = EYES_AT_PX[0] - EYE_PX * float(np.clip(photo.aside, -MOST_ASIDE, MOST_ASIDE))
    small = cv2.resize(canvas, None, fx=1 / COARSE, fy=1 / COARSE, interpolation=cv2.INTER_AREA)
    marks = np.full(small.shape[:2], cv2.GC_BGD, np.uint8)
    _head_oval(marks, x, size, -6, (118, 166), cv2.GC_PR_BGD)
    _head_oval(marks, x, size, -4, (98, 138), cv2.GC_PR_FGD)
    _head_oval(marks, x, size, -5, (86, 132), cv2.GC_FGD)
    cv2.setRNGSeed(1)
    cv2.grabCut(small, marks, (0, 0, 1, 1), np.zeros((1, 65)), np.zeros((1, 65)), 3, cv2.GC_INIT_WITH_MASK)
    found = np.isin(marks, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.float32)
    rounded = cv2.morphologyEx(found, cv2.MORPH_OPEN, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5)))
    limit = np.zeros(small.shape[:2], np.float32)
    _head_oval(limit, x, size, -6, (108, 148), 1.0)
    soft = cv2.GaussianBlur(rounded, (0, 0), 3.5 / COARSE) * cv2.GaussianBlur(limit, (0, 0), 6.0 / COARSE)
    return np.asarray(cv2.resize(soft, CANVAS_PX, interpolation=cv2.INTER_CUBIC).clip(0, 1), np.float32)


def _head_oval(
    mask: NDArray[np.uint8] | NDArray[np.float32],
    x: float,
    size: float,
    below_eyes: int,
    half_axes: tuple[int, int],
    value: float,
) -> None:
    """Fill an upright oval, given in pixels of the canvas, into a mask ``COARSE`` times smaller."""
    centre = round(x / COARSE), round((EYES_AT_PX[1] + below_eyes) / COARSE)
    axes = round(half_axes[0] * size / COARSE), round(half_axes[1] * size / COARSE)
    cv2.ellipse(mask, centre, axes, 0, 0, 360, value, -1)


def _mean(patch: Image) -> tuple[float, float, float]:
    blue, green, red = np.median(patch.reshape(-1, 3), axis=0).tolist()
    return blue, green, red
