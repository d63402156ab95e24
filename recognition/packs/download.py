"""Bringing a pack onto this machine: resumed, checked, and under its name only when it is the right file."""

from __future__ import annotations

import http.client
import shutil
import urllib.error
import urllib.parse
import urllib.request
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

from recognition.packs.manifest import Archive, Manifest, PackError, PackFile
from recognition.packs.store import models_folder, sha256_of

Progress = Callable[[str, int, int | None], None]
"""Called with a file's name, bytes present and bytes expected (None when nobody says)."""

_CHUNK = 1 << 18
_TIMEOUT_S = 30.0


def fetch(manifest: Manifest, *, progress: Progress, models_dir: Path | None = None, mirror: str | None = None) -> Path:
    """Fetch a pack and return its folder; files that are there and right are left alone.

    An interrupted download goes on where it stopped. A file gets its name only after its SHA-256 was right.
    ``mirror`` is the base URL of a server holding the same files, asked first.
    Raises PackError: nothing to fetch, no server answers, wrong digest, folder not writable.
    """
    if manifest.package:
        raise PackError(f"pack {manifest.name} comes with the Python package {manifest.package}: nothing to fetch")
    folder = models_folder(models_dir) / manifest.name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _fetch_into(folder, manifest, progress, mirror)
    except OSError as error:
        raise PackError(f"{folder}: cannot be written: {error.strerror or error}") from error
    return folder


def _fetch_into(folder: Path, manifest: Manifest, progress: Progress, mirror: str | None) -> None:
    wanted = [file for file in manifest.files if not _is_right(folder / file.name, file.sha256)]
    if wanted and manifest.archive:
        archive = folder / manifest.archive.name
        download(archive, _urls(manifest.archive, mirror), manifest.archive.sha256, progress)
        for file in wanted:
            _unpack(archive, file, folder)
        archive.unlink()
        return
    for file in wanted:
        if not file.sha256:
            raise PackError(f"pack {manifest.name}: {file.name} has no known SHA-256, so it is not fetched")
        download(folder / file.name, _urls(file, mirror), file.sha256, progress)


def download(target: Path, urls: Sequence[str], sha256: str, progress: Progress) -> None:
    """Download ``target`` from the first of ``urls`` that answers, by way of ``target`` + ".part".

    Raises PackError when none answers or the digest is wrong; then nothing is left under ``target``.
    """
    part = target.with_name(target.name + ".part")
    faults = []
    for url in urls:
        try:
            _append(part, url, target.name, progress)
        except (urllib.error.URLError, http.client.HTTPException, TimeoutError, ConnectionError) as error:
            faults.append(f"{urllib.parse.urlsplit(url).netloc}: {error}")
            continue
        if sha256_of(part) == sha256:
            part.replace(target)
            return
        part.unlink()
        faults.append(f"{urllib.parse.urlsplit(url).netloc}: wrong SHA-256, refused")
    raise PackError(f"{target.name}: not fetched: {'; '.join(faults) or 'no address is known'}")


def _append(part: Path, url: str, name: str, progress: Progress) -> None:
    have = part.stat().st_size if part.is_file() else 0
    request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})
    try:
        answer = urllib.request.urlopen(request, timeout=_TIMEOUT_S)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code != http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            raise
        return  # all of it is there already; the digest will tell
    with answer:
        resumed = answer.status == http.HTTPStatus.PARTIAL_CONTENT
        have = have if resumed else 0
        length = answer.headers.get("Content-Length")
        total = have + int(length) if length else None
        with part.open("ab" if resumed else "wb") as file:
            while chunk := answer.read(_CHUNK):
                file.write(chunk)
                have += len(chunk)
                progress(name, have, total)
    if total is not None and have < total:
        raise http.client.IncompleteRead(b"", total - have)


def _unpack(archive: Path, file: PackFile, folder: Path) -> None:
    part = folder / (file.name + ".part")
    with zipfile.ZipFile(archive) as opened:
        member = next((entry for entry in opened.namelist() if Path(entry).name == file.name), None)
        if member is None:
            raise PackError(f"{archive.name}: {file.name} is not in it")
        with opened.open(member) as source, part.open("wb") as target:
            shutil.copyfileobj(source, target, _CHUNK)
    if not _is_right(part, file.sha256):
        part.unlink()
        raise PackError(f"{archive.name}: {file.name} in it has a wrong SHA-256, refused")
    part.replace(folder / file.name)


def _urls(item: PackFile | Archive, mirror: str | None) -> list[str]:
    own = [f"{mirror.rstrip('/')}/{item.name}"] if mirror else []
    return [*own, *item.urls]


def _is_right(path: Path, sha256: str | None) -> bool:
    return path.is_file() and sha256 in (None, sha256_of(path))
