"""Whether the entries of a bundle are the ledger's: keys, hashes, signatures, and proofs against one signed root."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import pairwise

from models.bundle.layout import CHECKPOINT, ENTRIES, PROOFS, BundleError, keys_of
from models.ledger.checkpoint import Checkpoint
from models.ledger.entry import FIRST_PREV, LedgerEntry, entry_hash
from models.ledger.merkle import check_inclusion
from models.signed import Purpose, first_bad
from models.signing import fingerprint

Keys = Sequence[tuple[int, bytes]]
"""Public keys, each with the first entry that it may sign, in the order of their use."""


def keys_in_force(entries: Sequence[LedgerEntry]) -> list[tuple[int, bytes]]:
    """The site's public keys by what the entries say; that these were signed is for `check_entries` to find. Raises
    ``BundleError`` when the first entry is not the founding, or an entry names no key."""
    if not entries or (entries[0].seq, entries[0].kind, entries[0].prev_hash) != (1, "founded", FIRST_PREV):
        raise BundleError(f"{ENTRIES}: entry 1, the founding of the site, is missing or not the first")
    if again := [one.seq for one in entries[1:] if one.kind == "founded"]:
        # else it could name whose key signed everything before it
        raise BundleError(f"{ENTRIES}: entry {again[0]} founds the site a second time")
    try:
        return keys_of(entries)
    except (LookupError, TypeError, ValueError):
        raise BundleError(f"{ENTRIES}: an entry that changes the key names none") from None


def check_entries(entries: Sequence[LedgerEntry], keys: Keys) -> None:
    """Order, hash and signature of every entry. Raises ``BundleError`` naming the first bad one."""
    for one, after in pairwise(entries):
        if after.seq <= one.seq:
            raise BundleError(
                f"{ENTRIES}: entry {after.seq} stands after entry {one.seq}; they were put in another order"
            )
        if after.seq == one.seq + 1 and after.prev_hash != one.hash:
            raise BundleError(f"{ENTRIES}: entry {after.seq} does not follow entry {one.seq}; one of them was replaced")
    for one in entries:
        own = entry_hash(seq=one.seq, at=one.at, kind=one.kind, payload=one.payload, prev_hash=one.prev_hash)
        if own != one.hash:
            raise BundleError(f"{ENTRIES}: entry {one.seq} was changed; it does not have the hash it was signed with")
    begins = [first for first, _ in keys]
    checks = [(keys[bisect_right(begins, one.seq) - 1][1], one.hash, one.signature) for one in entries]
    if (bad := first_bad(checks, Purpose.LEDGER)) is not None:
        raise BundleError(
            f"{ENTRIES}: entry {entries[bad].seq} was not signed with the site's key ({fingerprint(checks[bad][0])})"
        )


def check_proofs(entries: Sequence[LedgerEntry], proofs: Mapping[int, Sequence[bytes]], checkpoint: Checkpoint) -> None:
    """That the checkpoint covers every entry. Raises ``BundleError`` naming the first it does not, or that is
    missing though there is a proof of it."""
    if missing := sorted(proofs.keys() - {one.seq for one in entries}):
        raise BundleError(f"{ENTRIES}: entry {missing[0]} is missing; {PROOFS} has the proof of it")
    root = checkpoint.root
    for one in entries:
        proof = proofs.get(one.seq)
        if proof is None:
            raise BundleError(f"{PROOFS}: the proof of entry {one.seq} is missing")
        if not check_inclusion(one.hash, one.seq - 1, checkpoint.count, proof, root):
            raise BundleError(f"{PROOFS}: entry {one.seq} is not under the root of {CHECKPOINT}")


def check_anchor(wanted: Sequence[str], keys: Sequence[bytes], *signed_with: bytes) -> None:
    """That a key whose fingerprint is ``wanted`` vouches for the whole: it, or one it handed over to, signed the
    checkpoint and the manifest. A key that only stands later in the list vouches for nothing: whoever forges entries
    can name any key as the next. Raises ``BundleError``."""
    if not wanted:
        return
    known = [fingerprint(public) for public in keys]
    places = [known.index(one) for one in wanted if one in known]
    if not places:
        raise BundleError(f"signed with other keys than the one asked for: {', '.join(known)}")
    if late := [public for public in signed_with if keys.index(public) < min(places)]:
        raise BundleError(f"the key asked for does not vouch for it: it was signed with {fingerprint(late[0])}")
