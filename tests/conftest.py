"""Fixtures every test may use."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.simulator import Faces, group_faces
from recognition.engine import load_engine
from tests.kiosk.rendered import write_film

CHECKOUT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def checkout() -> Path:
    """Root of the source tree."""
    return CHECKOUT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder ``shared`` beside the checkout: photographs, packs, clips and scenes that are never committed."""
    folder = CHECKOUT.parent / "shared"
    if not (folder / "design.md").is_file():
        pytest.skip("needs the folder `shared` beside the checkout")
    return folder


@pytest.fixture(scope="session")
def faces() -> Faces:
    """The six people of the picture in InsightFace's package, as photographs."""
    return group_faces(load_engine("dlib"))


@pytest.fixture(scope="session")
def film(faces: Faces, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A rendered door scene (see `tests.kiosk.rendered`), with its truth and doorway beside it."""
    return write_film(faces, tmp_path_factory.mktemp("film"))
