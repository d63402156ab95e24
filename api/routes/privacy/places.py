"""The routes of privacy."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, BackgroundTasks, Query, Request, Response

from api.access.actor import Actor
from api.access.roles import PREFIX
from api.deps import ActorDep, Listed, Now, PageDep, SiteDep
from api.errors import ApiError
from api.messages import language_of
from api.routes.privacy.paper import subject_paper
from api.routes.privacy.rows import (
    BegunRow,
    CorrectionBody,
    ErasureBody,
    ErasureRow,
    MeterRow,
    ProcessedRow,
    SubjectRow,
    WithdrawalRow,
    erasure_row,
    meter_row,
    processed_row,
    subject_row,
)
from api.schemas import PersonPath, Recorded, SeqPath
from models.desk.erasure import Erasure, begin_erasure, erasure, finish_erasure
from models.desk.processing import meter, processed
from models.desk.subject import subject_record
from models.holds import open_disputes
from models.ledger.kinds import Erased
from models.ledger.read import entries_about
from models.people import Person, same_human, withdraw_consent
from models.people.corrections import Correction, correct
from models.receipts import Receipts
from models.session import ReadSession
from models.site import Site

router = APIRouter(prefix=PREFIX, tags=["privacy"])

Why = Annotated[
    Literal["request", "complaint", "check"],
    Query(description="why the record is read: the person asked for it, complains, or it is a check of our own"),
]
ERASED = Erased.model_fields["do"].default
REASONS = {
    "request": "asked for by the person (PIPL 45)",
    "complaint": "a complaint of the person",
    "check": "a check by the office",
}
PDF = {"content": {"application/pdf": {}}, "description": "The copy to hand over."}


@router.get("/people/{person}/record")
def personal_record(person: PersonPath, actor: ActorDep, site: SiteDep, now: Now, why: Why = "request") -> SubjectRow:
    """Everything held about somebody (PIPL 44, 45, 48). The look at it goes on record."""
    return _record(site, person, why, actor, now)


@router.get("/people/{person}/record.pdf", response_class=Response, responses={200: PDF})
def personal_record_paper(
    person: PersonPath, request: Request, actor: ActorDep, site: SiteDep, now: Now, why: Why = "request"
) -> Response:
    """Everything held about somebody, to hand over."""
    held = _record(site, person, why, actor, now)
    at = now.astimezone(ZoneInfo(site.settings.time_zone))
    paper = subject_paper(held, office=site.settings.name, at=at, language=language_of(request))
    disposition = f'attachment; filename="record-{person[:8]}.pdf"'
    return Response(paper, media_type="application/pdf", headers={"Content-Disposition": disposition})


@router.post("/people/{person}/erasure", status_code=202)
def erase_person(
    person: PersonPath, body: ErasureBody, actor: ActorDep, site: SiteDep, now: Now, later: BackgroundTasks
) -> BegunRow:
    """Erase somebody (PIPL 47): name, phones, consents, templates, frames, papers and their key are gone when this
    answers, with the frames by which an open dispute about them would be ruled. Overwriting the database's file and
    searching the site's folder follow; ask for the erasure again to see when they are done."""
    with site.read_session() as session:
        others = same_human(session, person) - {person}
        contested = [seq for seq, people in open_disputes(session).items() if person in people]
    begun = begin_erasure(site, person, reason=body.reason, at=now, by=actor.id)
    later.add_task(finish_erasure, site, begun, at=now)
    with site.read_session() as session:
        told = erasure_row(_erasure(session, site, begun.entry))
    return BegunRow(**told.model_dump(), same_human=tuple(sorted(others)), open_disputes=tuple(contested))


@router.get("/erasures/{entry}")
def erasure_of(entry: SeqPath, site: SiteDep) -> ErasureRow:
    """An erasure, and whether all of it is done."""
    with site.read_session() as session:
        return erasure_row(_erasure(session, site, entry))


@router.post("/people/{person}/withdrawal", status_code=201)
def withdraw_consents(person: PersonPath, actor: ActorDep, site: SiteDep, now: Now) -> WithdrawalRow:
    """End every consent of somebody (PIPL 15): their templates are erased at once."""
    with site.write_session() as session:
        _known(session, person)
        return WithdrawalRow(templates=withdraw_consent(session, person, at=now, by=actor.id))


@router.post("/people/{person}/correction", status_code=201)
def correct_person(person: PersonPath, body: CorrectionBody, actor: ActorDep, site: SiteDep, now: Now) -> Recorded:
    """Put right what is stored of somebody (PIPL 46). What others reported of them stays as it was said."""
    right = Correction(name=body.name, phone=body.phone, wrong_phone=body.wrong_phone)
    with site.write_session() as session:
        _known(session, person)
        return Recorded(entry=correct(session, person, right, at=now, by=actor.id))


@router.get("/consents")
def consent_counts(site: SiteDep) -> MeterRow:
    """How many consents are live, and how many people are stored, against the number that obliges to file."""
    with site.read_session() as session:
        return meter_row(meter(session))


@router.get("/processing-log")
def processing_log(page: PageDep, site: SiteDep) -> Listed[ProcessedRow]:
    """Consents, withdrawals, corrections, looks, exports, erasures and purges, the newest first."""
    with site.read_session() as session:
        found = processed(session, before=page.before, limit=page.limit)
    after = found[-1].entry if len(found) == page.limit else None
    return Listed(items=[processed_row(one) for one in found], next=after)


def _record(site: Site, person: str, why: str, actor: Actor, now: datetime) -> SubjectRow:
    with site.write_session() as session:
        held = subject_record(session, person, texts=site.policy_texts, reason=REASONS[why], at=now, by=actor.id)
    if held is None:
        raise ApiError(404, "not_found")
    return subject_row(held)


def _known(session: ReadSession, person: str) -> None:
    if session.get(Person, person) is None:
        raise ApiError(410, "erased") if entries_about(session, person, ERASED) else ApiError(404, "not_found")


def _erasure(session: ReadSession, site: Site, entry: int) -> Erasure:
    found = erasure(session, Receipts(site.folder), entry)
    if found is None:
        raise ApiError(404, "not_found")
    return found
