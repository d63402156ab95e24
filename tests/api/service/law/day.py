"""A day at an office: every kind of act over HTTP about one customer and two agents, with words that stand nowhere
else."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from fastapi import FastAPI
from httpx2 import Response
from starlette.testclient import TestClient

from api.access.roles import Role
from models.evidence import add_frames, frame_key
from models.ledger.append import append
from models.ledger.kinds import Evidence
from models.site import Site
from tests.api.service.conftest import Clock
from tests.api.service.seated import seated
from tests.models.builders import FOUNDED
from tests.models.desk.door import after, came, crossed
from tests.models.desk.scanned import document
from tests.models.somebody import Somebody, stored

API = "/api/v1"
NAME, PHONE, NEW_PHONE = "欧阳明月", "13812345678", "13712345678"
GUARDIAN, WIFE, AGENT = "上官云飞先生", "诸葛青青", "司徒远航"
STATEMENT, PROPOSAL, WITHDRAWN = "陈述里独有的话一二三", "裁定里独有的理由四五六", "撤回报备的缘故七八九"
MERGED, RETRACTED = "合并档案的缘故甲乙丙", "撤销记录的缘故丁戊己"
PAPER = document("marriage certificate of somebody in particular 20260301")
PICTURE = b"\xff\xd8\xff\xe0\x00\x10JFIF the picture of one visitor" + bytes(range(256)) + b"\xff\xd9"
SECOND = (GUARDIAN, STATEMENT, PROPOSAL, WITHDRAWN, MERGED, RETRACTED)
WORDS = (NAME, PHONE, NEW_PHONE, WIFE, AGENT, *SECOND)


def spellings() -> Iterator[bytes]:
    """Everything personal of that day in every way a program may write it."""
    for word in WORDS:
        for encoding in ("utf-8", "utf-16-le", "utf-16-be", "gb18030"):
            written = word.encode(encoding)
            yield written
            yield b64encode(written).rstrip(b"=")[:-1]
        yield word.encode("ascii", "backslashreplace") if not word.isascii() else word.encode()
    yield PAPER[:64]
    yield PAPER[-200:-100]
    yield PICTURE[:40]


@dataclass(kw_only=True)
class Day:
    """Who sits where, and the ids of what was done."""

    service: FastAPI
    office: Site
    clock: Clock
    customer: str = ""
    wife: str = ""
    double: str = ""
    first: str = ""
    second: str = ""
    ids: dict[str, int] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.clock.now = FOUNDED + timedelta(minutes=30)
        self.first = stored(self.office, Somebody(name=AGENT, distributor="贝壳", consents=0))
        self.second = stored(self.office, Somebody(name="赵强", distributor="链家", consents=0))
        self.agent, self.other = self.seat(Role.AGENT, self.first), self.seat(Role.AGENT, self.second)
        self.reception, self.manager = self.seat(Role.RECEPTION), self.seat(Role.MANAGER)
        self.risk, self.officer = self.seat(Role.RISK), self.seat(Role.PRIVACY)

    def seat(self, role: Role, person: str | None = None) -> TestClient:
        return seated(self.service, self.office, role, at=self.clock.now, person=person)

    def post(self, who: TestClient, path: str, body: Mapping[str, object], **headers: str) -> Response:
        self.clock.pass_(seconds=5)
        told = who.post(API + path, json=body, headers=headers)
        assert told.status_code in (200, 201, 202, 204), (path, told.status_code, told.text)
        return told

    def live(self) -> Day:
        """The whole day."""
        self._reported()
        self._at_the_entrance()
        self._at_the_desk()
        self._contested()
        return self

    def _reported(self) -> None:
        said = {"name": NAME, "phone": PHONE, "via": "wechat", "visit_at": "2026-03-01T10:00:00+08:00"}
        told = self.post(self.agent, "/reports", said, **{"Idempotency-Key": "first"}).json()
        self.customer, self.ids["report"] = told["customer"], told["report"]
        self.post(self.other, "/reports", said)
        again = self.post(self.other, "/reports", said).json()["report"]
        self.post(self.other, f"/reports/{again}/withdrawal", {"reason": WITHDRAWN})
        rows = f"姓名,电话\n{WIFE},13612345678\n{NAME},{PHONE}\n".encode("gb18030")
        for mode in ("preview", "valid"):
            self.agent.post(f"{API}/reports/import", files={"file": ("a.csv", rows)}, data={"mode": mode})
        self.texts["qr"] = self.agent.get(f"{API}/reports/{self.ids['report']}/qr.svg").text

    def _at_the_entrance(self) -> None:
        self.clock.now = after(60)
        came(self.office, crossed(1, 0.0), crossed(2, 0.5))
        for arrival in ("main-1", "main-2"):
            self._filmed(arrival)
        shown = self.post(self.reception, "/kiosk/check-in", {"phone": PHONE, "arrival": "main-1"}).json()
        notice = self.office.notice()
        yes = {"token": shown["token"], "notice_version": notice.version, "notice_sha256": notice.sha256}
        yes |= {"minor": True, "guardian": GUARDIAN}
        receipt = self.post(self.reception, "/kiosk/consent", yes).json()
        self.texts |= {"token": shown["token"], "ticket": receipt["withdrawal_qr"]}
        self.post(self.reception, "/kiosk/refusal", {"arrival": "main-2"})
        self.double = self.post(self.reception, "/customers", {"name": NAME, "phone": NEW_PHONE}).json()["id"]
        self.wife = self.post(self.reception, "/customers", {"name": WIFE, "phone": "13612345678"}).json()["id"]

    def _filmed(self, arrival: str) -> None:
        with self.office.write_session() as session:
            owner, sealer = frame_key(session, arrival=arrival, person=None, at=self.clock.now)
            kept = self.office.frames.write(
                sealer, PICTURE + arrival.encode(), arrival=arrival, owner=owner, at=after(0)
            )
            add_frames(session, [kept], written_at=self.clock.now)
            told = Evidence(at=after(0), arrival=arrival, frames=((kept.at, kept.sha256),))
            append(session, [told], at=self.clock.now, by="door:main")
        self.texts[arrival] = kept.sha256

    def _at_the_desk(self) -> None:
        person = {"person": self.customer}
        slip = self.post(self.reception, "/confirmations", {**person, "by": self.first, "name": NAME, "phone": PHONE})
        self.ids["confirm"] = slip.json()["entry"]
        self.reception.get(f"{API}/confirmations/{self.ids['confirm']}.pdf")
        self.post(self.reception, "/follow-ups", {**person, "by": self.first})
        bond = {**person, "to": self.wife, "as": "spouse", "verified": True}
        relation = self.post(self.reception, "/relations", bond).json()["entry"]
        kept = self.reception.post(f"{API}/relations/{relation}/papers", files={"file": ("a.pdf", PAPER)})
        self.texts["paper"] = kept.json()["id"]
        self.post(self.reception, f"/papers/{kept.json()['id']}/view", {"reason": "checking"})
        self.post(self.reception, "/merges", {**person, "to": self.double, "reason": MERGED})
        wrong = self.post(self.reception, "/interactions", {**person, "kind": "call", "name": NAME, "phone": PHONE})
        self.post(self.manager, "/retractions", {"entry": wrong.json()["entry"], "reason": RETRACTED})
        self.post(self.manager, f"/arrivals/main-1/frames/{self.texts['main-1']}", {"reason": "checking"})

    def _contested(self) -> None:
        dispute = self.post(self.other, "/disputes", {"person": self.customer}).json()["entry"]
        self.ids["dispute"] = dispute
        self.post(self.agent, f"/disputes/{dispute}/statements", {"text": STATEMENT})
        self.post(self.manager, f"/disputes/{dispute}/bundle", {})
        ruling = {"to": {self.first: "1"}, "reason": PROPOSAL}
        proposal = self.post(self.manager, f"/disputes/{dispute}/proposal", ruling).json()["entry"]
        self.post(self.risk, f"/disputes/{dispute}/confirmation", {"proposal": proposal, "agrees": True})
        self.post(self.reception, "/deals", {"person": self.customer, "closed_by": self.first})
        self.post(self.manager, f"/customers/{self.customer}/decision", {})
