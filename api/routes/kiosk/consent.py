"""The notice, a yes to it, a no, and taking the yes back: each as easy as the other."""

from __future__ import annotations

import re
from hashlib import sha256
from uuid import uuid4
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from pydantic import Field, model_validator

from api.access.roles import PREFIX, Role
from api.deps import ActorDep, Now, SiteDep
from api.errors import ApiError
from api.routes.arrivals.board import ArrivalId
from api.routes.kiosk.acting import no_guessing, picked, shown, somebody
from api.schemas import Body, Line, PersonId, PhoneText, Recorded, Row
from models.desk.checkin import withdraw_by_phone
from models.desk.tickets import person_ticket
from models.ledger.append import append
from models.ledger.kinds import Refused
from models.people import Agreement, Notice, record_consent, withdraw_consent
from models.site import Site

router = APIRouter(prefix=PREFIX, tags=["kiosk"])

WRITTEN_IN = {"zh": re.compile(r"[\u4e00-\u9fff]"), "en": re.compile(r"[A-Za-z]+ [A-Za-z]+ [A-Za-z]+")}


class NoticeRow(Row):
    """The notice as it is now: its whole text, version, the hash (SHA-256) of the text, the languages it holds."""

    text: str
    version: str = Field(examples=["1"])
    sha256: str
    languages: list[str] = Field(examples=[["zh", "en"]])


class Consent(Body):
    """A yes of whoever checked in (``token``), or stands at the desk (``person``), to the notice of this version, as it
    was shown (``notice_sha256``). A ``minor`` is under 14: the guardian consents, by name."""

    token: Line | None = Field(None, description="of their check-in at this kiosk")
    person: PersonId | None = None
    notice_version: Line = Field(examples=["1"])
    notice_sha256: str = Field(
        pattern=r"^[0-9a-f]{64}$",
        description="of the text that was shown: the version may stay when the text is edited",
        examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
    )
    minor: bool = Field(description="under 14")
    guardian: Line | None = Field(None, examples=["王建国"])

    @model_validator(mode="after")
    def _one_of_them(self) -> Consent:
        if (self.token is None) == (self.person is None):
            raise ValueError("give a token or a person, one of them")
        if self.guardian is not None and not self.minor:
            raise ValueError("a guardian consents for somebody under 14 only")
        return self


class Receipt(Row):
    """The visitor's copy: ``reference`` names the consent, ``withdrawal_qr`` is the text of the code that takes it
    back."""

    consent: str
    reference: str = Field(examples=["K20260301-1f0c9a2b"])
    notice_version: str
    notice_sha256: str
    withdrawal_qr: str


class Refusal(Body):
    """A no to the notice, or a child under 14 without a guardian (``minor``); who it is is not asked. ``arrival``:
    whose pictures are not to wait any longer."""

    arrival: ArrivalId | None = None
    minor: bool = Field(False, description="under 14: nothing of them is kept")


class Withdrawal(Body):
    """Who takes their consent back: by ticket, by the token of their check-in, by phone, or at the desk by id. A phone
    is enough, as it is to check in and consent; whose it is, is taken back for all who have it."""

    qr: Line | None = Field(None, description="text of the scanned QR code")
    token: Line | None = Field(None, description="of their check-in at this kiosk")
    phone: PhoneText | None = Field(None, examples=["13800138000"])
    person: PersonId | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Withdrawal:
        if sum(one is not None for one in (self.qr, self.token, self.phone, self.person)) != 1:
            raise ValueError("give a qr, a token, a phone or a person, one of them")
        return self


@router.get("/kiosk/notice")
def kiosk_notice(site: SiteDep) -> NoticeRow:
    """The notice to be shown before anybody is asked for consent."""
    return _notice(site)


@router.post("/kiosk/consent", status_code=201)
def give_consent(body: Consent, actor: ActorDep, site: SiteDep, now: Now) -> Receipt:
    """Record a consent. 409 `notice_changed` when the notice is another by now, 422 `guardian_needed` for a child
    without a guardian: then tell it to `/kiosk/refusal`."""
    notice = _notice(site)
    if (body.notice_version, body.notice_sha256) != (notice.version, notice.sha256):
        raise ApiError(409, "notice_changed", field="notice_version")
    if body.minor and body.guardian is None:
        raise ApiError(422, "guardian_needed", field="guardian")
    reference = f"K{now.astimezone(ZoneInfo(site.settings.time_zone)):%Y%m%d}-{uuid4().hex[:8]}"
    agreement = Agreement(
        reference=reference,
        mode=site.settings.consent_mode,
        notice=Notice(version=notice.version, sha256=notice.sha256),
        how="kiosk" if actor.role is Role.KIOSK else "desk",
        guardian=body.guardian,
    )
    with site.write_session() as session:
        person = somebody(session, actor, token=body.token, person=body.person, at=now)
        consent = record_consent(session, person, agreement, at=now, by=actor.id)
        ticket = person_ticket(session, person)
    return Receipt(
        consent=consent,
        reference=reference,
        notice_version=notice.version,
        notice_sha256=notice.sha256,
        withdrawal_qr=ticket,
    )


@router.post("/kiosk/refusal", status_code=201)
def refuse_consent(body: Refusal, actor: ActorDep, site: SiteDep, now: Now) -> Recorded:
    """Record a no. It changes nothing for the visitor: every other way to check in is open."""
    notice = _notice(site)
    with site.write_session() as session:
        picked(session, actor, body.arrival, now)
        refused = Refused(
            at=now,
            arrival=body.arrival,
            how="kiosk" if actor.role is Role.KIOSK else "desk",
            notice_version=notice.version,
            notice_sha256=notice.sha256,
            minor=body.minor,
        )
        return Recorded(entry=append(session, [refused], at=now, by=actor.id)[-1].seq)


@router.post("/kiosk/withdrawal", status_code=204)
def take_consent_back(body: Withdrawal, actor: ActorDep, site: SiteDep, now: Now) -> None:
    """End every consent of somebody; templates go at once. The answer is the same whether there was one or not."""
    with site.write_session() as session:
        if body.phone is not None:
            no_guessing(actor, now)
            withdraw_by_phone(session, body.phone, at=now, by=actor.id)
            return
        if body.qr is not None:
            ticket = shown(session, actor, body.qr, at=now)
            if ticket.kind == "visit" and actor.role is Role.KIOSK:  # the agent who reported the visit has it too
                raise ApiError(422, "bad_ticket", field="qr")
            person = ticket.person
        else:
            person = somebody(session, actor, token=body.token, person=body.person, at=now)
        withdraw_consent(session, person, at=now, by=actor.id)


def _notice(site: Site) -> NoticeRow:
    """The text as it is now, with the hash of exactly that text. Raises ``SiteError`` when it is missing."""
    site.notice()
    content = (site.folder / site.settings.notice).read_bytes()
    text = content.decode()
    return NoticeRow(
        text=text,
        version=site.settings.notice_version,
        sha256=sha256(content).hexdigest(),
        languages=[language for language, mark in WRITTEN_IN.items() if mark.search(text)],
    )
