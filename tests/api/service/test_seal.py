"""The ledger of an office is sealed by its service: in time, at its end, and by one of several."""

from __future__ import annotations

from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from api.live.seal import SEAL, Sealer, is_due
from api.opened import Opened
from models.ledger.append import append
from models.ledger.kinds import Arrival
from models.ledger.seal import seal_head
from models.ledger.verify import verify_site
from models.site import Site
from tests.api.service.conftest import Clock
from tests.api.service.live import wait_until
from tests.models.builders import FOUNDED

A_SECOND = timedelta(seconds=1)


def record(office: Site, number: int) -> None:
    entry = Arrival(
        at=FOUNDED, arrival=f"a{number}", door="main", direction="in", sigma_s=0.02, status="unknown", track=number
    )
    with office.write_session() as session:
        append(session, [entry], at=FOUNDED, by="test")


def sealed(office: Site) -> list[int]:
    """How many entries each checkpoint covers."""
    return [one.count for one in office.checkpoints.all()]


@pytest.mark.parametrize(
    ("later", "something_new", "due"),
    [
        (SEAL, True, True),
        (SEAL - A_SECOND, True, False),  # sealed not long ago, by whichever process
        (SEAL, False, False),  # nothing to vouch for
        (-A_SECOND, True, True),  # the clock was set back: the last one must not keep it waiting for years
    ],
)
def test_the_head_is_due_when_something_new_stands_under_an_old_checkpoint(
    office: Site, later: timedelta, something_new: bool, due: bool
) -> None:
    seal_head(office, FOUNDED)
    if something_new:
        record(office, 1)
    assert is_due(office, FOUNDED + later, every=SEAL) is due


def test_a_ledger_that_was_never_sealed_is_due_at_once(office: Site) -> None:
    assert is_due(office, FOUNDED, every=SEAL)


def test_a_service_seals_every_ten_minutes_while_something_is_new(office: Site, clock: Clock) -> None:
    sealer = Sealer(Opened(office), clock, look_s=0.01)
    sealer.start()
    wait_until(lambda: sealed(office) == [1])
    record(office, 1)
    clock.now += SEAL
    wait_until(lambda: sealed(office) == [1, 2])
    sealer.stop()
    assert sealed(office) == [1, 2]  # nothing was new at the end
    assert not verify_site(office.folder).faults


def test_a_service_that_stops_seals_what_is_new(office: Site, stranger: TestClient) -> None:
    with stranger:
        record(office, 1)
    assert sealed(office) == [2]


def test_of_several_services_one_seals(office: Site, clock: Clock) -> None:
    sealers = [Sealer(Opened(office), clock, look_s=0.001) for _ in range(4)]
    for one in sealers:
        one.start()
    wait_until(lambda: sealed(office) == [1])
    record(office, 1)
    clock.now += SEAL
    wait_until(lambda: len(sealed(office)) > 1)
    for one in sealers:
        one.stop()
    assert sealed(office) == [1, 2]


def test_the_thread_goes_on_when_a_checkpoint_could_not_be_written(
    office: Site, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    office.checkpoints.path.mkdir()
    sealer = Sealer(Opened(office), clock, look_s=0.01)
    sealer.start()
    wait_until(lambda: "no checkpoint was written" in caplog.text)
    office.checkpoints.path.rmdir()
    wait_until(lambda: sealed(office) == [1])
    sealer.stop()
