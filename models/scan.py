"""Whether something that was erased still lies anywhere in a site's folder: looks at every byte of every file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from os import SEEK_END
from pathlib import Path

from models.site import EVIDENCE_FOLDER

CHUNK_BYTES = 1 << 22
PIECE_BYTES = 24
SHORTEST_BYTES = 6
"""What is shorter stands in any gigabyte by chance."""

JPEG_BEGINS, JPEG_ENDS = b"\xff\xd8\xff", b"\xff\xd9"


@dataclass(frozen=True, kw_only=True)
class Needle:
    """Something to look for: ``what`` it is, without saying it, and the ``forms`` of which none may be found."""

    what: str
    forms: tuple[bytes, ...]


@dataclass(frozen=True, kw_only=True)
class Trace:
    """``what`` was found in the file ``path``, as named in the site's folder."""

    path: Path
    what: str


def text_needle(what: str, text: str) -> Needle:
    """A text as programs write it: UTF-8, UTF-16 both ways round, escaped in JSON.

    >>> text_needle("a name", "王").forms
    (b'\\\\u738b',)
    """
    forms = (
        text.encode(),
        text.encode("utf-16-le"),
        text.encode("utf-16-be"),
        text.encode("ascii", "backslashreplace"),
    )
    return Needle(what=what, forms=tuple(dict.fromkeys(form for form in forms if len(form) >= SHORTEST_BYTES)))


def bytes_needle(what: str, content: bytes) -> Needle:
    """Bytes, long ones by pieces from their beginning, middle and end: a database may cut a value into parts, or have
    overwritten one of them.

    >>> [len(form) for form in bytes_needle("a template", bytes(range(200))).forms]
    [24, 24, 24]
    """
    if len(content) < 2 * PIECE_BYTES:
        return Needle(what=what, forms=(content,))
    last = len(content) - PIECE_BYTES
    starts = (0, last // 2, last)
    return Needle(what=what, forms=tuple(content[start : start + PIECE_BYTES] for start in starts))


def scan(folder: Path, needles: Sequence[Needle]) -> tuple[Trace, ...]:
    """Every needle found in any file of ``folder``, and every file of the evidence that is a picture nobody sealed.
    Files that go away meanwhile are no longer looked at. Raises ``OSError`` for one that cannot be read."""
    return tuple(
        Trace(path=path.relative_to(folder), what=what)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        for what in _found(path, needles, picture=path.is_relative_to(folder / EVIDENCE_FOLDER))
    )


def _found(path: Path, needles: Sequence[Needle], *, picture: bool) -> Iterator[str]:
    with suppress(FileNotFoundError):
        if picture and _is_jpeg(path):
            yield "a picture nobody sealed"
        wanted = {form: needle.what for needle in needles for form in needle.forms}
        yield from sorted({wanted[form] for form in _forms_in(path, wanted)})


def _forms_in(path: Path, forms: Iterable[bytes]) -> set[bytes]:
    left = set(forms)
    found: set[bytes] = set()
    overlap = max(map(len, left), default=1) - 1
    window = b""
    with path.open("rb") as file:
        while left and (chunk := file.read(CHUNK_BYTES)):
            window = window[len(window) - overlap :] + chunk if overlap < len(window) else window + chunk
            here = {form for form in left if form in window}
            found |= here
            left -= here
    return found


def _is_jpeg(path: Path) -> bool:
    with path.open("rb") as file:
        begins = file.read(10)
        file.seek(max(0, file.seek(0, SEEK_END) - len(JPEG_ENDS)))
        ends = file.read()
    # three bytes alone begin one sealed file in 16 million, too
    return begins.startswith(JPEG_BEGINS) and (ends == JPEG_ENDS or begins[6:] in (b"JFIF", b"Exif"))
