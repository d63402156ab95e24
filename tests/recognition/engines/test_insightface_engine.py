"""The InsightFace engine: sizes it accepts, what it finds, templates in batches."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest

from recognition.engine import load_engine
from recognition.engines.insightface_engine import InsightfaceEngine
from recognition.types import FaceEngine, Image, RecognitionError


@pytest.fixture(scope="module")
def engine(shared: Path) -> FaceEngine:
    return load_engine("insightface:eval-pack", models_dir=shared / "models")


@pytest.fixture(scope="module")
def portrait(shared: Path) -> Image:
    image = cv2.imread(str(shared / "faces" / "p1" / "02.jpg"))
    assert image is not None
    return image.astype(np.uint8, copy=False)


def test_a_face_is_found_at_the_images_own_scale_and_in_its_pixels(engine: FaceEngine, portrait: Image) -> None:
    whole = engine.detect(portrait)[0]
    left, top = (int(v) - 37 for v in whole.box_xyxy_px[:2])
    region = np.ascontiguousarray(portrait[top : top + 333, left : left + 301])
    in_region = engine.detect(region)[0].moved(dx_px=left, dy_px=top)
    assert np.abs(in_region.landmarks_px - whole.landmarks_px).max() < 6


def test_landmarks_are_in_the_order_of_the_picture(engine: FaceEngine, portrait: Image) -> None:
    left_eye, right_eye, nose, left_mouth, right_mouth = engine.detect(portrait)[0].landmarks_px
    assert left_eye[0] < nose[0] < right_eye[0]
    assert left_mouth[0] < right_mouth[0]
    assert left_eye[1] < nose[1] < left_mouth[1]


def test_templates_do_not_depend_on_the_batch(engine: FaceEngine, portrait: Image) -> None:
    face = engine.detect(portrait)[0]
    moved = face.moved(dx_px=3)
    together = engine.embed(portrait, [face, moved])
    alone = [engine.embed(portrait, [each])[0] for each in (face, moved)]
    for one, other in zip(together, alone, strict=True):
        assert one.vector @ other.vector == pytest.approx(1, abs=1e-4)
        assert np.linalg.norm(one.vector) == pytest.approx(1, abs=1e-5)


@pytest.mark.filterwarnings("ignore:.estimate. is deprecated:FutureWarning")  # inside InsightFace
def test_the_alignment_is_insightfaces_own(engine: FaceEngine, portrait: Image, shared: Path) -> None:
    from insightface.app import FaceAnalysis
    from insightface.app.common import Face

    face = engine.detect(portrait)[0]
    pack = str(shared / "models" / "eval-pack")
    theirs = FaceAnalysis(name=pack, providers=["CPUExecutionProvider"]).models["recognition"]
    vector = theirs.get(portrait, Face(bbox=face.box_xyxy_px, kps=face.landmarks_px, det_score=face.score))
    assert engine.embed(portrait, [face])[0].vector @ (vector / np.linalg.norm(vector)) > 0.999


def test_no_faces_make_no_templates(engine: FaceEngine, portrait: Image) -> None:
    assert engine.embed(portrait, []) == []


@pytest.mark.parametrize(
    ("fixed", "shape"),
    [
        (False, (64, 64, 3)),  # the size the file declares
        (False, (33, 97, 3)),  # another size, no multiple of 32: padded
        (True, (33, 97, 3)),  # a graph that takes one size only: letterboxed
    ],
)
def test_detectors_that_declare_one_size_serve_every_size(
    tmp_path: Path,
    small_detector: Callable[[Path, bool], None],
    small_recogniser: Callable[[Path], None],
    fixed: bool,
    shape: tuple[int, int, int],
) -> None:
    small_detector(tmp_path / "det.onnx", fixed)
    small_recogniser(tmp_path / "rec.onnx")
    engine = InsightfaceEngine(pack="p", folder=tmp_path)
    found = engine.detect(np.full(shape, 255, np.uint8))
    assert found
    for face in found:
        x, y = face.box_xyxy_px.reshape(2, 2).mean(axis=0)
        assert 0 <= x < shape[1]
        assert 0 <= y < shape[0]


def test_every_picture_size_is_served_by_the_same_session(
    tmp_path: Path,
    small_detector: Callable[[Path, bool], None],
    small_recogniser: Callable[[Path], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    small_detector(tmp_path / "det.onnx", False)
    small_recogniser(tmp_path / "rec.onnx")
    model = onnx.load(tmp_path / "det.onnx")
    for axis, name in ((2, "height"), (3, "width")):
        model.graph.input[0].type.tensor_type.shape.dim[axis].dim_param = name
    onnx.save(model, tmp_path / "det.onnx")
    engine = InsightfaceEngine(pack="p", folder=tmp_path)

    def opened(*_: object, **__: object) -> None:
        pytest.fail("a session of its own for a picture size: they would pile up, as the door's regions vary")

    monkeypatch.setattr("onnxruntime.InferenceSession", opened)
    assert engine.detect(np.full((64, 96, 3), 255, np.uint8))
    assert engine.detect(np.full((96, 64, 3), 255, np.uint8))


def test_a_folder_without_a_recogniser_is_refused(tmp_path: Path, small_detector: Callable[[Path, bool], None]) -> None:
    small_detector(tmp_path / "det.onnx", False)
    with pytest.raises(RecognitionError, match="no recogniser"):
        InsightfaceEngine(pack="p", folder=tmp_path)
