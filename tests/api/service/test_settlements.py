"""结佣 over HTTP: months, closing them, files, and whose they are."""

from __future__ import annotations

import csv
import io
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction

import openpyxl
import pytest
from fastapi import FastAPI
from httpx2 import Response
from starlette.testclient import TestClient

from api.access.roles import Role
from attribution.entries import Confirm, Deal, Dispute, Rule
from models.erase import erase
from models.ledger.append import append
from models.ledger.kinds import Retracted
from models.ledger.read import entries_of_kind
from models.site import DATABASE_FILE, Site
from tests.api.service.conftest import Client, Clock
from tests.api.service.reporters import party
from tests.models.builders import FOUNDED
from tests.models.somebody import CUSTOMER, Somebody, stored

PLACE = "/api/v1/settlements"
SOLD = FOUNDED + timedelta(days=9)
MARCH = {"month": "2026-03"}
OURS = {"month": "2026-03", "distributor": "贝壳"}


@dataclass(frozen=True, kw_only=True)
class Sale:
    """A flat sold to ``customer``, whom two agents share."""

    customer: str
    ours: str
    theirs: str
    deal: int
    ruling: int


@pytest.fixture
def sale(office: Site) -> Sale:
    customer = stored(office, CUSTOMER)
    ours = stored(office, Somebody(name="李明", distributor="贝壳"))
    theirs = stored(office, Somebody(name="赵强", distributor="链家"))
    settled = {ours: Fraction(1, 3), theirs: Fraction(2, 3)}
    with office.write_session() as session:
        *_, ruling, deal = append(
            session,
            [
                Confirm(do="confirm", at=FOUNDED, person=customer, by=ours, name="王小姐", phone="13800138000"),
                Rule(do="rule", at=SOLD, person=customer, to=settled, by="manager"),
                Deal(do="deal", at=SOLD, person=customer),
            ],
            at=SOLD,
            by="test",
        )
    return Sale(customer=customer, ours=ours, theirs=theirs, deal=deal.seq, ruling=ruling.seq)


@pytest.fixture
def april(clock: Clock) -> None:
    clock.now = FOUNDED + timedelta(days=32)


@pytest.fixture
def manager(april: None, client: Client) -> TestClient:
    return client(Role.MANAGER)


@pytest.fixture
def liaison(april: None, service: FastAPI, office: Site) -> Callable[[str], TestClient]:
    def of(distributor: str) -> TestClient:
        login = f"liaison.{len(distributor)}.x"
        somebody = party(service, office, login, role=Role.LIAISON, distributor=distributor)
        somebody.sign_in()
        return somebody.asking

    return of


def refusal(told: Response) -> tuple[int, str]:
    return told.status_code, told.json()["error"]["code"]


def test_a_month_is_told_by_distributor_with_exact_shares(manager: TestClient, sale: Sale) -> None:
    told = manager.get(PLACE, params=MARCH).json()
    assert (told["over"], told["open"]) == (True, [])
    assert [(one["distributor"], one["total"], one["decimal"], one["differs"]) for one in told["statements"]] == [
        ("贝壳", "1/3", 0.333333, True),
        ("链家", "2/3", 0.666667, True),
    ]
    [line] = told["statements"][0]["lines"]
    assert (line["customer"], line["claimant_name"], line["share"], line["decision"]) == ("王芳", "李明", "1/3", None)
    assert line["clauses"] == ["1.1.4", "3.4"]


def test_a_closed_month_is_closed_again_only_with_what_has_changed(
    manager: TestClient, office: Site, sale: Sale
) -> None:
    first = manager.post(f"{PLACE}/close", json=OURS)
    assert first.status_code == 201
    assert refusal(manager.post(f"{PLACE}/close", json=OURS)) == (409, "nothing_to_correct")
    with office.write_session() as session:
        undone = Retracted(at=SOLD, person=sale.customer, reason="mistyped", undoes=sale.ruling)
        again = Rule(do="rule", at=SOLD, person=sale.customer, to={sale.ours: Fraction(1)}, by="manager")
        append(session, [undone, again], at=SOLD, by="test")
    assert manager.get(PLACE, params=OURS).json()["statements"][0]["differs"] is True
    second = manager.get(f"{PLACE}/{manager.post(f'{PLACE}/close', json=OURS).json()['entry']}").json()
    assert [(line["share"], line["void"]) for line in second["lines"]] == [("1/3", True), ("1", False)]
    assert (second["number"], second["total"]) == (2, "2/3")
    assert manager.get(f"{PLACE}/{first.json()['entry']}").json()["total"] == "1/3"  # what was closed stays
    sheet = manager.get(f"{PLACE}/{second['entry']}.csv").content.decode("utf-8-sig")
    void, _ = list(csv.DictReader(io.StringIO(sheet)))
    assert (void["类别"], void["份额"], void["份额（小数）"]) == ("作废", "\u22121/3", "-0.333333")  # one sign


