"""What a bundle is made of: the names of its files, what stands in them, and how large they may be."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Literal

import rfc8785
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter

from models.base import ModelsError
from models.decisions import StoredDecision
from models.ledger.entry import LedgerEntry, instant_text
from models.ledger.kinds import Hash
from models.ledger.particulars import Opened

VERSION = 1
MANIFEST = "manifest.json"
SIGNATURE = "manifest.sig"
PAGE = "index.html"
ENTRIES = "entries.jsonl"
PROOFS = "proofs.json"
CHECKPOINT = "checkpoint.json"
STAMP = "checkpoint.tsr"
KEYS = "keys.json"
POLICY = "policy.yaml"
DECISION = "decision.json"
PARTICULARS = "particulars.json"
NEEDED = (PAGE, ENTRIES, PROOFS, CHECKPOINT, KEYS, POLICY, DECISION, PARTICULARS)
FRAME = re.compile(r"frames/([0-9a-f]{64})\.jpg")

MOST_FILES = 20_000
MOST_BYTES = 64 << 20
"""Of one file, unpacked."""
MOST_BYTES_IN_ALL = 2 << 30

NO_RECIPIENT = "office"
"""What stands for the recipient of the office's own copy."""

Bytes32 = Annotated[bytes, Field(min_length=32, max_length=32)]
Bytes64 = Annotated[bytes, Field(min_length=64, max_length=64)]


class BundleError(ModelsError):
    """A bundle cannot be made, or does not hold; the text names the first bad thing."""


class _Strict(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, val_json_bytes="hex", ser_json_bytes="hex", hide_input_in_errors=True
    )


class Manifest(_Strict):
    """The SHA-256 (hex) of every file but its own signature; which `dispute` (entry) about which `person` it is, for
    whom (`recipient`), made `at`; the public `key` (hex) that signed it."""

    format: Literal["menjian bundle"] = "menjian bundle"
    version: int = VERSION
    dispute: int = Field(ge=1)
    person: str
    recipient: str
    at: AwareDatetime
    time_zone: str
    key: Hash
    files: dict[str, Hash]


class EntryLine(_Strict):
    """How an entry stands in `entries.jsonl`; `payload` is a text, because its exact letters were hashed."""

    seq: int = Field(ge=1, lt=2**53)
    at: AwareDatetime
    kind: Annotated[str, Field(pattern=r"^[a-z_]+$")]
    payload: str
    prev_hash: Bytes32
    hash: Bytes32
    signature: Bytes64


class Value(_Strict):
    """A personal value with the salt that proves it."""

    value: str
    salt: bytes


PROOFS_FILE: TypeAdapter[dict[int, tuple[Bytes32, ...]]] = TypeAdapter(
    dict[int, tuple[Bytes32, ...]], config=ConfigDict(val_json_bytes="hex", hide_input_in_errors=True)
)
PARTICULARS_FILE: TypeAdapter[dict[str, Value]] = TypeAdapter(dict[str, Value])


def manifest_json(manifest: Manifest) -> bytes:
    """`manifest.json`: exactly these bytes are signed."""
    return manifest.model_dump_json(indent=1).encode()


def entries_jsonl(entries: Sequence[LedgerEntry]) -> bytes:
    """`entries.jsonl`: one entry a line, bytes as hex."""
    return b"".join(
        rfc8785.dumps(
            {
                "seq": one.seq,
                "at": instant_text(one.at),
                "kind": one.kind,
                "payload": one.payload,
                "prev_hash": one.prev_hash.hex(),
                "hash": one.hash.hex(),
                "signature": one.signature.hex(),
            }
        )
        + b"\n"
        for one in entries
    )


def proofs_json(proofs: Mapping[int, Sequence[bytes]]) -> bytes:
    """`proofs.json`: by entry number the hashes beside its way to the root, from below."""
    return rfc8785.dumps({str(seq): [step.hex() for step in proof] for seq, proof in proofs.items()})


def particulars_json(opened: Mapping[str, Opened]) -> bytes:
    """`particulars.json`: by commitment the value and its salt."""
    return rfc8785.dumps({name: {"value": one.value, "salt": one.salt.hex()} for name, one in opened.items()})


def keys_json(keys: Sequence[tuple[int, bytes]]) -> bytes:
    """`keys.json`: the public keys with the first entry that each may sign."""
    return rfc8785.dumps([{"from": first, "key": key.hex()} for first, key in keys])


def decision_json(stored: StoredDecision) -> bytes:
    """`decision.json`: the decision of its entry, with the clauses' sentences."""
    decision = stored.decision
    said = {
        **decision.plain(),
        "entry": stored.seq,
        "person": stored.person,
        "number": stored.number,
        "at": instant_text(stored.at),
        "upto": stored.upto,
        "hash": decision.hash,
        "text_sha256": stored.text_sha256,
        "reasons": [
            {
                "clause": reason.clause,
                "zh": reason.zh,
                "en": reason.en,
                "entries": list(reason.entries),
                "otherwise": reason.otherwise and reason.otherwise.model_dump(),
            }
            for reason in decision.reasons
        ],
    }
    return json.dumps(said, ensure_ascii=False, indent=1, sort_keys=True).encode()


def keys_of(entries: Sequence[LedgerEntry]) -> list[tuple[int, bytes]]:
    """The site's public keys, each with the first entry that it may sign, as the founding and the rotations among
    ``entries`` name them. Raises ``KeyError`` or ``ValueError`` when one of these does not name a key."""
    return [
        (1 if one.kind == "founded" else one.seq + 1, bytes.fromhex(json.loads(one.payload)["public_key"]))
        for one in entries
        if one.kind in ("founded", "key_rotated")
    ]


def said(entry: LedgerEntry) -> dict[str, object]:
    """What an entry says."""
    payload: dict[str, object] = json.loads(entry.payload)
    return payload


def instant_of(entry: LedgerEntry) -> datetime:
    """When what an entry tells of happened."""
    return datetime.fromisoformat(str(said(entry)["at"]))
