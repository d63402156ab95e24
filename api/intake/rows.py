"""From rows of text to reports, with every fault in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, time
from functools import partial
from typing import Literal, TypeVar
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter

from api.intake.faults import Fault
from api.intake.table import Table
from api.intake.workbook import Cell
from api.schemas import Line, Story, When
from models.desk.identity import mobile
from models.people import PeopleError

T = TypeVar("T")
Column = Literal["name", "phone", "visit_at", "via", "reason", "by"]

HEADERS: Mapping[str, Column] = {
    "姓名": "name", "客户姓名": "name", "name": "name",
    "电话": "phone", "手机": "phone", "手机号": "phone", "phone": "phone",
    "到访时间": "visit_at", "预约时间": "visit_at", "visit_at": "visit_at",
    "渠道": "via", "via": "via",
    "备注": "reason", "reason": "reason",
    "经纪人": "by", "by": "by",
}  # fmt: skip

Via = Literal["sms", "wechat", "email", "list", "activity"]
VIAS: Mapping[str, Via] = {
    "sms": "sms", "短信": "sms", "wechat": "wechat", "微信": "wechat", "email": "email", "邮件": "email",
    "list": "list", "名单": "list", "activity": "activity", "活动": "activity",
}  # fmt: skip

INSTANTS = ("%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y年%m月%d日 %H:%M")
LINE, STORY, INSTANT = TypeAdapter[str](Line), TypeAdapter[str](Story), TypeAdapter[datetime](When)


@dataclass(frozen=True, kw_only=True)
class Row:
    """A report in row ``number`` of a file; ``by`` as written there, None where nothing is."""

    number: int
    phone: str
    name: str | None
    visit_at: datetime | None
    via: Via | None
    reason: str | None
    by: str | None


@dataclass(frozen=True, kw_only=True)
class _Cells:
    """The cells of row ``number`` by column, with their titles; what is wrong with them is put to the ``faults``."""

    number: int
    cells: Mapping[Column, tuple[str, Cell]]
    faults: list[Fault]

    def read(self, column: Column, reader: Callable[[Cell], T]) -> T | None:
        """What stands in a column; None for nothing, and for a fault."""
        title, cell = self.cells.get(column, ("", ""))
        if not cell:
            return None
        try:
            return reader(cell)
        except ValueError:
            self.faults.append(Fault(row=self.number, column=title, code=f"{column}_bad"))
            return None


def read_rows(table: Table, zone: ZoneInfo) -> tuple[list[Row], list[Fault]]:
    """The reports of a table, and every fault in the rest of it. Instants are the office's, in ``zone``."""
    (head, titles), *rest = table.rows
    columns, faults = _columns(head, [str(title) for title in titles])
    if faults:
        return [], faults
    rows = []
    for number, cells in rest:
        found: list[Fault] = []
        if len(cells) > len(columns):
            found.append(Fault(row=number, column=None, code="row_long"))
        padded = [*cells, *[""] * len(columns)]
        by_column = {column: (title, cell) for (column, title), cell in zip(columns, padded, strict=False)}
        row = _row(_Cells(number=number, cells=by_column, faults=found), zone)
        faults += found
        if row is not None and not found:
            rows.append(row)
    return rows, faults


def _columns(head: int, titles: Sequence[str]) -> tuple[list[tuple[Column, str]], list[Fault]]:
    columns: list[tuple[Column, str]] = []
    faults = []
    for place, title in enumerate(titles, start=1):
        column = HEADERS.get(title.lower())
        if column is None:
            # the title is not repeated: it may be a row of data
            faults.append(Fault(row=head, column=None, code="column_unknown", params={"count": place}))
        elif any(column == other for other, _ in columns):
            faults.append(Fault(row=head, column=title, code="column_twice"))
        else:
            columns.append((column, title))
    if all(column != "phone" for column, _ in columns):
        faults.append(Fault(row=head, column=None, code="column_phone"))
    return columns, faults


def _row(cells: _Cells, zone: ZoneInfo) -> Row | None:
    title, typed = cells.cells.get("phone", ("", ""))
    if not typed:
        cells.faults.append(Fault(row=cells.number, column=title or None, code="phone_missing"))
    phone = cells.read("phone", _mobile)
    name, reason = cells.read("name", LINE.validate_python), cells.read("reason", STORY.validate_python)
    visit_at, via = cells.read("visit_at", partial(_instant, zone=zone)), cells.read("via", _via)
    by = cells.read("by", LINE.validate_python)
    if phone is None:
        return None
    return Row(number=cells.number, phone=phone, name=name, visit_at=visit_at, via=via, reason=reason, by=by)


def _mobile(cell: Cell) -> str:
    try:
        return mobile(str(cell))
    except PeopleError as error:
        raise ValueError(str(error)) from None


def _via(cell: Cell) -> Via:
    if (via := VIAS.get(str(cell).lower())) is None:
        raise ValueError("via: not one of those known")
    return via


def _instant(cell: Cell, *, zone: ZoneInfo) -> datetime:
    """An appointment: a day without an hour is none."""
    if isinstance(cell, datetime):
        if cell.time() == time():
            raise ValueError("visit_at: the hour is missing")
        return INSTANT.validate_python(cell.replace(tzinfo=zone))
    text = " ".join(cell.replace("/", "-").split())
    for form in INSTANTS:
        with suppress(ValueError):
            return INSTANT.validate_python(datetime.strptime(text, form).replace(tzinfo=zone))
    return INSTANT.validate_python(datetime.fromisoformat(text))  # with an offset of its own, or it is refused
