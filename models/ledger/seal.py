"""Sealing the head of a site's ledger: a signed checkpoint outside the database, and once a day a time-stamp of it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import select

from models.ledger.append import require_in_force
from models.ledger.checkpoint import Checkpoint, CheckpointError, make_checkpoint
from models.ledger.read import head
from models.ledger.records import LedgerRow
from models.ledger.timestamp import FOLDER, TimestampError, keep_timestamp, request_timestamp, timestamp_path
from models.session import WriteSession
from models.site import Site


@dataclass(frozen=True, kw_only=True)
class Sealed:
    """The last ``checkpoint`` of the ledger (None: it is empty), the ``stamp`` got for it now, and why one that was due
    is missing: ``told`` is a line for the user."""

    checkpoint: Checkpoint | None
    stamp: Path | None = None
    told: str | None = None


def seal_head(site: Site, at: datetime) -> Sealed:
    """Write a checkpoint of the entries since the last one, if there are any; when the setting `timestamp_url` names an
    authority, have the first one of a day (of the office) stamped. An authority that does not answer within 10 s
    stops nothing: it is asked again with the next checkpoint.

    ``at`` now (aware). Raises ``RotatedError`` as `append` does, and ``CheckpointError`` when the checkpoints cannot be
    written or do not belong to this ledger.
    """
    with site.write_session() as session:
        checkpoint = _checkpointed(site, session, at)
    url = site.settings.timestamp_url
    if checkpoint is None or url is None or _is_stamped(site, checkpoint.root, at):
        return Sealed(checkpoint=checkpoint)
    try:
        stamp = keep_timestamp(site.folder, checkpoint.root, request_timestamp(checkpoint.root, url))
    except TimestampError as error:
        return Sealed(checkpoint=checkpoint, told=str(error))
    os.utime(stamp, (at.timestamp(), at.timestamp()))  # by this the next one knows that today's is there
    return Sealed(checkpoint=checkpoint, stamp=stamp)


def _checkpointed(site: Site, session: WriteSession, at: datetime) -> Checkpoint | None:
    """The last checkpoint, after a new one was added if there is something new; the database's write lock is held, so
    the key in force stays in force."""
    last, previous = head(session), site.checkpoints.last()
    if last is None:
        return None
    require_in_force(last, session.signer.public)
    since = _hashes_from(session, previous.count if previous else 1)
    if previous is not None and since[:1] != [previous.head]:
        raise CheckpointError(
            f"{site.checkpoints.path}: the last checkpoint, of {previous.count} entries, is not one of this ledger; "
            f"find out with: menjian verify --site {site.folder}"
        )
    if not (new := since[1:] if previous else since):
        return previous
    checkpoint = make_checkpoint(previous, new, at=at, signer=session.signer)
    site.checkpoints.add(checkpoint)
    return checkpoint


def _hashes_from(session: WriteSession, first: int) -> list[bytes]:
    return list(session.scalars(select(LedgerRow.hash).where(LedgerRow.seq >= first).order_by(LedgerRow.seq)))


def _is_stamped(site: Site, root: bytes, at: datetime) -> bool:
    """Whether there is a stamp of this day already, or, on a quiet day, an earlier one of the same checkpoint."""
    if timestamp_path(site.folder, root).exists():
        return True
    zone = ZoneInfo(site.settings.time_zone)
    kept = [datetime.fromtimestamp(path.stat().st_mtime, UTC) for path in (site.folder / FOLDER).glob("*.tsr")]
    return any(each.astimezone(zone).date() == at.astimezone(zone).date() for each in kept)
