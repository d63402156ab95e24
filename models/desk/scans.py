"""What a scanned paper may be: a picture or a document, by its content and never by its name, and nothing else beside.

Looked at from its bytes alone, without drawing anything before its size is known. Phones append to a picture what is
none of the paper (previews, a moving picture, notes of their own): it is cut off at the picture's end, and with it the
second half of whatever was two things at once. What is something else within its bounds is refused, and so is a
document that does something when opened.
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from itertools import count
from threading import Lock
from typing import Literal

from PIL import Image
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile

from models.desk.acts import DeskError

MediaType = Literal["image/jpeg", "image/png", "application/pdf"]
Bounds = tuple[tuple[int, int], int]
"""Width and height of a picture (pixels), and the byte after its last one."""

MOST_BYTES = 8_000_000
MOST_PIXELS = 40_000_000
MOST_SCANS = 64
"""Passes of a progressive JPEG: each costs a whole picture's work."""

MOST_INFLATED = 400_000_000
"""Bytes that all streams of one document may unfold to: a scanner's page is some 26 MB."""

STEP = 1024
"""Packed bytes taken at a time: they unfold to a megabyte at most."""

OVERLAP = 64
"""Unfolded bytes that are looked at again with the next ones: no name is longer."""

DICTIONARY = 4096
"""Bytes before a stream in which what it is said to be is looked for."""

JPEG, PNG, PDF = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"%PDF-"
PAGE = re.compile(rb"<(?:script|html|!doctype|\?php|svg)[\s/>]", re.IGNORECASE)
"""What a browser or a server would take for something to run. To its end: `<svg` alone stands by chance in one of some
hundred pictures."""

FRAMES_OF_JPEG = frozenset({0xC0, 0xC1, 0xC2})
"""Markers of the frames everybody can draw: baseline, extended, progressive (ITU-T T.81, table B.1)."""

MARKER = re.compile(rb"\xff+[^\x00\xff\xd0-\xd7]")
ACTS = re.compile(
    rb"/(?:JavaScript|Launch|EmbeddedFiles?|RichMedia|Rendition|SubmitForm|ImportData|GoToE|Movie)(?![A-Za-z])"
    rb"|/XFA[\s\[/<(0-9]"
)
"""Names of what a document does on its own or carries along (ISO 32000-1, 12.6 and 7.11.4)."""

STREAM = re.compile(rb"\bstream\r?\n")
ODD = re.compile(rb"/(?:Predictor|ASCIIHexDecode|ASCII85Decode|LZWDecode|RunLengthDecode|Crypt|AHx|A85|LZW|RL)\b")
"""Ways of packing that a plain look cannot see through (ISO 32000-1, 7.4)."""

ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")

ONE_AT_A_TIME = Lock()
"""A picture of the largest size takes some 160 MB while it is drawn."""


class ScanError(DeskError):
    """A file that is no paper that can be taken; ``unknown`` when it is of no type that is."""

    def __init__(self, text: str, *, unknown: bool = False) -> None:
        super().__init__(f"file: {text}")
        self.unknown = unknown


@dataclass(frozen=True, kw_only=True)
class Scan:
    """A scanned paper that was looked at and can be taken: its ``content`` and nothing that followed it."""

    content: bytes
    media_type: MediaType


def scan_of(content: bytes) -> Scan:
    """A file as a scanned paper, a picture without what follows its end; takes up to some seconds. Raises ``ScanError``
    for anything but a whole JPEG, PNG or PDF of at most `MOST_BYTES` and `MOST_PIXELS`, and for one that carries
    something else or acts on its own."""
    found = _by_content(content)
    if zipfile.is_zipfile(BytesIO(found.content)) or PAGE.search(found.content):
        raise ScanError("it is something else besides; scan the paper anew")
    return found


def _by_content(content: bytes) -> Scan:
    if content.startswith(JPEG):
        size, end = _jpeg_bounds(content)
        return Scan(content=_checked(content[:end], JpegImageFile, size), media_type="image/jpeg")
    if content.startswith(PNG):
        size, end = _png_bounds(content)
        return Scan(content=_checked(content[:end], PngImageFile, size), media_type="image/png")
    if content.startswith(PDF):
        _require_small(content)
        _check_document(content)
        return Scan(content=content, media_type="application/pdf")
    raise ScanError("neither JPEG nor PNG nor PDF, whatever its name says", unknown=True)


def _require_small(content: bytes) -> None:
    if len(content) > MOST_BYTES:
        raise ScanError(f"more than {MOST_BYTES // 1_000_000} MB; scan it at a lower resolution")


