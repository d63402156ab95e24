"""Files of reports read into rows: encodings, broken and hostile files, every fault told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from api.intake.faults import FileError
from api.intake.rows import Row, read_rows
from api.intake.table import MOST_COLUMNS, MOST_ROWS, read_table
from api.messages import MESSAGES

OFFICE = ZoneInfo("Asia/Shanghai")
VISIT = datetime(2026, 3, 2, 6, 30, tzinfo=UTC)


def workbook(*rows: Sequence[object]) -> bytes:
    book = Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(list(row))
    written = BytesIO()
    book.save(written)
    return written.getvalue()


def bomb(megabytes: int) -> bytes:
    """A workbook with a part that unpacks to so much."""
    written = BytesIO(workbook(["电话"], ["13800138000"]))
    with ZipFile(written, "a", ZIP_DEFLATED) as zipped:
        zipped.writestr("xl/media/blank.bin", bytes(megabytes * 1_000_000))
    return written.getvalue()


def refused(content: bytes) -> str:
    with pytest.raises(FileError) as told:
        read_table(content)
    assert told.value.code in MESSAGES
    return told.value.code


WRITTEN = "姓名,电话,到访时间,渠道,备注\n王芳,138 0013 8000,2026/3/2 14:30,微信,老客户\n"
READ = Row(number=2, phone="13800138000", name="王芳", visit_at=VISIT, via="wechat", reason="老客户", by=None)


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (WRITTEN.encode(), "utf-8"),
        (WRITTEN.encode("utf-8-sig"), "utf-8"),  # with a byte order mark, as Excel writes it
        (WRITTEN.encode("gb18030"), "gb18030"),
        (WRITTEN.replace(",", "\t").encode(), "utf-8"),
        (WRITTEN.replace(",", ";").replace("\n", "\r\n").encode(), "utf-8"),
        (workbook(*(line.split(",") for line in WRITTEN.splitlines())), "xlsx"),
        (
            workbook(
                ["name", "Phone", "visit_at", "via", "reason"],
                ["王芳", 13800138000, VISIT.astimezone(OFFICE).replace(tzinfo=None), "WeChat", "老客户"],
            ),
            "xlsx",
        ),
    ],
)
def test_a_file_is_read_however_it_was_written(content: bytes, encoding: str) -> None:
    table = read_table(content)
    rows, faults = read_rows(table, OFFICE)
    assert (table.encoding, faults) == (encoding, [])
    assert rows == [READ]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        ("电话\n".encode(), "file_empty"),  # a header only
        (b"\xff\xff\xff", "file_encoding"),
        (b"phone\n" + b"x" * 200_000, "file_unreadable"),  # a cell larger than any
        (b"PK\x03\x04" + bytes(100), "file_unreadable"),  # begins as a zip
        (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504), "file_unreadable"),  # a workbook of Excel 97
        (workbook(["电话"], ["1"])[:-30], "file_unreadable"),  # cut off
        (bomb(120), "file_unpacked"),
        (("电话\n" + "13800138000\n" * (MOST_ROWS + 1)).encode(), "file_rows"),
        ((",".join(["电话"] * (MOST_COLUMNS + 1)) + "\n1\n").encode(), "file_columns"),
        (workbook(["电话"] * (MOST_COLUMNS + 9), ["1"]), "file_columns"),
    ],
)
def test_what_is_no_table_is_refused(content: bytes, code: str) -> None:
    assert refused(content) == code


def test_an_entity_of_xml_is_never_unfolded() -> None:
    written = BytesIO()
    with ZipFile(BytesIO(workbook(["电话"], ["13800138000"]))) as good, ZipFile(written, "w") as bad:
        for part in good.infolist():
            content = good.read(part)
            if part.filename == "xl/worksheets/sheet1.xml":
                content = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + content
            bad.writestr(part, content)
    assert refused(written.getvalue()) == "file_unreadable"


def test_a_formula_is_text() -> None:
    rows, faults = read_rows(read_table(workbook(["电话", "姓名"], ["13800138000", "=1+1"], ["=A2", "王芳"])), OFFICE)
    assert [row.name for row in rows] == ["=1+1"]
    assert [(fault.row, fault.code) for fault in faults] == [(3, "phone_bad")]


def test_every_fault_is_told_by_row_and_column() -> None:
    lines = [
        "姓名,电话,到访时间,渠道,备注",
        "王芳,13800138000,2026-03-02 14:30,短信,",
        ",,,,",  # blank
        "王芳,138,2026-03-02,pigeon,",  # three faults, a day without an hour among them
        f"{'x' * 201},13800138000,,,{'y' * 4001}",
        "王\x00芳,,,,",
        "李明,13900139000,2026-03-02T06:30:00+00:00,,,extra",
        "李明,13900139000,1899-01-01 00:00,,",
    ]
    rows, faults = read_rows(read_table("\n".join(lines).encode()), OFFICE)
    assert [row.number for row in rows] == [2]
    assert [(fault.row, fault.column, fault.code) for fault in faults] == [
        (4, "电话", "phone_bad"),
        (4, "到访时间", "visit_at_bad"),
        (4, "渠道", "via_bad"),
        (5, "姓名", "name_bad"),
        (5, "备注", "reason_bad"),
        (6, "电话", "phone_missing"),
        (6, "姓名", "name_bad"),
        (7, None, "row_long"),
        (8, "到访时间", "visit_at_bad"),
    ]
    assert {fault.code for fault in faults} <= set(MESSAGES)


@pytest.mark.parametrize(
    ("head", "codes"),
    [
        ("姓名", ["column_phone"]),
        ("电话,手机", ["column_twice"]),  # two words for one
        ("电话,颜色", ["column_unknown"]),
        ("13800138000,王芳", ["column_unknown", "column_unknown", "column_phone"]),  # no header at all
    ],
)
def test_a_header_that_is_none_is_all_that_is_told(head: str, codes: list[str]) -> None:
    rows, faults = read_rows(read_table(f"{head}\n1,2\n".encode()), OFFICE)
    assert (rows, [fault.code for fault in faults]) == ([], codes)
    assert "13800138000" not in repr(faults)


GOOD = workbook(["电话", "姓名"], ["13800138000", "王芳"])


def told_of(content: bytes) -> set[str]:
    """The codes of what is wrong with a file, or with its rows."""
    try:
        _, faults = read_rows(read_table(content), OFFICE)
    except FileError as error:
        return {error.code}
    return {fault.code for fault in faults}


@given(st.binary() | st.text().map(str.encode))
def test_no_bytes_are_too_strange(content: bytes) -> None:
    assert told_of(content) <= set(MESSAGES)


@given(place=st.integers(0, len(GOOD) - 1), byte=st.integers(0, 255))
@settings(max_examples=300, deadline=None)
def test_a_damaged_workbook_is_read_or_refused(place: int, byte: int) -> None:
    assert told_of(GOOD[:place] + bytes([byte]) + GOOD[place + 1 :]) <= set(MESSAGES)
