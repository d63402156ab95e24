"""A bundle that holds, made once."""

from __future__ import annotations

from collections.abc import Iterator
from zipfile import ZipFile

import pytest

from models.bundle import export_dispute
from models.site import create_site
from tests.models.builders import FOUNDED
from tests.models.bundle.bundles import NOW, Good
from tests.models.dispute import put_on_record


@pytest.fixture(scope="session")
def good(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Good]:
    folder = tmp_path_factory.mktemp("bundle")
    with create_site(folder / "site", at=FOUNDED) as site:
        made = export_dispute(site, put_on_record(site), folder / "good.zip", recipient="a1", at=NOW, by="desk")
        with ZipFile(made.path) as archive, site.write_session() as session:
            yield Good(
                path=made.path,
                files={name: archive.read(name) for name in archive.namelist()},
                signer=session.signer,
            )
