"""Verification of a whole ledger: by somebody who trusts nobody, with the database and the files beside it alone."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from pathlib import Path

from sqlalchemy import Connection, text

from models.evidence import FrameFiles
from models.ledger.checkpoint import Checkpoint, CheckpointError, CheckpointFile
from models.ledger.verify.beside import Beside
from models.ledger.verify.chain import ROWS, Chain, Signatures, in_parts
from models.ledger.verify.index import Index
from models.ledger.verify.outside import Checkpoints, check_stamps, compare_public_keys, public_keys
from models.ledger.verify.report import Fault, Faults, Report, Stamps, Tally
from models.session import read_only
from models.settings import SETTINGS_FILE, load_settings
from models.signing import SigningError, fingerprint, open_signer
from models.site import (
    CHECKPOINTS_FILE,
    DATABASE_FILE,
    EVIDENCE_FOLDER,
    KEY_FILE,
    PUBLIC_FILE,
    SIGNING_FILE,
    SiteError,
    holds_something,
)
from models.vault import KEY_VARIABLE, Vault, open_vault

__all__ = ["Fault", "Report", "Stamps", "Tally", "verify_site"]

OnEntries = Callable[[int, int], None]
"""Told how many entries are done, of how many."""


def verify_site(folder: Path, *, open_frames: bool = False, on_entries: OnEntries = lambda _done, _of: None) -> Report:
    """Verify the ledger of a site in ``folder``, or of a copy of it; nothing is written.

    It needs the database and `keys/signing.pub`. Checked besides, where they are there: the checkpoints, the
    time-stamps, and with the site key the personal values. That the frames are there is always checked;
    ``open_frames`` has each one opened and hashed too. Raises ``ModelsError`` with one line when there is nothing to
    verify, the database is damaged or of another schema, or a key is open to other users.
    """
    from models.migrations import require_newest  # here: it loads Alembic, which nobody else who verifies needs

    faults = Faults()
    vault = _vault(folder)
    if open_frames and vault is None:
        raise SiteError(f"{folder / KEY_FILE}: needed to open the frames; restore it, or verify without opening them")
    # before the database is looked at: what is added meanwhile must not look like a ledger cut short
    checkpoints, public = _checkpoints(folder, faults), public_keys(folder / PUBLIC_FILE, faults)
    address = _address(folder)
    with read_only(address) as connection:
        require_newest(connection, str(address))
        files = FrameFiles(folder / EVIDENCE_FOLDER)
        beside = Beside(connection, faults, files, vault=vault, open_frames=open_frames)
        sealed = Checkpoints(checkpoints, public, faults)
        with Signatures(faults) as signatures:
            chain = Chain(faults, signatures, public)
            _walk(connection, chain, sealed, beside, Index(connection, faults), on_entries)
        _check_file(connection, str(address), faults)
    compare_public_keys(folder / PUBLIC_FILE, public, chain.keys, faults)
    _check_signing_key(folder, vault, chain.keys, faults)
    stamps = check_stamps(folder, checkpoints, faults)
    return _report(chain, sealed, beside, stamps, faults)


def _walk(
    connection: Connection, chain: Chain, sealed: Checkpoints, beside: Beside, index: Index, on_entries: OnEntries
) -> None:
    of = connection.execute(text("SELECT count(*) FROM ledger")).scalar_one()
    for part in in_parts(connection, ROWS):
        said, hashes = chain.follow(part)
        sealed.compare(hashes, chain.keys)
        index.compare(said, chain.last)
        beside.compare(said)
        on_entries(chain.count, of)
    chain.end()
    sealed.end(chain.keys)
    index.end()


def _check_file(connection: Connection, name: str, faults: Faults) -> None:
    """Where the look-up by kind and its table disagree, a dispute is hidden from whoever asks for disputes, though its
    entry stands in the chain."""
    if connection.dialect.name != "sqlite":
        return
    for said in connection.exec_driver_sql("PRAGMA integrity_check(1)").scalars():
        if said != "ok":
            line = str(said).splitlines()[-1]
            faults.other(f"{name}: the database file was bent or is damaged ({line}); restore the last backup")


def _report(chain: Chain, sealed: Checkpoints, beside: Beside, stamps: Stamps, faults: Faults) -> Report:
    last = sealed.holding[-1] if sealed.holding else None
    return Report(
        entries=chain.count,
        head=chain.head,
        keys=tuple(chain.keys),
        checkpoints=len(sealed.holding),
        sealed=last.count if last else 0,
        sealed_at=last.at if last else None,
        stamps=stamps,
        particulars=beside.particulars,
        frames=beside.frames,
        extra=beside.extra,
        faults=faults.in_order(),
    )


def _address(folder: Path) -> Path | str:
    """Where the database is: an auditor's copy may have no settings."""
    settings = folder / SETTINGS_FILE
    if settings.is_file() and (address := load_settings(settings).database) is not None:
        return address
    if not holds_something(folder / DATABASE_FILE):
        said = "the database is missing or empty; name a site's folder, or restore the backup"
        raise SiteError(f"{folder / DATABASE_FILE}: {said}")
    return folder / DATABASE_FILE


def _vault(folder: Path) -> Vault | None:
    return open_vault(folder / KEY_FILE) if (folder / KEY_FILE).exists() or KEY_VARIABLE in os.environ else None


def _checkpoints(folder: Path, faults: Faults) -> list[Checkpoint]:
    try:
        return CheckpointFile(folder / CHECKPOINTS_FILE).all()
    except CheckpointError as error:
        faults.other(str(error))
        return []


def _check_signing_key(folder: Path, vault: Vault | None, keys: Collection[bytes], faults: Faults) -> None:
    """Whoever forged the whole folder still lacks the site key, and so cannot seal a signing key of his own."""
    if vault is None or not (folder / SIGNING_FILE).exists():
        return
    try:
        signer = open_signer(folder / SIGNING_FILE, vault)
    except SigningError as error:
        faults.other(str(error))
        return
    if keys and signer.public not in keys:
        faults.other(
            f"{folder / SIGNING_FILE}: the site signs with the key {fingerprint(signer.public)}, which the ledger does "
            "not name: the ledger is another one's, or was made anew"
        )
