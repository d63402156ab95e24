"""客户确认单 on paper."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from api.print.document import Document
from models.desk.confirmations import Confirmation

SIGNERS = ("客户签字：", "经纪人签字：", "前台签字：")


def confirmation_pdf(shown: Confirmation, *, office: str, zone: ZoneInfo, printed: datetime) -> bytes:
    """The paper of a confirmation, its instants in the office's ``zone``; ``printed`` when (aware)."""
    paper = Document("客户确认单", office=office, at=printed.astimezone(zone))
    if shown.undone_by is not None:
        paper.heading(f"已作废（见第 {shown.undone_by} 号记录）")
    paper.line("记录编号", str(shown.seq))
    paper.line("到访时间", _instant(shown.at, zone))
    paper.line("登记时间", _instant(shown.recorded_at, zone))
    paper.line("客户姓名", _value(shown, "name", shown.name))
    paper.line("客户电话", _value(shown, "phone", shown.phone))
    paper.line("客户编号", shown.person)
    paper.line("经纪人", f"{shown.by_name}（{shown.by}）" if shown.by_name else shown.by)
    paper.text("客户确认：本人由上述经纪人带领到访本案场，以上登记属实。")
    paper.signatures(SIGNERS)
    paper.qr(shown.code)
    paper.text(f"本单对应案场记录第 {shown.seq} 号，该记录的校验值（SHA-256）：{shown.hash.hex()}")
    return paper.pdf()


def _instant(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}"


def _value(shown: Confirmation, field: str, value: str | None) -> str:
    return "（已删除）" if field in shown.erased else value or "（未填）"
