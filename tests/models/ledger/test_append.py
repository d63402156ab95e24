"""What is put on record: canonical, chained, signed, without anything personal, and not to be changed again."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
import rfc8785
from sqlalchemy import delete, insert, select, text, update

from models.base import Base, ModelsError
from models.ledger.append import append
from models.ledger.kinds import Arrival, Consented, KeyRotated, Recordable
from models.ledger.read import count, entries, entries_of_kind, entry, head
from models.ledger.records import About, LedgerRow, Particular
from models.session import WriteSession
from models.site import Site
from models.timeline import timeline_of
from tests.models.builders import FOUNDED
from tests.models.conftest import Engine
from tests.models.ledger.builders import NAME, PHONE, blind, chain_fault, later, numbers, report

KINDS: list[Recordable] = [
    report(reason="客户要求"),
    # floats of every length RFC 8785 writes otherwise than Python does
    Arrival(
        at=later(1),
        arrival="v1",
        door="主门",
        direction="in",
        sigma_s=1e-7,
        status="known",
        person="p1",
        score=1.0,
        track=3,
    ),
    Consented(
        at=later(2),
        person="p1",
        consent="c",
        mode="consent_first",
        how="desk",
        notice_version="1",
        notice_sha256="0" * 64,
    ),
    blind(4),
]


class InterruptedBlockError(Exception):
    """Something went wrong inside the block."""


def test_payloads_are_canonical_and_say_who_recorded_them(site: Site) -> None:
    with site.write_session() as session:
        written = append(session, KINDS, at=FOUNDED, by="reception")
    for one in written:
        assert rfc8785.dumps(json.loads(one.payload)).decode() == one.payload
        assert json.loads(one.payload)["recorded_by"] == "reception"


def test_what_comes_back_is_what_was_written(site: Site) -> None:
    with site.write_session() as session:
        written = append(session, KINDS, at=FOUNDED, by="reception")
    with site.read_session() as session:
        assert list(entries(session, first=2)) == written
        assert head(session) == written[-1]
        assert entry(session, 3) == written[1]
        assert entry(session, 99) is None
        assert count(session) == 5
        assert [one.kind for one in entries_of_kind(session, "report", "blind")] == ["report", "blind"]


def test_every_entry_hangs_on_the_one_before_and_is_signed(site: Site) -> None:
    for _ in range(3):
        with site.write_session() as session:
            append(session, KINDS, at=FOUNDED, by="reception")
    with site.read_session() as session:
        found = list(entries(session))
    assert len(found) == 1 + 3 * len(KINDS)
    with site.write_session() as session:
        assert chain_fault(found, session.signer.public) is None


def test_personal_values_are_nowhere_in_the_chain(site: Site) -> None:
    with site.write_session() as session:
        append(session, [report(reason="老客户回访")], at=FOUNDED, by="reception")
    with site.read_session() as session:
        payload = list(entries(session))[-1].payload
        kept = session.rows(select(Particular.field, Particular.sealed).order_by(Particular.field)).all()
    for secret in (NAME, PHONE, "老客户回访"):
        assert secret not in payload
        assert all(secret.encode() not in row.sealed for row in kept)
    assert [row.field for row in kept] == ["name", "phone", "reason"]


def test_the_same_value_twice_leaves_two_commitments(site: Site) -> None:
    with site.write_session() as session:
        one, other = append(session, [report(), report()], at=FOUNDED, by="reception")
    assert json.loads(one.payload)["phone"] != json.loads(other.payload)["phone"]


def test_late_entries_keep_their_place_in_the_ledger_and_are_read_by_when_they_happened(site: Site) -> None:
    with site.write_session() as session:
        append(session, [report(at=later(60), by="a2"), report(at=later(30), by="a1")], at=later(60), by="reception")
    with site.read_session() as session:
        assert [one.by for one in timeline_of(session, "p1").entries if one.do == "report"] == ["a1", "a2"]
        assert [json.loads(one.payload)["by"] for one in entries(session, first=2)] == ["a2", "a1"]


@pytest.mark.parametrize(
    ("back", "told"),
    [
        (timedelta(0), []),
        (timedelta(seconds=1), []),  # what two machines' clocks differ by
        (timedelta(seconds=1, microseconds=1), ["clock_jump"]),
        (timedelta(days=400), ["clock_jump"]),
    ],
)
def test_a_clock_that_was_set_back_is_put_on_record_first(site: Site, back: timedelta, told: list[str]) -> None:
    with site.write_session() as session:
        written = append(session, [blind(1)], at=FOUNDED - back, by="door")
        again = append(session, [blind(2)], at=FOUNDED - back, by="door")
    assert [one.kind for one in written] == [*told, "blind"]
    assert [one.kind for one in again] == ["blind"]
    with site.read_session() as session:
        assert numbers(session) == [1, 2]
    if told:
        assert json.loads(written[0].payload)["before"] == FOUNDED.isoformat().replace("+00:00", "Z")


def test_a_block_that_fails_after_an_append_leaves_no_entry_no_index_and_no_value(site: Site) -> None:
    def interrupted() -> None:
        with site.write_session() as session:
            append(session, [report()], at=FOUNDED, by="reception")
            raise InterruptedBlockError

    with pytest.raises(InterruptedBlockError):
        interrupted()
    with site.read_session() as session:
        assert count(session) == 1
        assert session.scalars(select(About.seq).where(About.seq > 1)).all() == []
        assert session.scalars(select(Particular.commitment)).all() == []


def test_nothing_to_put_on_record_writes_nothing(site: Site) -> None:
    with site.write_session() as session:
        assert append(session, [], at=FOUNDED, by="reception") == []
        assert count(session) == 1


def test_a_key_that_is_not_in_force_any_more_signs_nothing(site: Site) -> None:
    with site.write_session() as session:
        append(session, [KeyRotated(at=FOUNDED, public_key="0" * 64, reason="test")], at=FOUNDED, by="admin")
    with pytest.raises(ModelsError, match="the signing key was rotated"), site.write_session() as session:
        append(session, [blind(1)], at=FOUNDED, by="door")


Change = Callable[[WriteSession], object]


def execute(statement: str) -> Change:
    return lambda session: session.rows(text(statement))


CHANGES: dict[str, Change] = {
    "update": lambda session: session.change(update(LedgerRow).values(kind="arrival")),
    "update of a signature": execute("UPDATE ledger SET signature = signature WHERE seq = 2"),
    "delete": lambda session: session.change(delete(LedgerRow).where(LedgerRow.seq == 2)),
    "update of the index": lambda session: session.change(update(About).values(tie=True)),
    "delete from the index": lambda session: session.change(delete(About)),
    "the same number again": lambda session: session.add_rows(insert(LedgerRow), [copy(session)]),
    "a fork": lambda session: session.add_rows(insert(LedgerRow), [{**copy(session), "seq": 3}]),
}
OF_ONE_ENGINE: dict[Engine, dict[str, Change]] = {
    "sqlite": {
        "replace": execute("INSERT OR REPLACE INTO ledger SELECT * FROM ledger WHERE seq = 2"),
        "replace in the index": execute("INSERT OR REPLACE INTO ledger_about SELECT * FROM ledger_about"),
        "update or ignore": execute("UPDATE OR IGNORE ledger SET kind = 'x'"),
    },
    "postgresql": {
        "truncate": execute("TRUNCATE ledger CASCADE"),
        "truncate of the index": execute("TRUNCATE ledger_about"),
        "upsert": execute(
            "INSERT INTO ledger SELECT * FROM ledger WHERE seq = 2 ON CONFLICT (seq) DO UPDATE SET kind = 'x'"
        ),
    },
}


def copy(session: WriteSession) -> dict[str, object]:
    """The columns of the second entry."""
    columns = Base.metadata.tables["ledger"].columns
    return dict(session.rows(select(*columns).where(LedgerRow.seq == 2)).one()._mapping)


@pytest.mark.parametrize(
    ("engine", "what"),
    [(engine, what) for engine, own in OF_ONE_ENGINE.items() for what in (*CHANGES, *own)],
)
def test_the_database_refuses_to_change_the_ledger(site: Site, engine: Engine, what: str) -> None:
    with site.write_session() as session:
        append(session, [report()], at=FOUNDED, by="reception")
    with site.read_session() as session:
        before = list(entries(session))
    with pytest.raises(ModelsError, match=r"append-only|(?i:unique)"), site.write_session() as session:
        {**CHANGES, **OF_ONE_ENGINE[engine]}[what](session)
    with site.read_session() as session:
        assert list(entries(session)) == before
