"""Lists of reports as files."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, File, Form, Request, UploadFile

from api.access.actor import Actor
from api.access.roles import PARTIES, PREFIX
from api.deps import ActorDep, Now, SiteDep
from api.errors import ApiError
from api.intake.faults import Fault, FileError
from api.intake.rows import HEADERS, read_rows
from api.intake.rows import Row as FileRow
from api.intake.table import Encoding, read_table
from api.messages import language_of, message
from api.routes.reports.own import reporters_for
from api.schemas import Row, Seq
from models.desk.reports import NewReport, file_reports, reports_left
from models.desk.verdicts import foreseen
from models.policies import policy_in_force
from models.session import ReadSession
from models.site import Site

router = APIRouter(prefix=PREFIX, tags=["reports"])

Mode = Annotated[
    Literal["preview", "all", "valid"],
    Form(
        description="preview: nothing is written; all: every row, or none while one is faulty; valid: the rows without "
        "a fault"
    ),
]


class FaultRow(Row):
    """What is wrong in a ``row`` (from 1, the header's) and ``column`` (its title) of the file."""

    row: int
    column: str | None
    code: str
    message: str


class Import(Row):
    """What a file holds, or became. ``new``, ``duplicate``, ``conflict`` are told by a preview: customers nobody knew,
    reported before by the same reporter, claimed by somebody else; to agents and liaisons ``duplicate`` only: a preview
    leaves no trace, and whose customer somebody is would be asked of it for ten thousand phones. ``reports``: the
    entries that were written."""

    encoding: Encoding
    rows: int
    faults: Sequence[FaultRow]
    new: int | None = None
    duplicate: int | None = None
    conflict: int | None = None
    reports: Sequence[Seq] = ()


@router.post("/reports/import")
def import_reports(
    file: Annotated[UploadFile, File(description="a CSV or XLSX file")],
    request: Request,
    actor: ActorDep,
    site: SiteDep,
    now: Now,
    mode: Mode = "preview",
) -> Import:
    """Report the customers of a CSV or XLSX file, with columns 姓名/name, 电话/phone, 到访时间/visit_at, 渠道/via,
    备注/reason, 经纪人/by. At most 10,000 rows; each counts as a report of its day."""
    zone = ZoneInfo(site.settings.time_zone)
    try:
        table = read_table(file.file.read())
    except FileError as error:
        raise ApiError(422, error.code, field="file", params=error.params) from None
    rows, faults = read_rows(table, zone)
    titles = [str(one) for one in table.rows[0][1]]
    if mode == "preview":
        with site.read_session() as session:
            reports, faults = _checked(session, rows, faults, titles, actor=actor, site=site, now=now)
            policy = policy_in_force(session, site.policy_texts, site.settings.policy, now).policy
            seen = foreseen(session, reports, policy, now=now)
        counts: dict[str, int] = {"duplicate": seen.duplicate} if actor.role in PARTIES else dict(vars(seen))
        return Import(encoding=table.encoding, rows=len(table.rows) - 1, faults=_told(faults, request), **counts)
    with site.write_session() as session:
        reports, faults = _checked(session, rows, faults, titles, actor=actor, site=site, now=now)
        if faults and mode == "all":
            raise ApiError(422, "import_faults", field="file", params={"count": len(faults)})
        written = [one.seq for one in file_reports(session, reports, at=now, by=actor.id)]
    return Import(encoding=table.encoding, rows=len(table.rows) - 1, faults=_told(faults, request), reports=written)


def _checked(
    session: ReadSession,
    rows: Sequence[FileRow],
    faults: Sequence[Fault],
    titles: Sequence[str],
    *,
    actor: Actor,
    site: Site,
    now: datetime,
) -> tuple[list[NewReport], list[Fault]]:
    """The rows as reports of those who may make them, and every fault so far; the latter by row."""
    zone, per_day = ZoneInfo(site.settings.time_zone), site.settings.reports_per_day
    title = next((one for one in titles if HEADERS.get(one.lower()) == "by"), None)
    reporters, left = reporters_for(session, actor), dict[str, int]()
    reports, found = [], list(faults)
    for row in rows:
        reporter = reporters.by(row.by)
        if reporter is None:
            found.append(Fault(row=row.number, column=title, code="by_bad" if row.by else "claimant_missing"))
            continue
        if reporter not in left:
            left[reporter] = reports_left(session, reporter, at=now, zone=zone, per_day=per_day)
        left[reporter] -= 1
        if left[reporter] < 0:
            found.append(Fault(row=row.number, column=title, code="report_cap", params={"count": per_day}))
            continue
        values = {name: value for name, value in vars(row).items() if name != "number"}
        reports.append(NewReport(**{**values, "by": reporter, "at": now}))
    return reports, sorted(found, key=lambda one: one.row)


def _told(faults: Sequence[Fault], request: Request) -> list[FaultRow]:
    language = language_of(request)
    return [
        FaultRow(row=one.row, column=one.column, code=one.code, message=message(one.code, language, one.params))
        for one in faults
    ]
