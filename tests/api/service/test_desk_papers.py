"""Scanned papers: kept sealed, looked at with a reason, gone with their person."""

from __future__ import annotations

from hashlib import sha256

import pytest
from httpx2 import Response
from sqlalchemy import select

from api.access.roles import Role
from models.desk.records import Paper
from models.erase import erase
from models.site import DATABASE_FILE, Site
from tests.api.service.conftest import Client, Clock
from tests.api.service.desk import Desk, people_of, refusal
from tests.models.desk.scanned import document, picture, png, with_object

RELATED = {"person": "p1", "to": "p2", "as": "spouse", "verified": True}


@pytest.fixture
def desk(client: Client, office: Site) -> Desk:
    return Desk(office=office, asking=client(Role.RECEPTION), people=people_of(office))


@pytest.fixture
def relation(desk: Desk) -> int:
    """The number of a relation's entry."""
    return desk.put("/relations", RELATED)


def scan(desk: Desk, relation: int, content: bytes, name: str = "scan.jpg", kind: str = "image/jpeg") -> Response:
    return desk.asking.post(f"/api/v1/relations/{relation}/papers", files={"file": (name, content, kind)})


def test_a_paper_is_kept_sealed_on_record_by_its_hash_and_seen_with_a_reason(desk: Desk, relation: int) -> None:
    content = document("marriage certificate 12345")
    before = desk.entries
    told = scan(desk, relation, content)
    row = told.json()
    assert told.status_code == 201
    assert (row["media_type"], row["size_bytes"]) == ("application/pdf", len(content))
    assert (desk.entries, desk.entry(before + 1).kind) == (before + 1, "paper")
    assert desk.payload(before + 1)["sha256"] == row["sha256"] == sha256(content).hexdigest()
    assert content[:200] not in (desk.office.folder / DATABASE_FILE).read_bytes()
    assert desk.asking.get(f"/api/v1/relations/{relation}/papers").json()["items"] == [row]
    seen = desk.post(f"/papers/{row['id']}/view", {"reason": "checking the relation"})
    assert (seen.status_code, seen.content) == (200, content)
    assert seen.headers["content-type"] == "application/pdf"
    assert seen.headers["content-disposition"].startswith("attachment; ")
    assert seen.headers["x-content-type-options"] == "nosniff"
    looked = desk.payload(before + 2)
    assert (looked["what"], looked["reason"]) == (f"paper {row['id']}", "checking the relation")


def test_a_files_name_and_claimed_type_mean_nothing(desk: Desk, relation: int) -> None:
    names = ("../../../etc/passwd", "a\x00b.jpg", "<script>.png", "x" * 500, "人.exe", "\\\\x\\y")
    for grey, name in enumerate(names):
        told = scan(desk, relation, picture("PNG", grey=grey), name, "text/html")
        assert (told.status_code, told.json()["media_type"]) == (201, "image/png")
        assert name not in told.text
        seen = desk.post(f"/papers/{told.json()['id']}/view", {"reason": "checking"})
        assert seen.headers["content-disposition"] == f'attachment; filename="paper-{told.json()["id"][:8]}.png"'


def test_of_a_photographed_paper_the_picture_alone_is_kept_and_hashed(desk: Desk, relation: int) -> None:
    whole = picture("JPEG")
    row = scan(desk, relation, whole + picture("JPEG", (16, 12)) + b"MotionPhoto_Data").json()
    assert (row["size_bytes"], row["sha256"]) == (len(whole), sha256(whole).hexdigest())
    assert desk.post(f"/papers/{row['id']}/view", {"reason": "checking"}).content == whole
    assert refusal(scan(desk, relation, whole))[:2] == (409, "conflict")  # the same paper


def test_what_is_no_paper_is_refused_and_nothing_is_recorded(desk: Desk, relation: int) -> None:
    before = desk.entries
    for content, status, code in [
        (b"", 415, "unsupported_type"),
        (b"GIF89a" + bytes(50), 415, "unsupported_type"),
        (png(wide=30_000, tall=30_000), 422, "paper_refused"),
        (picture("JPEG")[:-2] + b"PK", 422, "paper_refused"),
        (with_object(b"<< /S /JavaScript >>"), 422, "paper_refused"),
        (document() + bytes(8_000_000), 422, "paper_refused"),
        (bytes(10_000_001), 413, "too_large"),  # refused unread
    ]:
        assert refusal(scan(desk, relation, content))[:2] == (status, code)
    assert desk.entries == before


def test_a_form_that_is_none_is_refused(desk: Desk, relation: int) -> None:
    path = f"/api/v1/relations/{relation}/papers"
    form = {"content-type": "multipart/form-data; boundary=x"}
    for told, wanted in [
        (desk.asking.post(path, json={"file": "x"}), (415, "unsupported_type")),
        (desk.asking.post(path), (415, "unsupported_type")),
        (desk.asking.post(path, content=b"no form", headers=form), (400, "bad_request")),
        (desk.asking.post(path, content=b"x", headers={"content-type": "multipart/form-data"}), (400, "bad_request")),
        (desk.asking.post(path, files={"other": ("x", picture())}), (422, "invalid")),
        (desk.asking.post(path, files=[("file", ("x", picture()))] * 2), (400, "bad_request")),
    ]:
        assert refusal(told)[:2] == wanted


def test_only_a_relation_that_stands_takes_a_paper_and_each_once(desk: Desk, relation: int, client: Client) -> None:
    assert scan(desk, relation, picture()).status_code == 201
    assert refusal(scan(desk, relation, picture()))[:2] == (409, "conflict")
    other = desk.put("/confirmations", {"person": "p1", "by": "a1"})
    assert refusal(scan(desk, other, picture()))[:2] == (409, "conflict")
    assert refusal(scan(desk, 99_999, picture()))[:2] == (404, "not_found")
    assert refusal(desk.asking.get(f"/api/v1/relations/{other}/papers"))[:2] == (404, "not_found")
    taken_back = client(Role.MANAGER).post("/api/v1/retractions", json={"entry": relation, "reason": "mistake"})
    assert taken_back.status_code == 201
    assert refusal(scan(desk, relation, picture(grey=1)))[:2] == (409, "conflict")


def test_a_look_without_a_reason_is_none(desk: Desk, relation: int) -> None:
    paper = scan(desk, relation, picture()).json()["id"]
    before = desk.entries
    for reason in ("", "   ", "a\x00b", "call 13800138000", "of 138***38000", "of 138 0013 8000"):
        assert refusal(desk.post(f"/papers/{paper}/view", {"reason": reason})) == (422, "invalid", "reason")
    assert refusal(desk.post(f"/papers/{'0' * 32}/view", {"reason": "checking"}))[:2] == (404, "not_found")
    assert refusal(desk.post("/papers/..%2fx/view", {"reason": "checking"}))[0] in (404, 422)
    assert desk.entries == before


@pytest.mark.parametrize("who", ["p1", "p2"])
def test_papers_go_with_either_of_the_two_they_are_about(desk: Desk, relation: int, clock: Clock, who: str) -> None:
    paper = scan(desk, relation, picture()).json()["id"]
    wiped = erase(desk.office, [getattr(desk.people, who)], reason="request", at=clock.now, by="test")
    assert wiped.receipts[0].removed["paper"] == 1
    with desk.office.read_session() as session:
        assert session.scalars(select(Paper.id)).all() == []
    assert refusal(desk.post(f"/papers/{paper}/view", {"reason": "checking"}))[:2] == (404, "not_found")
    assert refusal(scan(desk, relation, picture(grey=1)))[:2] == (410, "erased")
