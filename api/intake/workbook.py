"""XLSX, which is a zip of XML: looked at before it is unpacked, and never more than is needed of it."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from io import BytesIO
from zipfile import BadZipFile, ZipFile

from openpyxl import DEFUSEDXML, load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from api.intake.faults import FileError

MAGIC = b"PK\x03\x04"
MOST_UNPACKED = 100_000_000
MOST_PARTS = 1_000
"""Bytes of all parts together, and how many there may be."""

MOST_SCANNED = 100_000
"""So many rows of a sheet are looked at, blank ones included: a sheet with a coloured last row has a million."""

Cell = str | datetime
"""Text, or an instant without a zone as spreadsheets have it."""

BROKEN = (
    BadZipFile, InvalidFileException, KeyError, ValueError, TypeError, AttributeError, IndexError, EOFError,
    SyntaxError, OSError, NotImplementedError, RuntimeError, OverflowError, zlib.error,
)  # fmt: skip
"""What openpyxl raises on a file that is none: it has no error of its own for that."""

assert DEFUSEDXML, "openpyxl has to read XML through defusedxml"


def is_workbook(content: bytes) -> bool:
    """Whether a file is a zip, by its first bytes, whatever its name says."""
    return content.startswith(MAGIC)


def workbook_rows(content: bytes, *, columns: int) -> Iterator[Sequence[Cell]]:
    """The rows of the first sheet, at most ``columns`` cells each. A formula is text: nothing is computed. Raises
    ``FileError`` `file_unpacked` or `file_unreadable`."""
    try:
        with ZipFile(BytesIO(content)) as zipped:
            parts = zipped.infolist()
        # what a part says of its size binds: reading stops there
        if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
            raise FileError("file_unpacked", count=MOST_UNPACKED // 1_000_000)
        book = load_workbook(BytesIO(content), read_only=True, data_only=False, keep_links=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # what a sheet says of its size is no more than a hint
        for row in sheet.iter_rows(max_row=MOST_SCANNED, max_col=columns, values_only=True):
            yield [_text(value) for value in row]
    except BROKEN:
        raise FileError("file_unreadable") from None


def _text(value: object) -> Cell:
    """A cell as its reader sees it: a phone typed as a number has no decimals."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
