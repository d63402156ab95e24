"""What is decided about a customer, and why. A machine proposes; a person closes what pays money (PIPL art. 24)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, Field

from api.access.roles import PREFIX
from api.access.rows import Sight, require_customer, theirs_since
from api.deps import SKEW, ActorDep, Listed, Now, PageDep, SiteDep
from api.errors import ApiError
from api.routes.customers.words import in_words
from api.schemas import PersonId, PersonPath, Row, Seq, When
from attribution.decision import Decision, Sentence, Shares
from models.decisions import StoredDecision, decide_now, decisions_of
from models.desk.claimants import names_of
from models.desk.customers import Asked, ask
from models.session import ReadSession
from models.site import Site

router = APIRouter(prefix=PREFIX, tags=["customers"])

Share = Annotated[str, Field(examples=["1/2"], description="an exact fraction")]


class Verdict(Row):
    """Whose the customer is: exact shares by claimant, null where a person must rule (`review`). Agents and liaisons
    see their own share, and those of others together as `another`; no ``hash``, which whoever guesses could try the
    others' names on, and nothing that was decided before the customer was theirs."""

    policy: str
    version: str
    status: Literal["decided", "review"]
    credit: dict[str, Share] | None
    commission: dict[str, Share] | None
    report: Literal["accepted", "rejected", "expired"] | None
    arrival: Literal["natural", "reported"] | None
    next_turn: bool | None
    fine: int | None
    clauses: list[str]
    hash: str | None


class DecisionNow(Verdict):
    """A decision as it is computed, ``at`` now or an instant. ``closed_by_person``: it follows a person's ruling;
    otherwise it is a machine's proposal, contested by opening a dispute."""

    person: PersonId
    at: AwareDatetime
    closed_by_person: bool


class StoredRow(Verdict):
    """Version ``number`` of the decision, entry ``entry``, made on what was on record up to entry ``upto``. With a
    ``deal`` (its entry) it says whose that deal was, and nothing of whose the customer is now."""

    entry: Seq
    number: int
    at: AwareDatetime
    upto: int
    deal: Seq | None


class Told(Row):
    """An entry in plain words."""

    entry: Seq
    zh: str
    en: str


class Why(Row):
    """One step of the argument: the clause, its sentence, the entries it rests on (``withheld`` so many that are
    another's), and what would have changed it, as a condition (Chinese: 若…)."""

    number: int
    clause: str
    zh: str
    en: str
    entries: list[Told]
    withheld: int
    otherwise: Sentence | None


class Explanation(DecisionNow):
    """A decision with its argument."""

    reasons: list[Why]


Instant = Annotated[When | None, Query(description="as it stood at this instant; left out: now")]


@router.get("/customers/{person}/decision")
def show_decision(person: PersonPath, actor: ActorDep, site: SiteDep, now: Now, at: Instant = None) -> DecisionNow:
    """What is decided about a customer, now or as it stood at an instant; computed, not stored."""
    with site.read_session() as session:
        sight = require_customer(session, actor, person)
        return decision_now(_ask(session, site, person, now, at, sight), sight, person, at or now)


@router.post("/customers/{person}/decision", status_code=201)
def decide_customer(person: PersonPath, actor: ActorDep, site: SiteDep, now: Now) -> StoredRow:
    """Decide and put the decision on record, if it differs from the last one; the version that stands."""
    with site.write_session() as session:
        sight = require_customer(session, actor, person)
        stored = decide_now(
            session, person, texts=site.policy_texts, settings_policy=site.settings.policy, at=now, by=actor.id
        )
    return _stored(stored, sight)


