"""Fixtures every test may use."""

from __future__ import annotations

from pathlib import Path

import pytest

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
