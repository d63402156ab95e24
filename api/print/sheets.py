"""Tables as files: CSV that Excel opens as meant, and workbooks with typed cells. No text in them is a formula."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from io import BytesIO, StringIO

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

Cell = str | int | float | None

CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

BYTE_ORDER_MARK = "\ufeff"
"""Without it Excel takes UTF-8 for the code page of the machine."""

FORMULA = re.compile(r"\s*[=+\-@\t\r＝＋－＠]")
"""How a text begins that a spreadsheet would run (CWE-1236)."""

UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
WIDEST = 40


def csv_file(headers: Sequence[str], rows: Sequence[Sequence[Cell]]) -> bytes:
    """A table as CSV (RFC 4180).

    >>> csv_file(["name"], [["=1+1"]]).decode("utf-8-sig").splitlines()
    ['name', "'=1+1"]
    """
    written = StringIO()
    writer = csv.writer(written)
    writer.writerow(headers)
    writer.writerows([[_harmless(cell) for cell in row] for row in rows])
    return (BYTE_ORDER_MARK + written.getvalue()).encode()


def xlsx_file(title: str, headers: Sequence[str], rows: Sequence[Sequence[Cell]]) -> bytes:
    """A table as a workbook of one sheet called ``title``: numbers are numbers, everything else is text."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(re.sub(r"[\[\]:*?/\\]", " ", title)[:31])
    sheet.freeze_panes = "A2"
    for place, column in enumerate(zip(headers, *rows, strict=True), start=1):
        longest = max(len(str(cell)) for cell in column if cell is not None)
        sheet.column_dimensions[get_column_letter(place)].width = min(2 * longest + 2, WIDEST)
    for number, row in enumerate([headers, *rows]):
        cells = [WriteOnlyCell(sheet) for _ in row]
        for cell, value in zip(cells, row, strict=True):
            cell.value = UNPRINTABLE.sub("", value) if isinstance(value, str) else value
            if isinstance(value, str):
                cell.data_type = "s"  # a text that begins with = would be a formula
            if number == 0:
                cell.font = Font(bold=True)
        sheet.append(cells)
    written = BytesIO()
    book.save(written)
    return written.getvalue()


def _harmless(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and FORMULA.match(cell) else cell
