"""Settlements as files: CSV and XLSX for the books, PDF to be signed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from fastapi import Response

from api.messages import Language
from api.print import Document
from api.print.sheets import CSV_TYPE, XLSX_TYPE, Cell, csv_file, xlsx_file
from api.routes.settlements.rows import LineRow, SettlementRow
from models.desk.settlements import OFFICE_SIDE

Form = Literal["csv", "xlsx", "pdf"]
PDF_TYPE = "application/pdf"
TYPES: dict[Form, str] = {"csv": CSV_TYPE, "xlsx": XLSX_TYPE, "pdf": PDF_TYPE}

HEADERS: dict[Language, tuple[str, ...]] = {
    "zh": ("类别", "成交", "客户", "客户编号", "经纪人", "份额", "份额（小数）", "条款", "判定", "判定版本"),
    "en": (
        "kind", "deal", "customer", "customer id", "claimant", "share", "share (decimal)", "clauses", "decision",
        "version",
    ),
}  # fmt: skip
WORDS: dict[Language, dict[str, str]] = {
    "zh": {
        "title": "{month} 结佣对账单", "number": "第 {number} 号", "preview": "预览，未结", "distributor": "经纪公司",
        "month": "月份", "entry": "记录编号", "due": "应结", "void": "作废", "total": "合计（单）", "own": "案场",
        "note": "份额为该单佣金的份额，按在案判定计算；“作废”为前号已结、现不再成立的份额。",
        "erased": "（已删除）", "signed": "经纪公司（盖章）|项目公司（盖章）", "closed": "结算时间",
    },
    "en": {
        "title": "Settlement of {month}", "number": "no. {number}", "preview": "preview, not closed",
        "distributor": "Distributor", "month": "Month", "entry": "Entry", "due": "due", "void": "void",
        "total": "Total (deals)", "own": "the office", "erased": "(erased)", "closed": "Closed",
        "note": "A share is that of the deal's commission, by the decision on record; what is void was closed "
        "before and holds no more.",
        "signed": "Distributor (seal)|Developer (seal)",
    },
}  # fmt: skip

MINUS = "\u2212"
"""Before a share that is a text: a hyphen would be quoted, as what a spreadsheet runs."""


class Files:
    """Files of one office, printed ``at`` an instant in its zone."""

    def __init__(self, office: str, at: datetime, language: Language) -> None:
        self._office, self._at, self._language = office, at, language
        self._words = WORDS[language]

    def settlement(self, row: SettlementRow, form: Form) -> Response:
        """A closed settlement."""
        number = self._words["number"].format(number=row.number)
        closed = f"{row.at.astimezone(self._at.tzinfo):%Y-%m-%d %H:%M}"
        marks = [("entry", str(row.entry)), ("closed", closed)]
        name = f"settlement-{row.entry}"
        return self._made(form, name, (row.month, number), row.distributor, marks, row.lines, (row.total, row.decimal))

    def preview(
        self, month: str, distributor: str, lines: Sequence[LineRow], sums: tuple[str, float], form: Form
    ) -> Response:
        """What would be closed now."""
        return self._made(form, f"preview-{month}", (month, self._words["preview"]), distributor, [], lines, sums)

    def _made(
        self,
        form: Form,
        name: str,
        title: tuple[str, str],
        distributor: str,
        marks: Sequence[tuple[str, str]],
        lines: Sequence[LineRow],
        sums: tuple[str, float],
    ) -> Response:
        headers, cells = HEADERS[self._language], [self._cells(line) for line in lines]
        if form == "csv":
            content = csv_file(headers, cells)
        elif form == "xlsx":
            content = xlsx_file(f"{title[0]} {title[1]}", headers, cells)
        else:
            content = self._paper(title, distributor, marks, lines, sums)
        disposition = f'attachment; filename="{name}.{form}"'
        return Response(content, media_type=TYPES[form], headers={"Content-Disposition": disposition})

    def _cells(self, line: LineRow) -> list[Cell]:
        return [
            self._words["void" if line.void else "due"],
            line.deal,
            self._words["erased"] if line.erased else line.customer,
            line.person,
            line.claimant_name,
            f"{MINUS}{line.share}" if line.void else line.share,
            -line.decimal if line.void else line.decimal,
            "；".join(line.clauses),
            line.decision,
            line.number,
        ]

    def _paper(
        self,
        title: tuple[str, str],
        distributor: str,
        marks: Sequence[tuple[str, str]],
        lines: Sequence[LineRow],
        sums: tuple[str, float],
    ) -> bytes:
        words = self._words
        head = f"{words['title'].format(month=title[0])}（{title[1]}）"
        paper = Document(head, office=self._office, at=self._at, language=self._language)
        paper.line(words["distributor"], words["own"] if distributor == OFFICE_SIDE else distributor)
        paper.line(words["month"], title[0])
        for label, value in marks:
            paper.line(words[label], value)
        paper.line(words["total"], f"{sums[0]}  ({sums[1]:g})")
        headers = HEADERS[self._language]
        shown = (0, 1, 2, 4, 5, 7, 8)  # the rest is for the books
        rows = [[_text(row[place]) for place in shown] for row in map(self._cells, lines)]
        paper.table([headers[place] for place in shown], rows, [1.1, 1.1, 1.6, 1.6, 1.2, 3.2, 1.3])
        paper.text(words["note"])
        paper.signatures(words["signed"].split("|"))
        return paper.pdf()


def _text(cell: Cell) -> str:
    return "" if cell is None else str(cell)
