"""The board: who came in, when, in which order, and who they were."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from pydantic import Field

from api.access.roles import PREFIX
from api.deps import ActorDep, Listed, Now, PageDep, SiteDep
from api.errors import ApiError
from api.schemas import Body, Line, PersonId, Recorded, Row, Seq, Story, When
from models.desk.arrivals import Binding, SeenArrival, arrival_of, arrivals
from models.desk.binding import bind, rebind, unbind
from models.ledger.kinds import Order
from models.people import people_among
from models.session import ReadSession

router = APIRouter(prefix=PREFIX, tags=["arrivals"])

ArrivalId = Annotated[Line, Field(examples=["main-20260301T020005013Z-12"])]
ArrivalPath = Annotated[Line, Path(examples=["main-20260301T020005013Z-12"])]


class OrderRow(Row):
    """The verdict about an arrival and one that crossed about the same time: it came before or after that ``other``
    one, or nobody can say (``simultaneous``); ``p`` the probability of the order."""

    other: str
    verdict: Literal["before", "after", "simultaneous"]
    p: float = Field(examples=[0.998])


class BindingRow(Row):
    """Entry ``entry``: who the arrival was, by what it was found, with which report."""

    entry: Seq
    person: PersonId
    name: str | None
    how: Literal["qr", "phone", "staff", "face"]
    report: Seq | None


class ArrivalRow(Row):
    """Somebody who crossed the sill ``at`` an instant that lies between ``earliest`` and ``latest`` 95 times in 100.
    ``status``: what the door made of the face, if it was allowed to look; ``person`` whom it took them for."""

    id: str = Field(examples=["main-20260301T020005013Z-12"])
    entry: Seq
    at: When
    earliest: When
    latest: When
    sigma_s: float
    door: str
    direction: Literal["in", "out"]
    party: str | None
    status: Literal["known", "unknown", "uncertain", "unconsented"]
    person: PersonId | None
    name: str | None
    bound: BindingRow | None
    orders: list[OrderRow]


class Bind(Body):
    """Who an arrival was, as staff found out."""

    person: PersonId
    report: Seq | None = Field(None, description="the report they came with, number of its entry")


class Rebind(Body):
    """Who an arrival was after all; null: nobody knows. The reason is kept with whoever it was bound to."""

    person: PersonId | None
    report: Seq | None = Field(None, description="the report they came with, number of its entry")
    reason: Story = Field(examples=["认错了人，访客本人更正"])


@router.get("/arrivals")
def list_arrivals(
    page: PageDep,
    site: SiteDep,
    since: Annotated[When | None, Query(description="only who crossed at this instant or later")] = None,
) -> Listed[ArrivalRow]:
    """Who crossed the sill, the last one first."""
    with site.read_session() as session:
        found = arrivals(session, before=page.before, limit=page.limit)
        wanted = [one for one in found if since is None or one.arrival.at >= since]
        rows = _rows(session, wanted)
    is_last = len(found) < page.limit or not wanted
    return Listed(items=rows, next=None if is_last else found[-1].seq)


@router.get("/arrivals/{arrival}")
def one_arrival(arrival: ArrivalPath, site: SiteDep) -> ArrivalRow:
    """One arrival."""
    with site.read_session() as session:
        return _rows(session, [existing(session, arrival)])[0]


@router.post("/arrivals/{arrival}/binding", status_code=201)
def bind_arrival(arrival: ArrivalPath, body: Bind, actor: ActorDep, site: SiteDep, now: Now) -> Recorded:
    """Say who an arrival was; of a customer that makes the visit. 409 `arrival_bound` when it is bound to somebody."""
    with site.write_session() as session:
        existing(session, arrival)
        made = bind(session, arrival, body.person, how="staff", report=body.report, at=now, by=actor.id)
    return Recorded(entry=made.seq)


@router.put("/arrivals/{arrival}/binding", status_code=204)
def rebind_arrival(arrival: ArrivalPath, body: Rebind, actor: ActorDep, site: SiteDep, now: Now) -> None:
    """Correct who an arrival was; the visit that followed from a mistake is taken back."""
    with site.write_session() as session:
        existing(session, arrival)
        if body.person is None:
            unbind(session, arrival, reason=body.reason, at=now, by=actor.id)
        else:
            rebind(session, arrival, body.person, report=body.report, reason=body.reason, at=now, by=actor.id)


def existing(session: ReadSession, arrival: str) -> SeenArrival:
    """An arrival by its id. Raises ``ApiError`` 404 when there is none."""
    found = arrival_of(session, arrival)
    if found is None:
        raise ApiError(404, "not_found")
    return found


def _rows(session: ReadSession, found: Iterable[SeenArrival]) -> list[ArrivalRow]:
    seen = list(found)
    people = {one.arrival.person for one in seen if one.arrival.person}
    people |= {one.binding.person for one in seen if one.binding}
    names = {one.id: one.name for one in people_among(session, people)}
    return [_row(one, names) for one in seen]


def _row(one: SeenArrival, names: dict[str, str]) -> ArrivalRow:
    said = one.arrival
    earliest, latest = one.interval
    return ArrivalRow(
        id=said.arrival,
        entry=one.seq,
        at=said.at,
        earliest=earliest,
        latest=latest,
        sigma_s=said.sigma_s,
        door=said.door,
        direction=said.direction,
        party=said.party,
        status=said.status,
        person=said.person,
        name=names.get(said.person or ""),
        bound=_binding(one.binding, names),
        orders=[_order(order, said.arrival) for order in one.orders],
    )


def _binding(bound: Binding | None, names: dict[str, str]) -> BindingRow | None:
    if bound is None:
        return None
    return BindingRow(
        entry=bound.seq, person=bound.person, name=names.get(bound.person), how=bound.how, report=bound.report
    )


def _order(order: Order, arrival: str) -> OrderRow:
    is_first = order.first == arrival
    verdict = order.verdict if order.verdict == "simultaneous" or is_first else "after"
    return OrderRow(other=order.second if is_first else order.first, verdict=verdict, p=order.p)
