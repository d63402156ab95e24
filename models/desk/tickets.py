"""Tickets: the texts of the QR codes a visitor or an agent shows at the kiosk. Nothing is stored; a keyed hash proves
that the office made them."""

from __future__ import annotations

import hmac
import json
import re
from dataclasses import dataclass
from typing import Literal

from models.desk.reports import is_standing
from models.ledger.read import entry
from models.people import Person
from models.session import ReadSession

TICKET = re.compile(r"MJ1\.(?:v\.([1-9][0-9]{0,15})|p\.([0-9a-f]{32}))\.([0-9a-f]{20})")
MAC_DIGITS = 20
"""80 bits: nobody guesses one at a kiosk, and the code stays small enough to be read from a phone's screen."""


@dataclass(frozen=True, kw_only=True)
class Ticket:
    """What a ticket says: the visit of a ``report`` by its customer ``person``, or somebody known, ``person``."""

    kind: Literal["visit", "person"]
    report: int | None
    person: str


def visit_ticket(session: ReadSession, report: int) -> str:
    """The ticket for the visit of report ``report`` (number of its entry).

    Text `MJ1.v.<seq>.<mac>`, the mac 20 hex digits of a keyed hash.
    """
    return _signed(session, f"MJ1.v.{report}")


def person_ticket(session: ReadSession, person: str) -> str:
    """The ticket by which somebody known, an agent before all, checks in. Text `MJ1.p.<id>.<mac>`."""
    return _signed(session, f"MJ1.p.{person}")


def read_ticket(session: ReadSession, text: str) -> Ticket | None:
    """What a scanned text says; None for what is no ticket of this office, for one whose report was withdrawn, and for
    one of somebody unknown or erased."""
    said = text.strip()
    found = TICKET.fullmatch(said)
    if found is None or not hmac.compare_digest(said, _signed(session, said.rpartition(".")[0])):
        return None
    report, person = found[1], found[2]
    if person:
        return Ticket(kind="person", report=None, person=person) if session.get(Person, person) else None
    written = entry(session, int(report))
    if written is None or not is_standing(session, written):
        return None
    return Ticket(kind="visit", report=written.seq, person=str(json.loads(written.payload)["person"]))


def _signed(session: ReadSession, said: str) -> str:
    return f"{said}.{session.vault.digest(f'ticket {said}').hex()[:MAC_DIGITS]}"
