"""Evidence on the disk: what is written reads back, under the right key only, and is gone when it was erased."""

from __future__ import annotations

import os
import stat
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from models.evidence import (
    EvidenceError,
    FrameFiles,
    StoredFrame,
    add_frames,
    erase_frames,
    erase_frames_under,
    frame_key,
    frames_of,
    purge_to_budget,
    read_frame,
    sweep,
)
from models.keys import KeyGoneError, drop_key, of_arrival, of_person
from models.people import add_person
from models.site import Site
from tests.models.builders import FOUNDED

AT = FOUNDED + timedelta(hours=1)
LATER = AT + timedelta(days=3650)


@pytest.fixture
def files(site: Site) -> FrameFiles:
    return site.frames


def kept(
    site: Site,
    files: FrameFiles,
    arrival: str,
    *jpegs: bytes,
    person: str | None = None,
    at: datetime = AT,
) -> list[StoredFrame]:
    """Frames of an arrival, 40 ms apart, on the disk and listed."""
    with site.write_session() as session:
        owner, sealer = frame_key(session, arrival=arrival, person=person, at=at)
    stored = [
        files.write(sealer, jpeg, arrival=arrival, owner=owner, at=at + timedelta(milliseconds=40 * n))
        for n, jpeg in enumerate(jpegs)
    ]
    with site.write_session() as session:
        add_frames(session, stored, written_at=at)
    return stored


def read(site: Site, files: FrameFiles, frame: StoredFrame) -> bytes:
    with site.read_session() as session:
        return read_frame(session, files, arrival=frame.arrival, sha256=frame.sha256)


def on_disk(files: FrameFiles) -> list[Path]:
    return sorted(path for path in files.folder.rglob("*") if path.is_file())


def test_frames_read_back_in_order_and_are_named_by_the_hash_of_their_plaintext(site: Site, files: FrameFiles) -> None:
    stored = kept(site, files, "a1", b"one", b"two")
    with site.read_session() as session:
        assert list(frames_of(session, "a1")) == stored
    assert [frame.sha256 for frame in stored] == [sha256(b"one").hexdigest(), sha256(b"two").hexdigest()]
    assert [read(site, files, frame) for frame in stored] == [b"one", b"two"]
    for path, digest in zip(on_disk(files), sorted(frame.sha256 for frame in stored), strict=True):
        assert path.name.startswith(digest)
        assert path.parent.name == digest[:2]


def test_a_file_is_sealed_and_readable_by_its_owner_only(site: Site, files: FrameFiles) -> None:
    (frame,) = kept(site, files, "a1", b"a picture of somebody")
    (path,) = on_disk(files)
    assert b"picture" not in path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.stat().st_size == frame.size_bytes


def test_the_same_picture_of_two_arrivals_has_two_files_and_erasing_one_keeps_the_other(
    site: Site, files: FrameFiles
) -> None:
    (one,), (other,) = kept(site, files, "a1", b"same"), kept(site, files, "a2", b"same")
    with site.write_session() as session:
        erased = erase_frames(session, "a1")
    files.remove(erased)
    assert erased == (one,)
    assert read(site, files, other) == b"same"
    assert len(on_disk(files)) == 1
    with pytest.raises(EvidenceError, match=r"arrival a1: no frame .* is kept"):
        read(site, files, one)


def test_a_backup_of_erased_frames_cannot_be_read(site: Site, files: FrameFiles) -> None:
    (frame,) = kept(site, files, "a1", b"one")
    with site.write_session() as session:
        drop_key(session, of_arrival("a1"))
    assert on_disk(files) != []
    with pytest.raises(KeyGoneError, match="arrival:a1: erased"):
        read(site, files, frame)


def test_erasing_a_person_erases_exactly_the_frames_of_that_person(site: Site, files: FrameFiles) -> None:
    with site.write_session() as session:
        person = add_person(session, name="N", role="customer", at=AT, by="desk")
    first, second = kept(site, files, "a1", b"in", person=person), kept(site, files, "a2", b"out", person=person)
    other = kept(site, files, "a3", b"somebody else")
    with site.write_session() as session:
        drop_key(session, of_person(person))
    for frame in (*first, *second):
        with pytest.raises(KeyGoneError):
            read(site, files, frame)
    with site.write_session() as session:
        erased = erase_frames_under(session, of_person(person))
    files.remove(erased)
    assert set(erased) == {*first, *second}
    assert len(on_disk(files)) == len(other)
    with site.read_session() as session:
        assert frames_of(session, "a1") == frames_of(session, "a2") == ()


def test_no_key_is_made_for_somebody_who_was_erased(site: Site) -> None:
    with site.write_session() as session, pytest.raises(KeyGoneError, match="person:gone: erased"):
        frame_key(session, arrival="a1", person="gone", at=AT)


def test_frames_whose_owner_was_erased_while_they_were_written_are_not_listed(site: Site, files: FrameFiles) -> None:
    with site.write_session() as session:
        owner, sealer = frame_key(session, arrival="a1", person=None, at=AT)
    frame = files.write(sealer, b"one", arrival="a1", owner=owner, at=AT)
    with site.write_session() as session:
        drop_key(session, owner)
    with site.write_session() as session, pytest.raises(KeyGoneError, match="erased while frames were written"):
        add_frames(session, [frame], written_at=AT)


