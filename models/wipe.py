"""The end of every erasure: what the database's own file still holds of deleted rows is overwritten, the folder is
searched, and the receipts are finished.

Deleted rows and keys are gone for every reader at once, but their bytes may stay in the write-ahead log and in pages
that changed hands. Until they are overwritten an erasure counts as begun, and whatever comes next takes it up.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from models.base import ModelsError
from models.ledger.kinds import Erased, Purged
from models.ledger.read import entries_of_kind
from models.receipts import Receipt, Receipts
from models.scan import Needle, Trace, scan
from models.session import Database
from models.site import Site

HOLDING = ("person", "phone", "consent", "template", "particular", "paper", "frame", "data_key", "account")
"""The tables from which something is erased."""


@dataclass(frozen=True, kw_only=True)
class Wiped:
    """How erasures ended: their ``receipts``, why the last step was ``put_off`` (None: it was done), and what a search
    found (``traces``)."""

    receipts: tuple[Receipt, ...]
    put_off: str | None = None
    traces: tuple[Trace, ...] = ()


def overwrite(site: Site, receipts: Receipts) -> Wiped:
    """Overwrite what the database's file still holds of everything that was begun. While the database is busy the
    outcome says why, and the next call does it. The caller holds the receipts alone. Raises ``ModelsError``,
    ``OSError``."""
    begun = tuple(_on_record(site, receipts))
    return Wiped(receipts=begun, put_off=_overwritten(site.database) if begun else None)


def finish(
    site: Site, receipts: Receipts, wiped: Wiped, *, at: datetime, needles: Mapping[str, Sequence[Needle]]
) -> Wiped:
    """Search the folder for the ``needles`` (by the digest of the receipt they belong to), and finish the receipts,
    unless that was ``put_off``. Needs nobody to wait: the search of a large site takes minutes. Raises ``OSError``."""
    if wiped.put_off is not None:
        return wiped
    traces = scan(site.folder, [needle for each in needles.values() for needle in each]) if needles else ()
    found = tuple(f"{trace.path}: {trace.what}" for trace in traces)
    done = tuple(
        one.model_copy(update={"finished_at": at, "found": found if one.digest in needles else None})
        for one in wiped.receipts
    )
    for one in done:
        receipts.finish(one)
    return Wiped(receipts=done, traces=traces)


def _on_record(site: Site, receipts: Receipts) -> list[Receipt]:
    """What was begun, with the numbers of the entries. What was stopped before its entry was on record never happened:
    its receipt goes."""
    begun = receipts.begun()
    if not begun:
        return []
    kinds = (Erased.model_fields["do"].default, Purged.model_fields["do"].default)
    with site.read_session() as session:
        numbers = {str(json.loads(one.payload)["digest"]): one.seq for one in entries_of_kind(session, *kinds)}
    for one in begun:
        if one.digest not in numbers:
            receipts.forget(one)
    known = [one.model_copy(update={"entry": numbers[one.digest]}) for one in begun if one.digest in numbers]
    return sorted(known, key=lambda receipt: numbers[receipt.digest])


def _overwritten(database: Database) -> str | None:
    """Have the database write itself anew; why it could not, None when it did."""
    try:
        with database.outside_transactions() as connection:
            if database.file is not None:
                return _rewritten(connection, database.name)
            for table in HOLDING:
                connection.exec_driver_sql(f"VACUUM (FULL) {table}")
            return None
    except ModelsError as error:
        return str(error)


def _rewritten(connection: Connection, name: str) -> str | None:
    connection.exec_driver_sql("VACUUM")
    busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()[0]
    return f"{name}: another program is reading it" if busy else None
