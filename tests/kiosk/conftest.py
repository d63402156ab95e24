"""The rendered scene as frames, read once, and an engine that searches each of its pictures once."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.simulator import Faces
from kiosk.source import open_source
from kiosk.types import Blind, Frame
from recognition.engine import load_engine
from recognition.gallery import Gallery
from tests.kiosk.rendered import FIRST, Detector, WitnessEngine


@pytest.fixture(scope="session")
def frames(film: Path) -> list[Frame | Blind]:
    """Every item of the scene's film."""
    with open_source(str(film)) as source:
        return list(source)


@pytest.fixture(scope="session")
def detector() -> Detector:
    """dlib, with a memory for pictures."""
    return Detector(load_engine("dlib"))


@pytest.fixture
def witness(detector: Detector) -> WitnessEngine:
    """An engine that tells afterwards which templates were made."""
    return WitnessEngine(detector)


@pytest.fixture(scope="session")
def first_only(faces: Faces, detector: Detector) -> Gallery:
    """A gallery that holds the person who comes in first."""
    image = faces[FIRST][0].image
    engine = detector.engine
    return Gallery.build(engine.pack, [(FIRST, engine.embed(image, engine.detect(image)[:1])[0])])
