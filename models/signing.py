"""The signing key: Ed25519 signatures (RFC 8032) that only this site can make and anybody can check.

The private seed is sealed under the site key, so one secret guards everything. Public keys stand in a text file of
their own, one a line in the order of their use.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from nacl.bindings import (
    crypto_sign,
    crypto_sign_BYTES,
    crypto_sign_PUBLICKEYBYTES,
    crypto_sign_SEEDBYTES,
)
from nacl.signing import SigningKey

from models.base import ModelsError
from models.durable import replace_file
from models.signed import Purpose
from models.vault import Vault, VaultError

ABOUT = "signing key"
PUBLIC_HEAD = "# Public keys (Ed25519) this site signed with, one a line, in the order of their use.\n"


class SigningError(ModelsError):
    """The signing key or the list of public keys is missing, damaged, or not the one that is needed."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Signer:
    """Signs with one private key."""

    _key: SigningKey = field(repr=False)

    @property
    def public(self) -> bytes:
        """The public key (32 bytes) its signatures are checked with."""
        return bytes(self._key.verify_key)

    def sign(self, digest: bytes, purpose: Purpose) -> bytes:
        """The signature (64 bytes) of a SHA-256 ``digest`` (32 bytes) for ``purpose``.

        >>> signer = Signer(_key=SigningKey(bytes(32)))
        >>> digest = sha256(b"an entry").digest()
        >>> len(signer.sign(digest, Purpose.LEDGER))
        64
        """
        return crypto_sign(purpose.value + digest, self._seed_and_public)[:crypto_sign_BYTES]

    @cached_property
    def _seed_and_public(self) -> bytes:
        return bytes(self._key) + self.public


def create_signer(path: Path, vault: Vault) -> Signer:
    """Write a new random signing key, sealed under the site key. Raises ``SigningError`` when one is there or the
    file cannot be written."""
    if path.exists():
        raise SigningError(f"{path}: there is a signing key already; it is not overwritten")
    return _written(path, vault)


def open_signer(path: Path, vault: Vault) -> Signer:
    """The signer of a key file. Raises ``SigningError`` when it is missing, damaged, or sealed under another key."""
    try:
        seed = vault.open(path.read_bytes(), ABOUT)
    except FileNotFoundError:
        raise SigningError(f"{path}: the signing key is missing; restore it from the backup") from None
    except OSError as error:
        raise SigningError(f"{path}: the signing key cannot be read: {error.strerror}; check its owner") from None
    except (VaultError, ValueError):
        seed = b""
    if len(seed) != crypto_sign_SEEDBYTES:
        raise SigningError(f"{path}: damaged, or not sealed with this site's key; restore both keys from one backup")
    return Signer(_key=SigningKey(seed))


@contextmanager
def replace_signer(path: Path, vault: Vault) -> Iterator[Signer]:
    """Rotation: a new signer that takes the old one's place when the block ends well.

    Inside the block the change is recorded under the old key. The new key lies durably beside the old one before the
    block begins: after a power cut between record and replacement, `adopt_signer` completes it.
    """
    signer = _written(_successor(path), vault)
    yield signer
    adopt_signer(path, vault, signer.public)


def adopt_signer(path: Path, vault: Vault, public: bytes) -> Signer:
    """Put the successor whose public key is ``public`` in the place of the key file.

    Raises ``SigningError`` when there is no successor, or it has another public key.
    """
    successor = _successor(path)
    signer = open_signer(successor, vault)
    if signer.public != public:
        raise SigningError(f"{successor}: is not the key {fingerprint(public)}; restore that one from the backup")
    try:
        replace_file(path, successor.read_bytes())
        successor.unlink()
    except OSError as error:
        raise SigningError(f"{path}: the signing key cannot be replaced: {error.strerror}") from None
    return signer


def fingerprint(public: bytes) -> str:
    """The first 128 bits of a public key's SHA-256 in groups, to be read out and compared.

    >>> fingerprint(bytes(32))
    '6668-7aad-f862-bd77-6c8f-c18b-8e9f-8e20'
    """
    digits = sha256(public).hexdigest()[:32]
    return "-".join(digits[start : start + 4] for start in range(0, len(digits), 4))


def read_public_keys(path: Path) -> tuple[bytes, ...]:
    """The public keys (32 bytes each) of a file, in the order of their use. Raises ``SigningError`` naming the line
    that holds no key."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise SigningError(f"{path}: the public keys cannot be read; restore the file from the backup") from None
    keys = [
        _public_key(line.strip(), f"{path}, line {number}")
        for number, line in enumerate(lines, 1)
        if line.strip() and not line.startswith("#")
    ]
    if not keys:
        raise SigningError(f"{path}: holds no public key; restore the file from the backup")
    return tuple(keys)


def add_public_key(path: Path, public: bytes) -> None:
    """Append a public key to the file, which is made when missing; a key that stands there is not added again.

    Raises ``SigningError`` when the file is damaged or cannot be written.
    """
    known = read_public_keys(path) if path.exists() else ()
    if public in known:
        return
    lines = "".join(f"{key.hex()}\n" for key in (*known, public))
    try:
        replace_file(path, (PUBLIC_HEAD + lines).encode(), mode=0o644)
    except OSError as error:
        raise SigningError(f"{path}: the public keys cannot be written: {error.strerror}") from None


def _written(path: Path, vault: Vault) -> Signer:
    seed = secrets.token_bytes(crypto_sign_SEEDBYTES)
    try:
        replace_file(path, vault.seal(seed, ABOUT))
    except OSError as error:
        raise SigningError(f"{path}: the signing key cannot be written: {error.strerror}") from None
    return Signer(_key=SigningKey(seed))


def _successor(path: Path) -> Path:
    return path.with_name(f"{path.name}.next")


def _public_key(text: str, where: str) -> bytes:
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != crypto_sign_PUBLICKEYBYTES:
        raise SigningError(f"{where}: not a public key ({crypto_sign_PUBLICKEYBYTES} bytes as hex digits)")
    return key
