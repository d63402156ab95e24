"""The site's master key: seals what is personal (AES-256-GCM), wraps the data keys of persons and arrivals, and makes
look-up digests (HMAC-SHA256)."""

from __future__ import annotations

import hmac
import os
import secrets
import stat
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from models.base import ModelsError

KEY_BYTES = 32
NONCE_BYTES = 12
KEY_VARIABLE = "MENJIAN_SITE_KEY"
"""Environment variable that may hold the master key instead of a file."""


class VaultError(ModelsError):
    """The site key is missing, readable by others, damaged, or not the one something was sealed with."""


class Sealer:
    """Seals and opens bytes under one 256-bit key."""

    def __init__(self, key: bytes) -> None:
        self._sealer = AESGCM(key)

    def seal(self, plain: bytes, about: str) -> bytes:
        """``plain`` as a random 96-bit nonce and the AES-256-GCM ciphertext with its tag (NIST SP 800-38D).

        ``about`` names the place the value belongs to; it opens only under the same name, so a sealed value
        moved to another row is refused.

        >>> sealer = Sealer(bytes(32))
        >>> sealer.open(sealer.seal(b"138", "phone of p1"), "phone of p1")
        b'138'
        """
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._sealer.encrypt(nonce, plain, about.encode())

    def open(self, sealed: bytes, about: str) -> bytes:
        """What was sealed. Raises ``VaultError`` when the key or the place is another, or a bit was changed."""
        try:
            return self._sealer.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], about.encode())
        except (InvalidTag, ValueError):  # ValueError: cut too short to hold a nonce
            raise VaultError(
                f"{about}: not sealed with this site's key, or changed since; restore the right key"
            ) from None


class Vault(Sealer):
    """What the master key does. Sealing and look-up digests use keys of their own, derived from it with HKDF-SHA256
    (RFC 5869)."""

    def __init__(self, key: bytes) -> None:
        super().__init__(_derived(key, b"menjian seal v1"))
        self._digest_key = _derived(key, b"menjian digest v1")

    def new_key(self, owner: str) -> tuple[Sealer, bytes]:
        """A new random data key for ``owner``, and the same key wrapped (sealed under the master key) for storing."""
        key = secrets.token_bytes(KEY_BYTES)
        return Sealer(key), self.seal(key, f"data key of {owner}")

    def unwrapped(self, wrapped: bytes, owner: str) -> Sealer:
        """The data key ``new_key`` wrapped. Raises ``VaultError`` when it belongs to another owner or site."""
        return Sealer(self.open(wrapped, f"data key of {owner}"))

    def digest(self, text: str) -> bytes:
        """Keyed hash (32 bytes) for finding an equal value without storing it in the clear."""
        return hmac.digest(self._digest_key, text.encode(), sha256)


def create_key(path: Path) -> None:
    """Write a new random site key that only its owner can read. Raises ``FileExistsError`` when one is there."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(secrets.token_hex(KEY_BYTES) + "\n")


def open_vault(path: Path) -> Vault:
    """The vault of a key file, or of the environment's `MENJIAN_SITE_KEY` where that is set. Raises ``VaultError`` when
    the file is missing, open to other users, or no key."""
    if (given := os.environ.get(KEY_VARIABLE)) is not None:
        return _vault_of(given, KEY_VARIABLE)
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        raise VaultError(
            f"{path}: the site key is missing; restore it from the backup, nothing opens without"
        ) from None
    except (OSError, UnicodeDecodeError):
        raise VaultError(f"{path}: the site key cannot be read; check its owner and content") from None
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise VaultError(f"{path}: the site key is open to other users of this machine; run: chmod 600 {path}")
    return _vault_of(text, str(path))


def _vault_of(text: str, name: str) -> Vault:
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise VaultError(f"{name}: not a site key ({KEY_BYTES} bytes as hex digits); restore it from the backup")
    return Vault(key)


def _derived(key: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=purpose).derive(key)
