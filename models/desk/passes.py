"""Passes: for a short while after a check-in, its kiosk may act for whoever checked in at it. Nothing is stored; a
keyed hash proves that the office gave the pass to this device."""

from __future__ import annotations

import hmac
import re
from datetime import UTC, datetime, timedelta

from models.session import ReadSession

GOOD_FOR = timedelta(minutes=15)
PASS = re.compile(r"MJ1\.t\.([0-9a-f]{32})\.([0-9]{1,12})\.([0-9a-f]{32})")
MAC_DIGITS = 32


def give_pass(session: ReadSession, person: str, *, device: str, at: datetime) -> str:
    """A pass for a person at a device, good for `GOOD_FOR` from ``at`` (aware): `MJ1.t.<person>.<until>.<mac>`."""
    return _signed(session, f"MJ1.t.{person}.{int((at + GOOD_FOR).timestamp())}", device)


def read_pass(session: ReadSession, text: str, *, device: str, at: datetime) -> str | None:
    """For whom a pass is; None for one that was not given to this device, and one that is over."""
    found = PASS.fullmatch(text)
    if found is None or not hmac.compare_digest(text, _signed(session, text.rpartition(".")[0], device)):
        return None
    return found[1] if at <= datetime.fromtimestamp(int(found[2]), UTC) else None


def _signed(session: ReadSession, said: str, device: str) -> str:
    return f"{said}.{session.vault.digest(f'pass {said} for {device}').hex()[:MAC_DIGITS]}"
