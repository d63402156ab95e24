"""Checking a bundle with nothing but the bundle: no network, no database, no secret. The first bad thing is named.

manifest ── SHA-256 ──► every file            keys: founding, then each rotation signed by the key before it
    │ signature ◄──────────────────────────────┘ │
checkpoint ◄── signature ─────────────────────────┤
    │ root ◄── proof of each entry ── hash, signature of each entry ◄┘
evidence entries ── SHA-256 ──► frames        entries ── commitment ──► personal values
decision entry ── SHA-256 ──► policy text ──► decided again from the entries: the same hash
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Literal

from cryptography.x509 import Certificate
from pydantic import BaseModel, ConfigDict, ValidationError

from attribution.decide import decide
from models.base import ModelsError
from models.bundle import layout
from models.bundle.chain import check_anchor, check_entries, check_proofs, keys_in_force
from models.bundle.layout import BundleError, Manifest
from models.bundle.zipped import Packed, open_zip
from models.decisions import StoredDecision, stored
from models.ledger.checkpoint import Checkpoint, CheckpointError, parse_checkpoint, signature_fault
from models.ledger.entry import LedgerEntry
from models.ledger.particulars import Opened, commitment, committed
from models.ledger.timestamp import TimestampError, check_timestamp
from models.policies import PolicyText, policy_of
from models.signed import Purpose, is_signed
from models.signing import fingerprint
from models.timeline import timeline_from


@dataclass(frozen=True, kw_only=True)
class BundleReport:
    """A bundle that holds: what it is about, and how far that goes.

    ``fingerprints`` of the site's public keys in the order of their use; ``frames`` shown, ``frames_withheld`` recorded
    and not in it, ``values_withheld`` personal values likewise. ``replayed`` is `withheld` when the decision could not
    be computed again without these. ``stamp``: `absent`, `unchecked` (no authority's certificates were given), or the
    instant (aware UTC) from which an authority vouches for the checkpoint.
    """

    dispute: int
    person: str
    recipient: str
    made_at: datetime
    entries: int
    frames: int
    frames_withheld: int
    values_withheld: int
    checkpoint_at: datetime
    checkpoint_count: int
    fingerprints: tuple[str, ...]
    decision: StoredDecision
    replayed: Literal["yes", "withheld"]
    stamp: datetime | Literal["absent", "unchecked"]


def check_bundle(path: Path, *, key: Sequence[str] = (), authorities: Sequence[Certificate] = ()) -> BundleReport:
    """Check a bundle.

    ``key``: fingerprints of which the bundle's own keys must hold one that vouches for all of it; left out, the keys
    are taken from the bundle, and their fingerprints are for the reader to compare. ``authorities``: root certificates
    for the time-stamp. Raises ``BundleError`` naming the first bad thing.
    """
    with open_zip(path) as packed:
        try:
            return _checked(packed, key, authorities)
        except BundleError as error:
            raise BundleError(f"{path}: {error}") from None
        except RecursionError:
            raise BundleError(f"{path}: nested deeper than any bundle") from None


def _checked(packed: Packed, key: Sequence[str], authorities: Sequence[Certificate]) -> BundleReport:
    text, manifest = _manifest(packed)
    _check_files(packed, manifest)
    entries = _entries(packed)
    keys = keys_in_force(entries)
    signed_with = _check_signature(packed, text, manifest, [public for _, public in keys])
    check_entries(entries, keys)
    checkpoint = _checkpoint(packed, [public for _, public in keys])
    check_anchor(key, [public for _, public in keys], signed_with, checkpoint.public)
    if packed.read(layout.KEYS) != layout.keys_json(keys):
        raise BundleError(f"{layout.KEYS}: other keys than the founding and the rotations among the entries name")
    check_proofs(entries, _proofs(packed), checkpoint)
    recorded = _check_frames(packed, manifest, entries)
    opened, values = _particulars(packed, entries)
    decision, policy = _decision(packed, manifest, entries)
    frames = sum(layout.FRAME.fullmatch(name) is not None for name in manifest.files)
    return BundleReport(
        dispute=manifest.dispute,
        person=manifest.person,
        recipient=manifest.recipient,
        made_at=manifest.at.astimezone(UTC),
        entries=len(entries),
        frames=frames,
        frames_withheld=recorded - frames,
        values_withheld=values - len(opened),
        checkpoint_at=checkpoint.at,
        checkpoint_count=checkpoint.count,
        fingerprints=tuple(fingerprint(public) for _, public in keys),
        decision=decision,
        replayed=_replayed(entries, opened, decision, policy, whole=values == len(opened)),
        stamp=_stamp(packed, checkpoint, authorities),
    )


class _Version(BaseModel):
    model_config = ConfigDict(strict=True, hide_input_in_errors=True)
    version: int


def _manifest(packed: Packed) -> tuple[bytes, Manifest]:
    text = packed.read(layout.MANIFEST)
    try:
        version = _Version.model_validate_json(text).version
        if version != layout.VERSION:
            raise BundleError(
                f"{layout.MANIFEST}: bundle format {version}; this program reads {layout.VERSION}, use the one for it"
            )
        return text, Manifest.model_validate_json(text)
    except ValidationError as error:
        raise BundleError(f"{layout.MANIFEST}: {_first(error)}") from None


def _check_files(packed: Packed, manifest: Manifest) -> None:
    there = set(packed.names) - {layout.MANIFEST, layout.SIGNATURE}
    if missing := sorted({*manifest.files, *layout.NEEDED} - there):
        raise BundleError(f"{missing[0][:80]!r} is missing")
    if odd := sorted(there - manifest.files.keys()):
        raise BundleError(f"{odd[0]}: not in the manifest; it was put in later")
    for name, digest in manifest.files.items():
        if sha256(packed.read(name)).hexdigest() != digest:
            raise BundleError(f"{name}: not the file the manifest names; it was changed")


def _entries(packed: Packed) -> list[LedgerEntry]:
    found = []
    for number, line in enumerate(packed.read(layout.ENTRIES).splitlines(), 1):
        try:
            read = layout.EntryLine.model_validate_json(line)
            readable = isinstance(json.loads(read.payload), dict)
        except ValidationError as error:
            raise BundleError(f"{layout.ENTRIES}, line {number}: {_first(error)}") from None
        except ValueError:
            readable = False
        if not readable:
            raise BundleError(f"{layout.ENTRIES}, line {number}: its payload is no JSON object")
        found.append(LedgerEntry(**{**dict(read), "at": read.at.astimezone(UTC)}))
    return found


def _check_signature(packed: Packed, text: bytes, manifest: Manifest, keys: Sequence[bytes]) -> bytes:
    """The public key that signed the manifest."""
    public = bytes.fromhex(manifest.key)
    if public not in keys:
        raise BundleError(f"{layout.MANIFEST}: signed with a key that is not the site's ({fingerprint(public)})")
    try:
        signature = bytes.fromhex(packed.read(layout.SIGNATURE).decode("ascii").strip())
    except ValueError:
        signature = b""
    if not is_signed(public, sha256(text).digest(), signature, Purpose.BUNDLE):
        raise BundleError(f"{layout.MANIFEST}: its signature does not fit; it was changed after it was signed")
    return public


def _checkpoint(packed: Packed, keys: Sequence[bytes]) -> Checkpoint:
    try:
        checkpoint = parse_checkpoint(packed.read(layout.CHECKPOINT))
    except CheckpointError as error:
        raise BundleError(f"{layout.CHECKPOINT}: {error}") from None
    if fault := signature_fault(checkpoint, keys):
        raise BundleError(f"{layout.CHECKPOINT}: {fault}")
    return checkpoint


def _proofs(packed: Packed) -> dict[int, tuple[bytes, ...]]:
    try:
        return layout.PROOFS_FILE.validate_json(packed.read(layout.PROOFS))
    except ValidationError as error:
        raise BundleError(f"{layout.PROOFS}: {_first(error)}") from None


def _check_frames(packed: Packed, manifest: Manifest, entries: Sequence[LedgerEntry]) -> int:
    """How many frames the entries tell of."""
    try:
        recorded = {
            str(digest) for one in entries if one.kind == "evidence" for _, digest in json.loads(one.payload)["frames"]
        }
    except (KeyError, TypeError, ValueError):
        raise BundleError(f"{layout.ENTRIES}: an entry about evidence cannot be read") from None
    for name, digest in manifest.files.items():
        if (frame := layout.FRAME.fullmatch(name)) is None:
            continue
        if frame[1] != digest:
            raise BundleError(f"{name}: holds another frame than its name says")
        if digest not in recorded:
            raise BundleError(f"{name}: no entry tells of this frame")
    return len(recorded)


def _particulars(packed: Packed, entries: Sequence[LedgerEntry]) -> tuple[dict[str, Opened], int]:
    """The personal values shown, by commitment; and how many the entries commit to."""
    try:
        values = layout.PARTICULARS_FILE.validate_json(packed.read(layout.PARTICULARS))
    except ValidationError as error:
        raise BundleError(f"{layout.PARTICULARS}: {_first(error)}") from None
    known = {name for one in entries for name in committed(layout.said(one)).values()}
    for name, shown in values.items():
        if name not in known:
            raise BundleError(f"{layout.PARTICULARS}: {name[:12]}: no entry speaks of this value")
        if commitment(shown.value, shown.salt) != name:
            raise BundleError(f"{layout.PARTICULARS}: {name[:12]}: not the value its entry committed to")
    return {name: Opened(value=shown.value, salt=shown.salt) for name, shown in values.items()}, len(known)


def _decision(packed: Packed, manifest: Manifest, entries: Sequence[LedgerEntry]) -> tuple[StoredDecision, PolicyText]:
    """The last decision about the customer as such, not about one of their deals alone; with its policy."""
    by_seq = {one.seq: one for one in entries}
    contested = by_seq.get(manifest.dispute)
    if contested is None or contested.kind != "dispute" or layout.said(contested).get("person") != manifest.person:
        raise BundleError(f"{layout.MANIFEST}: entry {manifest.dispute} is no dispute about {manifest.person[:40]!r}")
    about = [one for one in entries if one.kind == "decision" and layout.said(one).get("person") == manifest.person]
    made = [one for one in about if layout.said(one).get("deal") is None]
    if not made:
        raise BundleError(f"{layout.ENTRIES}: no decision about {manifest.person[:40]!r} is among them")
    try:
        policy = policy_of(packed.read(layout.POLICY).decode(), layout.POLICY)
        decision = stored(made[-1], policy.policy)
    except ModelsError as error:
        raise BundleError(str(error)) from None
    except (LookupError, TypeError, ValueError):
        raise BundleError(f"entry {made[-1].seq}: the decision cannot be read under {layout.POLICY}") from None
    if policy.sha256 != decision.text_sha256 or policy.policy.version != decision.decision.version:
        raise BundleError(f"{layout.POLICY}: not the text under which entry {decision.seq} was decided")
    if packed.read(layout.DECISION) != layout.decision_json(decision):
        raise BundleError(f"{layout.DECISION}: says something else than entry {decision.seq} and the policy's text")
    return decision, policy


def _replayed(
    entries: Sequence[LedgerEntry], opened: dict[str, Opened], made: StoredDecision, policy: PolicyText, *, whole: bool
) -> Literal["yes", "withheld"]:
    try:
        again = decide(timeline_from(entries, opened), policy.policy, person=made.person)
    except (LookupError, TypeError, ValueError):
        raise BundleError(f"{layout.ENTRIES}: the decision cannot be computed again from these entries") from None
    if again.hash == made.decision.hash:
        return "yes"
    if whole:
        raise BundleError(
            f"{layout.DECISION}: computed again from the entries it comes out otherwise (entry {made.seq} has "
            f"{made.decision.hash[:12]}, now {again.hash[:12]})"
        )
    return "withheld"


def _stamp(
    packed: Packed, checkpoint: Checkpoint, authorities: Sequence[Certificate]
) -> datetime | Literal["absent", "unchecked"]:
    if layout.STAMP not in packed.names:
        return "absent"
    if not authorities:
        return "unchecked"
    try:
        return check_timestamp(packed.read(layout.STAMP), checkpoint.root, authorities)
    except TimestampError as error:
        raise BundleError(f"{layout.STAMP}: {error}") from None


def _first(error: ValidationError) -> str:
    fault = error.errors(include_input=False)[0]
    where = ".".join(str(part) for part in fault["loc"])[:80]
    return f"{where}: {fault['msg']}" if where else fault["msg"]
