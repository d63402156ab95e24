"""The zip of a bundle: written so that the same content gives the same bytes, read without trusting it."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from hashlib import file_digest as digest_of
from pathlib import Path
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from models.bundle.layout import (
    FRAME,
    MANIFEST,
    MOST_BYTES,
    MOST_BYTES_IN_ALL,
    MOST_FILES,
    NEEDED,
    SIGNATURE,
    STAMP,
    BundleError,
)

EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest time a zip can state."""

ENCRYPTED = 1

END_BYTES = 22
"""A zip's end of central directory without a comment (APPNOTE 4.3.16); a bundle's is the last of the file."""


class Packed:
    """An open bundle: its files by name, read one at a time."""

    def __init__(self, archive: ZipFile) -> None:
        self._archive = archive
        self.names = tuple(info.filename for info in archive.infolist())

    def read(self, name: str) -> bytes:
        """The content of a file. Raises ``BundleError`` when it is missing or cannot be unpacked."""
        try:
            return self._archive.read(name)
        except KeyError:
            raise BundleError(f"{name} is missing") from None
        except (BadZipFile, zlib.error, EOFError, OSError):
            raise BundleError(f"{name}: cannot be unpacked; it is damaged") from None


@contextmanager
def open_zip(path: Path) -> Iterator[Packed]:
    """Open a bundle's zip. Raises ``BundleError`` when it is none, cut, too large, or holds what no bundle does;
    bytes before or after the archive are such too."""
    try:
        with path.open("rb") as file, ZipFile(file) as archive:
            if not _alone(file, archive.infolist()):
                raise BundleError(f"{path}: something stands before or after the zip; ask for it once more")
            for info in _few(archive.infolist(), str(path)):
                if fault := _fault(info):
                    raise BundleError(f"{path}: {fault}")
            packed = Packed(archive)
            if doubled := len(packed.names) - len(set(packed.names)):
                raise BundleError(f"{path}: {doubled} of its files are there twice")
            yield packed
    except (BadZipFile, NotImplementedError):  # the latter is zipfile's word for a compression it does not know
        raise BundleError(f"{path}: not a whole zip file; it was cut or damaged, ask for it once more") from None
    except OSError as error:
        raise BundleError(f"{path}: cannot be read: {error.strerror or error}") from None


def write_zip(path: Path, files: Iterable[tuple[str, bytes]]) -> None:
    """Write ``files`` (name, content) in this order, durably, for the owner only. Raises ``OSError``."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        with ZipFile(file, "w") as archive:
            for name, content in files:
                info = ZipInfo(name, EPOCH)
                info.create_system, info.external_attr = 3, 0o644 << 16
                archive.writestr(info, content, ZIP_STORED if FRAME.fullmatch(name) else ZIP_DEFLATED)
        file.flush()
        os.fsync(file.fileno())


def file_digest(path: Path) -> str:
    """SHA-256 (hex) of a file."""
    with path.open("rb") as file:
        return digest_of(file, "sha256").hexdigest()


def _alone(file: BinaryIO, infos: list[ZipInfo]) -> bool:
    """Whether the file is the archive and nothing else."""
    file.seek(-END_BYTES, os.SEEK_END)
    end = file.read()
    first = min((info.header_offset for info in infos), default=0)
    return first == 0 and end.startswith(b"PK\5\6") and end.endswith(b"\0\0")


def _few(infos: list[ZipInfo], file: str) -> list[ZipInfo]:
    if len(infos) > MOST_FILES:
        raise BundleError(f"{file}: {len(infos)} files; a bundle has at most {MOST_FILES}")
    if (total := sum(info.file_size for info in infos)) > MOST_BYTES_IN_ALL:
        raise BundleError(f"{file}: {total} bytes unpacked; a bundle has at most {MOST_BYTES_IN_ALL}")
    return infos


def _fault(info: ZipInfo) -> str | None:
    """What is wrong with a file by what the zip says of it; sizes are limits for the unpacking too."""
    if info.filename not in (MANIFEST, SIGNATURE, STAMP, *NEEDED) and not FRAME.fullmatch(info.filename):
        return f"holds {info.filename[:80]!r}, which is no part of a bundle; do not unpack it"
    if info.file_size > MOST_BYTES:
        return f"{info.filename} has {info.file_size} bytes unpacked, at most {MOST_BYTES} are read"
    if info.flag_bits & ENCRYPTED or info.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        return f"{info.filename} is packed in a way no bundle is"
    return None
