"""A document on A4 in Chinese, drawn with the letters of a package: the same on every machine, the same bytes for the
same content.

    +--------------------------------+
    |             title              |
    |  office              instant   |
    |  label  value                  |
    |  +--------+--------+--------+  |   a table's head comes again on the next page
    |  | header | header | header |  |
    |  signature ______   date ____  |
    |  title            page 1 of 2  |
    +--------------------------------+
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import segno
from fpdf import FPDF
from fpdf.enums import TextMode

from api.messages import Language
from api.print.letters import FAMILY, letters
from api.print.wrap import wrapped

MARGIN_MM, FOOT_MM = 18.0, 16.0
TITLE_PT, HEAD_PT, TEXT_PT, SMALL_PT = 17.0, 12.0, 10.5, 8.5
LEADING = 1.5
"""Height of a line, in heights of its letters."""

MM_PER_PT: Final = 25.4 / 72
LABEL_MM, PAD_MM, QR_MM, SIGNATURE_MM = 38.0, 1.6, 32.0, 22.0
INK, MUTED, SHADE, RULE = 20, 110, 240, 150
"""Greys, 0 black to 255 white."""

UNKNOWN = "〓"
"""Stands for a character that no letter is drawn for, as in Chinese typesetting."""

WORDS: dict[Language, dict[str, str]] = {
    "zh": {"page": "第 {page} 页 共 {pages} 页", "date": "日期："},
    "en": {"page": "Page {page} of {pages}", "date": "Date:"},
}


class Document:
    """A document that grows downwards; ``at`` when it is printed, in the zone in which it is to be read."""

    def __init__(self, title: str, *, office: str, at: datetime, language: Language = "zh") -> None:
        self._words = WORDS[language]
        self._title = title
        self._paper = _Paper()
        self._paper.set_title(title)
        self._paper.set_creation_date(at)
        self._paper.add_page()
        self._centred(title)
        instant = f"{at:%Y-%m-%d %H:%M}"
        self._row([office, instant], [1.0, 1.0], size=SMALL_PT, grey=MUTED, right=frozenset({1}))
        self._paper.rule(self._paper.get_y() + 1)
        self._paper.set_y(self._paper.get_y() + 4)

    def heading(self, text: str) -> None:
        """The head of a section; it stays with the first lines below it."""
        paper = self._paper
        paper.make_room(4 * _line_mm(TEXT_PT))
        paper.set_y(paper.get_y() + 3)
        for line in paper.lines(text, paper.epw, HEAD_PT):
            paper.put(paper.l_margin, line, HEAD_PT, bold=True)
            paper.set_y(paper.get_y() + _line_mm(HEAD_PT))

    def line(self, label: str, value: str) -> None:
        """A label and its value beside it."""
        room = self._paper.epw
        self._row([label, value], [LABEL_MM, room - LABEL_MM], muted=frozenset({0}))

    def text(self, paragraph: str) -> None:
        """A paragraph."""
        self._row([paragraph], [1.0])
        self._paper.set_y(self._paper.get_y() + 1)

    def table(
        self, headers: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[float] | None = None
    ) -> None:
        """A table; ``widths`` of its columns in proportion to each other, all the same when left out."""
        parts = widths or [1.0] * len(headers)
        paper = self._paper
        paper.set_y(paper.get_y() + 2)
        self._cells(headers, parts, head=True)
        for row in rows:
            if not paper.has_room(self._height(row, parts)):
                paper.add_page()
                self._cells(headers, parts, head=True)
            self._cells(row, parts, head=False)
        paper.set_y(paper.get_y() + 3)

    def signatures(self, labels: Sequence[str]) -> None:
        """A place to sign and date for each of ``labels``, side by side, two in a row, never apart from its line."""
        paper = self._paper
        wide = paper.epw / 2
        for start in range(0, len(labels), 2):
            paper.make_room(SIGNATURE_MM)
            top = paper.get_y()
            for place, label in enumerate(labels[start : start + 2]):
                left = paper.l_margin + place * wide
                paper.set_y(top + 6)
                paper.put(left, paper.known(label), TEXT_PT)
                paper.rule(top + 6 + _line_mm(TEXT_PT), left + 30, left + wide - 8)
                paper.set_y(top + 14)
                paper.put(left, self._words["date"], SMALL_PT, grey=MUTED)
                paper.rule(top + 14 + _line_mm(SMALL_PT), left + 30, left + wide - 8)
            paper.set_y(top + SIGNATURE_MM)

    def qr(self, text: str) -> None:
        """A QR code of ``text`` (ISO/IEC 18004, error correction M)."""
        paper = self._paper
        paper.make_room(QR_MM + 4)
        matrix = [bytes(row) for row in segno.make(text, error="m", micro=False).matrix]
        side = QR_MM / len(matrix)
        left, top = paper.l_margin, paper.get_y() + 2
        paper.set_fill_color(0)
        for down, row in enumerate(matrix):
            for across, dark in enumerate(row):
                if dark:
                    paper.rect(left + across * side, top + down * side, side, side, style="F")
        paper.set_y(top + QR_MM + 2)

    def pdf(self) -> bytes:
        """The finished document."""
        for page in range(1, self._paper.pages_count + 1):
            numbered = self._words["page"].format(page=page, pages=self._paper.pages_count)
            self._paper.foot(page, self._title, numbered)
        return bytes(self._paper.output())

    def _centred(self, title: str) -> None:
        paper = self._paper
        for line in paper.lines(title, paper.epw, TITLE_PT):
            paper.put(paper.l_margin + (paper.epw - paper.width(line, TITLE_PT)) / 2, line, TITLE_PT, bold=True)
            paper.set_y(paper.get_y() + _line_mm(TITLE_PT))

    def _row(
        self,
        values: Sequence[str],
        parts: Sequence[float],
        *,
        size: float = TEXT_PT,
        grey: int = INK,
        right: frozenset[int] = frozenset(),
        muted: frozenset[int] = frozenset(),
    ) -> None:
        """Values side by side without lines around them; one that is longer than a page goes on, on the next."""
        paper = self._paper
        wides = _shared(parts, paper.epw)
        columns = [paper.lines(value, wide, size) for value, wide in zip(values, wides, strict=True)]
        for n in range(max(map(len, columns))):
            paper.make_room(_line_mm(size))
            left = paper.l_margin
            for place, (column, wide) in enumerate(zip(columns, wides, strict=True)):
                line = column[n] if n < len(column) else ""
                start = left + wide - paper.width(line, size) if place in right else left
                paper.put(start, line, size, grey=MUTED if place in muted else grey)
                left += wide
            paper.set_y(paper.get_y() + _line_mm(size))

    def _height(self, row: Sequence[str], parts: Sequence[float]) -> float:
        paper = self._paper
        wides = _shared(parts, paper.epw)
        most = max(len(paper.lines(value, wide - 2 * PAD_MM, SMALL_PT)) for value, wide in zip(row, wides, strict=True))
        return most * _line_mm(SMALL_PT) + 2 * PAD_MM

    def _cells(self, row: Sequence[str], parts: Sequence[float], *, head: bool) -> None:
        paper, tall = self._paper, self._height(row, parts)
        paper.make_room(tall)
        top, left = paper.get_y(), paper.l_margin
        for value, wide in zip(row, _shared(parts, paper.epw), strict=True):
            paper.box(left, top, wide, tall, filled=head)
            for n, line in enumerate(paper.lines(value, wide - 2 * PAD_MM, SMALL_PT)):
                paper.set_y(top + PAD_MM + n * _line_mm(SMALL_PT))
                paper.put(left + PAD_MM, line, SMALL_PT, bold=head)
            left += wide
        paper.set_y(top + tall)


def _line_mm(size: float) -> float:
    return size * LEADING * MM_PER_PT


def _shared(parts: Sequence[float], room: float) -> list[float]:
    return [room * part / sum(parts) for part in parts]


class _Paper(FPDF):
    """Sheets, and the pen."""

    def __init__(self) -> None:
        super().__init__(format="A4")
        self.set_margin(MARGIN_MM)
        self.set_auto_page_break(False, margin=FOOT_MM + 4)
        self._font = letters(self)

    def foot(self, page: int, title: str, numbered: str) -> None:
        """The foot line of a page: which document it is a page of."""
        self.page = page
        self.current_font_is_set_on_page = False  # it was set on another
        self.set_y(-FOOT_MM)
        self.put(self.l_margin, self.lines(title, self.epw - 50, SMALL_PT)[0], SMALL_PT, grey=MUTED)
        self.put(self.w - self.r_margin - self.width(numbered, SMALL_PT), numbered, SMALL_PT, grey=MUTED)

    def known(self, text: str) -> str:
        """``text`` with a mark in place of every character that has no letter."""
        return "".join(mark if ord(mark) in self._font.cmap or mark in "\n\t" else UNKNOWN for mark in text)

    def width(self, text: str, size: float) -> float:
        """Width of a line, mm."""
        return sum(self._font.cw[ord(mark)] for mark in text) * size * MM_PER_PT / 1000

    def lines(self, text: str, room: float, size: float) -> list[str]:
        """``text`` in lines that fit ``room`` (mm)."""
        return wrapped(self.known(text), room, lambda stretch: self.width(stretch, size))

    def put(self, left: float, line: str, size: float, *, grey: int = INK, bold: bool = False) -> None:
        """One line whose top is where the pen is; the pen stays."""
        self.set_font(FAMILY, size=size)
        self.set_text_color(grey)
        self.set_draw_color(grey)
        self.set_line_width(size / 100)
        self.text_mode = TextMode.FILL_STROKE if bold else TextMode.FILL
        self.text(left, self.get_y() + size * MM_PER_PT * (LEADING + 0.75) / 2, line)
        self.text_mode = TextMode.FILL

    def box(self, left: float, top: float, wide: float, tall: float, *, filled: bool) -> None:
        """The frame of a cell."""
        self.set_draw_color(RULE)
        self.set_fill_color(SHADE)
        self.set_line_width(0.2)
        self.rect(left, top, wide, tall, style="DF" if filled else "D")

    def rule(self, y: float, left: float | None = None, right: float | None = None) -> None:
        """A thin line, as wide as the page unless told."""
        self.set_draw_color(RULE)
        self.set_line_width(0.2)
        self.line(self.l_margin if left is None else left, y, self.w - self.r_margin if right is None else right, y)

    def has_room(self, tall: float) -> bool:
        """Whether so much (mm) fits on the page."""
        return self.get_y() + tall <= self.h - FOOT_MM - 4

    def make_room(self, tall: float) -> None:
        """Go to the next page unless so much (mm) fits on this one."""
        if not self.has_room(tall):
            self.add_page()
