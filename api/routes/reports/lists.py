"""Reports as they stand."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request

from api.access.roles import DESK, PREFIX
from api.access.rows import sight_of
from api.deps import ActorDep, Listed, Now, PageDep, SiteDep
from api.messages import language_of
from api.routes.reports.bodies import Candidate, ReportDetail, ReportRow, because, row
from api.routes.reports.own import own_report
from api.schemas import SeqPath
from models.desk.reports import Filed, filed, reports_of
from models.desk.verdicts import ReportState, verdict_on, verdicts_on
from models.people import people_with_phone
from models.policies import policy_in_force
from models.session import ReadSession
from models.site import Site

router = APIRouter(prefix=PREFIX, tags=["reports"])


@router.get("/reports")
def list_reports(
    actor: ActorDep,
    site: SiteDep,
    now: Now,
    page: PageDep,
    state: Annotated[ReportState | None, Query(description="only reports that have come to this")] = None,
) -> Listed[ReportRow]:
    """Reports, the newest first: one's own, or everybody's at the desk. With ``state`` a page holds those of its
    stretch that fit, which may be none: go on while there is a ``next``."""
    with site.read_session() as session:
        sight = sight_of(session, actor)
        reporters = None if sight.everything else sight.claimants
        found = reports_of(session, reporters, before=page.before, limit=page.limit + 1)
        shown = found[: page.limit]
        policy = policy_in_force(session, site.policy_texts, site.settings.policy, now).policy
        verdicts = verdicts_on(session, shown, policy, now=now)
        rows = [
            row(one, verdict, actor=actor, today=_today(site, now))
            for one, verdict in zip(filed(session, shown), verdicts, strict=True)
            if state in (None, verdict.state)
        ]
    return Listed(items=rows, next=shown[-1].seq if len(found) > page.limit else None)


@router.get("/reports/{seq}")
def one_report(seq: SeqPath, request: Request, actor: ActorDep, site: SiteDep, now: Now) -> ReportDetail:
    """A report, what it has come to, and why; for the desk also who else has the phone."""
    with site.read_session() as session:
        found = own_report(session, actor, seq)
        policy = policy_in_force(session, site.policy_texts, site.settings.policy, now).policy
        verdict = verdict_on(session, found, policy, now=now)
        [one] = filed(session, [found])
        told = row(one, verdict, actor=actor, today=_today(site, now))
        return ReportDetail(
            **dict(told),
            reason=one.reason,
            because=because(verdict, language_of(request)),
            candidates=_candidates(session, one) if actor.role in DESK else None,
        )


def _candidates(session: ReadSession, one: Filed) -> list[Candidate]:
    if one.phone is None:
        return []
    found = people_with_phone(session, one.phone)
    return [
        Candidate(id=who.id, name=who.name, role=who.role, last4=who.phones, certain=certain)
        for certain, people in ((True, found.certain), (False, found.possible))
        for who in people
        if who.id != one.person
    ]


def _today(site: Site, now: datetime) -> date:
    return now.astimezone(ZoneInfo(site.settings.time_zone)).date()
