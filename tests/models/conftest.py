"""Sites in temporary folders, on both databases the record may lie in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import pytest

from models.settings import SiteSettings
from models.site import Site, create_site
from tests.models.builders import FOUNDED
from tests.models.postgres import Server, migrated_server

Engine = Literal["sqlite", "postgresql"]


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A running PostgreSQL."""
    with migrated_server() as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> Engine:
    """On which database the test runs."""
    chosen: Engine = request.param
    return chosen


@contextmanager
def site_on(engine: Engine, folder: Path, request: pytest.FixtureRequest) -> Iterator[Site]:
    """A new site in ``folder``, its record in a database of its own."""
    if engine == "sqlite":
        with create_site(folder, at=FOUNDED) as made:
            yield made
        return
    server: Server = request.getfixturevalue("server")
    with (
        server.database(server.template) as address,
        create_site(folder, SiteSettings(database=address), at=FOUNDED) as made,
    ):
        yield made


@pytest.fixture
def site(engine: Engine, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Site]:
    """A new site, on either database."""
    with site_on(engine, tmp_path / "site", request) as made:
        yield made


@pytest.fixture
def embedded_site(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Site]:
    """A new site on SQLite, for what concerns its file."""
    with site_on("sqlite", tmp_path / "site", request) as made:
        yield made
