"""What is taken for a scanned paper, by its content."""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from models.desk.scans import MOST_BYTES, ScanError, scan_of
from tests.models.desk.scanned import chunk, document, picture, png, with_object, with_stream


def named(one: bytes | str) -> str:
    return one if isinstance(one, str) else f"{len(one)} bytes"


def zipped(content: bytes = b"") -> bytes:
    made = BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("../../etc/passwd", content)
    return made.getvalue()


def rotated() -> bytes:
    """As phones save it: progressive, with the way the camera was held."""
    made, exif = BytesIO(), Image.Exif()
    exif[0x0112] = 6
    Image.effect_noise((300, 200), 60).save(made, "JPEG", progressive=True, exif=exif)
    return made.getvalue()


def previewed() -> bytes:
    """With a whole small JPEG in a segment of its own."""
    return remarked(b"Exif\x00\x00" + picture("JPEG", (16, 12)), b"\xff\xe1")


def remarked(said: bytes, marker: bytes = b"\xff\xfe") -> bytes:
    """A JPEG that holds ``said`` in segments of their own."""
    pieces = (said[start : start + 65_000] for start in range(0, len(said), 65_000))
    own = b"".join(marker + struct.pack(">H", 2 + len(piece)) + piece for piece in pieces)
    return picture("JPEG").replace(b"\xff\xdb", own + b"\xff\xdb", 1)


def several(count: int = 2) -> bytes:
    """As cameras save a picture with its large preview (Multi-Picture Format): one JPEG behind the other."""
    made, each = BytesIO(), [Image.effect_noise((300, 200), 40 + number) for number in range(count)]
    each[0].save(made, "MPO", save_all=True, append_images=each[1:])
    return made.getvalue()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (picture("PNG"), "image/png"),
        (picture("JPEG"), "image/jpeg"),
        (rotated(), "image/jpeg"),
        (previewed(), "image/jpeg"),  # a preview before its end, as cameras save it
        (document(), "application/pdf"),
        (document() + b"\r\n", "application/pdf"),
        (with_object(b"<< /S /URI /URI (https://example.com) >>"), "application/pdf"),  # opens only when clicked
        (with_object(b"<< /OpenAction [3 0 R /Fit] >>"), "application/pdf"),  # how a page is shown at first
        (with_stream(b"5 0 << /Type /Page >>"), "application/pdf"),  # packed, and harmless
    ],
    ids=named,
)
def test_a_paper_is_known_by_its_content(content: bytes, kind: str) -> None:
    scan = scan_of(content)
    assert (scan.media_type, scan.content) == (kind, content)


MOVING = b"\x00\x00\x00\x18ftypmp42" + bytes(500)
NOTES = b"\x00\x00\x01\x0a\x0e\x00\x00\x00Image_UTC_Data1772327345000SEFH\x65\x00\x00\x00SEFT"


@pytest.mark.parametrize("whole", [picture("JPEG"), picture("PNG"), rotated(), previewed()], ids=named)
@pytest.mark.parametrize(
    "behind",
    [
        bytes(512),  # padded by a scanner
        MOVING,  # a moving picture
        NOTES,  # a phone's own
        picture("JPEG", (16, 12)),
        picture("PNG"),
        zipped(b"x" * 1000),
        document(),
        b"<script>alert(1)</script><?php system('id'); ?>",
        b"MZ" + bytes(100),
        bytes(MOST_BYTES),  # only the picture counts
    ],
    ids=named,
)
def test_a_picture_is_taken_without_what_follows_it(whole: bytes, behind: bytes) -> None:
    scan = scan_of(whole + behind)
    assert scan.content == whole
    assert not zipfile.is_zipfile(BytesIO(scan.content))


def test_of_several_pictures_in_one_file_the_first_is_taken() -> None:
    given = several()
    assert given.count(b"\xff\xd8\xff") == 2  # there are two
    kept = scan_of(given).content
    assert given.startswith(kept)
    assert (kept[-2:], kept.count(b"\xff\xd8\xff")) == (b"\xff\xd9", 1)
    assert scan_of(kept).content == kept


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00" * 100,
        b"GIF89a" + bytes(100),
        b"MZ" + bytes(100),
        zipped(),
        b"<svg onload=alert(1)>",
        b"BM" + bytes(100),
        b" " + document(),  # a reader would find it; we do not look for it
        "人脸".encode("utf-16"),
    ],
    ids=named,
)
def test_anything_else_is_of_no_type_that_is_taken(content: bytes) -> None:
    with pytest.raises(ScanError, match="neither JPEG nor PNG nor PDF") as refused:
        scan_of(content)
    assert refused.value.unknown


def jpeg_said_to_be(wide: int, tall: int) -> bytes:
    content = bytearray(picture("JPEG"))
    place = content.index(b"\xff\xc0") + 5
    content[place : place + 4] = struct.pack(">HH", tall, wide)
    return bytes(content)


