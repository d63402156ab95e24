"""The evidence of a dispute: what each may see of the door, and what is on record of every look."""

from __future__ import annotations

import io
import json
from datetime import datetime
from pathlib import Path
from zipfile import ZipFile

import pytest

from api.access.roles import Role
from models.bundle import check_bundle
from models.ledger.append import append
from models.ledger.kinds import ClaimantKnown
from models.ledger.read import entries_of_kind
from models.site import Site
from tests.api.service.contested.conftest import DISPUTES, Hearing, Seat, detail, refused
from tests.models.contest import SIGNED, picture


def test_a_party_sees_both_crossings_and_the_order_without_who_the_other_is(hearing: Hearing) -> None:
    told = detail(hearing, hearing.first)
    crossings, orders = told["crossings"], told["orders"]
    seen = [(row["who"], row["arrival"]) for row in crossings if row["arrival"]]
    assert seen == [(hearing.one.first, "arr-1"), ("another", "another"), ("unknown", "arr-3")]
    for row in crossings:
        earliest, at, latest = (datetime.fromisoformat(row[edge]) for edge in ("earliest", "at", "latest"))
        assert at - earliest == latest - at
        assert (at - earliest).total_seconds() == pytest.approx(2 * 0.02, rel=0.03)  # 95 in 100
    assert [(row["first"], row["second"], row["p"], row["verdict"]) for row in orders] == [
        ("arr-1", "another", 0.9999, "before"),
        ("another", "arr-3", 1.0, "before"),
    ]
    assert hearing.one.second not in json.dumps(told)
    assert "赵强" not in json.dumps(told, ensure_ascii=False)


def test_a_party_sees_only_frames_in_which_nobody_else_can_be_recognised(hearing: Hearing, office: Site) -> None:
    assert hearing.frame(hearing.first, "arr-1").content == picture("arr-1")
    assert hearing.frame(hearing.first, "arr-3").content == picture("arr-3")
    assert refused(hearing.frame(hearing.first, "arr-2")) == (404, "not_found")
    told = detail(hearing, hearing.first)
    frames = told["frames"]
    assert ([row["arrival"] for row in frames], told["withheld"]) == (["arr-1", "arr-3"], 1)
    with office.read_session() as session:
        seen = [json.loads(one.payload) for one in entries_of_kind(session, "view")]
    assert [one["frames"] for one in seen] == [[hearing.one.frames[arrival].sha256] for arrival in ("arr-1", "arr-3")]
    assert {(one["what"], one["reason"]) for one in seen} == {(f"dispute {hearing.seq}", "核对先后")}


@pytest.mark.parametrize("role", [Role.MANAGER, Role.RISK, Role.AUDITOR])
def test_who_rules_or_watches_sees_every_frame_and_it_is_on_record(
    hearing: Hearing, seat: Seat, office: Site, role: Role
) -> None:
    asking = {Role.MANAGER: hearing.manager, Role.RISK: hearing.risk}.get(role) or seat(role)
    told = hearing.frame(asking, "arr-2")
    assert (told.content, told.headers["content-type"]) == (picture("arr-2"), "image/jpeg")
    with office.read_session() as session:
        assert len(list(entries_of_kind(session, "view"))) == 1


@pytest.mark.parametrize("reason", ["", "   ", "电话13800138000的客户", "138***38000", "a\0b", "two\nlines"])
def test_a_look_without_a_reason_that_may_stay_is_refused_and_shows_nothing(
    hearing: Hearing, office: Site, reason: str
) -> None:
    told = hearing.frame(hearing.manager, "arr-1", reason)
    assert refused(told) == (422, "invalid")
    assert reason.strip() == "" or reason not in told.text
    with office.read_session() as session:
        assert list(entries_of_kind(session, "view")) == []


def test_a_frame_of_another_dispute_is_not_there(hearing: Hearing) -> None:
    told = hearing.manager.post(f"{DISPUTES}/{hearing.seq}/frames/arr-1/{'0' * 64}", json={"reason": "x"})
    assert refused(told) == (404, "not_found")


def test_a_party_takes_away_a_bundle_that_holds_and_shows_nobody_else(
    hearing: Hearing, office: Site, tmp_path: Path
) -> None:
    assert refused(hearing.first.post(f"{DISPUTES}/{hearing.seq}/bundle", json={})) == (409, "not_ruled")
    hearing.confirm(hearing.risk, hearing.propose(hearing.manager).json()["entry"])
    told = hearing.first.post(f"{DISPUTES}/{hearing.seq}/bundle", json={})
    assert (told.status_code, told.headers["content-type"]) == (200, "application/zip")
    path = tmp_path / "taken.zip"
    path.write_bytes(told.content)
    check_bundle(path, key=())
    with ZipFile(io.BytesIO(told.content)) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        frames = {name for name in archive.namelist() if name.startswith("frames/")}
    assert (manifest["recipient"], manifest["dispute"]) == (hearing.one.first, hearing.seq)
    assert frames == {f"frames/{hearing.one.frames[arrival].sha256}.jpg" for arrival in ("arr-1", "arr-3")}
    with office.read_session() as session:
        [exported] = entries_of_kind(session, "export")
    assert json.loads(exported.payload)["recipient"] == hearing.one.first


def test_a_bundle_holds_no_company_that_nothing_in_it_names(hearing: Hearing, office: Site) -> None:
    with office.write_session() as session:
        known = [
            ClaimantKnown.model_validate({"at": SIGNED, "who": who, "kind": "distributor"}) for who in ("链家", "远方")
        ]
        append(session, known, at=SIGNED, by="desk")
    told = hearing.manager.post(f"{DISPUTES}/{hearing.seq}/bundle", json={})
    with ZipFile(io.BytesIO(told.content)) as archive:
        entries = archive.read("entries.jsonl").decode()
    assert ("链家" in entries, "远方" in entries) == (True, False)


def test_a_party_gets_no_bundle_for_another(hearing: Hearing) -> None:
    told = hearing.first.post(f"{DISPUTES}/{hearing.seq}/bundle", json={"recipient": hearing.one.second})
    assert (*refused(told), told.json()["error"]["field"]) == (403, "not_a_party", "recipient")