def _checked(content: bytes, reader: Callable[[BytesIO], ImageFile], size: tuple[int, int]) -> bytes:
    """Draws it once: whoever brought it is still at the desk when it turns out to be broken."""
    _require_small(content)
    wide, tall = size
    if not 0 < wide * tall <= MOST_PIXELS:
        raise ScanError(f"{wide} x {tall} pixels; at most {MOST_PIXELS // 1_000_000} million")
    if PDF in content[:1024]:
        raise ScanError("it is something else besides; scan the paper anew")
    with ONE_AT_A_TIME:
        try:
            with reader(BytesIO(content)) as picture:
                if picture.size != size:
                    raise ScanError("the picture tells two sizes; scan the paper anew")
                picture.draft("RGB", (wide // 8, tall // 8))  # a JPEG is drawn small: all of it is read all the same
                picture.load()
        except (OSError, ValueError, SyntaxError, EOFError, struct.error, Image.DecompressionBombError):
            raise ScanError("the picture is broken or cut off; scan the paper anew") from None
    return content


def _jpeg_bounds(content: bytes) -> Bounds:
    """Read from marker to marker up to the end of the image (ITU-T T.81, annex B). A preview within a segment ends
    nothing: segments are stepped over by their length."""
    size, scans, place = None, 0, 2
    for kind, start, end in _segments(content, place):
        if kind in FRAMES_OF_JPEG and size is None:
            tall, wide = struct.unpack_from(">HH", content, start + 1) if end - start >= 5 else (0, 0)
            size = (wide, tall)
        elif 0xC0 <= kind <= 0xCF and kind not in (0xC4, 0xC8, 0xCC):
            raise ScanError("a kind of JPEG that not every program can draw; save it anew")
        scans += kind == 0xDA
        if scans > MOST_SCANS:
            raise ScanError("a JPEG of too many passes; save it anew")
        if kind == 0xD9:
            break
        place = end
    else:
        raise ScanError("the picture is broken or cut off; scan the paper anew")
    if size is None:
        raise ScanError("the picture is broken or cut off; scan the paper anew")
    return size, end


def _segments(content: bytes, place: int) -> Iterator[tuple[int, int, int]]:
    """The segments of a JPEG: marker, start and end of what belongs to it."""
    while found := MARKER.search(content, place):
        kind, start = found[0][-1], found.end()
        has_length = kind not in (0x01, 0xD8, 0xD9) and start + 2 <= len(content)
        place = start + max(2, *struct.unpack_from(">H", content, start)) if has_length else start
        yield kind, start + 2 * has_length, place


def _png_bounds(content: bytes) -> Bounds:
    """Read from chunk to chunk up to the one that ends the picture (RFC 2083)."""
    size, place = (0, 0), len(PNG)
    for number in count():
        if place + 12 > len(content):
            raise ScanError("the picture is broken or cut off; scan the paper anew")
        length, kind = struct.unpack_from(">I4s", content, place)
        if number == 0 and kind == b"IHDR" and length == 13 and place + 16 <= len(content):
            size = struct.unpack_from(">II", content, place + 8)
        place += 12 + length
        if kind == b"IEND" and length == 0:
            break
    return size, place


def _check_document(content: bytes) -> None:
    """A plain look, not a reading: whatever may be an action, wherever it stands or is packed, is taken for one."""
    end = content.rfind(b"%%EOF")
    if end < 0 or content[end + 5 :].strip(b"\r\n\t \x00"):
        raise ScanError("the document is cut off, or something follows it; scan the paper anew")
    plain = _unescaped(content)
    if re.search(rb"/Encrypt\b", plain):
        raise ScanError("the document is locked, so nobody can say what it holds; save it without a password")
    if ACTS.search(plain) or any(ACTS.search(_unescaped(part)) for part in _unfolded(content)):
        raise ScanError("the document does something when it is opened, or carries files; print it and scan the print")


def _unfolded(content: bytes) -> Iterator[bytes]:
    """What is written in packed streams, a stretch at a time: objects may lie in there (ISO 32000-1, 7.5.7)."""
    room = MOST_INFLATED
    for found in STREAM.finditer(content):
        said = _unescaped(content[max(0, found.start() - DICTIONARY) : found.start()]).rpartition(b"endobj")[2]
        if (b"/ObjStm" in said or b"/First" in said) and ODD.search(said):
            raise ScanError("the document is packed in a way that nobody can look into; print it and scan the print")
        unpacker, place, before = zlib.decompressobj(), found.end(), b""
        while place < len(content) and not unpacker.eof:
            try:
                part = unpacker.decompress(content[place : place + STEP])
            except zlib.error:
                break  # packed in another way, a picture most likely
            place, room = place + STEP, room - len(part)
            if room <= 0:
                raise ScanError("the document unfolds to too much; print it and scan the print")
            yield before + part
            before = part[-OVERLAP:]


def _unescaped(text: bytes) -> bytes:
    """A name may be written with its characters as numbers: `/J#61vaScript`."""
    return ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), text)
