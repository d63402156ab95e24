"""What reports look like from outside."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, Field

from api.access.actor import Actor
from api.access.roles import DESK, PARTIES
from api.messages import Language
from api.schemas import Body, Claimant, Line, PersonId, PhoneText, Row, Seq, Story, When
from models.base import ModelsError
from models.desk.identity import mobile
from models.desk.reports import Filed
from models.desk.verdicts import ReportState, Verdict
from models.people.phones import masked
from models.people.records import Role


def _mobile(text: str) -> str:
    try:
        return mobile(text)
    except ModelsError as error:
        raise ValueError(str(error)) from None


Mobile = Annotated[
    PhoneText,
    AfterValidator(_mobile),
    Field(description="a mobile number, whole, or masked: first three, last five digits", examples=["138***38000"]),
]


class ReportBody(Body):
    """A customer whom an agent announces. ``by`` and ``at`` are for the desk, which files for others; a liaison names
    the agent ``by`` whom it is."""

    by: Claimant | None = None
    at: When | None = Field(None, description="when it was made, if it is filed later; desk only")
    phone: Mobile
    name: Line | None = Field(None, examples=["王芳"])
    visit_at: When | None = Field(None, description="the appointment", examples=["2026-03-02T14:30:00+08:00"])
    via: Literal["sms", "wechat", "email", "list", "activity"] | None = Field(
        None, description="by what way the report came", examples=["wechat"]
    )
    worked: bool = Field(True, description="false: a name from a list, whom nobody has approached yet")
    reason: Story | None = Field(None, description="why it is reported again, or why the customer did not come")
    proof: Literal["chat", "call_log"] | None = Field(None, description="what shows the contact with the customer")
    proof_at: When | None = Field(None, description="the date on that proof")
    stage: Literal["first", "second", "repeat"] | None = Field(
        None, description="where the rules know several reports of one customer"
    )
    count: int = Field(1, ge=1, le=1_000_000, description="how many people the report is for")


class Because(Row):
    """A clause of the office's rules, and what it says."""

    clause: str = Field(examples=["2.2"])
    text: str


class ReportAnswer(Row):
    """What a report has come to. ``valid_until``: the last day on which a visit would still be the reporter's; null
    when it is not protected, or without an end. ``conflict``: somebody else's claim stands against it. ``duplicate``:
    the reporter had reported this customer before. ``late``: the customer had been in the office before."""

    report: Seq
    customer: PersonId
    state: ReportState
    protected: bool
    valid_until: date | None
    conflict: bool
    duplicate: bool
    late: bool
    because: Sequence[Because]


class ReportRow(Row):
    """A report in a list. ``name`` and ``phone`` as reported, null once they were erased; ``days_left`` after today."""

    report: Seq
    made_at: AwareDatetime
    recorded_at: AwareDatetime
    by: str
    customer: PersonId
    name: str | None
    phone: str | None
    visit_at: AwareDatetime | None
    via: str | None
    state: ReportState
    protected: bool
    valid_until: date | None
    days_left: int | None
    conflict: bool
    duplicate: bool
    late: bool


class Candidate(Row):
    """Somebody else on record who has the reported phone for ``certain``, or may have it; ``last4`` digits of each."""

    id: str
    name: str
    role: Role
    last4: Sequence[str]
    certain: bool


class ReportDetail(ReportRow):
    """A report by itself. ``candidates``: for the desk only."""

    reason: str | None
    because: Sequence[Because]
    candidates: Sequence[Candidate] | None = None


class WithdrawalBody(Body):
    """Why a report is taken back."""

    reason: Story = Field(examples=["客户号码报错"])


def because(verdict: Verdict, language: Language) -> list[Because]:
    """A verdict's clauses in the language of whoever asks; no entry is cited: they may be about others."""
    return [Because(clause=one.clause, text=one.zh if language == "zh" else one.en) for one in verdict.because]


def row(one: Filed, verdict: Verdict, *, actor: Actor, today: date) -> ReportRow:
    """A report as ``actor`` sees it: whoever only watches sees the phone masked."""
    sees_phone = actor.role in DESK | PARTIES
    return ReportRow(
        report=one.seq,
        made_at=one.made_at,
        recorded_at=one.at,
        by=one.by,
        customer=one.person,
        name=one.name,
        phone=one.phone if sees_phone or one.phone is None else masked(one.phone),
        visit_at=one.visit_at,
        via=one.via,
        state=verdict.state,
        protected=verdict.protection.holds,
        valid_until=verdict.protection.last_day,
        days_left=verdict.protection.days_left(today),
        conflict=verdict.conflict,
        duplicate=verdict.duplicate,
        late=verdict.late,
    )
