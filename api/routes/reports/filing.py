"""Reports put on record and taken back."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Header, Request, Response

from api.access.actor import Actor
from api.access.roles import PREFIX
from api.deps import ActorDep, Now, SiteDep, happened
from api.errors import ApiError
from api.messages import Language, language_of
from api.routes.reports.bodies import ReportAnswer, ReportBody, WithdrawalBody, because
from api.routes.reports.own import only_desk, own_report, reporter_of
from api.schemas import Recorded, SeqPath
from models.desk.idempotency import Asked, answer_to, remember
from models.desk.reports import NewReport, file_reports, reports_left, said_in, withdraw_report
from models.desk.verdicts import verdict_on
from models.policies import policy_in_force
from models.session import WriteSession
from models.site import Site

router = APIRouter(prefix=PREFIX, tags=["reports"])

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        pattern=r"^[!-~]{1,200}$",
        description="your own name for this request: sent again with it, it is done once and answered alike",
    ),
]


@router.post("/reports", status_code=201, response_model=ReportAnswer)
def file_report(
    body: ReportBody, request: Request, actor: ActorDep, site: SiteDep, now: Now, key: IdempotencyKey = None
) -> Response:
    """Report a customer. The answer comes at once: whether it counts, until when, and by which clauses."""
    asked = Asked(actor=actor.id, key=key, request=f"POST reports {body.model_dump_json()}") if key else None
    with site.write_session() as session:
        if asked and (before := answer_to(session, asked)):
            status, said = before
            return _json(said, status=status, headers={"Idempotent-Replay": "true"})
        said = _filed(session, body, site=site, actor=actor, now=now, language=language_of(request))
        if asked:
            remember(session, asked, status=201, answer=said, at=now)
    return _json(said, status=201, headers={})


@router.post("/reports/{seq}/withdrawal", status_code=201)
def withdraw(body: WithdrawalBody, seq: SeqPath, actor: ActorDep, site: SiteDep, now: Now) -> Recorded:
    """Take a report back: it counts no more."""
    with site.write_session() as session:
        one = own_report(session, actor, seq)
        return Recorded(entry=withdraw_report(session, one, reason=body.reason, at=now, by=actor.id))


def _filed(
    session: WriteSession, body: ReportBody, *, site: Site, actor: Actor, now: datetime, language: Language
) -> str:
    if body.at is not None:
        only_desk(actor, field="at")
    reporter = reporter_of(session, actor, body.by)
    per_day = site.settings.reports_per_day
    if reports_left(session, reporter, at=now, zone=ZoneInfo(site.settings.time_zone), per_day=per_day) < 1:
        raise ApiError(429, "report_cap", params={"count": per_day})
    new = NewReport(**{**dict(body), "by": reporter, "at": happened(body.at, now)})
    [one] = file_reports(session, [new], at=now, by=actor.id)
    policy = policy_in_force(session, site.policy_texts, site.settings.policy, now).policy
    verdict = verdict_on(session, one, policy, now=now)
    return ReportAnswer(
        report=one.seq,
        customer=said_in(one)["person"],
        state=verdict.state,
        protected=verdict.protection.holds,
        valid_until=verdict.protection.last_day,
        conflict=verdict.conflict,
        duplicate=verdict.duplicate,
        late=verdict.late,
        because=because(verdict, language),
    ).model_dump_json()


def _json(said: str, *, status: int, headers: dict[str, str]) -> Response:
    return Response(said, status_code=status, media_type="application/json", headers=headers)