def test_the_same_film_watched_again_adds_nothing(site: Site, files: FrameFiles) -> None:
    once = kept(site, files, "a1", b"one", b"one", b"two")
    again = kept(site, files, "a1", b"one", b"two")
    assert len(on_disk(files)) == 2
    with site.read_session() as session:
        assert {frame.sha256 for frame in frames_of(session, "a1")} == {frame.sha256 for frame in (*once, *again)}
        assert len(frames_of(session, "a1")) == 2


@pytest.mark.parametrize("fault", ["other frame", "one bit", "empty", "missing"])
def test_a_replaced_damaged_or_missing_file_is_named(site: Site, files: FrameFiles, fault: str) -> None:
    first, _ = kept(site, files, "a1", b"one", b"two")
    path = next(path for path in on_disk(files) if path.name.startswith(first.sha256))
    other = next(one for one in on_disk(files) if one != path)
    sealed = path.read_bytes()
    if fault == "missing":
        path.unlink()
    else:
        path.write_bytes(
            {"other frame": other.read_bytes(), "one bit": sealed[:-1] + bytes([sealed[-1] ^ 1]), "empty": b""}[fault]
        )
    says = "cannot be read" if fault == "missing" else "replaced or damaged"
    with pytest.raises(EvidenceError, match=says) as caught:
        read(site, files, first)
    assert str(caught.value).startswith(f"{path}: ")


def test_a_frame_sealed_with_the_right_key_but_other_content_is_refused(site: Site, files: FrameFiles) -> None:
    (frame,) = kept(site, files, "a1", b"one")
    (path,) = on_disk(files)
    with site.write_session() as session:
        _, sealer = frame_key(session, arrival="a1", person=None, at=AT)
    path.write_bytes(sealer.seal(b"forged", f"frame {frame.sha256} of a1"))
    with pytest.raises(EvidenceError, match="not the frame that was recorded"):
        read(site, files, frame)


def test_a_full_disk_leaves_nothing_behind(site: Site, files: FrameFiles) -> None:
    with site.write_session() as session:
        owner, sealer = frame_key(session, arrival="a1", person=None, at=AT)
    files.folder.write_bytes(b"")  # no folder can be made here
    with pytest.raises(EvidenceError, match=r"evidence: a frame cannot be written \(.*\); free some space"):
        files.write(sealer, b"one", arrival="a1", owner=owner, at=AT)


def test_beyond_the_budget_the_oldest_arrivals_go_whole(site: Site, files: FrameFiles) -> None:
    for day, arrival in enumerate(("old", "middle", "new")):
        kept(site, files, arrival, *(bytes([n]) * 1000 for n in range(10)), at=AT + timedelta(days=day))
    with site.write_session() as session:
        assert purge_to_budget(session, budget_mb=1.0) == ()
        purged = purge_to_budget(session, budget_mb=0.0210)
    files.remove(purged)
    assert {frame.arrival for frame in purged} == {"old"}
    assert len(purged) == 10
    assert len(on_disk(files)) == 20
    assert sum(path.stat().st_size for path in on_disk(files)) <= 21_000


def test_what_a_stop_left_half_done_is_found_and_told(site: Site, files: FrameFiles) -> None:
    (sound,) = kept(site, files, "a1", b"one")
    with site.write_session() as session:
        owner, sealer = frame_key(session, arrival="a2", person=None, at=AT)
    stray = files.write(sealer, b"never listed", arrival="a2", owner=owner, at=AT)
    half = files.folder / "ab" / f"{'ab' * 32}-{'0' * 16}.part"
    half.parent.mkdir(exist_ok=True)
    half.write_bytes(b"half")
    with site.write_session() as session:
        found = sweep(session, files, before=LATER)
    assert found.hashes == (stray.sha256,)
    files.unlink(found.strays)
    assert [path.name.partition("-")[0] for path in on_disk(files)] == [sound.sha256]
    with site.write_session() as session:
        assert sweep(session, files, before=LATER).strays == ()
    assert read(site, files, sound) == b"one"


def test_a_frame_whose_file_is_missing_stays_listed(site: Site, files: FrameFiles) -> None:
    frames = kept(site, files, "a1", b"one", b"two")
    on_disk(files)[0].unlink()
    with site.write_session() as session:
        assert sweep(session, files, before=LATER).strays == ()
        assert frames_of(session, "a1") == tuple(frames)


def test_what_another_door_is_just_writing_is_left_alone(site: Site, files: FrameFiles) -> None:
    with site.write_session() as session:
        owner, sealer = frame_key(session, arrival="a1", person=None, at=AT)
    files.write(sealer, b"one", arrival="a1", owner=owner, at=AT)
    (path,) = on_disk(files)
    os.utime(path, (AT.timestamp(), AT.timestamp()))
    with site.write_session() as session:
        assert sweep(session, files, before=AT).strays == ()
        assert len(sweep(session, files, before=AT + timedelta(seconds=1)).hashes) == 1
