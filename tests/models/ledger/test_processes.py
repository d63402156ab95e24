"""Several processes write at once: one chain, and nothing is lost."""

from __future__ import annotations

from models.ledger.read import entries
from models.site import Site
from tests.models.ledger.builders import chain_fault, numbers
from tests.models.ledger.writer import Process, put_on_record

PROCESSES, EACH = 4, 24


def test_four_processes_make_one_chain_and_lose_nothing(site: Site) -> None:
    running = [
        Process(put_on_record, site.folder, first=1000 * which, count=EACH, group=1 + which % 2)
        for which in range(PROCESSES)
    ]
    told = [process.told() for process in running]
    assert [process.failed for process in running] == [False] * PROCESSES
    with site.read_session() as session:
        found = numbers(session)
        chain = list(entries(session))
    expected = [list(range(which * 1000, which * 1000 + EACH)) for which in range(PROCESSES)]
    assert told == expected
    assert [[number for number in found if number // 1000 == which] for which in range(PROCESSES)] == expected
    with site.write_session() as session:
        assert chain_fault(chain, session.signer.public) is None
