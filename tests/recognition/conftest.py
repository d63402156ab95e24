"""Pictures, and models small enough to be written by the test that needs them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from recognition.types import Image


@pytest.fixture
def noise() -> Image:
    """(480, 640, 3): structure of every size, like a photograph in focus, of middle brightness."""
    rng = np.random.default_rng(0)
    octaves = (rng.normal(0, 24, (480 // size, 640 // size)).astype(np.float32) for size in (1, 2, 4, 8, 16, 32))
    grey = 128 + np.sum([cv2.resize(octave, (640, 480)) for octave in octaves], axis=0)
    return np.repeat(np.clip(grey, 0, 255).astype(np.uint8)[..., None], 3, axis=2)


@pytest.fixture(scope="session")
def group_photo() -> Image:
    """The photograph of six people that InsightFace's package carries."""
    import insightface

    image = cv2.imread(str(Path(insightface.__file__).parent / "data" / "images" / "t1.jpg"))
    assert image is not None
    return image.astype(np.uint8, copy=False)


def _write(
    path: Path, nodes: list[onnx.NodeProto], inputs: list[int | str], outputs: dict[str, list[int | str]]
) -> None:
    graph = helper.make_graph(
        [node for node in nodes if node.op_type != "Constant"],
        "small",
        [helper.make_tensor_value_info("data", TensorProto.FLOAT, inputs)],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in outputs.items()],
        [_constant(node) for node in nodes if node.op_type == "Constant"],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), path)


def _constant(node: onnx.NodeProto) -> onnx.TensorProto:
    tensor = onnx.TensorProto()
    tensor.CopyFrom(node.attribute[0].t)
    tensor.name = node.output[0]
    return tensor


def _array(name: str, values: np.ndarray) -> onnx.NodeProto:
    return helper.make_node("Constant", [], [name], value=numpy_helper.from_array(values))


@pytest.fixture
def small_recogniser() -> Callable[[Path], None]:
    """Writes an ONNX recogniser of 112 x 112 pictures: 128 fixed mixtures of the three mean colours."""

    def write(path: Path) -> None:
        weights = np.random.default_rng(1).normal(size=(3, 128)).astype(np.float32)
        nodes = [
            _array("w", weights),
            helper.make_node("GlobalAveragePool", ["data"], ["mean"]),
            helper.make_node("Flatten", ["mean"], ["flat"]),
            helper.make_node("MatMul", ["flat", "w"], ["fc1"]),
        ]
        _write(path, nodes, ["N", 3, 112, 112], {"fc1": ["N", 128]})

    return write


@pytest.fixture
def small_detector() -> Callable[[Path, bool], None]:
    """Writes an ONNX detector with SCRFD's nine outputs, declared for 64 x 64: every cell sees a face of its colour.

    ``fixed``: whether its graph really takes no other size.
    """

    def write(path: Path, fixed: bool) -> None:
        nodes: list[onnx.NodeProto] = []
        outputs: dict[str, list[int | str]] = {}
        for kind, width in (("score", 1), ("box", 4), ("landmark", 10)):
            for stride in (8, 16, 32):
                name, cells = f"{kind}{stride}", 2 * (64 // stride) ** 2
                rows = cells if fixed else -1
                nodes += [
                    _array(f"w{name}", np.full((2 * width, 3, 1, 1), 0.5, np.float32)),
                    _array(f"s{name}", np.array([1, rows, width], np.int64)),
                    helper.make_node(
                        "AveragePool", ["data"], [f"p{name}"], kernel_shape=[stride] * 2, strides=[stride] * 2
                    ),
                    helper.make_node("Conv", [f"p{name}", f"w{name}"], [f"c{name}"]),
                    helper.make_node("Transpose", [f"c{name}"], [f"t{name}"], perm=[0, 2, 3, 1]),
                    helper.make_node("Reshape", [f"t{name}", f"s{name}"], [name]),
                ]
                outputs[name] = [1, cells, width]
        _write(path, nodes, [1, 3, 64, 64], outputs)

    return write