def test_a_customer_whom_nobody_named_to_the_liaison_is_not_called_erased(
    manager: TestClient, liaison: Callable[[str], TestClient], office: Site, sale: Sale
) -> None:
    def customers(asking: TestClient) -> set[str]:
        sheet = asking.get(f"{PLACE}/preview.csv", params=OURS).content.decode("utf-8-sig")
        return {line["客户"] for line in csv.DictReader(io.StringIO(sheet))}

    with closing(sqlite3.connect(office.folder / DATABASE_FILE)) as database, database:
        database.execute("DELETE FROM particular")  # their agents gave no name
    ours = liaison("贝壳")
    assert (customers(ours), customers(manager)) == ({""}, {"王芳"})
    erase(office, [sale.customer], reason="request", at=SOLD, by="test")
    assert customers(ours) == customers(manager) == {"（已删除）"}


def test_a_month_that_runs_is_previewed_and_not_closed(client: Client, clock: Clock, sale: Sale) -> None:
    clock.now = SOLD + timedelta(days=1)
    manager = client(Role.MANAGER)
    assert manager.get(PLACE, params=MARCH).json()["over"] is False
    assert refusal(manager.post(f"{PLACE}/close", json=OURS)) == (409, "month_not_over")


def test_a_contested_deal_waits_for_a_ruling(
    manager: TestClient, liaison: Callable[[str], TestClient], office: Site, sale: Sale
) -> None:
    with office.write_session() as session:
        append(session, [Dispute(do="dispute", at=SOLD, person=sale.customer, by=sale.theirs)], at=SOLD, by="test")
    told = manager.get(PLACE, params=MARCH).json()
    assert ([one["deal"] for one in told["open"]], told["statements"]) == ([sale.deal], [])
    assert [one["deal"] for one in liaison("贝壳").get(PLACE, params=MARCH).json()["open"]] == [sale.deal]
    assert liaison("链家地产").get(PLACE, params=MARCH).json()["open"] == []  # never dealt with the customer
    assert manager.get(PLACE, params={**MARCH, "distributor": "nobody"}).json()["open"] == []


def test_a_liaison_reads_their_own_and_by_the_name_their_agents_gave(
    manager: TestClient, liaison: Callable[[str], TestClient], sale: Sale
) -> None:
    ours, theirs = liaison("贝壳"), liaison("链家公司")
    entry = manager.post(f"{PLACE}/close", json=OURS).json()["entry"]
    [statement] = ours.get(PLACE, params=MARCH).json()["statements"]
    assert (statement["distributor"], statement["lines"][0]["customer"]) == ("贝壳", "王小姐")
    assert ours.get(f"{PLACE}/{entry}.csv").status_code == 200
    assert "赵强" not in ours.get(PLACE, params=MARCH).text
    assert theirs.get(PLACE, params=OURS).json()["statements"] == []
    for place in (f"{PLACE}/{entry}", f"{PLACE}/{entry}.pdf"):
        assert refusal(theirs.get(place)) == (404, "not_found")
    assert refusal(theirs.get(f"{PLACE}/preview.csv", params=OURS)) == (404, "not_found")
    assert refusal(ours.post(f"{PLACE}/close", json=OURS)) == (403, "forbidden")


@pytest.mark.parametrize("role", [Role.AGENT, Role.RECEPTION, Role.ADMIN, Role.KIOSK, Role.PRIVACY])
def test_others_read_no_settlements(april: None, client: Client, role: Role) -> None:
    assert refusal(client(role).get(PLACE, params=MARCH)) == (403, "forbidden")


