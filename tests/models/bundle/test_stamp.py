"""The time-stamp of a bundle's checkpoint, made by a real authority."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from models.bundle import BundleError, check_bundle, export_dispute
from models.ledger.seal import seal_head
from models.ledger.timestamp import keep_timestamp, request_timestamp
from models.site import Site
from tests.models.bundle.bundles import NOW
from tests.models.dispute import put_on_record
from tests.models.ledger.test_timestamp import Authority, answering, authority_in


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return authority_in(tmp_path / "tsa")


def stamped_bundle(site: Site, digest: bytes | None, authority: Authority, path: Path) -> Path:
    """A bundle under a checkpoint whose stamp is that of ``digest`` (None: its own root)."""
    number = put_on_record(site)
    export_dispute(site, number, path, recipient=None, at=NOW, by="desk")
    sealed = seal_head(site, NOW).checkpoint
    assert sealed is not None
    with answering(lambda query: (200, authority.stamp(query))) as url:
        keep_timestamp(site.folder, sealed.root, request_timestamp(digest or sealed.root, url))
    return export_dispute(site, number, path, recipient=None, at=NOW, by="desk").path


def test_the_authoritys_instant_is_told(embedded_site: Site, tmp_path: Path, authority: Authority) -> None:
    bundle = stamped_bundle(embedded_site, None, authority, tmp_path / "bundle.zip")
    stamp = check_bundle(bundle, authorities=authority.roots).stamp
    assert isinstance(stamp, datetime)
    assert abs(datetime.now(UTC) - stamp) < timedelta(minutes=5)


def test_a_stamp_of_something_else_or_by_somebody_else_is_named(
    embedded_site: Site, tmp_path: Path, authority: Authority
) -> None:
    bundle = stamped_bundle(embedded_site, bytes(32), authority, tmp_path / "bundle.zip")
    for roots in (authority.roots, authority_in(tmp_path / "another").roots):
        with pytest.raises(BundleError, match=r"bundle.zip: checkpoint.tsr: .*does not hold"):
            check_bundle(bundle, authorities=roots)
