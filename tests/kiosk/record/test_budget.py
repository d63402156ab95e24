"""The disk budget: the oldest frames go, on record and with a receipt, and none that a dispute needs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from attribution.entries import ENTRY
from kiosk.identity import Status
from models.evidence import megabytes
from models.ledger.append import append
from models.ledger.verify import verify_site
from models.receipts import Receipts, receipt_digest
from models.retention import retain
from models.site import Site
from tests.kiosk.arrivals import STARTS_AT, arrival
from tests.kiosk.record.door import enrolled, film, left_to_right, recording, show
from tests.kiosk.record.entries import of_kind

ALL_FRAMES = {f"main-{number}": 30 for number in (1, 2, 3)}


def with_budget(site: Site, megabytes: float) -> Site:
    return replace(site, settings=site.settings.model_copy(update={"evidence_budget_mb": megabytes}))


def watch(site: Site, number: int, *, person: str | None = None) -> None:
    """Somebody walks by, ten seconds after the one before; thirty frames of them are kept."""
    from_s = 10.0 * number
    status: Status = "known" if person else "unknown"
    one = arrival(number, crossed_s=from_s + 1.0, status=status, person=person)
    with recording(site) as recorder:
        show(recorder, film(left_to_right, from_s=from_s), [one])


def there(site: Site) -> dict[str, int]:
    """Of how many frames of each arrival the file is there."""
    files = {path.name for path in site.frames.files()}
    return {
        said["arrival"]: sum(site.frames.path(said["arrival"], digest).name in files for _, digest in said["frames"])
        for said in of_kind(site, "evidence")
    }


@pytest.fixture
def each_mb(site: Site) -> float:
    """What the first arrival's frames take; the site has them."""
    watch(site, 1)
    with site.read_session() as session:
        return megabytes(session)


def test_within_the_budget_nothing_goes(site: Site, each_mb: float) -> None:
    small = with_budget(site, 3.5 * each_mb)
    watch(small, 2)
    watch(small, 3)
    assert there(site) == ALL_FRAMES
    assert of_kind(site, "purge") == []


def test_beyond_the_budget_the_oldest_arrival_goes_with_an_entry_and_a_receipt(site: Site, each_mb: float) -> None:
    watch(site, 2)
    before = [digest for said in of_kind(site, "evidence")[:1] for _, digest in said["frames"]]
    watch(with_budget(site, 2.5 * each_mb), 3)
    assert there(site) == ALL_FRAMES | {"main-1": 0}
    (purge,) = of_kind(site, "purge")
    assert (purge["what"], purge["count"], purge["recorded_by"]) == ("frames", 30, "door:main")
    gone = [("frame", digest) for digest in before]
    assert purge["digest"] == receipt_digest(datetime.fromisoformat(purge["at"]), gone)
    assert purge["before"] == "2026-03-01T02:00:12.900001Z"  # one microsecond after the last frame that went
    report = verify_site(site.folder, open_frames=True)
    assert (report.faults, report.extra) == ((), ())
    assert (report.frames.opened, report.frames.gone) == (60, 30)


def test_retention_finishes_the_receipt(site: Site, each_mb: float) -> None:
    watch(site, 2)
    watch(with_budget(site, 2.5 * each_mb), 3)
    retain(site, at=STARTS_AT, by="menjian retention")
    with site.read_session() as session:
        assert megabytes(session) > 0
    (purge,) = of_kind(site, "purge")
    receipts = [Receipts(site.folder).read(seq) for seq in range(1, 20)]
    (receipt,) = [one for one in receipts if one is not None]
    assert (receipt.reason, receipt.removed, receipt.digest) == ("budget", {"frame": 30}, purge["digest"])


def test_frames_of_an_open_dispute_stay_and_the_next_oldest_go(site: Site) -> None:
    customer = enrolled(site)
    watch(site, 1, person=customer)
    with site.read_session() as session:
        each_mb = megabytes(session)
    watch(site, 2)
    with site.write_session() as session:
        contested = {"do": "dispute", "person": customer, "by": "agent", "at": STARTS_AT}
        append(session, [ENTRY.validate_python(contested)], at=datetime.now(UTC), by="desk")
    watch(with_budget(site, 2.5 * each_mb), 3)
    assert there(site) == ALL_FRAMES | {"main-2": 0}
    (purge,) = of_kind(site, "purge")
    assert purge["held"] == ["main-1"]
    assert verify_site(site.folder).faults == ()


def test_a_budget_that_cannot_be_kept_now_costs_no_evidence(site: Site, each_mb: float) -> None:
    (site.folder / "receipts").write_bytes(b"")  # where the folder should be
    watch(with_budget(site, 1.5 * each_mb), 2)
    assert there(site) == {"main-1": 30, "main-2": 30}
    (site.folder / "receipts").unlink()
    watch(with_budget(site, 1.5 * each_mb), 3)
    assert there(site) == {"main-1": 0, "main-2": 0, "main-3": 30}
