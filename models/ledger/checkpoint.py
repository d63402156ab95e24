"""Checkpoints: signed statements, kept outside the database, of how many entries there are and what they hash to.

Whoever cuts entries off the end of the ledger, or writes it anew, cannot make the checkpoints agree.
"""

from __future__ import annotations

import fcntl
import logging
import os
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Annotated, BinaryIO

import rfc8785
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from models.base import ModelsError
from models.durable import sync_folder
from models.ledger.merkle import Frontier
from models.signed import Purpose, is_signed
from models.signing import Signer, fingerprint

ADDING = os.O_RDWR | os.O_APPEND | os.O_CREAT
TAIL_BYTES = 16_384
"""More than the longest line: 53 subtrees of 67 bytes each, and the rest."""

log = logging.getLogger("models.ledger")


class CheckpointError(ModelsError):
    """A checkpoint cannot be read, written or made."""


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """At the instant ``at`` (aware UTC) the ledger had ``count`` entries, the last with the hash ``head`` (32 bytes),
    all of them under the Merkle ``root``; signed (64 bytes) with the key ``public`` (32 bytes).

    ``frontier`` is what the next checkpoint needs besides the entries since.
    """

    frontier: Frontier
    head: bytes
    at: datetime
    public: bytes
    signature: bytes

    @property
    def count(self) -> int:
        """How many entries it covers."""
        return self.frontier.count

    @property
    def root(self) -> bytes:
        """Root (32 bytes) of the Merkle tree over the hashes of these entries."""
        return self.frontier.root


def make_checkpoint(
    previous: Checkpoint | None, new_hashes: Sequence[bytes], *, at: datetime, signer: Signer
) -> Checkpoint:
    """The checkpoint after ``new_hashes`` (32 bytes each), the hashes of all entries since ``previous`` (None: of all
    entries). Raises ``CheckpointError`` when there are none."""
    if not new_hashes:
        raise CheckpointError("checkpoint: no entries since the last one; there is nothing to sign")
    frontier = (previous.frontier if previous else Frontier()).extended(new_hashes)
    at = at.astimezone(UTC)
    digest = _digest(_body(frontier, new_hashes[-1], at, signer.public))
    return Checkpoint(
        frontier=frontier,
        head=new_hashes[-1],
        at=at,
        public=signer.public,
        signature=signer.sign(digest, Purpose.CHECKPOINT),
    )


def signature_fault(checkpoint: Checkpoint, keys: Collection[bytes]) -> str | None:
    """What is wrong with the signature, None when it was made with one of the public ``keys``."""
    if checkpoint.public not in keys:
        return f"it is signed with a key that is not the site's ({fingerprint(checkpoint.public)})"
    body = _body(checkpoint.frontier, checkpoint.head, checkpoint.at, checkpoint.public)
    if not is_signed(checkpoint.public, _digest(body), checkpoint.signature, Purpose.CHECKPOINT):
        return "its signature does not fit; it was changed after it was signed"
    return None


def fault_of(
    checkpoint: Checkpoint, *, previous: Checkpoint | None, since: Sequence[bytes], keys: Collection[bytes]
) -> str | None:
    """What is wrong with a checkpoint, None when it holds.

    ``previous`` the one before it, itself without fault; ``since`` the hashes (32 bytes each) that the ledger has now
    after the entries of ``previous``, as far as ``checkpoint`` reaches; ``keys`` the site's public keys.
    """
    if (fault := signature_fault(checkpoint, keys)) is not None:
        return fault
    before = previous.frontier if previous else Frontier()
    new = checkpoint.count - before.count
    if new <= 0:
        return f"its {checkpoint.count} entries are not more than the {before.count} of the one before it"
    if len(since) < new:
        gone = f"{before.count + len(since) + 1} to {checkpoint.count}"
        return f"the ledger was cut: it lacks the entries {gone} that stood in it"
    if before.extended(since[:new]) != checkpoint.frontier or since[new - 1] != checkpoint.head:
        return (
            f"among the entries {before.count + 1} to {checkpoint.count} are others than stood there when it was signed"
        )
    return None


def checkpoint_json(checkpoint: Checkpoint) -> bytes:
    """A checkpoint as canonical JSON (RFC 8785) on one line; bytes as hex."""
    body = _body(checkpoint.frontier, checkpoint.head, checkpoint.at, checkpoint.public)
    return rfc8785.dumps({**body, "signature": checkpoint.signature.hex()})


