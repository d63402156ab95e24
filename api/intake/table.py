"""From the bytes of a CSV or XLSX file to rows of text."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import StringIO
from typing import Literal

from api.intake.faults import FileError
from api.intake.workbook import Cell, is_workbook, workbook_rows

MOST_ROWS, MOST_COLUMNS = 10_000, 50
ENCODINGS: Sequence[tuple[Literal["utf-8", "gb18030"], str]] = (("utf-8", "utf-8-sig"), ("gb18030", "gb18030"))
DELIMITERS = (",", "\t", ";")
OLD_WORKBOOK = bytes.fromhex("d0cf11e0a1b11ae1")
"""How an `.xls` of Excel 97 to 2003 begins, MS-CFB 2.2: it is not text in another encoding."""

Encoding = Literal["utf-8", "gb18030", "xlsx"]


@dataclass(frozen=True, kw_only=True)
class Table:
    """The rows of a file with their numbers (from 1), blank ones left out; the first is the header. ``encoding``: how
    the text was written."""

    encoding: Encoding
    rows: Sequence[tuple[int, Sequence[Cell]]]


def read_table(content: bytes) -> Table:
    """The table in a file. Raises ``FileError`` with `file_empty`, `file_unreadable`, `file_encoding`, `file_unpacked`,
    `file_rows` or `file_columns`.

    >>> read_table("电话\\n13800138000\\n".encode("gb18030"))
    Table(encoding='gb18030', rows=[(1, ['电话']), (2, ['13800138000'])])
    """
    if is_workbook(content):
        return Table(encoding="xlsx", rows=_within(workbook_rows(content, columns=MOST_COLUMNS + 1)))
    if content.startswith(OLD_WORKBOOK):
        raise FileError("file_unreadable")
    text, encoding = _decoded(content)
    head = text.partition("\n")[0]
    delimiter = max(DELIMITERS, key=head.count)
    try:
        return Table(encoding=encoding, rows=_within(csv.reader(StringIO(text, newline=""), delimiter=delimiter)))
    except csv.Error:
        raise FileError("file_unreadable") from None


def _decoded(content: bytes) -> tuple[str, Literal["utf-8", "gb18030"]]:
    for name, codec in ENCODINGS:
        try:
            return content.decode(codec), name
        except UnicodeDecodeError:
            continue
    raise FileError("file_encoding")


def _within(rows: Iterable[Sequence[Cell]]) -> list[tuple[int, Sequence[Cell]]]:
    kept = []
    for number, row in enumerate(rows, start=1):
        cells = _trimmed(row)
        if not cells:
            continue
        if len(cells) > MOST_COLUMNS:
            raise FileError("file_columns", count=MOST_COLUMNS)
        kept.append((number, cells))
        if len(kept) > MOST_ROWS + 1:
            raise FileError("file_rows", count=MOST_ROWS)
    if len(kept) < 2:
        raise FileError("file_empty")
    return kept


def _trimmed(row: Sequence[Cell]) -> Sequence[Cell]:
    cells = [cell if isinstance(cell, datetime) else cell.strip() for cell in row]
    while cells and not cells[-1]:
        cells.pop()
    return cells
