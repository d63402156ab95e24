"""Decisions on record follow what the desk sets right: no stored one stays that rests on what counts no more."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from models.decisions import KIND, decide_now
from models.desk.acts import NoEntryError
from models.desk.dealings import customers_in
from models.ledger.read import entries_around, entry
from models.people import Person
from models.policies import PolicyTexts
from models.session import ReadSession, WriteSession


def settle_again(
    session: WriteSession, seq: int, *, texts: PolicyTexts, settings_policy: str, at: datetime, by: str
) -> None:
    """Decide anew about the customers whom entry ``seq`` concerns, or the one that it takes back, and about everybody
    tied to them: those of whom a decision is on record, and whoever was not erased. What comes out as it stands is not
    written again. ``at`` now (aware), ``by`` who recorded the entry.

    Raises ``NoEntryError`` when there is no such entry, ``ModelsError`` when a policy cannot be used or a decision on
    record was changed.
    """
    decided = {
        str(said["person"])
        for person in _concerned(session, seq)
        for one in entries_around(session, person)
        if one.kind == KIND and (said := json.loads(one.payload)).get("deal") is None  # of one deal: of its month
    }
    for person in session.scalars(select(Person.id).where(Person.id.in_(decided)).order_by(Person.id)).all():
        decide_now(session, person, texts=texts, settings_policy=settings_policy, at=at, by=by)


def _concerned(session: ReadSession, seq: int) -> Sequence[str]:
    found = entry(session, seq)
    if found is None:
        raise NoEntryError(f"entry {seq}: there is none")
    said = json.loads(found.payload)
    return _concerned(session, said["undoes"]) if "undoes" in said else customers_in(said)
