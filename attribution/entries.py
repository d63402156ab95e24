"""What can be recorded about a customer: one frozen model per kind of entry (`do`), unknown keys and kinds refused.

Instants are aware. `id` is how a decision cites an entry: the ledger's, or its place in a case file.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
)


def _phone(value: str) -> str:
    if not re.fullmatch(r"1\d{10}|1\d{2}\*{3}\d{5}", value):
        raise ValueError("a phone has 11 digits, or is masked as 138***88888: first three, three stars, last five")
    return value


def _whole(shares: dict[str, Fraction]) -> dict[str, Fraction]:
    if sum(shares.values()) != 1 or min(shares.values()) < 0:
        raise ValueError(f"shares add up to {float(sum(shares.values())):g}, not to 1, or one is below 0")
    return shares


def _measured(value: object) -> object:
    return (value, 0.0) if isinstance(value, (int, float)) and not isinstance(value, bool) else value


def _share(value: object) -> object:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return Fraction(value).limit_denominator(1000)
    return Fraction(value) if isinstance(value, str) else value


Person = Annotated[str, Field(min_length=1)]
Who = Annotated[str, Field(min_length=1)]
"""A claimant: distributor, agent, consultant, team, `developer` or `public`."""

Phone = Annotated[str, AfterValidator(_phone)]
Crossed = Annotated[tuple[float, Annotated[float, Field(ge=0)]], Field(strict=False), BeforeValidator(_measured)]
"""Seconds after the entry's instant at which somebody crossed the sill, and its standard deviation."""

Share = Annotated[Fraction, BeforeValidator(_share)]
Settled = Annotated[dict[Who, Share], AfterValidator(_whole)]
"""Who gets how much, as people settle it; adds up to 1."""


class Entry(BaseModel):
    """What all entries have: an instant and the id they are cited by."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)
    at: AwareDatetime
    id: str = ""


class Interact(Entry):
    """来电/来访/追踪: an interaction logged in the developer's CRM."""

    do: Literal["interact"]
    person: Person
    kind: Literal["call", "visit", "follow_up"]
    by: Who | None = None
    phone: Phone | None = None
    name: str | None = None


class Report(Entry):
    """报备; by a consultant with `visit_at` an appointment, without it a note put on record beforehand."""

    do: Literal["report"]
    person: Person
    by: Who
    name: str | None = None
    phone: Phone | None = None
    visit_at: AwareDatetime | None = None
    via: Literal["sms", "wechat", "email", "list", "activity"] | None = None
    worked: bool = True
    reason: str | None = None
    checked: bool | None = None
    proof: Literal["chat", "call_log"] | None = None
    proof_at: AwareDatetime | None = None
    stage: Literal["first", "second", "repeat"] | None = None
    count: int = Field(1, ge=1, le=1_000_000)


class Carries(BaseModel):
    """What a visitor holds: an agent's flyer or card."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    dm: Who | None = None
    card: Who | None = None


class Arrive(Entry):
    """A visit through the door, as the kiosk saw it; `door` {who: seconds after `at`} with standard deviations."""

    do: Literal["arrive"]
    person: Person
    door: dict[str, Crossed] = Field(default_factory=dict)
    asked_for: Who | None = None
    carries: Carries | None = None
    with_: tuple[Person, ...] = Field((), alias="with", strict=False)
    claims_first: bool = False


class Confirm(Entry):
    """客户确认单 signed at the desk."""

    do: Literal["confirm"]
    person: Person
    by: Who
    name: str | None = None
    phone: Phone | None = None


class Receive(Entry):
    """接待 by a consultant."""

    do: Literal["receive"]
    person: Person
    by: Who
    turn: Literal["rota", "asked", "assist", "duty"] | None = None
    registered: bool = True
    aware: bool = False
    absent: tuple[Who, ...] = Field((), strict=False)
    absent_why: dict[Who, Literal["rest", "sick", "business", "private"]] = Field(default_factory=dict)
    busy: tuple[Who, ...] = Field((), strict=False)
    weight: Literal["light", "substantial"] = "light"
    purpose: Literal["look", "deposit", "sign"] = "look"
    lasted_min: float | None = Field(None, ge=0)
    informed: bool = False
    name: str | None = None
    phone: Phone | None = None


class Recognise(Entry):
    """The owner recognised the visitor, or was recognised, so many minutes into the reception."""

    do: Literal["recognise"]
    person: Person
    who: Who
    after_min: float = Field(ge=0)


class FollowUp(Entry):
    """回访/追踪: a logged call-back."""

    do: Literal["follow_up"]
    person: Person
    by: Who
    outcome: Literal["given_up"] | None = None


class Refer(Entry):
    """老带新: `person` is the newcomer, `by` the existing customer."""

    do: Literal["refer"]
    person: Person
    by: Person
    accompanied: bool = False
    announced: bool = False
    mentioned: Literal["arrival", "during", "never"] | None = None
    by_role: Literal["plain", "informant"] = "plain"


Kinship = Literal[
    "spouse", "parent_child", "couple", "sibling", "grandparent", "relative", "friend", "colleague", "shareholder",
    "executive", "consultant_relative",
]  # fmt: skip


class Relate(Entry):
    """A relation; `verified: false` is a settled no."""

    do: Literal["relate"]
    person: Person
    to: Person
    as_: Kinship = Field(alias="as")
    verified: bool
    purchase: Literal["independent", "joint"] | None = None
    same_lead: bool | None = None


class Link(Entry):
    """Two records are one human being, or are found not to be."""

    do: Literal["link"]
    person: Person
    to: Person
    how: Literal["face", "phone", "manual"]
    verified: bool


class Agree(Entry):
    """友好协商: the parties settle a split before the deal."""

    do: Literal["agree"]
    person: Person
    between: tuple[Who, ...] = Field(strict=False)
    to: Settled


class Activity(Entry):
    """A group activity and the customers obtained there."""

    do: Literal["activity"]
    by: Who
    people_: tuple[Person, ...] = Field(alias="people", strict=False)
    proposed_at: AwareDatetime | None = None


class Depart(Entry):
    """A consultant or agent left."""

    do: Literal["depart"]
    who: Who


class Complain(Entry):
    """A service complaint that was upheld."""

    do: Literal["complain"]
    person: Person
    against: Who


class HandOver(Entry):
    """The manager hands the customer over."""

    do: Literal["hand_over"]
    person: Person
    to: Who


class Dispute(Entry):
    """Somebody contests."""

    do: Literal["dispute"]
    person: Person
    by: Who


class Rule(Entry):
    """A person's final ruling."""

    do: Literal["rule"]
    person: Person
    to: Settled
    by: Literal["manager", "director"]


class Deal(Entry):
    """认购/签约; `person` the purchaser, `confirmed_as` the person the claim was made under."""

    do: Literal["deal"]
    person: Person
    confirmed_as: Person | None = None
    closed_by: Who | None = None
    same_day: bool = False


AnyEntry = Annotated[
    Interact | Report | Arrive | Confirm | Receive | Recognise | FollowUp | Refer | Relate | Link | Agree | Activity
    | Depart | Complain | HandOver | Dispute | Rule | Deal,
    Field(discriminator="do"),
]  # fmt: skip
ENTRY: TypeAdapter[AnyEntry] = TypeAdapter(AnyEntry)


class Claimant(BaseModel):
    """Somebody who can own a customer; `of` the distributor or team an agent works for."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: Literal["distributor", "agent", "consultant", "team"]
    of: str | None = None