def test_files_of_a_closed_settlement(manager: TestClient, sale: Sale) -> None:
    entry = manager.post(f"{PLACE}/close", json=OURS).json()["entry"]
    sheet = manager.get(f"{PLACE}/{entry}.csv")
    assert sheet.headers["content-disposition"] == f'attachment; filename="settlement-{entry}.csv"'
    assert sheet.content.startswith(b"\xef\xbb\xbf")
    [line] = list(csv.DictReader(io.StringIO(sheet.content.decode("utf-8-sig"))))
    assert (line["客户"], line["份额"], line["份额（小数）"], line["类别"]) == ("王芳", "1/3", "0.333333", "应结")
    book = openpyxl.load_workbook(io.BytesIO(manager.get(f"{PLACE}/{entry}.xlsx").content))
    head, row = list(book.worksheets[0].iter_rows(values_only=True))
    assert row[head.index("份额（小数）")] == pytest.approx(1 / 3, abs=1e-6)
    paper = manager.get(f"{PLACE}/{entry}.pdf")
    assert (paper.headers["content-type"], paper.content[:5]) == ("application/pdf", b"%PDF-")


def test_a_preview_as_a_file_is_told_in_the_language_asked_for(manager: TestClient, sale: Sale) -> None:
    told = manager.get(f"{PLACE}/preview.csv", params=OURS, headers={"Accept-Language": "en"})
    assert next(iter(csv.DictReader(io.StringIO(told.content.decode("utf-8-sig")))))["customer"] == "王芳"


def test_a_name_that_looks_like_a_formula_is_text_in_the_sheet(manager: TestClient, office: Site) -> None:
    customer = stored(office, Somebody(name='=HYPERLINK("http://x")', role="customer", distributor=None))
    ours = stored(office, Somebody(distributor="贝壳"))
    with office.write_session() as session:
        ruling = Rule(do="rule", at=SOLD, person=customer, to={ours: Fraction(1)}, by="manager")
        append(session, [ruling, Deal(do="deal", at=SOLD, person=customer)], at=SOLD, by="test")
    told = manager.get(f"{PLACE}/preview.csv", params=OURS).content.decode("utf-8-sig")
    [line] = list(csv.DictReader(io.StringIO(told)))
    assert line["客户"].startswith("'=")
    book = openpyxl.load_workbook(io.BytesIO(manager.get(f"{PLACE}/preview.xlsx", params=OURS).content))
    assert {cell.data_type for cell in book.worksheets[0][2]} <= {"s", "n"}  # never "f"


@pytest.mark.parametrize(
    "body",
    [
        {"month": "2026-13", "distributor": "贝壳"},  # no such month
        {"month": "2026-03\n", "distributor": "贝壳"},
        {"month": "2026-03", "distributor": "a\x00b"},  # a zero byte
        {"month": "2026-03", "distributor": " "},
        {"month": "2026-03", "distributor": "贝壳", "share": 1},  # unknown field
    ],
)
def test_what_cannot_be_closed_is_refused(manager: TestClient, body: dict[str, object]) -> None:
    assert refusal(manager.post(f"{PLACE}/close", json=body)) == (422, "invalid")


@pytest.mark.parametrize("name", ["'; DROP TABLE ledger; --", "{{7*7}}", "<script>", "%s"])
def test_a_strange_distributor_has_nothing_to_settle(manager: TestClient, sale: Sale, name: str) -> None:
    body = {"month": "2026-03", "distributor": name}
    assert refusal(manager.post(f"{PLACE}/close", json=body)) == (409, "nothing_to_correct")
    assert manager.get(PLACE, params=body).json()["statements"] == []


def test_an_entry_that_is_no_settlement_is_not_found(manager: TestClient, sale: Sale) -> None:
    assert refusal(manager.get(f"{PLACE}/{sale.deal}")) == (404, "not_found")
    assert refusal(manager.get(f"{PLACE}/999999.pdf")) == (404, "not_found")
    assert refusal(manager.get(f"{PLACE}/{sale.deal}.exe")) == (422, "invalid")


def test_a_refused_closing_leaves_nothing_on_record(manager: TestClient, office: Site, sale: Sale) -> None:
    manager.post(f"{PLACE}/close", json={"month": "2026-03", "distributor": "nobody"})
    with office.read_session() as session:
        assert list(entries_of_kind(session, "settlement", "decision")) == []
