"""Receipts of what was erased, as files beside the database: kinds, counts and hashes, nothing personal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from models.base import ModelsError
from models.durable import locked, replace_file
from models.ledger.entry import instant_text
from models.ledger.kinds import Hash

RECEIPTS_FOLDER = "receipts"
BEGUN = ".begun"


class ReceiptError(ModelsError):
    """A receipt cannot be read."""


class Receipt(BaseModel):
    """What went ``at`` an instant and why: how many of each kind (``removed``), and each thing that is ``gone`` by its
    kind and SHA-256: of a sealed value as it stood in the database, of a frame as the ledger names it.

    ``entry`` is the number of the ledger's entry, ``finished_at`` when nothing was left of it in the database's file
    either, ``found`` what a search of the whole folder found afterwards (None: the search was not possible any more).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: AwareDatetime
    what: str
    reason: str
    removed: dict[str, int]
    gone: tuple[tuple[str, Hash], ...]
    entry: int | None = Field(None, ge=1)
    finished_at: AwareDatetime | None = None
    found: tuple[str, ...] | None = None

    @property
    def digest(self) -> str:
        """What the ledger's entry holds of it; see `receipt_digest`."""
        return receipt_digest(self.at, self.gone)


def receipt_digest(at: datetime, gone: Sequence[tuple[str, str]]) -> str:
    """SHA-256 (hex) over the instant and the things that are gone, one line each, sorted.

    >>> from datetime import UTC
    >>> receipt_digest(datetime(2026, 3, 1, tzinfo=UTC), [("phone", "00" * 32)])[:16]
    '7a101cf28912db43'
    """
    lines = [instant_text(at), *sorted(f"{kind} {digest}" for kind, digest in gone)]
    return sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()


class Receipts:
    """The folder of the receipts of a site: ``DIGEST.begun`` from before its entry is on record until all is done,
    then ``ENTRY.json``. Whoever erases holds it `alone` until the database's file is overwritten."""

    def __init__(self, site_folder: Path) -> None:
        self.folder = site_folder / RECEIPTS_FOLDER

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Wait until nobody else erases, and keep others out. Raises ``OSError``."""
        self.folder.mkdir(mode=0o700, exist_ok=True)
        with locked(self.folder):
            yield

    def begin(self, receipt: Receipt) -> None:
        """Keep a receipt whose entry is about to be put on record. Raises ``OSError``."""
        replace_file(self._begun(receipt), _written(receipt))

    def begun(self) -> list[Receipt]:
        """What was begun and is not finished. Raises ``ReceiptError``."""
        return [_read(path) for path in self.folder.glob(f"*{BEGUN}")]

    def finish(self, receipt: Receipt) -> None:
        """All of it is gone. Raises ``OSError``."""
        replace_file(self._finished(receipt.entry), _written(receipt))
        self.forget(receipt)

    def forget(self, receipt: Receipt) -> None:
        """Take away one that was begun."""
        self._begun(receipt).unlink(missing_ok=True)

    def read(self, entry: int) -> Receipt | None:
        """The receipt of a finished erasure or purge by the number of its entry. Raises ``ReceiptError``."""
        path = self._finished(entry)
        return _read(path) if path.is_file() else None

    def _begun(self, receipt: Receipt) -> Path:
        return self.folder / f"{receipt.digest}{BEGUN}"

    def _finished(self, entry: int | None) -> Path:
        return self.folder / f"{entry}.json"


def _written(receipt: Receipt) -> bytes:
    return receipt.model_dump_json(indent=1).encode() + b"\n"


def _read(path: Path) -> Receipt:
    try:
        return Receipt.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        raise ReceiptError(
            f"{path}: not a receipt of an erasure; restore it from the backup, or put it aside"
        ) from None