def parse_checkpoint(text: bytes) -> Checkpoint:
    """The checkpoint of a JSON text. Raises ``CheckpointError`` naming the field that is wrong."""
    try:
        read = _Line.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "checkpoint"
        raise CheckpointError(f"{where}: {first['msg']}") from None
    frontier = Frontier(count=read.count, peaks=read.peaks)
    if len(read.peaks) != read.count.bit_count():
        raise CheckpointError(f"peaks: {len(read.peaks)} of them; {read.count} entries have {read.count.bit_count()}")
    if frontier.root != read.root:
        raise CheckpointError("root: does not follow from the peaks")
    at = read.at.astimezone(UTC)
    return Checkpoint(frontier=frontier, head=read.head, at=at, public=read.key, signature=read.signature)


@dataclass(frozen=True)
class CheckpointFile:
    """The checkpoints of a site, one JSON object a line, in the order they were made. Several processes may add."""

    path: Path

    def all(self) -> list[Checkpoint]:
        """Every checkpoint; none when there is no file. Raises ``CheckpointError`` naming the line that is wrong."""
        return [self._parsed(line, f"line {number}") for number, line in enumerate(self._lines(tail=None), 1)]

    def last(self) -> Checkpoint | None:
        """The last checkpoint, None when there is none. Raises ``CheckpointError`` when it cannot be read."""
        lines = self._lines(tail=TAIL_BYTES)
        return self._parsed(lines[-1], "last line") if lines else None

    def add(self, checkpoint: Checkpoint) -> bool:
        """Append a checkpoint durably. False, and nothing is written, when another process added one meanwhile that
        covers as many entries. Raises ``CheckpointError`` when the file cannot be written."""
        with self._told(), os.fdopen(os.open(self.path, ADDING, 0o600), "ab+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            lines = self._whole_lines(file, TAIL_BYTES)
            if lines and self._parsed(lines[-1], "last line").count >= checkpoint.count:
                return False
            file.write(checkpoint_json(checkpoint) + b"\n")
            file.flush()
            os.fsync(file.fileno())
            if not lines:
                sync_folder(self.path.parent)
        return True

    def _lines(self, *, tail: int | None) -> list[bytes]:
        if not self.path.exists():
            return []
        with self._told(), self.path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH)  # else the line another process is writing looks like half a one
            return self._whole_lines(file, tail)

    def _whole_lines(self, file: BinaryIO, tail: int | None) -> list[bytes]:
        """The lines that are whole, of the last ``tail`` bytes only; half a line is cut off a file open for writing."""
        size = file.seek(0, os.SEEK_END)
        start = max(0, size - tail) if tail else 0
        file.seek(start)
        text = file.read()
        lines = text.split(b"\n")
        half = lines.pop()
        if start and len(lines) < 2:
            raise CheckpointError(f"{self.path}, last line: longer than a checkpoint is; restore it from the backup")
        if half:
            log.warning("%s: ends in half a line, as a power cut leaves it; that is left out", self.path)
            if file.writable():
                file.truncate(size - len(half))
        return lines[1:] if start else lines

    def _parsed(self, line: bytes, where: str) -> Checkpoint:
        try:
            return parse_checkpoint(line)
        except CheckpointError as error:
            raise CheckpointError(f"{self.path}, {where}: {error}") from None

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise CheckpointError(f"{self.path}: checkpoints cannot be read or kept: {error.strerror}") from None


Bytes32 = Annotated[bytes, Field(min_length=32, max_length=32)]


class _Line(BaseModel):
    """How a checkpoint stands in the file."""

    model_config = ConfigDict(strict=True, extra="forbid", val_json_bytes="hex", hide_input_in_errors=True)

    at: AwareDatetime
    count: int = Field(ge=1, lt=2**53)
    head: Bytes32
    key: Bytes32
    peaks: tuple[Bytes32, ...]
    root: Bytes32
    signature: Annotated[bytes, Field(min_length=64, max_length=64)]


def _body(frontier: Frontier, head: bytes, at: datetime, public: bytes) -> dict[str, str | int | list[str]]:
    """What is signed. The root follows from the peaks; it stands there for whoever has only this line."""
    return {
        "at": at.isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "count": frontier.count,
        "head": head.hex(),
        "key": public.hex(),
        "peaks": [peak.hex() for peak in frontier.peaks],
        "root": frontier.root.hex(),
    }


def _digest(body: dict[str, str | int | list[str]]) -> bytes:
    return sha256(rfc8785.dumps(body)).digest()
