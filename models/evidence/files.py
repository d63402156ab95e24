"""Frames as files of a site, one sealed JPEG each, named by the SHA-256 of its plaintext and by whose it is."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from models.base import ModelsError
from models.vault import Sealer, VaultError

UNFINISHED = ".part"
NAME = re.compile(r"[0-9a-f]{64}-[0-9a-f]{16}")


class EvidenceError(ModelsError):
    """A frame cannot be written, or is missing, replaced or not readable any more."""


@dataclass(frozen=True, kw_only=True)
class StoredFrame:
    """A frame that is on the disk: of which ``arrival``, taken ``at`` (aware), the ``sha256`` (hex) of its JPEG, whose
    key it is sealed under (``owner``), and what its file takes."""

    arrival: str
    at: datetime
    sha256: str
    owner: str
    size_bytes: int


class FrameFiles:
    """The folder of the frames, ``evidence/<aa>/<sha256>-<arrival>``.

    Of two people in the same picture each has a file of their own under a key of their own, also when both files hold
    the same picture: so the name ends in a digest of the arrival, and erasing one never takes the other's.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, sealer: Sealer, jpeg: bytes, *, arrival: str, owner: str, at: datetime) -> StoredFrame:
        """Seal a JPEG into its file; it is on the disk when this returns. Raises ``EvidenceError`` (disk full), with
        nothing left of it."""
        digest = sha256(jpeg).hexdigest()
        path = self.path(arrival, digest)
        sealed = sealer.seal(jpeg, _about(arrival, digest))
        unfinished = path.with_name(path.name + UNFINISHED)
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(sealed)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(path)
            _sync(path.parent)
        except OSError as error:
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)
            raise EvidenceError(
                f"{self.folder}: a frame cannot be written ({error.strerror}); free some space or mend the folder"
            ) from None
        return StoredFrame(arrival=arrival, at=at, sha256=digest, owner=owner, size_bytes=len(sealed))

    def read(self, sealer: Sealer, *, arrival: str, sha256: str) -> bytes:
        """The JPEG of a frame. Raises ``EvidenceError`` naming the file when it is missing or was replaced."""
        path = self.path(arrival, sha256)
        try:
            jpeg = sealer.open(path.read_bytes(), _about(arrival, sha256))
        except OSError as error:
            raise EvidenceError(f"{path}: the frame cannot be read ({error.strerror}); restore the backup") from None
        except VaultError:
            jpeg = b""
        if _digest(jpeg) != sha256:
            raise EvidenceError(f"{path}: not the frame that was recorded; it was replaced or damaged")
        return jpeg

    def remove(self, frames: Iterable[StoredFrame]) -> None:
        """Take the files of ``frames`` off the disk; one that is gone already is fine. Raises ``EvidenceError``."""
        self.unlink([self.path(frame.arrival, frame.sha256) for frame in frames])

    def strays(self, known: Iterable[StoredFrame], *, before: datetime) -> tuple[Path, ...]:
        """Every file that is none of ``known``, and every unfinished one, unless it was changed at ``before`` or later:
        somebody may just be writing it."""
        wanted = {self.path(frame.arrival, frame.sha256).name for frame in known}
        return tuple(path for path in self.files() if path.name not in wanted and _changed_before(path, before))

    def files(self) -> Iterator[Path]:
        """Every file there is of a frame, unfinished ones too."""
        for path in self.folder.glob("[0-9a-f][0-9a-f]/*"):
            if NAME.fullmatch(path.name.removesuffix(UNFINISHED)):
                yield path

    def unlink(self, paths: Iterable[Path]) -> None:
        """Remove files; those that are gone already are no fault. Raises ``EvidenceError``."""
        try:
            for path in paths:
                path.unlink(missing_ok=True)
        except OSError as error:
            raise EvidenceError(f"{self.folder}: a frame cannot be removed ({error.strerror})") from None

    def path(self, arrival: str, digest: str) -> Path:
        """Where the frame of this SHA-256 (hex) of an arrival lies."""
        return self.folder / digest[:2] / f"{digest}-{_digest(arrival.encode())[:16]}"


def _about(arrival: str, digest: str) -> str:
    return f"frame {digest} of {arrival}"


def _digest(content: bytes) -> str:
    return sha256(content).hexdigest()


def _changed_before(path: Path, instant: datetime) -> bool:
    try:
        return path.stat().st_mtime < instant.timestamp()
    except FileNotFoundError:
        return False


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
