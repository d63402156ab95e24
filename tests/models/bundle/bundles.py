"""Bundles for the tests: taken apart, changed, packed and signed again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from models.bundle import BundleError, check_bundle
from models.bundle.zipped import write_zip
from models.signed import Purpose
from models.signing import Signer
from tests.models.dispute import CONTESTED

NOW = CONTESTED + timedelta(days=1)

Files = dict[str, bytes]


@dataclass(frozen=True, kw_only=True)
class Good:
    """A bundle that holds, what is in it, and the key it was signed with."""

    path: Path
    files: Files
    signer: Signer


def packed(files: Mapping[str, bytes], path: Path) -> Path:
    write_zip(path, files.items())
    return path


def signed(files: Files, signer: Signer) -> Files:
    """The files with a manifest that fits them, signed again."""
    manifest = json.loads(files["manifest.json"])
    own = ("manifest.json", "manifest.sig")
    manifest["files"] = {name: sha256(content).hexdigest() for name, content in files.items() if name not in own}
    manifest["key"] = signer.public.hex()
    text = json.dumps(manifest).encode()
    signature = signer.sign(sha256(text).digest(), Purpose.BUNDLE).hex().encode()
    return {**files, "manifest.json": text, "manifest.sig": signature}


def told(path: Path, key: tuple[str, ...] = ()) -> str:
    with pytest.raises(BundleError) as refused:
        check_bundle(path, key=key)
    line = str(refused.value)
    assert line.startswith(f"{path}: ")
    assert "\n" not in line
    return line.removeprefix(f"{path}: ")


def lines(files: Files) -> list[dict[str, object]]:
    return [json.loads(line) for line in files["entries.jsonl"].splitlines()]


def with_lines(files: Files, entries: list[dict[str, object]]) -> Files:
    return {**files, "entries.jsonl": b"".join(json.dumps(one).encode() + b"\n" for one in entries)}


def frames(files: Files) -> list[str]:
    return sorted(name for name in files if name.startswith("frames/"))