@router.get("/customers/{person}/decisions")
def list_decisions(person: PersonPath, page: PageDep, actor: ActorDep, site: SiteDep) -> Listed[StoredRow]:
    """Every version of the decision on record, the newest first."""
    with site.read_session() as session:
        sight = require_customer(session, actor, person)
        since = theirs_since(session, sight, person)
        stored = [one for one in decisions_of(session, person, site.policy_texts) if not since or one.seq > since.seq]
    newest = [one for one in reversed(stored) if page.before is None or one.seq < page.before][: page.limit]
    return Listed(
        items=[_stored(one, sight) for one in newest], next=newest[-1].seq if len(newest) == page.limit else None
    )


@router.get("/customers/{person}/explanation")
def explain_decision(person: PersonPath, actor: ActorDep, site: SiteDep, now: Now, at: Instant = None) -> Explanation:
    """Why it is decided so: clauses, what they rest on in plain words, and what would have changed it."""
    with site.read_session() as session:
        sight = require_customer(session, actor, person)
        asked = _ask(session, site, person, now, at, sight)
        reasons = reasons_of(session, asked, sight, ZoneInfo(site.settings.time_zone))
    return Explanation(**decision_now(asked, sight, person, at or now).model_dump(), reasons=reasons)


def decision_now(asked: Asked, sight: Sight, person: str, at: datetime) -> DecisionNow:
    """A computed decision as it may be seen."""
    told = _verdict(asked.decided, sight)
    return DecisionNow(**told, person=person, at=at, closed_by_person=asked.by_a_person)


def _verdict(decision: Decision, sight: Sight) -> dict[str, Any]:
    """The fields of a `Verdict` as they may be seen."""
    return {
        "policy": decision.policy,
        "version": decision.version,
        "status": decision.status,
        "credit": shares_seen(decision.credit, sight),
        "commission": shares_seen(decision.commission, sight),
        "report": decision.report if sight.everything else None,
        "arrival": decision.arrival,
        "next_turn": decision.next_turn if sight.everything else None,
        "fine": decision.fine if sight.everything else None,
        "clauses": list(decision.because),
        "hash": decision.hash if sight.everything else None,
    }


def reasons_of(session: ReadSession, asked: Asked, sight: Sight, zone: ZoneInfo) -> list[Why]:
    """The argument as it may be seen: of the entries those that are theirs, and a ruling, in whose words nobody is
    named."""
    own = {str(one.seq) for one in sight.own(asked.entries)} | {
        one.id for one in asked.timeline.entries if one.do == "rule"
    }
    names = names_of(session, asked.timeline.claimants)

    def called(claimant: str) -> str:
        shown = sight.name(claimant)
        return names.get(shown, shown)

    words = {one.id: in_words(one, zone, called) for one in asked.timeline.entries if one.id in own}
    return [
        Why(
            number=number,
            clause=reason.clause,
            zh=reason.zh,
            en=reason.en,
            entries=[Told(entry=int(one), zh=words[one][0], en=words[one][1]) for one in reason.entries if one in own],
            withheld=sum(one not in own for one in reason.entries),
            otherwise=reason.otherwise,
        )
        for number, reason in enumerate(asked.decided.reasons, start=1)
    ]


def _ask(session: ReadSession, site: Site, person: str, now: datetime, at: datetime | None, sight: Sight) -> Asked:
    if at is not None and at > now + SKEW:
        raise ApiError(422, "future", field="at")
    since = theirs_since(session, sight, person) if at is not None else None
    if at is not None and since is not None and at < since.at:
        raise ApiError(404, "not_found", field="at")
    return ask(session, person, texts=site.policy_texts, settings_policy=site.settings.policy, now=now, at=at)


def _stored(stored: StoredDecision, sight: Sight) -> StoredRow:
    told = _verdict(stored.decision, sight)
    return StoredRow(**told, entry=stored.seq, number=stored.number, at=stored.at, upto=stored.upto, deal=stored.deal)


def shares_seen(shares: Shares | None, sight: Sight) -> dict[str, str] | None:
    """Shares as they may be seen, exact fractions as text."""
    return None if shares is None else {who: str(share) for who, share in sight.shares(shares).items()}
