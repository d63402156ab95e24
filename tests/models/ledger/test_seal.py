"""Sealing the head: checkpoints of what is new, and one time-stamp a day that stops nothing when it cannot be had."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from models.ledger.checkpoint import CheckpointError
from models.ledger.seal import Sealed, seal_head
from models.ledger.timestamp import timestamp_path
from models.ledger.verify import verify_site
from models.settings import SiteSettings
from models.site import Site, create_site
from tests.models.builders import FOUNDED
from tests.models.ledger.test_timestamp import Authority, answering, authority_in
from tests.models.ledger.written import AT, record, viewed

needs_openssl = pytest.mark.skipif(
    shutil.which("openssl") is None, reason="needs the command openssl (apt-get install)"
)


def sealed_after(site: Site, number: int, at: datetime) -> Sealed:
    record(site, viewed(number))
    return seal_head(site, at)


def test_a_checkpoint_covers_what_came_since_the_last_and_none_is_written_of_nothing_new(site: Site) -> None:
    first = seal_head(site, AT).checkpoint
    assert first is not None
    assert (first.count, first.at) == (1, AT)
    second = sealed_after(site, 1, AT + timedelta(minutes=1)).checkpoint
    assert second is not None
    assert second.count == 2
    assert seal_head(site, AT + timedelta(minutes=2)).checkpoint == second
    assert site.checkpoints.all() == [first, second]


def test_checkpoints_of_another_ledger_are_not_continued(site: Site, tmp_path: Path) -> None:
    with create_site(tmp_path / "other", at=FOUNDED + timedelta(days=1)) as other:
        seal_head(other, AT)
        shutil.copy(other.checkpoints.path, site.checkpoints.path)
    with pytest.raises(CheckpointError, match="the last checkpoint, of 1 entries, is not one of this ledger") as caught:
        sealed_after(site, 1, AT)
    assert "\n" not in str(caught.value)


def test_a_ledger_shorter_than_its_last_checkpoint_is_not_continued(site: Site, tmp_path: Path) -> None:
    with create_site(tmp_path / "other", at=FOUNDED + timedelta(days=1)) as other:
        record(other, viewed(1), viewed(2))  # and a clock set back before them
        seal_head(other, AT)
        shutil.copy(other.checkpoints.path, site.checkpoints.path)
    with pytest.raises(CheckpointError, match="of 4 entries, is not one of this ledger"):
        seal_head(site, AT)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return authority_in(tmp_path_factory.mktemp("authority") / "tsa")


@pytest.fixture
def stamped_site(authority: Authority, tmp_path: Path) -> Iterator[Site]:
    """A site whose time-stamping authority answers."""
    with (
        answering(lambda query: (200, authority.stamp(query))) as url,
        create_site(tmp_path / "site", SiteSettings(timestamp_url=url), at=FOUNDED) as made,
    ):
        yield made


@needs_openssl
def test_the_first_checkpoint_of_a_day_in_the_office_is_stamped(stamped_site: Site) -> None:
    morning = datetime(2026, 3, 1, 15, 0, tzinfo=UTC)  # 23:00 in Shanghai
    stamps = [
        sealed_after(stamped_site, number, morning + timedelta(minutes=minutes)).stamp is not None
        for number, minutes in enumerate((0, 30, 59, 61, 120))
    ]
    assert stamps == [True, False, False, True, False]


@needs_openssl
def test_a_quiet_day_keeps_the_earlier_stamp(stamped_site: Site) -> None:
    stamp = seal_head(stamped_site, AT).stamp
    assert stamp is not None
    assert seal_head(stamped_site, AT + timedelta(days=1)) == Sealed(checkpoint=stamped_site.checkpoints.last())


@needs_openssl
def test_stamps_are_checked_with_the_authority_s_certificate_and_counted_without(
    stamped_site: Site, authority: Authority
) -> None:
    seal_head(stamped_site, AT)
    assert (verify_site(stamped_site.folder).stamps.held, verify_site(stamped_site.folder).stamps.checked) == (1, 0)
    shutil.copy(authority.folder / "ca.pem", stamped_site.folder / "timestamps/authority.pem")
    report = verify_site(stamped_site.folder)
    assert (report.faults, report.stamps.checked) == ((), 1)
    assert report.stamps.last is not None
    sealed_after(stamped_site, 1, AT + timedelta(days=1))
    first, second = (timestamp_path(stamped_site.folder, each.root) for each in stamped_site.checkpoints.all())
    shutil.copy(first, second)
    assert str(second) in str(verify_site(stamped_site.folder).first_bad)
    assert "does not hold" in str(verify_site(stamped_site.folder).first_bad)


@needs_openssl
def test_an_authority_that_is_down_stops_nothing_and_is_asked_again(authority: Authority, tmp_path: Path) -> None:
    up = False

    def answer(query: bytes) -> tuple[int, bytes]:
        return (200, authority.stamp(query)) if up else (503, b"")

    with answering(answer) as url, create_site(tmp_path, SiteSettings(timestamp_url=url), at=FOUNDED) as site:
        sealed = seal_head(site, AT)
        assert (sealed.checkpoint, sealed.stamp) == (site.checkpoints.last(), None)
        assert sealed.told is not None
        assert "refused with HTTP status 503" in sealed.told
        up = True
        assert seal_head(site, AT + timedelta(minutes=1)).stamp is not None
        assert sealed_after(site, 1, AT + timedelta(minutes=2)).stamp is None
