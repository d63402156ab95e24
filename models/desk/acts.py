"""Acts of the desk: each becomes one entry, once everybody it names is known here."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from enum import Enum, auto

from sqlalchemy import select

from attribution.entries import AnyEntry
from attribution.timeline import DEVELOPER, PUBLIC
from models.base import ModelsError
from models.ledger.append import append
from models.ledger.kinds import ClaimantKnown
from models.ledger.records import About, LedgerRow
from models.people import Person
from models.session import ReadSession, WriteSession


class DeskError(ModelsError):
    """An act of the desk that cannot be put on record as asked."""


class NoEntryError(DeskError):
    """There is no such entry, or it is of another kind."""


class UnknownNameError(DeskError):
    """Somebody named in ``field`` is not known here, or cannot stand there."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(f"{field}: {text}")
        self.field = field


class Named(Enum):
    """Who may stand in a field."""

    PERSON = auto()
    CLAIMANT = auto()
    CONSULTANT = auto()
    OWNER = auto()
    """A claimant, the developer, or nobody in particular (`public`)."""


WHO: Mapping[str, Mapping[str, Named]] = {
    "confirm": {"person": Named.PERSON, "by": Named.CLAIMANT},
    "receive": {
        "person": Named.PERSON,
        "by": Named.CONSULTANT,
        "absent": Named.CLAIMANT,
        "absent_why": Named.CLAIMANT,
        "busy": Named.CLAIMANT,
    },
    "recognise": {"person": Named.PERSON, "who": Named.CLAIMANT},
    "follow_up": {"person": Named.PERSON, "by": Named.CLAIMANT},
    "interact": {"person": Named.PERSON, "by": Named.OWNER},
    "refer": {"person": Named.PERSON, "by": Named.PERSON},
    "relate": {"person": Named.PERSON, "to": Named.PERSON},
    "agree": {"person": Named.PERSON, "between": Named.OWNER, "to": Named.OWNER},
    "activity": {"people": Named.PERSON, "by": Named.CLAIMANT},
    "depart": {"who": Named.CLAIMANT},
    "complain": {"person": Named.PERSON, "against": Named.CLAIMANT},
    "hand_over": {"person": Named.PERSON, "to": Named.OWNER},
    "deal": {"person": Named.PERSON, "confirmed_as": Named.PERSON, "closed_by": Named.CLAIMANT},
}
"""Whom an entry of a kind names in which field."""


def put_on_record(session: WriteSession, act: AnyEntry, *, at: datetime, by: str) -> int:
    """Put an act on record; the number of its entry. ``at`` now (aware), ``by`` who records it. Raises
    ``UnknownNameError`` when it names somebody who is not known here, was erased, or cannot stand there."""
    said = act.model_dump(by_alias=True, exclude_none=True)
    for field, who in WHO[act.do].items():
        require_known(session, field, _names(said.get(field, ())), who)
    return append(session, [act], at=at, by=by)[-1].seq


def require_known(session: ReadSession, field: str, names: Collection[str], who: Named) -> None:
    """Raises ``UnknownNameError`` unless each of ``names`` is somebody who may stand in ``field``."""
    if who is Named.PERSON:
        known = set(session.scalars(select(Person.id).where(Person.id.in_(names)))) if names else set()
    else:
        kinds = claimant_kinds(session, names)
        known = {name for name, kind in kinds.items() if who is not Named.CONSULTANT or kind == "consultant"}
        known |= {DEVELOPER, PUBLIC} if who is Named.OWNER else set()
    if not set(names) <= known:
        raise UnknownNameError(field, f"not a {_WORDS[who]} known here; look the id up")


_WORDS = {
    Named.PERSON: "person",
    Named.CLAIMANT: "claimant",
    Named.CONSULTANT: "consultant",
    Named.OWNER: "claimant",
}


def claimant_kinds(session: ReadSession, names: Collection[str]) -> dict[str, str]:
    """What kind of claimant each of ``names`` is; those that are none, or were erased, are left out."""
    if not names:
        return {}
    told = select(LedgerRow.payload).where(
        LedgerRow.kind == ClaimantKnown.model_fields["do"].default,
        LedgerRow.seq.in_(select(About.seq).where(About.subject.in_(names))),
    )
    said = (json.loads(payload) for payload in session.scalars(told.order_by(LedgerRow.seq)))
    kinds = {one["who"]: one["kind"] for one in said if one["who"] in names}
    kept = set(session.scalars(select(Person.id).where(Person.id.in_(kinds))))
    return {who: kind for who, kind in kinds.items() if kind not in ("agent", "consultant") or who in kept}


def _names(value: str | Iterable[str]) -> Collection[str]:
    return {value} if isinstance(value, str) else set(value)
