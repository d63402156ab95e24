"""Papers as scanners and phones make them, and such as nobody should take."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from typing import Literal

from fpdf import FPDF
from PIL import Image

Kind = Literal["JPEG", "PNG"]


def picture(kind: Kind = "PNG", size: tuple[int, int] = (64, 48), grey: int = 200) -> bytes:
    """A picture of one grey."""
    made = BytesIO()
    Image.new("L", size, grey).save(made, kind)
    return made.getvalue()


def document(text: str = "marriage certificate") -> bytes:
    """A document of one page."""
    paper = FPDF()
    paper.add_page()
    paper.set_font("helvetica", size=12)
    paper.cell(text=text)
    return bytes(paper.output())


def chunk(kind: bytes, content: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(*, wide: int, tall: int, pixels: bytes = b"", extra: bytes = b"") -> bytes:
    """A grey PNG that says it is so large, whatever its ``pixels`` (unpacked)."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", wide, tall, 8, 0, 0, 0, 0))
    body = header + extra + chunk(b"IDAT", zlib.compress(pixels)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def with_object(said: bytes) -> bytes:
    """A document with one more object in the clear."""
    return document().replace(b"%%EOF", b"99 0 obj\n" + said + b"\nendobj\n%%EOF")


def with_stream(said: bytes, dictionary: bytes = b"/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode") -> bytes:
    """A document with one more object in a packed stream."""
    packed = zlib.compress(said)
    stream = b"<< " + dictionary + b" /Length %d >>\nstream\n" % len(packed) + packed + b"\nendstream"
    return with_object(stream)
