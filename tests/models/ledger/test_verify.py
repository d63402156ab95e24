"""Verification of a ledger nobody bent: what it needs, what it says of what is gone, and what it refuses."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from models.base import ModelsError
from models.evidence import erase_frames
from models.keys import drop_key, of_person
from models.ledger.kinds import ClaimantKnown, Erased, Merged, Orphans, Purged, Recordable
from models.ledger.seal import seal_head
from models.ledger.verify import Tally, verify_site
from models.site import Site, create_site
from models.vault import create_key
from tests.models.builders import FOUNDED
from tests.models.ledger.written import AT, FRAME, SEALED, keep_frame, record, write_entries
from tests.models.limits import files_limited_to

ZERO = "0" * 64
LATER = AT + timedelta(days=400)


def test_all_is_well_with_a_ledger_nobody_touched(site: Site) -> None:
    write_entries(site)
    report = verify_site(site.folder, open_frames=True)
    assert (report.faults, report.first_bad, report.extra) == ((), None, ())
    assert (report.entries, report.checkpoints, report.sealed, report.sealed_at) == (16, 2, SEALED, AT)
    assert report.particulars == Tally(there=2, opened=2)
    assert report.frames == Tally(there=1, opened=1)
    assert report.stamps.held == 0


def test_claimants_tie_no_records_also_when_one_became_known_in_the_same_step(site: Site) -> None:
    record(site, ClaimantKnown(at=AT, who="d1", kind="distributor"), Merged(at=AT, person="p1", to="d1", reason="same"))
    assert verify_site(site.folder).faults == ()


def test_progress_is_told_up_to_the_end(site: Site) -> None:
    write_entries(site)
    seen: list[tuple[int, int]] = []
    verify_site(site.folder, on_entries=lambda done, of: seen.append((done, of)))
    assert seen[-1] == (16, 16)


def test_the_database_and_the_public_keys_are_enough(embedded_site: Site, tmp_path: Path) -> None:
    write_entries(embedded_site)
    embedded_site.close()
    copy = tmp_path / "copy"
    (copy / "keys").mkdir(parents=True)
    for name in ("menjian.db", "keys/signing.pub", "evidence", "checkpoints.jsonl"):
        here = embedded_site.folder / name
        (shutil.copytree if here.is_dir() else shutil.copy)(here, copy / name)
    report = verify_site(copy)
    assert (report.faults, report.sealed) == ((), SEALED)
    assert (report.particulars, report.frames) == (Tally(there=2), Tally(there=1))
    with pytest.raises(ModelsError, match=r"site\.key: needed to open the frames"):
        verify_site(copy, open_frames=True)


def test_nothing_is_written_into_the_database(embedded_site: Site) -> None:
    write_entries(embedded_site)
    embedded_site.close()
    database = embedded_site.folder / "menjian.db"
    before = sha256(database.read_bytes()).digest()
    verify_site(embedded_site.folder)
    assert sha256(database.read_bytes()).digest() == before


def test_what_a_running_site_has_not_put_in_its_file_yet_is_seen(embedded_site: Site) -> None:
    write_entries(embedded_site)
    assert (embedded_site.folder / "menjian.db-wal").stat().st_size > 0
    assert verify_site(embedded_site.folder).entries == 16


def erased(site: Site) -> Recordable:
    with site.write_session() as session:
        drop_key(session, of_person("p1"))
    return Erased(at=AT, person="p1", reason="request", removed={"phones": 1}, digest=ZERO)


def purged(site: Site) -> Recordable:
    with site.write_session() as session:
        frames = erase_frames(session, "a1")
    site.frames.remove(frames)
    return Purged(at=LATER, what="frames", before=AT + timedelta(days=1), count=1, digest=ZERO)


@pytest.mark.parametrize(
    ("remove", "first", "particulars", "frames"),
    [
        (erased, 3, Tally(there=1, opened=1, gone=1), Tally(there=1)),  # a person, with all that is theirs
        (purged, 6, Tally(there=2, opened=2), Tally(gone=1)),  # frames that had their time
    ],
)
def test_what_is_gone_needs_an_entry_that_says_so(
    site: Site, remove: Callable[[Site], Recordable], first: int, particulars: Tally, frames: Tally
) -> None:
    write_entries(site)
    told = remove(site)
    silent = verify_site(site.folder).first_bad
    assert silent is not None
    assert (silent.seq, "no erasure or purge on record" in silent.says) == (first, True)
    record(site, told)
    report = verify_site(site.folder)
    assert (report.faults, report.particulars, report.frames) == ((), particulars, frames)


def test_that_a_door_removed_a_stray_of_the_same_name_excuses_nothing(site: Site) -> None:
    write_entries(site)
    purged(site)
    record(site, Orphans(at=LATER, files=(sha256(FRAME).hexdigest(),)))
    assert "no erasure or purge on record says why" in str(verify_site(site.folder).first_bad)


def test_a_purge_explains_nothing_that_is_younger(site: Site) -> None:
    write_entries(site)
    purged(site)
    record(site, Purged(at=LATER, what="frames", before=AT - timedelta(days=1), count=1, digest=ZERO))
    assert str(verify_site(site.folder).first_bad).startswith("entry 6: frame ")


def test_a_file_no_entry_names_is_told_without_being_a_fault(site: Site) -> None:
    frame = keep_frame(site, "a1")
    known = site.frames.path("a1", frame.sha256)
    stray = site.frames.path("a2", frame.sha256)
    shutil.copy(known, stray)
    report = verify_site(site.folder)
    assert (report.faults, report.extra) == ((), (stray.name,))


def test_missing_public_keys_are_told(site: Site) -> None:
    write_entries(site)
    (site.folder / "keys/signing.pub").unlink()
    assert "signing.pub: the public keys cannot be read" in str(verify_site(site.folder).first_bad)


def test_of_a_ledger_cut_before_a_rotation_the_public_keys_still_tell(site: Site) -> None:
    path = site.folder / "keys/signing.pub"
    path.write_text(path.read_text() + "ab" * 32 + "\n")
    assert "names other keys than the ledger's rotations" in str(verify_site(site.folder).first_bad)


def another_key(folder: Path) -> None:
    (folder / "keys/site.key").unlink()
    create_key(folder / "keys/site.key")


def test_the_wrong_site_key_is_told(embedded_site: Site) -> None:
    write_entries(embedded_site)
    another_key(embedded_site.folder)
    says = [str(fault) for fault in verify_site(embedded_site.folder).faults]
    assert any("signing.key: damaged, or not sealed with this site's key" in line for line in says)
    assert any("not sealed with this site's key, or changed since" in line for line in says)


def schema(revision: str) -> Callable[[Path], None]:
    def run(folder: Path) -> None:
        with closing(sqlite3.connect(folder / "menjian.db")) as connection, connection:
            connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))

    return run


def torn(folder: Path) -> None:
    content = (folder / "menjian.db").read_bytes()
    (folder / "menjian.db").write_bytes(content[:8192] + b"x" * (len(content) - 8192))


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (schema("r9999"), r"menjian\.db: written by a newer Menjian \(schema r9999\); update this program"),
        (schema("r0001"), r"menjian\.db: written by an older Menjian \(schema r0001\); open it with: menjian doctor"),
        (lambda folder: (folder / "menjian.db").write_bytes(b"x" * 9000), "file is not a database; stop every Menjian"),
        (torn, r"menjian\.db: the database refused: .*malformed; stop every Menjian"),
        (
            lambda folder: (folder / "menjian.db").unlink(),
            r"menjian\.db: the database is missing or empty; name a",
        ),
        (lambda folder: (folder / "menjian.db").write_bytes(b""), r"menjian\.db: the database is missing or empty"),
        (lambda folder: (folder / "keys/site.key").chmod(0o644), r"site\.key: the site key is open to other users"),
    ],
)
def test_what_cannot_be_verified_is_one_clear_line(tmp_path: Path, spoil: Callable[[Path], None], says: str) -> None:
    with create_site(tmp_path, at=FOUNDED) as made:
        write_entries(made)
    spoil(tmp_path)
    with pytest.raises(ModelsError, match=says) as caught:
        verify_site(tmp_path)
    assert "\n" not in str(caught.value)


def test_a_ledger_is_verified_on_a_full_disk(embedded_site: Site) -> None:
    write_entries(embedded_site)
    embedded_site.close()
    assert not list(embedded_site.folder.glob("menjian.db-*"))
    with files_limited_to(0):
        report = verify_site(embedded_site.folder)
    assert (report.faults, report.entries) == ((), 16)


def test_a_log_that_a_full_disk_keeps_from_being_read_is_one_clear_line(embedded_site: Site, tmp_path: Path) -> None:
    write_entries(embedded_site)  # what was written last stands in the log beside the database
    copy = tmp_path / "copy"
    shutil.copytree(embedded_site.folder, copy)
    (copy / "menjian.db-shm").unlink()
    with files_limited_to(0), pytest.raises(ModelsError, match=r"disk I/O error.*: make room on its disk"):
        verify_site(copy)


def test_a_checkpoint_written_while_the_ledger_is_read_is_no_fault(embedded_site: Site) -> None:
    """Entries and a checkpoint are added between two parts of the walk: the walk sees neither."""
    write_entries(embedded_site)

    def meanwhile(_done: int, _of: int) -> None:
        record(embedded_site, ClaimantKnown(at=AT, who="d2", kind="distributor"))
        seal_head(embedded_site, AT)

    report = verify_site(embedded_site.folder, on_entries=meanwhile)
    assert (report.faults, report.entries) == ((), 16)
