"""Passes: for a short while after a check-in, its kiosk may act for whoever checked in at it. Nothing is stored; a
keyed hash proves that the office gave the pass to this device."""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from models.session import ReadSession

GOOD_FOR = timedelta(minutes=15)
PASS = re.compile(r"MJ1\.([tw])\.([0-9a-f]{32})\.([0-9]{1,12})\.([0-9a-f]{32})")
MAC_DIGITS = 32
MAY_CONSENT, WELCOME_ONLY = "t", "w"


@dataclass(frozen=True, kw_only=True)
class Pass:
    """For whom a pass is; ``may_consent``: their consent may be given and taken back with it."""

    person: str
    may_consent: bool


def give_pass(session: ReadSession, person: str, *, device: str, at: datetime, may_consent: bool) -> str:
    """A pass for a person at a device, good for `GOOD_FOR` from ``at`` (aware): `MJ1.t.<person>.<until>.<mac>`, with a
    `w` instead of the `t` where it is not to be consented with: an agent holds the customer's ticket too."""
    kind = MAY_CONSENT if may_consent else WELCOME_ONLY
    return _signed(session, f"MJ1.{kind}.{person}.{int((at + GOOD_FOR).timestamp())}", device)


def read_pass(session: ReadSession, text: str, *, device: str, at: datetime) -> Pass | None:
    """What a pass is good for; None for one that was not given to this device, and one that is over."""
    found = PASS.fullmatch(text)
    if found is None or not hmac.compare_digest(text, _signed(session, text.rpartition(".")[0], device)):
        return None
    if at > datetime.fromtimestamp(int(found[3]), UTC):
        return None
    return Pass(person=found[2], may_consent=found[1] == MAY_CONSENT)


def _signed(session: ReadSession, said: str, device: str) -> str:
    return f"{said}.{session.vault.digest(f'pass {said} for {device}').hex()[:MAC_DIGITS]}"
