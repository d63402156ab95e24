"""Photographs of faces for rendered scenes: from a folder, or from the group picture in InsightFace's package."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from insightface.data import get_image

from kiosk.types import KioskError
from recognition.types import Detection, FaceEngine, FloatArray, Image

PHOTO_SUFFIXES = (".jpg", ".jpeg", ".png")
GROUP_PICTURE = "t1"
"""Six people around a table, some turned half aside; faces about 100 px wide."""
BOX_PER_EYES = 2.5
"""Height of dlib's face box over the distance of the eyes in faces that look ahead: 2.0 to 2.4 by its steps of size."""
MARGIN = 0.75
"""Kept around a face cut from the group picture, over the width of its box."""


@dataclass(frozen=True, kw_only=True, eq=False)
class FacePhoto:
    """A photograph with one face in it: (H, W, 3) BGR uint8, and where its eyes are.

    ``eyes_px`` (2, 2) float32: centre of the left eye in the picture, then of the right one, x and y. ``turned`` is how
    much closer together they are than the face's size says, because it looks aside (1: it looks ahead); ``aside`` is
    how far the nose lies to the right of the middle between the eyes, over their distance.
    """

    image: Image
    eyes_px: FloatArray
    turned: float = 1.0
    aside: float = 0.0


Faces = Mapping[str, Sequence[FacePhoto]]
"""Who, and their photographs: the first is the one they enrol with, the others are seen at the door."""


def find_face(image: Image, engine: FaceEngine, name: str) -> FacePhoto:
    """The photograph with the eyes of its best face.

    Raises KioskError naming the photograph when the engine sees no face in it.
    """
    found = engine.detect(image)
    if not found:
        raise KioskError(f"{name}: no face found; give a photograph that shows one person's face from the front")
    return _face_photo(image, found[0])


def folder_faces(folder: Path, engine: FaceEngine, *, per_person: int = 4) -> Faces:
    """Photographs from ``folder/<who>/*.jpg``, the first ``per_person`` of each person in order of their names.

    Raises KioskError when the folder holds nobody, or a photograph cannot be read or shows no face.
    """
    faces: dict[str, tuple[FacePhoto, ...]] = {}
    for person in sorted(path for path in folder.glob("*") if path.is_dir()):
        paths = sorted(path for path in person.iterdir() if path.suffix.lower() in PHOTO_SUFFIXES)[:per_person]
        if paths:
            faces[person.name] = tuple(find_face(_read(path), engine, str(path)) for path in paths)
    if not faces:
        raise KioskError(f"{folder}: no photographs; expected <who>/*.jpg, one folder for each person")
    return faces


def group_faces(engine: FaceEngine) -> Faces:
    """The people of the group picture from left to right as ``person-1``, ``person-2`` and so on; each has the face
    as it was taken and two variations of it (light, contrast, perspective, sharpness, noise, compression).

    Raises KioskError when the engine finds fewer than six people in it.
    """
    picture = np.asarray(get_image(GROUP_PICTURE), np.uint8)
    found = sorted(engine.detect(picture), key=lambda face: float(face.box_xyxy_px[0]))
    if len(found) < 6:
        raise KioskError(f"the built-in group picture shows six people, but {engine.pack} finds {len(found)}; try dlib")
    faces: dict[str, tuple[FacePhoto, ...]] = {}
    for number, face in enumerate(found, 1):
        photo = _crop(picture, face)
        rng = np.random.default_rng(number)
        faces[f"person-{number}"] = (photo, vary(photo, rng), vary(photo, rng))
    return faces


def vary(photo: FacePhoto, rng: np.random.Generator) -> FacePhoto:
    """The same face as another camera might have taken it on another day."""
    height, width = photo.image.shape[:2]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    bent = corners + rng.uniform(-0.025, 0.025, (4, 2)).astype(np.float32) * width
    matrix = cv2.getPerspectiveTransform(corners, bent)
    bent_image = cv2.warpPerspective(photo.image, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
    image = cv2.GaussianBlur(bent_image, (0, 0), float(rng.uniform(0.3, 0.9)))
    light = 255 * (image / 255.0) ** rng.uniform(0.85, 1.2) * rng.uniform(0.9, 1.08) * rng.uniform(0.975, 1.025, 3)
    noisy = np.clip(light + rng.normal(0, 3, image.shape), 0, 255).astype(np.uint8)
    packed = cv2.imencode(".jpg", noisy, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(60, 90))])[1]
    eyes = cv2.perspectiveTransform(photo.eyes_px[None], matrix)[0]
    unpacked = np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), np.uint8)
    return replace(photo, image=unpacked, eyes_px=np.asarray(eyes, np.float32))


def _crop(picture: Image, face: Detection) -> FacePhoto:
    box = face.box_xyxy_px
    margin = MARGIN * float(box[2] - box[0])
    x0, y0 = np.maximum(box[:2] - margin, 0).astype(int)
    x1, y1 = (box[2:] + margin).astype(int)
    return _face_photo(picture[y0:y1, x0:x1].copy(), face.moved(dx_px=-float(x0), dy_px=-float(y0)))


def _face_photo(image: Image, face: Detection) -> FacePhoto:
    left, right, nose = face.landmarks_px[:3].astype(np.float64)
    apart = float(np.hypot(*(right - left)))
    box_per_eyes = float(face.box_xyxy_px[3] - face.box_xyxy_px[1]) / apart
    return FacePhoto(
        image=image,
        eyes_px=face.landmarks_px[:2],
        turned=float(np.clip(box_per_eyes / BOX_PER_EYES, 1.0, 1.3)),
        aside=float((nose - (left + right) / 2) @ (right - left)) / apart**2,
    )


def _read(path: Path) -> Image:
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image is None:
        raise KioskError(f"{path}: not readable as a picture")
    return np.asarray(image, np.uint8)
