"""Tables as files: typed, and never a formula."""

from __future__ import annotations

import csv
import io

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.print.sheets import Cell, csv_file, xlsx_file


def read_csv(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+86 138",
        "-1/3",
        "@SUM(A1)",
        "\t=1",  # Excel drops what stands before
        " =1",
        "＝1",  # full width: taken for the sign by some programs
    ],
)
def test_a_text_that_would_run_is_quoted_in_csv_and_text_in_a_workbook(text: str) -> None:
    assert read_csv(csv_file(["a"], [[text]]))[1] == [f"'{text}"]
    cell = openpyxl.load_workbook(io.BytesIO(xlsx_file("t", ["a"], [[text]]))).worksheets[0]["A2"]
    assert cell.data_type == "s"


def test_numbers_stay_numbers() -> None:
    assert read_csv(csv_file(["a", "b", "c"], [[-0.5, 3, None]]))[1] == ["-0.5", "3", ""]
    sheet = openpyxl.load_workbook(io.BytesIO(xlsx_file("t", ["a", "b", "c"], [[-0.5, 3, None]]))).worksheets[0]
    assert [cell.value for cell in sheet[2]] == [-0.5, 3, None]


def test_a_sheet_may_be_called_anything() -> None:
    book = openpyxl.load_workbook(io.BytesIO(xlsx_file("2026/03 [结佣]:*?" + "长" * 40, ["a"], [])))
    assert len(book.sheetnames[0]) == 31


CELLS = st.one_of(st.text(st.characters(codec="utf-8"), max_size=8), st.integers(-9, 9), st.none())


@given(st.lists(st.tuples(CELLS, CELLS), max_size=5))
@settings(deadline=None)
def test_whatever_stands_in_a_table_comes_back_in_as_many_cells(rows: list[tuple[Cell, Cell]]) -> None:
    told = read_csv(csv_file(["a", "b"], rows))
    assert [len(row) for row in told] == [2] * (len(rows) + 1)
    sheet = openpyxl.load_workbook(io.BytesIO(xlsx_file("t", ["a", "b"], rows))).worksheets[0]
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
