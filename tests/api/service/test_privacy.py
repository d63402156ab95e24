"""What people may ask about themselves, over HTTP."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from api.access.roles import Role
from attribution.entries import Confirm, Dispute, Report
from models.decisions import decide_now
from models.evidence import add_frames
from models.keys import ensure_key, of_person
from models.ledger.append import append
from models.ledger.kinds import Arrival, Evidence, Viewed
from models.ledger.read import entries_about, entries_of_kind
from models.people import link
from models.site import Site
from tests.api.service.conftest import Client
from tests.models.builders import FOUNDED
from tests.models.somebody import CUSTOMER, DESK, Somebody, photo, stored

NOW = FOUNDED + timedelta(hours=1)
NOBODY = "0" * 32


@pytest.fixture
def officer(client: Client) -> TestClient:
    return client(Role.PRIVACY)


@pytest.fixture
def visitor(office: Site) -> str:
    """A customer who consented, was reported by an agent, came, was filmed, and was decided about."""
    person = stored(office, Somebody(name="王芳", role="customer", distributor=None, phone="13800138000"), [photo("1")])
    agent = stored(office, Somebody(name="李明"))
    with office.write_session() as session:
        owner = of_person(person)
        sealer = ensure_key(session, owner, at=NOW)
        frame = office.frames.write(sealer, b"a picture", arrival="arr-1", owner=owner, at=NOW)
        add_frames(session, [frame], written_at=NOW)
        came = Arrival(
            at=NOW, arrival="arr-1", door="main", direction="in", sigma_s=0.1, status="known", person=person, track=1
        )
        append(
            session,
            [
                Report(do="report", at=FOUNDED, person=person, by=agent, name="王女士", phone="13800138000"),
                came,
                Evidence(at=NOW, arrival="arr-1", frames=((NOW, frame.sha256),)),
                Confirm(do="confirm", at=NOW, person=person, by=agent),
                Viewed(at=NOW, what="arr-1", reason="a dispute", frames=(frame.sha256,)),
                Viewed(at=NOW, what="arr-2", reason="somebody else's", frames=("ab" * 32,)),
            ],
            at=NOW,
            by="test",
        )
        policy = office.settings.policy
        decide_now(session, person, texts=office.policy_texts, settings_policy=policy, at=NOW, by="test")
    return person


def refusal(told: Response) -> tuple[int, str]:
    return told.status_code, told.json()["error"]["code"]


def test_somebody_gets_everything_that_is_held_about_them(officer: TestClient, visitor: str) -> None:
    held = officer.get(f"/api/v1/people/{visitor}/record").json()
    assert (held["name"], held["phones"], held["templates"], held["frames"]) == (
        "王芳",
        ["13800138000"],
        {"toy-1": 1},
        1,
    )
    assert [one["withdrawn_at"] for one in held["consents"]] == [None]
    reported = next(one for one in held["entries"] if one["kind"] == "report")
    assert (reported["facts"]["name"], reported["facts"]["phone"]) == ("王女士", "13800138000")
    assert {"arrival", "confirm", "consent"} <= {one["kind"] for one in held["entries"]}
    assert [one["reason"] for one in held["looks"]] == ["a dispute", "asked for by the person (PIPL 45)"]
    [decision] = held["decisions"]
    assert decision["reasons"][0]["zh"]
    assert set(decision["reasons"][0]["otherwise"]) == {"zh", "en"}


def test_whoever_reads_a_record_is_on_record_themselves(officer: TestClient, office: Site, visitor: str) -> None:
    officer.get(f"/api/v1/people/{visitor}/record", params={"why": "complaint"})
    by = officer.get("/api/v1/me").json()["id"]
    with office.read_session() as session:
        said = json.loads(list(entries_of_kind(session, "view"))[-1].payload)
    assert (said["what"], said["reason"], said["recorded_by"]) == (
        f"record of {visitor}",
        "a complaint of the person",
        f"user:{by}",
    )


def test_a_record_holds_nothing_that_is_another_customers(officer: TestClient, office: Site, visitor: str) -> None:
    other = stored(office, Somebody(name="张伟", role="customer", distributor=None, phone="13900139000"))
    with office.write_session() as session:
        said = Report(do="report", at=NOW, person=other, by="a1", name="张先生", phone="13900139000")
        append(session, [said], at=NOW, by="test")
    told = officer.get(f"/api/v1/people/{visitor}/record").text
    assert not [word for word in ("张伟", "张先生", "13900139000", other) if word in told]


def test_the_copy_comes_as_a_document(officer: TestClient, visitor: str) -> None:
    told = officer.get(f"/api/v1/people/{visitor}/record.pdf")
    assert (told.headers["content-type"], told.content[:5]) == ("application/pdf", b"%PDF-")
    assert visitor not in told.headers["content-disposition"]


def test_an_erasure_is_answered_at_once_and_finished_afterwards(
    officer: TestClient, office: Site, visitor: str
) -> None:
    told = officer.post(f"/api/v1/people/{visitor}/erasure", json={"reason": "request"})
    assert told.status_code == 202
    begun = told.json()
    assert begun["removed"]["template"] == 1
    done = officer.get(f"/api/v1/erasures/{begun['entry']}").json()
    assert (done["found"], done["finished_at"] is not None) == ([], True)
    assert refusal(officer.get(f"/api/v1/people/{visitor}/record")) == (410, "erased")
    assert refusal(officer.post(f"/api/v1/people/{visitor}/withdrawal")) == (410, "erased")
    assert refusal(officer.post(f"/api/v1/people/{visitor}/correction", json={"name": "王芳"})) == (410, "erased")
    again = officer.post(f"/api/v1/people/{visitor}/erasure", json={"reason": "request"})
    assert again.json()["entry"] == begun["entry"]
    with office.read_session() as session:
        assert len(entries_about(session, visitor, "erasure")) == 1


def test_an_erasure_names_the_other_records_and_the_disputes_about_the_person(
    officer: TestClient, office: Site, visitor: str
) -> None:
    other, agent = stored(office, CUSTOMER), stored(office, Somebody(consents=0))
    with office.write_session() as session:
        link(session, visitor, other, how="phone", verified=True, at=FOUNDED, by=DESK)
        said = Dispute(do="dispute", at=FOUNDED, person=visitor, by=agent)
        seq = append(session, [said], at=FOUNDED, by=DESK)[-1].seq
    told = officer.post(f"/api/v1/people/{visitor}/erasure", json={"reason": "request"}).json()
    assert (told["same_human"], told["open_disputes"]) == ([other], [seq])


def test_a_withdrawal_erases_the_templates_and_keeps_the_rest(officer: TestClient, visitor: str) -> None:
    assert officer.post(f"/api/v1/people/{visitor}/withdrawal").json() == {"templates": 1}
    held = officer.get(f"/api/v1/people/{visitor}/record").json()
    assert (held["templates"], held["name"]) == ({}, "王芳")
    assert held["consents"][0]["withdrawn_at"] is not None


def test_a_withdrawal_is_as_easy_at_the_desk(client: Client, visitor: str) -> None:
    assert client(Role.RECEPTION).post(f"/api/v1/people/{visitor}/withdrawal").status_code == 201


def test_a_correction_changes_what_is_stored_and_says_so_without_the_values(
    officer: TestClient, office: Site, visitor: str
) -> None:
    right = {"name": "王方", "phone": "13900139000", "wrong_phone": "13800138000"}
    entry = officer.post(f"/api/v1/people/{visitor}/correction", json=right).json()["entry"]
    held = officer.get(f"/api/v1/people/{visitor}/record").json()
    assert (held["name"], held["phones"]) == ("王方", ["13900139000"])
    with office.read_session() as session:
        [one] = entries_about(session, visitor, "correction")
    assert (one.seq, json.loads(one.payload)["what"]) == (entry, ["name", "phone"])
    assert not [value for value in right.values() if value in one.payload]


@pytest.mark.parametrize(
    "body",
    [
        {},  # nothing to correct
        {"name": " "},
        {"name": "a\x00b"},  # a zero byte
        {"phone": "not a phone"},
        {"phone": "13800138000"},  # stored already
        {"wrong_phone": "13900139000"},  # not theirs
        {"role": "agent"},  # unknown field
    ],
)
def test_a_correction_that_corrects_nothing_is_refused(officer: TestClient, visitor: str, body: dict[str, str]) -> None:
    told = officer.post(f"/api/v1/people/{visitor}/correction", json=body)
    assert refusal(told) == (422, "invalid")
    assert not [value for value in body.values() if len(value) > 3 and value in told.text]


@pytest.mark.parametrize("name", ["'; DROP TABLE person; --", "{{7*7}}", "<script>alert(1)</script>", "%(x)s"])
def test_a_name_is_kept_as_it_is_written(officer: TestClient, visitor: str, name: str) -> None:
    officer.post(f"/api/v1/people/{visitor}/correction", json={"name": name})
    assert officer.get(f"/api/v1/people/{visitor}/record").json()["name"] == name
    assert officer.get(f"/api/v1/people/{visitor}/record.pdf").status_code == 200


@pytest.mark.parametrize(
    ("method", "place", "body"),
    [
        ("GET", "/people/{}/record", None),
        ("GET", "/people/{}/record.pdf", None),
        ("POST", "/people/{}/erasure", {"reason": "request"}),
        ("POST", "/people/{}/withdrawal", None),
        ("POST", "/people/{}/correction", {"name": "王芳"}),
    ],
)
def test_somebody_unknown_is_not_found(
    officer: TestClient, method: str, place: str, body: dict[str, str] | None
) -> None:
    told = officer.request(method, f"/api/v1{place.format(NOBODY)}", json=body)
    assert refusal(told) == (404, "not_found")


@pytest.mark.parametrize("role", [Role.AGENT, Role.LIAISON, Role.MANAGER, Role.RISK, Role.ADMIN, Role.KIOSK])
def test_nobody_but_the_privacy_officer_reads_or_erases(client: Client, visitor: str, role: Role) -> None:
    asking = client(role)
    assert refusal(asking.get(f"/api/v1/people/{visitor}/record")) == (403, "forbidden")
    erasing = asking.post(f"/api/v1/people/{visitor}/erasure", json={"reason": "request"})
    assert refusal(erasing) == (403, "forbidden")


def test_the_meter_counts_people_consents_and_faces(officer: TestClient, office: Site, visitor: str) -> None:
    stored(office, CUSTOMER)
    counted = officer.get("/api/v1/consents").json()
    assert counted == {
        "people": 3, "consents": 3, "withdrawn": 0, "faces": 1, "filing_from": 100_000, "warned": False,
    }  # fmt: skip


def test_the_processing_log_tells_the_newest_first_page_by_page(officer: TestClient, visitor: str) -> None:
    officer.post(f"/api/v1/people/{visitor}/withdrawal")
    officer.post(f"/api/v1/people/{visitor}/erasure", json={"reason": "withdrawal"})
    first = officer.get("/api/v1/processing-log", params={"limit": 2}).json()
    assert [(one["kind"], one["what"]) for one in first["items"]] == [("erasure", visitor), ("withdrawal", visitor)]
    rest = officer.get("/api/v1/processing-log", params={"before": first["next"]}).json()
    assert [one["kind"] for one in rest["items"]] == ["view", "view", "consent", "consent"]
    assert rest["next"] is None