HUGE_TEXT = chunk(b"zTXt", b"Comment\x00\x00" + zlib.compress(bytes(100_000_000)))
WEBPAGE = chunk(b"tEXt", b"Comment\x00<SCRIPT>alert(1)</SCRIPT>")
DOCUMENT_INSIDE = chunk(b"tEXt", b"Comment\x00" + document())
TWO_FRAMES = picture("JPEG").replace(b"\xff\xc0", b"\xff\xc3")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (png(wide=10, tall=10, pixels=bytes(110), extra=chunk(b"prVt", bytes(MOST_BYTES))), "more than 8 MB"),
        (remarked(bytes(MOST_BYTES)), "more than 8 MB"),
        (document() + bytes(MOST_BYTES), "more than 8 MB"),
        (png(wide=100_000, tall=100_000), "100000 x 100000 pixels"),  # told before anything is drawn
        (png(wide=2**31 - 1, tall=2**31 - 1), "pixels"),
        (jpeg_said_to_be(65_500, 65_500), "65500 x 65500 pixels"),
        (png(wide=0, tall=10), "0 x 10 pixels"),
        (png(wide=1000, tall=1000, pixels=bytes(10)), "broken or cut off"),  # fewer pixels than it says
        (png(wide=10, tall=10, pixels=bytes(110), extra=HUGE_TEXT), "broken or cut off"),  # a text that unfolds
        (picture("PNG")[:-20], "broken or cut off"),
        (picture("PNG").replace(b"IHDR", b"IHDX"), "pixels"),
        (picture("JPEG")[:-100], "broken or cut off"),
        (picture("JPEG")[:3], "broken or cut off"),
        (TWO_FRAMES, "a kind of JPEG"),  # lossless
        (picture("JPEG").replace(b"\xff\xd9", b"\xff\xda\x00\x02" * 80 + b"\xff\xd9"), "too many passes"),
        (picture("PNG")[:-12] + chunk(b"IEND", zipped()), "broken or cut off"),  # an end that is none
        (remarked(zipped()), "something else besides"),
        (png(wide=10, tall=10, pixels=bytes(110), extra=WEBPAGE), "something else besides"),
        (png(wide=10, tall=10, pixels=bytes(110), extra=DOCUMENT_INSIDE), "something else besides"),
        (document() + zipped(), "something follows"),
        (document().replace(b"%%EOF", b"%" + zipped() + b"\n%%EOF"), "something else besides"),
        (document()[:-10], "cut off"),
        (document() + b"MZ", "something follows"),
        (with_object(b"(<script>alert(1)</script>)"), "something else besides"),
        (with_object(b"<< /Encrypt 5 0 R >>"), "locked"),
        (with_object(b"<< /S /JavaScript /JS (app.alert(1)) >>"), "does something"),
        (with_object(b"<< /S /J#61va#53cript /JS (1) >>"), "does something"),  # the name spelled with numbers
        (with_object(b"<< /S /Launch /F (cmd.exe) >>"), "does something"),
        (with_object(b"<< /Type /EmbeddedFile >>"), "does something"),
        (with_object(b"<< /XFA [5 0 R] >>"), "does something"),
        (with_stream(b"5 0 << /S /JavaScript >>"), "does something"),  # packed away
        (with_stream(b"5 0 << /S /J#61vaScript >>"), "does something"),
        (with_stream(bytes(3_000_000) + b"/Launch" + bytes(3_000_000)), "does something"),  # deep inside
        (with_stream(b"5 0 << /S /Launch >>", b"/Length 7 /Filter /FlateDecode"), "does something"),  # not said to be
        (with_stream(b"/Launch", b"/Type /ObjStm /Filter [/ASCIIHexDecode /FlateDecode]"), "nobody can look into"),
        (with_stream(b"/Launch", b"/Type /Obj#53tm /Filter /LZWDecode"), "nobody can look into"),
    ],
    ids=named,
)
def test_what_is_too_large_broken_or_more_than_it_seems_is_refused(content: bytes, why: str) -> None:
    with pytest.raises(ScanError, match=re.escape(why)) as refused:
        scan_of(content)
    assert not refused.value.unknown


def test_a_document_that_unfolds_to_hundreds_of_megabytes_is_refused() -> None:
    packer = zlib.compressobj(1)
    packed = b"".join(packer.compress(bytes(1_000_000)) for _ in range(450)) + packer.flush()
    with pytest.raises(ScanError, match="unfolds to too much"):
        scan_of(with_object(b"<< /Filter /FlateDecode >>\nstream\n" + packed + b"\nendstream"))


@pytest.mark.parametrize("action", [b"/JavaScript", b"/Launch"])
@pytest.mark.parametrize("place", range(1_048_540, 1_048_600, 7))
def test_a_name_is_found_wherever_the_unfolding_pauses(action: bytes, place: int) -> None:
    with pytest.raises(ScanError, match="does something"):
        scan_of(with_stream(bytes(place) + action + b" "))


@settings(max_examples=150)
@given(
    st.sampled_from([picture("PNG"), picture("JPEG"), several(), document(), with_stream(b"5 0 << /Type /Page >>")]),
    st.data(),
)
def test_a_bent_file_is_taken_up_to_its_end_or_refused_in_one_line(whole: bytes, data: st.DataObject) -> None:
    bent = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 5))):
        bent[data.draw(st.integers(0, len(bent) - 1))] = data.draw(st.integers(0, 255))
    told = outcome(bytes(bent))
    if isinstance(told, bytes):
        assert bent.startswith(told)
        assert outcome(told) == told
    else:
        assert re.fullmatch("file: .+", told)


def outcome(content: bytes) -> bytes | str:
    """What is kept of a file, or why it is refused."""
    try:
        return scan_of(content).content
    except ScanError as error:
        return str(error)
