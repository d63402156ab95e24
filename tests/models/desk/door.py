"""People who cross the sill, put on record as the door does."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from attribution.entries import Arrive
from models.desk.binding import standing_visits
from models.ledger.append import append
from models.ledger.kinds import Arrival
from models.site import Site
from tests.models.builders import FOUNDED

OPENED = FOUNDED + timedelta(hours=1)
"""When people begin to come."""

THE_DOOR = "door:main"


def after(seconds: float) -> datetime:
    return OPENED + timedelta(seconds=seconds)


def crossed(
    number: int,
    at_s: float,
    *,
    known: str | None = None,
    party: str = "",
    direction: Literal["in", "out"] = "in",
    door: str = "main",
) -> Arrival:
    """Somebody crossed so many seconds after `OPENED`; ``known``: whom the door recognised."""
    return Arrival(
        at=after(at_s),
        arrival=f"{door}-{number}",
        door=door,
        direction=direction,
        sigma_s=0.02,
        status="known" if known else "unconsented",
        person=known,
        party=party or f"party-{number}",
        track=number,
    )


def came(site: Site, *arrivals: Arrival) -> None:
    with site.write_session() as session:
        append(session, arrivals, at=max(one.at for one in arrivals) + timedelta(seconds=1), by=THE_DOOR)


def visits(site: Site, person: str) -> list[Arrive]:
    """The visits of a customer that stand."""
    with site.read_session() as session:
        return [visit for _, visit in standing_visits(session, person)]
