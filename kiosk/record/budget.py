"""Keeps the frames within the disk space the settings give them: the oldest go, on record and with a receipt."""

from __future__ import annotations

from datetime import datetime, timedelta

from kiosk.record.pen import Pen
from models.evidence import StoredFrame, megabytes, purge_to_budget
from models.holds import holds
from models.ledger.append import append
from models.ledger.kinds import Purged
from models.receipts import Receipt, Receipts, receipt_digest
from models.site import Site

ROOM = 0.95
"""To this part of the budget they are cut down, so that not every arrival costs an entry of its own."""


def keep_to_budget(pen: Pen, site: Site, *, at: datetime, by: str) -> None:
    """Erase the frames of the oldest arrivals when all of them take more than the setting `evidence_budget_mb`; what an
    open dispute needs stays. ``at`` now (aware), ``by`` who records it.

    The last step, overwriting the keys in the database's file, is left to `menjian retention`. Raises ``ModelsError``
    and ``OSError``; the next call takes it up again.
    """
    budget_mb = site.settings.evidence_budget_mb
    with site.read_session() as session:
        if megabytes(session) <= budget_mb:
            return
    receipts = Receipts(site.folder)

    def purge(site: Site) -> tuple[StoredFrame, ...]:
        with site.write_session() as session:
            held = holds(session).arrivals
            gone = purge_to_budget(session, budget_mb=ROOM * budget_mb, held=held)
            if gone:
                entry, receipt = _told(gone, tuple(sorted(held)), at)
                receipts.begin(receipt)
                append(session, [entry], at=at, by=by)
        return gone

    with receipts.alone():
        site.frames.remove(pen(purge))


def _told(gone: tuple[StoredFrame, ...], held: tuple[str, ...], at: datetime) -> tuple[Purged, Receipt]:
    listed = tuple(sorted({("frame", frame.sha256) for frame in gone}))
    before = max(frame.at for frame in gone) + timedelta(microseconds=1)
    digest = receipt_digest(at, listed)
    entry = Purged(at=at, what="frames", before=before, count=len(gone), digest=digest, held=held)
    return entry, Receipt(at=at, what="frames", reason="budget", removed={"frame": len(gone)}, gone=listed)
