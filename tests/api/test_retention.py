"""`menjian retention`."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import api.cli.retention as command
from models.erase import erase_one
from models.people import people
from models.receipts import Receipts
from models.site import create_site, open_site
from tests.api.conftest import Menjian
from tests.models.builders import FOUNDED
from tests.models.kept import Customer
from tests.models.somebody import DESK

LONG_AGO = datetime.now(UTC) - timedelta(days=91)


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """A site with a customer seen 91 days ago."""
    with create_site(tmp_path / "office", at=min(FOUNDED, LONG_AGO)) as site:
        Customer().store(site, at=LONG_AGO)
    return tmp_path / "office"


def test_a_dry_run_shows_each_kind_and_removes_nothing(menjian: Menjian, office: Path) -> None:
    told = json.loads(menjian("retention", "--dry-run", "--site", office, "--json").out)
    assert [(one["kind"], one["days"], one["due"], one["held"]) for one in told["kinds"]] == [
        ("frames", 90, 2, 0),
        ("templates", 365, 0, 0),
        ("reports", 180, 0, 0),
        ("people", 1095, 0, 0),
    ]
    assert datetime.fromisoformat(told["kinds"][0]["oldest"]) == LONG_AGO
    assert told["people"] == {"stored": 1, "limit": 100_000, "warning": False}
    assert (told["dry_run"], told["receipts"]) == (True, [])
    assert len(list(office.glob("evidence/*/*"))) == 2


def test_what_is_due_goes_with_a_receipt(menjian: Menjian, office: Path) -> None:
    ran = menjian("retention", "--site", office)
    assert ran.code == 0
    assert "erased frames (retention), entry 7: frame 2" in ran.out
    assert list(office.glob("evidence/*/*")) == []
    assert json.loads(menjian("retention", "--site", office, "--json").out)["receipts"] == []


def test_how_long_is_a_setting(menjian: Menjian, office: Path) -> None:
    settings = office / "site.yaml"
    settings.write_text(settings.read_text(encoding="utf-8").replace("frames_days: 90", "frames_days: 91000"), "utf-8")
    assert json.loads(menjian("retention", "--site", office, "--json").out)["kinds"][0]["due"] == 0


def test_an_erasure_that_was_cut_off_is_finished(menjian: Menjian, office: Path) -> None:
    with open_site(office) as site:
        receipts = Receipts(office)
        with site.read_session() as session:
            [person] = [one.id for one in people(session)]
        with receipts.alone():
            erase_one(site, receipts, person, reason="request", at=datetime.now(UTC), by=DESK)
    ran = menjian("retention", "--site", office)
    assert f"erased person {person} (request), entry 7" in ran.out
    assert [path.name for path in (office / "receipts").iterdir()] == ["7.json"]


def test_the_meter_warns_from_four_fifths_on(menjian: Menjian, office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "PEOPLE_WARNING", 1)
    ran = menjian("retention", "--dry-run", "--site", office)
    assert (ran.code, "file within 30 working days" in ran.err) == (0, True)
    assert json.loads(menjian("retention", "--dry-run", "--site", office, "--json").out)["people"]["warning"] is True
