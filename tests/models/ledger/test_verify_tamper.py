"""Real attacks on real database files, by somebody who may write everything but has no key: each is found and named."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

import psycopg
import pytest
from nacl.signing import SigningKey

from models.ledger.checkpoint import CheckpointFile, make_checkpoint
from models.ledger.entry import entry_hash
from models.ledger.rotate import rotate_key
from models.ledger.seal import seal_head
from models.ledger.verify import verify_site
from models.signed import Purpose
from models.signing import Signer
from models.site import Site, open_site
from tests.models.ledger.written import AT, SEALED, write_entries

STRANGER = Signer(_key=SigningKey(b"s" * 32))
LAST = 16


@contextmanager
def bent(folder: Path) -> Iterator[sqlite3.Connection]:
    """The database with its guards taken off."""
    with closing(sqlite3.connect(folder / "menjian.db")) as connection, connection:
        guards = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in guards:
            connection.execute(f"DROP TRIGGER {name}")
        yield connection


def sql(*statements: str) -> Callable[[Path], None]:
    def run(folder: Path) -> None:
        with bent(folder) as connection:
            for statement in statements:
                connection.execute(statement)

    return run


def bend_lookup(folder: Path) -> None:
    with bent(folder) as connection:
        connection.execute("DROP INDEX ix_ledger_kind_seq")
        connection.execute("CREATE INDEX ix_ledger_kind_seq ON ledger (replace(kind, 'view', 'x'), seq)")
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("UPDATE sqlite_master SET sql = replace(sql, 'replace(kind, ''view'', ''x'')', 'kind')")


def take_out(seq: str) -> tuple[str, str]:
    return f"DELETE FROM ledger_about WHERE seq {seq}", f"DELETE FROM ledger WHERE seq {seq}"


def swap(column: str, one: int, other: int) -> str:
    there = f"(SELECT b.{column} FROM ledger b WHERE b.seq = {one} + {other} - ledger.seq)"
    return f"UPDATE ledger SET {column} = {there} WHERE seq IN ({one}, {other})"


def rechain(folder: Path, *, first: int, signer: Signer | None, founding: str | None = None) -> None:
    """Write everything from ``first`` on anew so that the hashes fit; without a ``signer`` the signatures stay."""
    with bent(folder) as connection:
        prev = bytes(32)
        if first > 1:
            (prev,) = connection.execute("SELECT hash FROM ledger WHERE seq = ?", (first - 1,)).fetchone()
        rows = connection.execute(
            "SELECT seq, at, kind, payload, signature FROM ledger WHERE seq >= ? ORDER BY seq", (first,)
        )
        found = rows.fetchall()
        connection.execute(
            "UPDATE ledger SET prev_hash = CAST(seq AS BLOB) WHERE seq >= ?", (first,)
        )  # unique until then
        for seq, at, kind, payload, signature in found:
            said = founding if seq == 1 and founding else payload
            instant = datetime.fromisoformat(f"{at}+00:00")
            own = entry_hash(seq=seq, at=instant, kind=kind, payload=said, prev_hash=prev)
            signed = signer.sign(own, Purpose.LEDGER) if signer else signature
            values = (said, prev, own, signed, seq)
            connection.execute("UPDATE ledger SET payload=?, prev_hash=?, hash=?, signature=? WHERE seq=?", values)
            prev = own


def edit_and_rechain(folder: Path) -> None:
    sql("UPDATE ledger SET payload = replace(payload, 'dispute', 'nothing') WHERE seq = 9")(folder)
    rechain(folder, first=9, signer=None)


def insert(folder: Path) -> None:
    """Room is made behind 8, an entry put there, and everything after it chained anew."""
    sql(
        *take_out("= 16"),
        "UPDATE ledger_about SET seq = seq + 100 WHERE seq > 8",
        "UPDATE ledger SET seq = seq + 100 WHERE seq > 8",
        "UPDATE ledger SET seq = seq - 99 WHERE seq > 100",
        "UPDATE ledger_about SET seq = seq - 99 WHERE seq > 100",
        "INSERT INTO ledger SELECT 9, at, kind, payload, x'00', hash, signature FROM ledger WHERE seq = 8",
    )(folder)
    rechain(folder, first=9, signer=None)


def found_anew(folder: Path) -> None:
    with bent(folder) as connection:
        (payload,) = connection.execute("SELECT payload FROM ledger WHERE seq = 1").fetchone()
    forged = {**json.loads(payload), "public_key": STRANGER.public.hex()}
    rechain(folder, first=1, signer=STRANGER, founding=json.dumps(forged, separators=(",", ":"), sort_keys=True))


def replace_public(folder: Path) -> None:
    (folder / "keys/signing.pub").write_text(f"{STRANGER.public.hex()}\n")


def found_anew_with_public(folder: Path) -> None:
    found_anew(folder)
    replace_public(folder)


def forge_everything(folder: Path) -> None:
    """All that lies in the folder but what only the site key can make: the sealed signing key."""
    found_anew_with_public(folder)
    with bent(folder) as connection:
        hashes = [own for (own,) in connection.execute("SELECT hash FROM ledger ORDER BY seq")]
    (folder / "checkpoints.jsonl").unlink()
    CheckpointFile(folder / "checkpoints.jsonl").add(make_checkpoint(None, hashes, at=AT, signer=STRANGER))


def edit_checkpoint(folder: Path) -> None:
    path = folder / "checkpoints.jsonl"
    path.write_text(path.read_text().replace('"at":"2026-03-01T02:00:00', '"at":"2026-03-01T03:00:00'))


def break_checkpoint(folder: Path) -> None:
    (folder / "checkpoints.jsonl").write_text("{}\n")


def replace_frame(folder: Path) -> None:
    [path] = (folder / "evidence").glob("*/*")
    path.write_bytes(path.read_bytes()[:-1] + b"x")


def remove_frame(folder: Path) -> None:
    [path] = (folder / "evidence").glob("*/*")
    path.unlink()


ATTACKS = [
    # one byte of the content
    (sql("UPDATE ledger SET payload = replace(payload, 'dispute', 'disputf') WHERE seq = 9"), 9, "content was changed"),
    # the instant it was put on record, by a microsecond
    (sql("UPDATE ledger SET at = '2026-03-01 02:00:00.000001' WHERE seq = 9"), 9, "content was changed"),
    # the kind
    (sql("UPDATE ledger SET kind = 'export' WHERE seq = 9"), 9, "content was changed"),
    # what is no instant, no text, no hash at all
    (sql("UPDATE ledger SET at = 'noon' WHERE seq = 9"), 9, "content was changed"),
    (sql("UPDATE ledger SET payload = x'7b7d' WHERE seq = 9"), 9, "not written by Menjian"),
    (sql("UPDATE ledger SET hash = 'abc' WHERE seq = 9"), 9, "not written by Menjian"),
    # an edit, and its own hash made to fit
    (edit_and_rechain, 9, "signature is not that of the site's key"),
    # the last entry under a checkpoint and everything after it
    (sql(*take_out(">= 12")), 12, "is missing: checkpoint of 12 entries of 2026-03-01T02:00:00.000000Z, only 11 are"),
    # everything
    (sql(*take_out("> 0")), 1, "the ledger is empty"),
    # one in the middle, and two
    (sql(*take_out("= 9")), 9, "was taken out: 9 is missing"),
    (sql(*take_out("IN (9, 10)")), 9, "was taken out: 9 to 10 are missing"),
    # the first
    (sql(*take_out("= 1")), 1, "was taken out: 1 is missing"),
    # one more in the middle
    (insert, 9, "signature is not that of the site's key"),
    # one that stands before the first
    (sql("INSERT INTO ledger SELECT 0, at, kind, payload, x'00', hash, signature FROM ledger WHERE seq = 8"),
     0, "not written by Menjian"),
    # two in each other's place
    (sql("UPDATE ledger SET seq = 99 WHERE seq = 9", "UPDATE ledger SET seq = 9 WHERE seq = 10",
         "UPDATE ledger SET seq = 10 WHERE seq = 99"), 9, "does not follow"),
    # signatures and contents changed over
    (sql(swap("signature", 9, 11)), 9, "signature is not that"),
    (sql(swap("payload", 3, 4)), 3, "content was changed"),
    # the phones of two customers, kept beside the chain, changed over
    (sql("UPDATE particular SET sealed = (SELECT b.sealed FROM particular b WHERE b.owner <> particular.owner)"),
     3, "its phone, kept beside it, is not the one it was recorded with"),
    # the digest by which records of one phone find each other
    (sql("UPDATE particular SET digest = x'00'"), 3, "its phone, kept beside it, is not"),
    # a phone thrown away without a word
    (sql("DELETE FROM particular"), 3, "its phone is gone, and no erasure or purge on record says why"),
    # its key thrown away
    (sql("DELETE FROM data_key WHERE owner = 'person:p2'"), 4, "its phone is gone"),
    # entries of one kind hidden from whoever asks for that kind
    (bend_lookup, None, "bent or is damaged (row 7 missing from index ix_ledger_kind_seq)"),
    # an entry hidden from a customer's decisions, pinned on another, tied to a third
    (sql("DELETE FROM ledger_about WHERE seq = 3 AND subject = 'p1'"), 3, "lacks somebody it is about"),
    (sql("INSERT INTO ledger_about VALUES ('p9', 4, 0)"), 4, "names somebody it is not about"),
    (sql("UPDATE ledger_about SET tie = 1 WHERE seq = 4"), 4, "wrong about whose records it ties"),
    (sql("INSERT INTO ledger_about VALUES ('p9', 99, 0)"), None, "has a row about no entry"),
    (sql("UPDATE ledger_about SET seq = 'x' WHERE seq = 4 AND subject = 'p2'"), 4, "lacks somebody it is about"),
    # everything anew under a key of one's own, which the public keys show; these replaced too, the checkpoints show
    (found_anew, 1, "begins with"),
    (found_anew_with_public, None, "a key that is not the site's"),
    # everything in the folder anew: the site's own key is not the ledger's
    (forge_everything, None, "which the ledger does not name"),
    # what lies beside the database
    (replace_public, 1, "begins with"),
    (edit_checkpoint, None, "signature does not fit"),
    (break_checkpoint, None, "checkpoints.jsonl, line 1"),
    (replace_frame, 6, "not the frame that was recorded"),
    (remove_frame, 6, "the frame it names is missing"),
    (sql("DELETE FROM frame"), 6, "is gone, and no erasure or purge on record says why"),
]  # fmt: skip


@pytest.mark.parametrize(("attack", "seq", "says"), ATTACKS)
def test_an_attack_is_found_and_the_first_bad_entry_named(
    embedded_site: Site, attack: Callable[[Path], None], seq: int | None, says: str
) -> None:
    write_entries(embedded_site)
    embedded_site.close()
    assert verify_site(embedded_site.folder, open_frames=True).faults == ()
    attack(embedded_site.folder)
    first = verify_site(embedded_site.folder, open_frames=True).first_bad
    assert first is not None
    assert (first.seq, says in first.says) == (seq, True), str(first)


def test_a_cut_behind_the_last_checkpoint_shows_only_in_what_is_said_to_be_covered(embedded_site: Site) -> None:
    """Nobody can tell such a ledger from one that was never longer: so it is told how far the last checkpoint reaches,
    and that a copy of the checkpoints, kept elsewhere, finds the rest."""
    write_entries(embedded_site)
    embedded_site.close()
    folder = embedded_site.folder
    kept_elsewhere = (folder / "checkpoints.jsonl").read_bytes()
    sql(*take_out("> 14"))(folder)
    report = verify_site(folder)
    assert (report.faults, report.entries, report.sealed) == ((), 14, SEALED)
    (folder / "checkpoints.jsonl").write_bytes(kept_elsewhere.splitlines(keepends=True)[0])
    sql(*take_out("> 8"))(folder)
    report = verify_site(folder)
    assert (report.faults, report.entries, report.sealed) == ((), 8, 6)
    (folder / "checkpoints.jsonl").write_bytes(kept_elsewhere)
    assert str(verify_site(folder).first_bad).startswith("entry 9: is missing: checkpoint of 12 entries")


def test_checkpoints_cut_off_under_a_time_stamp_show(embedded_site: Site) -> None:
    write_entries(embedded_site)
    last = embedded_site.checkpoints.all()[-1]
    (embedded_site.folder / "timestamps").mkdir()
    (embedded_site.folder / "timestamps" / f"{last.root.hex()}.tsr").write_bytes(b"stamp")
    path = embedded_site.folder / "checkpoints.jsonl"
    path.write_bytes(path.read_bytes().splitlines(keepends=True)[0])
    assert "stamps a checkpoint that is not there" in str(verify_site(embedded_site.folder).first_bad)


@pytest.mark.parametrize(
    ("statement", "seq", "says"),
    [
        ("UPDATE ledger SET payload = replace(payload, 'dispute', 'x') WHERE seq = 9", 9, "content was changed"),
        ("UPDATE ledger SET at = at + interval '1 microsecond' WHERE seq = 9", 9, "content was changed"),
        ("DELETE FROM ledger_about WHERE seq = 9; DELETE FROM ledger WHERE seq = 9", 9, "was taken out"),
        (
            "DELETE FROM ledger_about WHERE seq > 9; DELETE FROM ledger WHERE seq > 9",
            10,
            "is missing: checkpoint of 12",
        ),
        ("UPDATE ledger_about SET tie = true WHERE seq = 4", 4, "wrong about whose records it ties"),
        (swap("signature", 9, 11), 9, "signature is not that"),
    ],
)
@pytest.mark.parametrize("engine", ["postgresql"])
def test_the_same_holds_on_a_server(site: Site, statement: str, seq: int, says: str) -> None:
    write_entries(site)
    assert verify_site(site.folder).faults == ()
    assert site.settings.database is not None
    with psycopg.connect(site.settings.database) as connection:
        for table in ("ledger", "ledger_about"):
            connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER".encode())
        connection.execute(statement.encode())
    first = verify_site(site.folder).first_bad
    assert first is not None
    assert (first.seq, says in first.says) == (seq, True), str(first)


def test_one_bad_entry_at_the_beginning_makes_no_other_bad(embedded_site: Site) -> None:
    write_entries(embedded_site)
    embedded_site.close()
    sql("UPDATE ledger SET payload = '{}' WHERE seq = 1")(embedded_site.folder)
    assert [fault.seq for fault in verify_site(embedded_site.folder).faults] == [1]


def test_a_cut_behind_a_rotation_is_told_as_a_cut(embedded_site: Site) -> None:
    write_entries(embedded_site)
    rotate_key(embedded_site, reason="yearly change", at=AT, by="desk")
    with open_site(embedded_site.folder) as again:
        seal_head(again, AT)
    sql(*take_out("> 14"))(embedded_site.folder)
    first = str(verify_site(embedded_site.folder).first_bad)
    assert first.startswith("entry 15: is missing: checkpoint of 17 entries")
