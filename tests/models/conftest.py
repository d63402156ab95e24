"""Builders for the tests of the records: a site in a temporary folder, and people in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from models.site import Site, create_site
from tests.models.builders import FOUNDED


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with create_site(tmp_path / "site", at=FOUNDED) as made:
        yield made
