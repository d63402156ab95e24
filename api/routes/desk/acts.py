"""How a request at the desk becomes an entry."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, Field

from api.access.actor import Actor
from api.deps import happened
from api.errors import ApiError
from api.schemas import Body, PhoneText, Recorded, When
from attribution.entries import ENTRY, AnyEntry
from models.desk.acts import UnknownNameError, put_on_record
from models.desk.settling import settle_again
from models.people import PeopleError, phone_number
from models.session import WriteSession
from models.site import Site

MOST_NAMED = 200
"""People or claimants in one list of a request."""


def _mobile(text: str) -> str:
    try:
        number = phone_number(text)
    except PeopleError as error:
        raise ValueError(str(error)) from None
    if len(number) != 11 or not number.startswith("1"):
        raise ValueError("phone: not a mobile one; give 11 digits, or masked as 138***88888")
    return number


Mobile = Annotated[
    PhoneText,
    AfterValidator(_mobile),
    Field(description="mobile phone, whole or masked", examples=["13800138000", "138***38000"]),
]
Minutes = Annotated[float, Field(ge=0, le=1440, description="minutes, up to a day")]


class Act(Body):
    """Something that happened: ``at``, left out: now."""

    at: When | None = Field(None, description="when it happened; left out: now")


def entry_of(kind: str, body: Act, now: datetime) -> AnyEntry:
    """The entry of ``kind`` that a body asks for. Raises ``ApiError`` 422 for an instant in the future."""
    said = body.model_dump(by_alias=True, exclude_none=True, exclude={"at"})
    return ENTRY.validate_python({**said, "do": kind, "at": happened(body.at, now).astimezone(UTC)})


def recorded(session: WriteSession, act: AnyEntry, actor: Actor, now: datetime) -> Recorded:
    """Put an act on record. Raises ``ApiError`` 422 with the field in which somebody unknown is named."""
    try:
        return Recorded(entry=put_on_record(session, act, at=now, by=actor.id))
    except UnknownNameError as error:
        raise ApiError(422, "unknown_name", field=error.field) from None


def settled(session: WriteSession, site: Site, entry: int, actor: Actor, now: datetime) -> Recorded:
    """What is answered to an entry that sets something right: in the same step the decisions on record follow it."""
    settle_again(session, entry, texts=site.policy_texts, settings_policy=site.settings.policy, at=now, by=actor.id)
    return Recorded(entry=entry)


def act(site: Site, kind: str, body: Act, actor: Actor, now: datetime) -> Recorded:
    """Put on record, on its own, what a body asks for."""
    said = entry_of(kind, body, now)
    with site.write_session() as session:
        return recorded(session, said, actor, now)


def settling_act(site: Site, kind: str, body: Act, actor: Actor, now: datetime) -> Recorded:
    """`act`, with the decisions on record following it."""
    said = entry_of(kind, body, now)
    with site.write_session() as session:
        return settled(session, site, recorded(session, said, actor, now).entry, actor, now)
