"""Entries as whoever asks may read them."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from pydantic import AwareDatetime

from api.access.rows import Sight
from api.schemas import Row, Seq
from models.ledger.entry import LedgerEntry
from models.ledger.particulars import Opened, committed, taken_out
from models.session import ReadSession


class EntryRow(Row):
    """An entry about a customer: when it happened (``at``) and was put on record, what it says; ``undone``: it was
    taken back and counts no more."""

    entry: Seq
    kind: str
    at: AwareDatetime
    recorded_at: AwareDatetime
    said: dict[str, Any]
    undone: bool


def covered(phone: str) -> str:
    """A phone as the office shows it: its last four digits.

    >>> covered("13800138000"), covered("8000")
    ('*******8000', '*******8000')
    """
    return f"*******{phone[-4:]}"


def entry_rows(
    session: ReadSession, sight: Sight, entries: Sequence[LedgerEntry], undone: Collection[int]
) -> list[EntryRow]:
    """The rows of these entries; personal values are shown to the office, and to whoever gave them."""
    said = [json.loads(one.payload) for one in entries]
    opened = taken_out(session, [payload for payload in said if sight.is_own(payload.get("by"))])
    return [
        EntryRow(
            entry=one.seq,
            kind=one.kind,
            at=payload["at"],
            recorded_at=one.at,
            said=_said(sight, payload, opened),
            undone=one.seq in undone,
        )
        for one, payload in zip(entries, said, strict=True)
    ]


def _said(sight: Sight, payload: Mapping[str, Any], opened: Mapping[str, Opened]) -> dict[str, Any]:
    sealed = committed(payload)
    values = {field: opened[name].value for field, name in sealed.items() if name in opened}
    if sight.everything and "phone" in values:
        values["phone"] = covered(values["phone"])
    shown = sight.shown({field: value for field, value in payload.items() if field not in sealed and field != "at"})
    return {**shown, **values}
