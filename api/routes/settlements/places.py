"""The routes of settlements."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from api.access.actor import Actor
from api.access.roles import PREFIX, Role
from api.access.rows import Sight, sees_customer, sight_of
from api.deps import ActorDep, Now, SiteDep
from api.errors import ApiError
from api.messages import language_of
from api.routes.settlements.files import TYPES, Files, Form
from api.routes.settlements.rows import (
    MonthRow,
    OpenRow,
    SettlementRow,
    StatementRow,
    decimal,
    line_row,
    names_for,
    settlement_row,
)
from api.schemas import Body, Line, Recorded, SeqPath
from models.desk import settlements
from models.desk.settlements import Month, Rules
from models.session import ReadSession
from models.site import Site

router = APIRouter(prefix=PREFIX, tags=["settlements"])

MonthText = Annotated[str, Field(pattern=r"^20\d\d-(0[1-9]|1[0-2])$", examples=["2026-03"])]
MonthQuery = Annotated[MonthText, Query(description="a month at the office, `2026-03`")]
Whose = Annotated[Line, Query(description="a distributor's name; `developer`: the office's own side")]
FILES: dict[int | str, dict[str, Any]] = {
    200: {"content": {kind: {} for kind in TYPES.values()}, "description": "The file."}
}


class Closing(Body):
    """Which month is closed for whom."""

    month: MonthText
    distributor: Line = Field(examples=["贝壳"], description="`developer`: the office's own side")


@router.get("/settlements")
def settlement_month(
    month: MonthQuery, actor: ActorDep, site: SiteDep, now: Now, distributor: Whose | None = None
) -> MonthRow:
    """A month as it stands: what each distributor is due, and what was closed. A liaison reads their own."""
    with site.read_session() as session:
        found = settlements.month_so_far(session, month, rules=_rules(site))
        whose = _wanted(session, found, actor, distributor)
        return MonthRow(
            month=month,
            over=month < settlements.month_of(now, _rules(site).zone),
            statements=[_statement(session, found, one, sight_of(session, actor)) for one in whose],
            open=_open(session, found, actor, distributor),
        )


@router.post("/settlements/close", status_code=201)
def close_settlement(body: Closing, actor: ActorDep, site: SiteDep, now: Now) -> Recorded:
    """Close a month for a distributor; once more, with what has changed since, as often as something has."""
    # opens its own sessions: a month is decided while others write
    entry = settlements.close(site, body.month, body.distributor, rules=_rules(site), at=now, by=actor.id)
    return Recorded(entry=entry)


@router.get("/settlements/preview.{form}", response_class=Response, responses=FILES)
def settlement_preview(
    form: Form, month: MonthQuery, distributor: Whose, request: Request, actor: ActorDep, site: SiteDep, now: Now
) -> Response:
    """What a distributor is due of a month as it stands, as a file."""
    with site.read_session() as session:
        found = settlements.month_so_far(session, month, rules=_rules(site))
        if distributor not in _wanted(session, found, actor, distributor):
            raise ApiError(404, "not_found")
        told = _statement(session, found, distributor, sight_of(session, actor))
    files = Files(site.settings.name, now.astimezone(_rules(site).zone), language_of(request))
    return files.preview(month, distributor, told.lines, (told.total, told.decimal), form)


@router.get("/settlements/{entry}.{form}", response_class=Response, responses=FILES)
def settlement_file(entry: SeqPath, form: Form, request: Request, actor: ActorDep, site: SiteDep, now: Now) -> Response:
    """A closed settlement as a file."""
    with site.read_session() as session:
        told = _closed(session, entry, actor)
    files = Files(site.settings.name, now.astimezone(_rules(site).zone), language_of(request))
    return files.settlement(told, form)


@router.get("/settlements/{entry}")
def settlement(entry: SeqPath, actor: ActorDep, site: SiteDep) -> SettlementRow:
    """A closed settlement."""
    with site.read_session() as session:
        return _closed(session, entry, actor)


def _rules(site: Site) -> Rules:
    return Rules(texts=site.policy_texts, settings_policy=site.settings.policy, zone=ZoneInfo(site.settings.time_zone))


def _may_read(actor: Actor, distributor: str) -> bool:
    return actor.role is not Role.LIAISON or actor.distributor == distributor


def _wanted(session: ReadSession, found: Month, actor: Actor, distributor: str | None) -> list[str]:
    """Whose statements are told: of whoever is due something or was closed before, as far as it was asked for."""
    closed = {one.distributor for one in settlements.closed_of(session, found.month)}
    known = closed | {due.distributor for due in found.due}
    return sorted(one for one in known if distributor in (None, one) and _may_read(actor, one))


def _statement(session: ReadSession, found: Month, distributor: str, sight: Sight) -> StatementRow:
    due = found.of(distributor)
    closed = settlements.closed_of(session, found.month, distributor)
    names, sum_ = names_for(session, sight, due), settlements.total(one.share for one in due)
    return StatementRow(
        distributor=distributor,
        total=str(sum_),
        decimal=decimal(sum_),
        lines=[line_row(one, names) for one in due],
        closed=[one.seq for one in closed],
        differs=settlements.changed(due, closed, found.waiting) != ([], []),
    )


def _open(session: ReadSession, found: Month, actor: Actor, distributor: str | None) -> list[OpenRow]:
    """Deals that wait for a ruling; of a distributor, those of customers it has dealt with."""
    whose = sight_of(session, actor)
    if distributor is not None and whose.everything:
        whose = sight_of(session, replace(actor, role=Role.LIAISON, distributor=distributor))
    names = names_for(session, sight_of(session, actor), (), found.open)
    return [
        OpenRow(deal=deal.seq, person=deal.person, customer=names.customer(deal.person), at=deal.at)
        for deal in found.open
        if whose.everything or sees_customer(session, whose, deal.person)
    ]


def _closed(session: ReadSession, entry: int, actor: Actor) -> SettlementRow:
    found = settlements.settlement(session, entry)
    if found is None or not _may_read(actor, found.distributor):
        raise ApiError(404, "not_found")
    names = names_for(session, sight_of(session, actor), (*found.lines, *found.void))
    return settlement_row(found, names)
