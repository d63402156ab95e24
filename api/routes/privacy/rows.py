"""What the privacy officer reads and sends."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime, Field, JsonValue

from api.schemas import Body, Line, PhoneText, Row
from attribution.decision import Sentence
from models.decisions import StoredDecision
from models.desk.erasure import Erasure
from models.desk.processing import FILING_FROM, Meter, Processed
from models.desk.subject import Look, Said, SubjectRecord
from models.people import GivenConsent


class ErasureBody(Body):
    """Why somebody is erased: they took their consent back, or asked to be erased."""

    reason: Literal["withdrawal", "request"] = Field(examples=["request"])


class CorrectionBody(Body):
    """What is right: the ``name``, a ``phone`` that is missing, a ``wrong_phone`` that is not theirs."""

    name: Line | None = Field(None, examples=["王芳"])
    phone: PhoneText | None = Field(None, examples=["13800138000"])
    wrong_phone: PhoneText | None = Field(None, examples=["13900139000"])


class WithdrawalRow(Row):
    """A withdrawal: so many face templates were erased with it."""

    templates: int


class ConsentRow(Row):
    """A consent: to which notice (version, SHA-256 of its text), how it was given, from when until when."""

    id: str
    reference: str
    mode: str
    how: str
    notice_version: str
    notice_sha256: str
    guardian: str | None
    given_at: AwareDatetime
    withdrawn_at: AwareDatetime | None


class SaidRow(Row):
    """An entry of the record that names the person."""

    entry: int
    kind: str
    at: AwareDatetime
    by: str
    facts: dict[str, JsonValue]


class LookRow(Row):
    """Who looked at frames or papers of the person, or at this record, and why; or for whom a copy was made."""

    entry: int
    at: AwareDatetime
    by: str
    what: str
    reason: str


class ReasonRow(Row):
    """A clause that was applied, in both languages, the entries it rests on, and what would have changed it."""

    clause: str
    zh: str
    en: str
    entries: tuple[str, ...]
    otherwise: Sentence | None


class DecisionRow(Row):
    """A decision about the person; shares as exact fractions."""

    entry: int
    number: int
    at: AwareDatetime
    policy: str
    status: str
    credit: dict[str, str] | None
    commission: dict[str, str] | None
    reasons: list[ReasonRow]


class SubjectRow(Row):
    """Everything held about a person. ``templates``: face templates by pack of the face engine."""

    person: str
    name: str
    role: str
    distributor: str | None
    since: AwareDatetime
    phones: tuple[str, ...]
    consents: list[ConsentRow]
    templates: dict[str, int]
    frames: int
    papers: int
    entries: list[SaidRow]
    looks: list[LookRow]
    decisions: list[DecisionRow]


class ErasureRow(Row):
    """An erasure: what was ``removed`` by kind and number, ``digest`` over it as the ledger has it. ``finished_at``:
    when the database's file was overwritten too; ``found``: what a search of the site's folder found afterwards
    (nothing: empty), null while it was not searched."""

    entry: int
    person: str
    at: AwareDatetime
    removed: dict[str, int]
    digest: str
    finished_at: AwareDatetime | None
    found: tuple[str, ...] | None


class BegunRow(ErasureRow):
    """An erasure that has begun. ``same_human``: other records of the same human being, which stay until they are
    erased too; ``open_disputes`` (entries) about this person, whose frames are gone with it."""

    same_human: tuple[str, ...]
    open_disputes: tuple[int, ...]


class MeterRow(Row):
    """How many people the site holds: ``faces`` of them with a face template. From ``filing_from`` of these on the
    site must be filed with the authority within 30 working days; ``warned`` at 80 % of it."""

    people: int
    consents: int
    withdrawn: int
    faces: int
    filing_from: int
    warned: bool


class ProcessedRow(Row):
    """A step of processing personal data."""

    entry: int
    kind: str
    at: AwareDatetime
    by: str
    what: str
    reason: str | None
    count: int | None


def subject_row(held: SubjectRecord) -> SubjectRow:
    """What is held, as it is answered."""
    return SubjectRow(
        person=held.person,
        name=held.name,
        role=held.role,
        distributor=held.distributor,
        since=held.since,
        phones=held.phones,
        consents=[_consent(one) for one in held.consents],
        templates=held.templates,
        frames=held.frames,
        papers=held.papers,
        entries=[_said(one) for one in held.entries],
        looks=[_look(one) for one in held.looks],
        decisions=[_decision(one) for one in held.decisions],
    )


def erasure_row(told: Erasure) -> ErasureRow:
    """An erasure, as it is answered."""
    receipt = told.receipt
    return ErasureRow(
        entry=told.entry,
        person=told.person,
        at=told.at,
        removed=dict(told.removed),
        digest=told.digest,
        finished_at=receipt.finished_at if receipt else None,
        found=receipt.found if receipt else None,
    )


def meter_row(counted: Meter) -> MeterRow:
    """The counts, as they are answered."""
    return MeterRow(
        people=counted.people,
        consents=counted.consents,
        withdrawn=counted.withdrawn,
        faces=counted.faces,
        filing_from=FILING_FROM,
        warned=counted.warned,
    )


def processed_row(step: Processed) -> ProcessedRow:
    """A step, as it is answered."""
    return ProcessedRow.model_validate(vars(step))


def _consent(one: GivenConsent) -> ConsentRow:
    return ConsentRow(
        id=one.id,
        reference=one.reference,
        mode=one.mode,
        how=one.how,
        notice_version=one.notice.version,
        notice_sha256=one.notice.sha256,
        guardian=one.guardian,
        given_at=one.given_at,
        withdrawn_at=one.withdrawn_at,
    )


def _said(one: Said) -> SaidRow:
    return SaidRow.model_validate(vars(one))


def _look(one: Look) -> LookRow:
    return LookRow.model_validate(vars(one))


def _decision(one: StoredDecision) -> DecisionRow:
    decision = one.decision
    credit, commission = (
        None if shares is None else {who: str(share) for who, share in shares.items()}
        for shares in (decision.credit, decision.commission)
    )
    return DecisionRow(
        entry=one.seq,
        number=one.number,
        at=one.at,
        policy=decision.policy,
        status=decision.status,
        credit=credit,
        commission=commission,
        reasons=[ReasonRow.model_validate(vars(reason)) for reason in decision.reasons],
    )
