"""Entries for the tests of the ledger, and a check of its chain that shares no code with what wrote it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from attribution.entries import ENTRY, AnyEntry
from models.ledger.entry import LedgerEntry
from models.ledger.kinds import Blind, Recordable
from models.ledger.read import entries
from models.session import ReadSession
from tests.models.builders import FOUNDED

NAME, PHONE = "李明", "13800138000"


def report(person: str = "p1", **fields: object) -> AnyEntry:
    """A report with a name and a phone, as a distributor sends it."""
    told = {"do": "report", "person": person, "by": "a1", "name": NAME, "phone": PHONE, "at": FOUNDED}
    return ENTRY.validate_python({**told, **fields})


def blind(number: int) -> Recordable:
    """An entry of the door that `numbers` tells apart."""
    at = FOUNDED + timedelta(seconds=number)
    return Blind(at=at, door=f"door {number}", until=at, reason="stream cut")


def numbers(session: ReadSession) -> list[int]:
    """The numbers of the `blind` entries on record, in the order of the ledger."""
    payloads = [json.loads(one.payload) for one in entries(session) if one.kind == "blind"]
    return [int(payload["door"].removeprefix("door ")) for payload in payloads]


def chain_fault(found: list[LedgerEntry], public: bytes) -> str | None:
    """What is wrong with a ledger from its first entry on, None when it is whole."""
    prev, key = bytes(32), Ed25519PublicKey.from_public_bytes(public)
    for seq, one in enumerate(found, start=1):
        said = {
            "seq": seq,
            "at": one.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "kind": one.kind,
            "payload": json.loads(one.payload),
            "prev_hash": prev.hex(),
        }
        digest = sha256(rfc8785.dumps(said)).digest()
        if (one.seq, one.prev_hash, one.hash) != (seq, prev, digest):
            return f"entry {seq} (numbered {one.seq}) does not follow from the one before"
        key.verify(one.signature, b"menjian ledger v1\n" + digest)  # raises InvalidSignature
        prev = one.hash
    return None


def later(seconds: float) -> datetime:
    """So long after the founding."""
    return FOUNDED + timedelta(seconds=seconds)
