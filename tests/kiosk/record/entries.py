"""What stands on a site's record, for the tests of what the door writes there."""

from __future__ import annotations

import json
from typing import Any

from kiosk.record.journal import Journal
from kiosk.record.owed import Owed
from kiosk.record.pen import Pen
from models.ledger.kinds import Recordable
from models.ledger.read import entries
from models.site import Site
from tests.models.builders import FOUNDED
from tests.models.ledger.builders import numbers


def of_kind(site: Site, *kinds: str) -> list[dict[str, Any]]:
    """The payloads of the entries of these kinds, in order."""
    with site.read_session() as session:
        return [json.loads(entry.payload) for entry in entries(session) if entry.kind in kinds]


def kinds_on_record(site: Site) -> list[str]:
    """The kind of every entry, in order."""
    with site.read_session() as session:
        return [entry.kind for entry in entries(session)]


def on_record(site: Site) -> list[int]:
    """The numbers of the `blind` entries of `tests.models.ledger.builders`."""
    with site.read_session() as session:
        return numbers(session)


def journal_of(site: Site, *entries: Recordable) -> Journal:
    """A journal that was given these entries."""
    journal = Journal(Pen(site), Owed(site.folder), by="door:main", clock=lambda: FOUNDED)
    journal.put(*entries)
    return journal
