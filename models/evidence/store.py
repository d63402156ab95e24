"""What the database knows of the frames. Rows change inside a session somebody else opened; the files of rows that went
are removed after it has ended well, so that a transaction that fails loses nothing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Select, delete, func, insert, select

from models.evidence.files import NAME, EvidenceError, FrameFiles, StoredFrame
from models.evidence.records import FrameRecord
from models.keys import DataKey, KeyGoneError, drop_key, ensure_key, of_arrival, of_person, sealer_of
from models.session import ReadSession, WriteSession
from models.vault import Sealer

MEGABYTE = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Orphaned:
    """What a start found: files no row speaks of (``strays``)."""

    strays: tuple[Path, ...]

    @property
    def hashes(self) -> tuple[str, ...]:
        """The SHA-256 (hex) of each whole stray, sorted."""
        return tuple(sorted(path.name.partition("-")[0] for path in self.strays if NAME.fullmatch(path.name)))


def frame_key(session: WriteSession, *, arrival: str, person: str | None, at: datetime) -> tuple[str, Sealer]:
    """Owner and key for the frames of an arrival: the person's when it is known who arrived, so that erasing the
    person erases them, else a key of the arrival's own. Raises ``KeyGoneError`` when the person was erased."""
    if person is not None:
        return of_person(person), sealer_of(session, of_person(person))
    return of_arrival(arrival), ensure_key(session, of_arrival(arrival), at=at)


def add_frames(session: WriteSession, frames: Sequence[StoredFrame], *, written_at: datetime) -> None:
    """List frames that are on the disk; those listed before (the same film watched again) stay as they are. Raises
    ``KeyGoneError`` when their owner was erased while they were written: remove the files then."""
    for owner in {frame.owner for frame in frames}:
        if session.get(DataKey, owner) is None:
            raise KeyGoneError(f"{owner}: erased while frames were written; they are not kept")
    listed = {
        (one.arrival, one.sha256) for arrival in {f.arrival for f in frames} for one in frames_of(session, arrival)
    }
    new = {(frame.arrival, frame.sha256): frame for frame in frames if (frame.arrival, frame.sha256) not in listed}
    if new:
        rows = [asdict(frame) | {"written_at": written_at} for frame in new.values()]
        session.add_rows(insert(FrameRecord), rows)


def frames_of(session: ReadSession, arrival: str) -> tuple[StoredFrame, ...]:
    """The frames kept of an arrival, oldest first."""
    return _listed(session, select(FrameRecord).where(FrameRecord.arrival == arrival))


def read_frame(session: ReadSession, files: FrameFiles, *, arrival: str, sha256: str) -> bytes:
    """One frame as JPEG. Raises ``EvidenceError`` when it is not listed, missing or replaced (its file is named), and
    ``KeyGoneError`` when it was erased."""
    row = session.get(FrameRecord, (arrival, sha256))
    if row is None:
        raise EvidenceError(f"arrival {arrival}: no frame {sha256[:12]}… is kept; it may have been purged or erased")
    return files.read(sealer_of(session, row.owner), arrival=arrival, sha256=sha256)


def erase_frames(session: WriteSession, arrival: str) -> tuple[StoredFrame, ...]:
    """Erase an arrival's own key and the rows of its frames; returns them, for `FrameFiles.remove` once the session has
    ended. A person's key stays: it holds more than frames, and whoever erases the person drops it."""
    erased = frames_of(session, arrival)
    session.change(delete(FrameRecord).where(FrameRecord.arrival == arrival))
    drop_key(session, of_arrival(arrival))
    return erased


def erase_frames_under(session: WriteSession, owner: str) -> tuple[StoredFrame, ...]:
    """Erase the rows of every frame sealed under one key, a person's; returns them, for `FrameFiles.remove`. The key
    itself is the caller's to drop."""
    erased = _listed(session, select(FrameRecord).where(FrameRecord.owner == owner))
    session.change(delete(FrameRecord).where(FrameRecord.owner == owner))
    return erased


def megabytes(session: ReadSession) -> float:
    """What the frames take on the disk, megabytes (1e6 bytes)."""
    size = func.coalesce(func.sum(FrameRecord.size_bytes), 0)
    return int(session.scalars(select(size)).one()) / MEGABYTE


def purge_to_budget(session: WriteSession, *, budget_mb: float, held: Collection[str] = ()) -> tuple[StoredFrame, ...]:
    """Erase the frames of whole arrivals, the oldest first and none of ``held``, until the rest takes at most
    ``budget_mb`` (1e6 bytes); returns what was erased, for an entry and for `FrameFiles.remove`."""
    taken_mb = megabytes(session)
    purged: list[StoredFrame] = []
    each = select(FrameRecord.arrival, func.sum(FrameRecord.size_bytes).label("taken")).group_by(FrameRecord.arrival)
    for row in session.rows(each.order_by(func.min(FrameRecord.at))).all():
        if taken_mb <= budget_mb:
            break
        if row.arrival not in held:
            purged += erase_frames(session, row.arrival)
            taken_mb -= int(row.taken) / MEGABYTE
    return tuple(purged)


def sweep(session: ReadSession, files: FrameFiles, *, before: datetime) -> Orphaned:
    """Find what a stop at a bad moment left: files without a row, unless changed at ``before`` or later (another door
    may be writing them). They are to go: for an entry and, once the session has ended well, for `FrameFiles.unlink`.

    A row whose file is missing stays. A file is on the disk before its row is (see `FrameFiles.write`), so no stop
    explains that, and verification keeps naming it.
    """
    return Orphaned(strays=files.strays(_listed(session, select(FrameRecord)), before=before))


def _listed(session: ReadSession, statement: Select[FrameRecord]) -> tuple[StoredFrame, ...]:
    return tuple(
        StoredFrame(arrival=row.arrival, at=row.at, sha256=row.sha256, owner=row.owner, size_bytes=row.size_bytes)
        for row in session.scalars(statement.order_by(FrameRecord.at, FrameRecord.sha256))
    )
