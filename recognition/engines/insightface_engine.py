"""Any InsightFace pack behind the engine protocol: SCRFD finds, ArcFace makes the template.

Only this file knows InsightFace. Its dict-like faces are not used: an unknown attribute there is silently None.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np

from recognition.align import aligned_crop
from recognition.types import Detection, FloatArray, Image, RecognitionError, Template, unit

_STRIDE = 32

Faces = list[tuple[Detection, Template]]


class _Detector(Protocol):
    """What is used of insightface.model_zoo.scrfd.SCRFD."""

    model_file: str
    batched: bool
    static_input_size: tuple[int, int] | None

    def detect(
        self, img: Image, *, input_size: tuple[int, int], det_thresh: float
    ) -> tuple[FloatArray, FloatArray]: ...


class InsightfaceEngine:
    """SCRFD at the image's own scale and ArcFace templates, on the processor.

    A region of the door costs what its size costs: the input is padded to a multiple of 32, never stretched to 640.
    """

    def __init__(self, *, pack: str, folder: Path, threads: int = 1, detector_threshold: float = 0.5) -> None:
        """``threads`` ONNX Runtime may use inside one call.

        Raises RecognitionError when ``folder`` holds no detector or no recogniser.
        """
        from insightface.app import FaceAnalysis

        logging.getLogger("insightface").setLevel(logging.WARNING)
        options = {"sess_options": _session_options(threads), "providers": ["CPUExecutionProvider"]}
        modules = ["detection", "recognition"]
        try:
            analysis = FaceAnalysis(name=str(folder), allowed_modules=modules, static_shape_sessions=False, **options)
            self._recogniser: Any = analysis.models["recognition"]
        except (AssertionError, KeyError) as error:
            raise RecognitionError(f"{folder}: not an InsightFace pack: no detector or no recogniser in it") from error
        self._detector = _any_size(analysis.models["detection"], threads)
        self._threshold = detector_threshold
        self._batches = not isinstance(self._recogniser.input_shape[0], int)
        self._pack = pack
        self.folder, self.threads = folder, threads

    @property
    def pack(self) -> str:
        return self._pack

    @property
    def best_face_px(self) -> float:
        """SCRFD places the eyes best here: within 1.5 % of their distance even when 20 px were enlarged to it."""
        return 96.0

    @property
    def least_face_px(self) -> float:
        return 24.0

    def detect(self, image: Image) -> list[Detection]:
        height, width = image.shape[:2]
        fixed = self._detector.static_input_size
        padded = image if fixed else _padded(image)
        size = fixed or (padded.shape[1], padded.shape[0])
        boxes, landmarks = self._detector.detect(padded, input_size=size, det_thresh=self._threshold)
        faces = [
            Detection(box_xyxy_px=box[:4].astype(np.float32), landmarks_px=five.astype(np.float32), score=float(box[4]))
            for box, five in zip(boxes, landmarks, strict=True)
        ]
        inside = [face for face in faces if _centre_inside(face, width, height)]
        return sorted(inside, key=lambda face: -face.score)

    def embed(self, image: Image, detections: Sequence[Detection]) -> list[Template]:
        if not detections:
            return []
        crops = [aligned_crop(image, detection.landmarks_px) for detection in detections]
        groups = [crops] if self._batches else [[crop] for crop in crops]
        vectors = np.concatenate([self._recogniser.get_feat(group) for group in groups])
        return [Template(vector=unit(vector), pack=self._pack) for vector in vectors]


def face_analysis(engine: InsightfaceEngine) -> Callable[[Image], Faces]:
    """InsightFace's own program with the engine's pack, as its users run it, to compare with: `FaceAnalysis.get` on
    whole pictures, the detector at 640 x 640, ONNX Runtime's default session options, on the processor."""
    from insightface.app import FaceAnalysis

    modules = ["detection", "recognition"]
    analysis: Any = FaceAnalysis(name=str(engine.folder), allowed_modules=modules, providers=["CPUExecutionProvider"])
    analysis.prepare(ctx_id=0, det_size=(640, 640))

    def get(picture: Image) -> Faces:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # what it calls in scikit-image
            found = analysis.get(picture)
        return [
            (
                Detection(box_xyxy_px=face.bbox, landmarks_px=face.kps, score=float(face.det_score)),
                Template(vector=unit(face.embedding), pack=engine.pack),
            )
            for face in found
        ]

    return get


def _session_options(threads: int) -> object:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return options


def _any_size(detector: _Detector, threads: int) -> _Detector:
    """The same detector for every size: some published files declare 640 x 640 though their graph does not need it.

    A graph that really is fixed comes back as it was and letterboxes.
    """
    if detector.static_input_size is None:
        return detector
    import onnx
    import onnxruntime
    from insightface.model_zoo.scrfd import SCRFD

    model = onnx.load(detector.model_file)
    for axis, name in ((2, "height"), (3, "width")):
        model.graph.input[0].type.tensor_type.shape.dim[axis].dim_param = name
    for output in model.graph.output:
        output.type.tensor_type.ClearField("shape")
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), sess_options=_session_options(threads), providers=["CPUExecutionProvider"]
    )
    free: _Detector = SCRFD(session=session)
    free.batched = detector.batched
    try:
        free.detect(np.zeros((64, 96, 3), np.uint8), input_size=(96, 64), det_thresh=0.5)
    except (onnxruntime.capi.onnxruntime_pybind11_state.Fail, ValueError):
        return detector
    return free


def _padded(image: Image) -> Image:
    height, width = image.shape[:2]
    bottom, right = -height % _STRIDE, -width % _STRIDE
    if not bottom and not right:
        return image
    return cv2.copyMakeBorder(image, 0, bottom, 0, right, cv2.BORDER_CONSTANT).astype(np.uint8, copy=False)


def _centre_inside(face: Detection, width: int, height: int) -> bool:
    x, y = face.box_xyxy_px.reshape(2, 2).mean(axis=0)
    return bool(0 <= x < width and 0 <= y < height)
