"""What lies outside the database and was made so that a bent database shows: public keys, checkpoints, time-stamps."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from models.ledger.checkpoint import Checkpoint, fault_of, signature_fault
from models.ledger.entry import instant_text
from models.ledger.timestamp import FOLDER, TimestampError, check_timestamp, read_roots, timestamp_path
from models.ledger.verify.report import Faults, Stamps
from models.signing import SigningError, fingerprint, read_public_keys

AUTHORITY = Path(FOLDER) / "authority.pem"
"""Root certificates of the time-stamping authority, which whoever checks puts here."""


def public_keys(path: Path, faults: Faults) -> tuple[bytes, ...]:
    """The public keys of the file (32 bytes each); none when it cannot be read, which is told."""
    try:
        return read_public_keys(path)
    except SigningError as error:
        faults.other(str(error))
        return ()


def compare_public_keys(path: Path, public: tuple[bytes, ...], keys: Sequence[bytes], faults: Faults) -> None:
    """Whether the file of ``public`` keys and the entries of the ledger name the same ``keys``."""
    if not keys or not public or public == tuple(keys):
        return
    if public[0] != keys[0]:
        faults.entry(
            1,
            f"founds the site with the key {fingerprint(keys[0])}, but {path.name} begins with "
            f"{fingerprint(public[0])}: one of the two was replaced; compare with what was noted at the founding",
        )
    elif len(public) < len(keys) and public == tuple(keys[: len(public)]):
        faults.other(f"{path}: lacks the last key of the ledger; opening the site adds it: menjian doctor --site")
    else:
        faults.other(f"{path}: names other keys than the ledger's rotations; one of the two was replaced or cut")


class Checkpoints:
    """Goes through the checkpoints beside the entries."""

    def __init__(self, checkpoints: Sequence[Checkpoint], public: Collection[bytes], faults: Faults) -> None:
        self.holding: list[Checkpoint] = []
        self._public = public  # of a ledger that was cut, only the file of public keys names the later ones
        self._waiting = list(reversed(checkpoints))
        self._since: list[bytes] = []
        self._count = 0
        self._faults = faults

    def compare(self, hashes: Sequence[bytes], keys: Collection[bytes]) -> None:
        """Compare with the next entries' ``hashes``; ``keys`` those the ledger named so far."""
        self._since += hashes
        self._count += len(hashes)
        while self._waiting and self._waiting[-1].count <= self._count:
            self._judge(self._waiting.pop(), keys)

    def end(self, keys: Collection[bytes]) -> None:
        """No entries are left: what waits now tells of a longer ledger."""
        while self._waiting:
            self._judge(self._waiting.pop(), keys)

    def _judge(self, checkpoint: Checkpoint, named: Collection[bytes]) -> None:
        keys = {*named, *self._public}
        previous = self.holding[-1] if self.holding else None
        name = f"checkpoint of {checkpoint.count} entries of {instant_text(checkpoint.at)}"
        if (fault := signature_fault(checkpoint, keys)) is not None:
            self._faults.other(f"{name}: {fault}")
        elif checkpoint.count > self._count:
            self._faults.stretch(self._count + 1, checkpoint.count, f"is missing: {name}, only {self._count} are there")
        elif fault := fault_of(checkpoint, previous=previous, since=self._since, keys=keys):
            first = previous.count + 1 if previous else 1
            self._faults.stretch(first, checkpoint.count, f"{name}: {fault}")
        else:
            del self._since[: checkpoint.count - (previous.count if previous else 0)]
            self.holding.append(checkpoint)


def check_stamps(folder: Path, checkpoints: Sequence[Checkpoint], faults: Faults) -> Stamps:
    """Check the time-stamps of a site's ``folder``, if the authority's certificates are there to check them with."""
    held = set((folder / FOLDER).glob("*.tsr"))
    roots = read_roots(folder / AUTHORITY) if held and (folder / AUTHORITY).exists() else None
    instants = []
    for checkpoint in checkpoints:
        path = timestamp_path(folder, checkpoint.root)
        if path not in held or roots is None:
            continue
        try:
            instants.append(check_timestamp(path.read_bytes(), checkpoint.root, roots))
        except TimestampError as error:
            faults.other(f"{path}: {error}")
    strays = held - {timestamp_path(folder, checkpoint.root) for checkpoint in checkpoints}
    for path in sorted(strays):
        faults.other(f"{path}: stamps a checkpoint that is not there: checkpoints were taken out or replaced")
    return Stamps(held=len(held), checked=len(instants), last=max(instants, default=None))
