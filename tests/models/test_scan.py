"""The search of a folder finds what lies there, in every spelling, across the pieces it reads, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.scan import CHUNK_BYTES, Needle, Trace, bytes_needle, scan, text_needle
from models.site import EVIDENCE_FOLDER
from tests.models.kept import JPEG

PHONE = text_needle("a phone", "13812345678")


@pytest.mark.parametrize(
    ("needle", "content"),
    [
        (PHONE, b"x13812345678x"),
        (PHONE, "13812345678".encode("utf-16-le")),
        (PHONE, "13812345678".encode("utf-16-be")),
        (text_needle("a name", "欧阳明月"), "欧阳明月".encode()),
        (text_needle("a name", "欧阳"), b'{"name": "\\u6b27\\u9633"}'),  # escaped in JSON
        (bytes_needle("a blob", bytes(range(250))), bytes(range(250))[:60]),  # only its beginning is left
        (bytes_needle("a blob", bytes(range(250))), bytes(range(250))[200:]),  # only its end
        (bytes_needle("a blob", b"short"), b"..short.."),
    ],
)
def test_it_finds_what_lies_in_a_file(tmp_path: Path, needle: Needle, content: bytes) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "file").write_bytes(content)
    (tmp_path / "other").write_bytes(b"nothing")
    assert scan(tmp_path, [needle]) == (Trace(path=Path("deep/file"), what=needle.what),)


@pytest.mark.parametrize("start", [0, CHUNK_BYTES - 12, CHUNK_BYTES - 5, CHUNK_BYTES, 2 * CHUNK_BYTES - 1])
def test_it_finds_what_lies_across_two_pieces(tmp_path: Path, start: int) -> None:
    (tmp_path / "file").write_bytes(bytes(start) + b"13812345678" + bytes(7))
    assert [trace.what for trace in scan(tmp_path, [PHONE, text_needle("another", "13999999999")])] == ["a phone"]


@given(content=st.binary(max_size=300), needle=st.binary(min_size=1, max_size=40))
def test_it_says_what_a_plain_search_says(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, needle: bytes
) -> None:
    folder = tmp_path_factory.mktemp("scan")
    (folder / "file").write_bytes(content)
    assert bool(scan(folder, [bytes_needle("it", needle)])) == (needle in content)


def test_a_text_too_short_to_mean_anything_is_not_looked_for() -> None:
    assert text_needle("a name", "王").forms == (b"\\u738b",)
    assert text_needle("a name", "Li").forms == ()


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (JPEG, True),
        (JPEG[:100], True),  # cut off
        (b"\xff\xd8\xff\xdb" + bytes(50) + b"\xff\xd9", True),  # no JFIF header
        (b"\xff\xd8\xff" + bytes(50), False),  # three bytes by chance
        (bytes(50), False),
        (b"", False),
    ],
)
def test_a_picture_nobody_sealed_is_found_among_the_evidence_only(tmp_path: Path, content: bytes, found: bool) -> None:
    (tmp_path / EVIDENCE_FOLDER).mkdir()
    (tmp_path / EVIDENCE_FOLDER / "frame").write_bytes(content)
    (tmp_path / "doorway.jpg").write_bytes(JPEG)
    expected = [Trace(path=Path(EVIDENCE_FOLDER) / "frame", what="a picture nobody sealed")] if found else []
    assert list(scan(tmp_path, [])) == expected
