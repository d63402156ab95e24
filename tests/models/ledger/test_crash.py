"""A writing process dies at any instant: what it had acknowledged is there, and the chain is whole."""

from __future__ import annotations

from random import Random

import pytest
from sqlalchemy import func, select

from models.ledger.read import entries
from models.ledger.records import About, LedgerRow, Particular
from models.site import Site
from tests.models.ledger.builders import chain_fault, numbers
from tests.models.ledger.writer import killed_after, put_on_record

A_ROUND = 10_000
LONGEST_S = 0.05
"""Several blocks are written within this time."""


def killed_again_and_again(site: Site, rounds: int) -> None:
    """Kill so many writers one after the other, and look at the record after each and at the end."""
    random, told = Random(rounds), 0
    for which in range(rounds):
        first, group = which * A_ROUND, random.choice((1, 2, 5))
        acknowledged = killed_after(
            random.uniform(0, LONGEST_S), put_on_record, site.folder, first=first, count=A_ROUND, group=group
        )
        with site.read_session() as session:
            there = [number for number in numbers(session) if number >= first]
        assert there[: len(acknowledged)] == acknowledged
        assert there == list(range(first, first + len(there)))
        assert len(there) % group == 0, "half a block is on record"
        told += len(acknowledged)
    assert told > 2 * rounds  # they did write on
    whole(site)


def whole(site: Site) -> None:
    """The chain holds, every entry is in the index, every personal value is there."""
    with site.write_session() as session:
        assert chain_fault(list(entries(session)), session.signer.public) is None
        indexed = session.scalars(select(func.count(About.seq.distinct()))).one()
        told = session.scalars(select(func.count()).where(LedgerRow.kind == "report")).one()
        assert indexed == told  # the other entries name nobody
        assert session.scalars(select(func.count()).select_from(Particular)).one() == 2 * told


def test_whatever_was_acknowledged_outlives_thirty_kills(site: Site) -> None:
    killed_again_and_again(site, 30)


@pytest.mark.slow
def test_whatever_was_acknowledged_outlives_three_hundred_kills(site: Site) -> None:
    killed_again_and_again(site, 300)
