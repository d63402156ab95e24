"""接待轮序: whose turn it is, and who is to receive a customer."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query
from pydantic import Field

from api.access.roles import PREFIX
from api.access.rows import require_customer
from api.deps import ActorDep, Now, SiteDep
from api.errors import ApiError
from api.routes.desk.acts import MOST_NAMED
from api.schemas import EARLIEST, LATEST, Body, Claimant, PersonId, Recorded, Row, Seq
from models.desk.acts import Named, UnknownNameError, require_known
from models.desk.rota import line_of, next_up, receiver_for, rota_of
from models.ledger.append import append
from models.ledger.kinds import Rota

router = APIRouter(prefix=PREFIX, tags=["desk"])

Day = Annotated[date, Field(ge=EARLIEST.date(), lt=LATEST.date(), examples=["2026-03-02"])]
Absent = Annotated[list[Claimant] | None, Query(max_length=MOST_NAMED, description="who is not there now")]


class NewRota(Body):
    """Who receives on a day, in this order, and who stands in for whom. The one written last counts."""

    day: Day
    order: tuple[Claimant, ...] = Field(min_length=1, max_length=MOST_NAMED, description="consultants, the first first")
    stand_ins: dict[Claimant, Claimant] = Field(
        default_factory=dict, max_length=MOST_NAMED, description="consultant who is away -> who receives for them"
    )


class RotaRow(Row):
    """The rota of a day; ``line``: the order as it stands after the turns taken so far."""

    entry: Seq
    day: date
    order: tuple[str, ...]
    stand_ins: dict[str, str]
    line: tuple[str, ...]


class Next(Row):
    """Whose turn it is; null when there is no rota, or nobody on it is there."""

    who: str | None = Field(examples=["0b8f5a0e3c0f4f0e9d6d6f2f3c1a7e55"])


class Receiver(Row):
    """Who is to receive a customer; null when it would be whoever is next, and nobody is."""

    who: str | None = Field(examples=["0b8f5a0e3c0f4f0e9d6d6f2f3c1a7e55"])


@router.post("/rota", status_code=201)
def write_rota(body: NewRota, actor: ActorDep, site: SiteDep, now: Now) -> Recorded:
    """Write down the order of a day, today or later."""
    if body.day < now.astimezone(ZoneInfo(site.settings.time_zone)).date():
        raise ApiError(422, "day_over", field="day")
    if len(set(body.order)) < len(body.order):
        raise ApiError(422, "twice", field="order")
    if any(one == other for one, other in body.stand_ins.items()):
        raise ApiError(422, "same", field="stand_ins")
    with site.write_session() as session:
        try:
            require_known(session, "order", set(body.order), Named.CONSULTANT)
            require_known(session, "stand_ins", {*body.stand_ins, *body.stand_ins.values()}, Named.CONSULTANT)
        except UnknownNameError as error:
            raise ApiError(422, "unknown_name", field=error.field) from None
        written = Rota(at=now, day=body.day, order=body.order, stand_ins=body.stand_ins)
        return Recorded(entry=append(session, [written], at=now, by=actor.id)[-1].seq)


@router.get("/rota")
def read_rota(
    site: SiteDep, now: Now, day: Annotated[Day | None, Query(description="left out: today")] = None
) -> RotaRow:
    """The rota of a day, and the line as it stands."""
    zone = ZoneInfo(site.settings.time_zone)
    with site.read_session() as session:
        found = rota_of(session, day or now.astimezone(zone).date())
        if found is None:
            raise ApiError(404, "not_found", field="day")
        line = line_of(session, found, zone=zone)
    return RotaRow(entry=found.seq, day=found.day, order=found.order, stand_ins=dict(found.stand_ins), line=tuple(line))


@router.get("/rota/next")
def read_next(site: SiteDep, now: Now, absent: Absent = None) -> Next:
    """Whose turn it is now."""
    with site.read_session() as session:
        zone = ZoneInfo(site.settings.time_zone)
        return Next(who=next_up(session, at=now, zone=zone, absent=frozenset(absent or ())))


@router.get("/receiver")
def read_receiver(person: PersonId, actor: ActorDep, site: SiteDep, now: Now) -> Receiver:
    """Who is to receive a customer now: the consultant whose they are, or who stands in for that one, or whose turn it
    is."""
    with site.read_session() as session:
        require_customer(session, actor, person)
        return Receiver(
            who=receiver_for(
                session,
                person,
                at=now,
                zone=ZoneInfo(site.settings.time_zone),
                texts=site.policy_texts,
                settings_policy=site.settings.policy,
            )
        )
