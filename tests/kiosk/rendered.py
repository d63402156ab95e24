"""One rendered scene for every test that needs the whole door: two people who come in 0.7 s apart; and an engine that
says what was asked of it."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kiosk.doorway import Camera, Doorway, Threshold
from kiosk.simulator import Clothes, Faces, Scene, Walker, cut_head, write_scene
from kiosk.types import Frame
from recognition.types import Detection, FaceEngine, FloatArray, Image, Template

FIRST, SECOND = "person-1", "person-6"
CROSSED_S = {FIRST: 2.6, SECOND: 3.3}
DOOR = Doorway(
    door="main",
    camera=Camera(width=960, height=540, hfov_deg=66.0, height_m=2.3, pitch_deg=18.0),
    threshold=Threshold(left=(-1.0, 2.6), right=(1.0, 2.6)),
    inward="toward_camera",
)


def write_film(faces: Faces, folder: Path) -> Path:
    """Render the scene as ``folder/scene-00.mp4``, with truth and doorway beside it: 4.4 s at 15 frames a second."""

    def walker(who: str, along_m: float, height_m: float, top: tuple[float, float, float]) -> Walker:
        return Walker(
            who=who,
            head=cut_head(faces[who][1]),
            clothes=Clothes(top=top, under=top, trousers=(60.0, 50.0, 40.0), shoes=(30.0, 30.0, 34.0), cut="pullover"),
            height_m=height_m,
            eye_distance_m=0.063,
            speed_mps=1.2,
            at_s=CROSSED_S[who],
            along_m=along_m,
        )

    walkers = (walker(FIRST, -0.4, 1.70, (60.0, 70.0, 150.0)), walker(SECOND, 0.4, 1.62, (140.0, 90.0, 60.0)))
    scene = Scene(doorway=DOOR, fps=15, duration_s=4.4, walkers=walkers, seed=5, noise=2.0, flicker=0.0, crf=20)
    write_scene(scene, folder / "scene-00.mp4")
    return folder / "scene-00.mp4"


def copied(frame: Frame) -> Frame:
    """The same frame with a picture of its own, so that a test can see it go."""
    return Frame(image=frame.image.copy(), t=frame.t, at=frame.at)


@dataclass(eq=False)
class Detector:
    """A real engine that remembers what it found and made, as numbers, so that the same film costs its work once."""

    engine: FaceEngine
    found: dict[tuple[int, ...], list[Detection]] = field(default_factory=dict)
    vectors: dict[tuple[int, int], FloatArray] = field(default_factory=dict)

    def detect(self, image: Image) -> list[Detection]:
        key = (hash(image.tobytes()), *image.shape)
        if key not in self.found:
            self.found[key] = self.engine.detect(image)
        return list(self.found[key])

    def embed(self, image: Image, detections: Sequence[Detection]) -> list[Template]:
        return [Template(vector=self._vector(image, each).copy(), pack=self.engine.pack) for each in detections]

    def _vector(self, image: Image, face: Detection) -> FloatArray:
        key = (hash(image.tobytes()), hash(face.landmarks_px.tobytes()))
        if key not in self.vectors:
            self.vectors[key] = self.engine.embed(image, [face])[0].vector
        return self.vectors[key]


@dataclass(frozen=True, eq=False)
class Made:
    """A template that was made: the crop and the template as weak references, and the template's numbers."""

    crop: weakref.ref[Image]
    template: weakref.ref[Template]
    copy: Template


@dataclass(eq=False)
class WitnessEngine:
    """A real engine that keeps a record of every template it was asked for, without holding on to any."""

    detector: Detector
    made: list[Made] = field(default_factory=list)

    @property
    def pack(self) -> str:
        return self.detector.engine.pack

    @property
    def best_face_px(self) -> float:
        return self.detector.engine.best_face_px

    @property
    def least_face_px(self) -> float:
        return self.detector.engine.least_face_px

    def detect(self, image: Image) -> list[Detection]:
        return self.detector.detect(image)

    def embed(self, image: Image, detections: Sequence[Detection]) -> list[Template]:
        templates = self.detector.embed(image, detections)
        for template in templates:
            copy = Template(vector=template.vector.copy(), pack=template.pack)
            self.made.append(Made(crop=weakref.ref(image), template=weakref.ref(template), copy=copy))
        return templates
