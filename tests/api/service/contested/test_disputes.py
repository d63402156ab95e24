"""Disputes over HTTP: who sees what of them, who may do what, and what is left on record."""

from __future__ import annotations

import io
import json
from concurrent.futures import ThreadPoolExecutor
from zipfile import ZipFile

import pytest
from fastapi import FastAPI
from sqlalchemy import update
from starlette.testclient import TestClient

from api.access.roles import Role
from models.access.records import User
from models.ledger.read import entries, entries_of_kind
from models.site import Site
from tests.api.service.conftest import Clock, begin, browser
from tests.api.service.contested.conftest import DISPUTES, Hearing, Seat, detail, refused
from tests.models.contest import NAME, PHONE


def test_from_contest_to_ruling(hearing: Hearing) -> None:
    said = hearing.first.post(f"{DISPUTES}/{hearing.seq}/statements", json={"text": "是我先进门的"})
    assert said.status_code == 201
    proposal = hearing.propose(hearing.manager).json()["entry"]
    done = hearing.confirm(hearing.risk, proposal).json()
    assert detail(hearing, hearing.first)["state"] == "ruled"
    decision = hearing.first.get(f"/api/v1/customers/{hearing.one.customer}/decision").json()
    assert decision["closed_by_person"] is True
    assert decision["credit"] == {"贝壳": "1/2", "another": "1/2"}
    stored_ones = hearing.manager.get(f"/api/v1/customers/{hearing.one.customer}/decisions").json()["items"]
    assert [row["entry"] for row in stored_ones] == [done["decision"]]
    notices = hearing.first.get("/api/v1/me/notices").json()["items"]
    assert [(row["kind"], row["about"]) for row in notices] == [("rule", done["ruling"]), ("dispute", hearing.seq)]


def test_a_party_is_told_by_which_entry_it_was_ruled(hearing: Hearing) -> None:
    proposed = hearing.propose(hearing.manager).json()["entry"]
    ruling = hearing.confirm(hearing.risk, proposed).json()["ruling"]
    for party in (hearing.first, hearing.second):
        reasons = party.get(f"/api/v1/customers/{hearing.one.customer}/explanation").json()["reasons"]
        assert ruling in [told["entry"] for why in reasons for told in why["entries"]]


def test_before_the_ruling_a_decision_is_a_proposal_of_the_machine(hearing: Hearing) -> None:
    told = hearing.manager.get(f"/api/v1/customers/{hearing.one.customer}/decision").json()
    assert told["closed_by_person"] is False


def test_a_dispute_of_others_is_not_there(hearing: Hearing) -> None:
    seq, agent = hearing.seq, hearing.stranger
    assert agent.get(DISPUTES).json()["items"] == []
    assert refused(agent.get(f"{DISPUTES}/{seq}")) == (404, "not_found")
    assert refused(agent.post(f"{DISPUTES}/{seq}/statements", json={"text": "x"})) == (404, "not_found")
    assert refused(agent.post(f"{DISPUTES}/{seq}/bundle", json={})) == (404, "not_found")
    assert refused(hearing.frame(agent, "arr-3")) == (404, "not_found")
    assert refused(agent.post(DISPUTES, json={"person": hearing.one.customer})) == (404, "not_found")
    assert agent.get("/api/v1/me/notices").json()["items"] == []


def test_the_office_sees_who_everybody_is(hearing: Hearing) -> None:
    told = detail(hearing, hearing.manager)
    assert told["parties"] == sorted([hearing.one.first, hearing.one.second])
    assert told["names"] == {hearing.one.first: "李明", hearing.one.second: "赵强"}
    assert told["by"] == hearing.one.second


def test_each_reads_their_own_words_the_office_everybody_s(hearing: Hearing) -> None:
    for by, text in ((hearing.first, "我先到"), (hearing.second, "我先联系"), (hearing.second, "有聊天记录")):
        assert by.post(f"{DISPUTES}/{hearing.seq}/statements", json={"text": text}).status_code == 201

    def texts(by: TestClient) -> list[object]:
        rows = detail(hearing, by)["statements"]
        return [row["text"] for row in rows]

    assert texts(hearing.first) == ["我先到", None, None]
    assert texts(hearing.second) == [None, "我先联系", "有聊天记录"]
    assert texts(hearing.manager) == ["我先到", "我先联系", "有聊天记录"]


def test_nobody_speaks_for_another(hearing: Hearing) -> None:
    for path, body in (
        (f"{DISPUTES}/{hearing.seq}/statements", {"text": "x"}),
        (DISPUTES, {"person": hearing.one.customer}),
    ):
        told = hearing.first.post(path, json={**body, "by": hearing.one.second})
        assert refused(told) == (403, "not_a_party")


def test_the_desk_names_for_whom_it_opens_a_dispute(hearing: Hearing, seat: Seat) -> None:
    desk = seat(Role.RECEPTION)
    assert refused(desk.post(DISPUTES, json={"person": hearing.one.customer})) == (422, "invalid")
    unknown = desk.post(DISPUTES, json={"person": hearing.one.customer, "by": "nobody"})
    assert refused(unknown) == (422, "unknown_name")
    again = desk.post(DISPUTES, json={"person": hearing.one.customer, "by": hearing.one.second})
    assert refused(again) == (409, "dispute_open")
    assert desk.post(DISPUTES, json={"person": hearing.one.customer, "by": hearing.one.first}).status_code == 201


def test_a_liaison_speaks_for_its_distributor_and_sees_its_agents_disputes(hearing: Hearing, seat: Seat) -> None:
    liaison = seat(Role.LIAISON, distributor="贝壳")
    assert [row["entry"] for row in liaison.get(DISPUTES).json()["items"]] == [hearing.seq]
    assert liaison.post(f"{DISPUTES}/{hearing.seq}/statements", json={"text": "x"}).status_code == 201
    assert liaison.post(DISPUTES, json={"person": hearing.one.customer}).status_code == 201
    mine = detail(hearing, liaison)["statements"]
    assert mine[0]["by"] == "贝壳"


def test_the_proposal_is_not_told_to_the_parties_before_it_is_confirmed(hearing: Hearing) -> None:
    proposal = hearing.propose(hearing.manager).json()["entry"]
    assert (detail(hearing, hearing.first)["state"], detail(hearing, hearing.first)["proposals"]) == ("open", [])
    assert detail(hearing, hearing.manager)["state"] == "proposed"
    hearing.confirm(hearing.risk, proposal)
    [row] = detail(hearing, hearing.first)["proposals"]
    assert (row["to"], row["reason"]) == ({"贝壳": "1/2", "another": "1/2"}, "同时进门")


@pytest.mark.parametrize(
    "to",
    [
        {},  # nobody
        {"贝壳": "1/2"},  # not the whole
        {"贝壳": "3/2", "链家": "-1/2"},  # below nothing
        {"贝壳": "1/0"},  # no number
        {"贝壳": "0.5", "链家": "0.5"},  # not exact
        {"贝壳": 1},  # no text
    ],
)
def test_shares_that_do_not_make_a_whole_are_refused(hearing: Hearing, to: dict[str, object]) -> None:
    assert refused(hearing.propose(hearing.manager, to=to)) == (422, "invalid")


def test_who_proposed_cannot_confirm(hearing: Hearing) -> None:
    proposal = hearing.propose(hearing.manager).json()["entry"]
    assert refused(hearing.confirm(hearing.manager, proposal)) == (403, "not_impartial")


def test_a_manager_who_is_a_party_cannot_rule(hearing: Hearing, seat: Seat) -> None:
    partial = seat(Role.MANAGER, person=hearing.one.first)
    assert refused(hearing.propose(partial)) == (403, "not_impartial")


@pytest.mark.parametrize("role", ["manager", "risk"])
def test_staff_whom_the_administrator_tied_to_a_party_cannot_rule_on_it(
    hearing: Hearing, seat: Seat, service: FastAPI, office: Site, clock: Clock, role: str
) -> None:
    made = {"login": "li.ming", "role": role, "person": hearing.one.first}
    user = seat(Role.ADMIN).post("/api/v1/users", json=made).json()["id"]
    with office.write_session() as session:  # has changed the password and enrolled a code
        session.change(update(User).where(User.id == user).values(password_until=None, totp_sealed=b"none"))
    partial = browser(service)
    begin(partial, office, "li.ming", clock.now)
    proposal = hearing.propose(hearing.manager).json()["entry"]
    assert refused(hearing.confirm(partial, proposal)) == (403, "not_impartial")
    assert hearing.confirm(hearing.risk, proposal).status_code == 201


def test_a_proposal_has_a_managers_authority_and_no_other(hearing: Hearing, office: Site) -> None:
    assert refused(hearing.propose(hearing.manager, rank="director")) == (422, "invalid")
    hearing.confirm(hearing.risk, hearing.propose(hearing.manager).json()["entry"])
    with office.read_session() as session:
        told = [json.loads(one.payload)["by"] for one in entries_of_kind(session, "proposal", "rule")]
    assert told == ["manager", "manager"]


def test_a_replaced_proposal_cannot_be_confirmed(hearing: Hearing) -> None:
    old = hearing.propose(hearing.manager).json()["entry"]
    new = hearing.propose(hearing.manager).json()["entry"]
    told = hearing.confirm(hearing.risk, old)
    assert refused(told) == (409, "proposal_replaced")
    assert f"entry {new}" in told.json()["error"]["hint"]


def test_of_two_confirmations_at_once_one_wins_and_the_other_is_told_which(
    hearing: Hearing, seat: Seat, office: Site
) -> None:
    proposal = hearing.propose(hearing.manager).json()["entry"]
    other = seat(Role.MANAGER)
    with ThreadPoolExecutor(2) as pool:
        told = list(pool.map(lambda by: hearing.confirm(by, proposal), (hearing.risk, other)))
    won, lost = sorted(told, key=lambda one: one.status_code)
    assert (won.status_code, refused(lost)) == (201, (409, "already_ruled"))
    assert f"entry {won.json()['ruling']}" in lost.json()["error"]["hint"]
    with office.read_session() as session:
        assert len(list(entries_of_kind(session, "rule"))) == 1


def test_overdue_is_shown_and_nothing_is_decided_by_itself(hearing: Hearing, clock: Clock, seat: Seat) -> None:
    assert detail(hearing, hearing.manager)["overdue"] is False
    clock.pass_(days=8)
    manager = seat(Role.RECEPTION)
    [row] = manager.get(DISPUTES, params={"state": "open"}).json()["items"]
    assert (row["overdue"], row["state"]) == (True, "open")


def test_closed_disputes_are_told_from_open_ones(hearing: Hearing) -> None:
    hearing.confirm(hearing.risk, hearing.propose(hearing.manager).json()["entry"])
    assert hearing.manager.get(DISPUTES, params={"state": "open"}).json()["items"] == []
    [row] = hearing.manager.get(DISPUTES, params={"state": "closed"}).json()["items"]
    assert row["entry"] == hearing.seq


def test_the_list_is_told_page_by_page(hearing: Hearing) -> None:
    second = hearing.first.post(DISPUTES, json={"person": hearing.one.customer}).json()["entry"]
    page = hearing.manager.get(DISPUTES, params={"limit": 1}).json()
    assert ([row["entry"] for row in page["items"]], page["next"]) == ([second], second)
    page = hearing.manager.get(DISPUTES, params={"limit": 1, "before": page["next"]}).json()
    assert [row["entry"] for row in page["items"]] == [hearing.seq]


def test_the_office_takes_its_own_copy_or_one_for_a_party_and_for_nobody_else(hearing: Hearing) -> None:
    path = f"{DISPUTES}/{hearing.seq}/bundle"
    for body, recipient in (({}, "office"), ({"recipient": hearing.one.second}, hearing.one.second)):
        with ZipFile(io.BytesIO(hearing.manager.post(path, json=body).content)) as archive:
            assert json.loads(archive.read("manifest.json"))["recipient"] == recipient
    assert refused(hearing.manager.post(path, json={"recipient": "somebody"})) == (422, "not_a_party")


@pytest.mark.parametrize("text", ["'; DROP TABLE ledger; --", "{{7*7}}", "<script>alert(1)</script>", "%s%n${x}"])
def test_words_are_kept_as_they_are_and_do_nothing(hearing: Hearing, text: str) -> None:
    assert hearing.first.post(f"{DISPUTES}/{hearing.seq}/statements", json={"text": text}).status_code == 201
    assert hearing.propose(hearing.manager, reason=text).status_code == 201
    told = detail(hearing, hearing.manager)
    assert told["statements"][0]["text"] == text
    assert told["proposals"][0]["reason"] == text


@pytest.mark.parametrize("text", ["", "a\0b", "\x1b[2J", "x" * 4001])
def test_words_that_cannot_be_kept_are_refused(hearing: Hearing, text: str) -> None:
    told = hearing.first.post(f"{DISPUTES}/{hearing.seq}/statements", json={"text": text})
    assert refused(told) == (422, "invalid")


def test_nothing_personal_stands_in_the_entries(hearing: Hearing, office: Site) -> None:
    hearing.first.post(f"{DISPUTES}/{hearing.seq}/statements", json={"text": f"{NAME} {PHONE} 是我的客户"})
    hearing.confirm(hearing.risk, hearing.propose(hearing.manager, reason=f"{NAME}已确认").json()["entry"])
    with office.read_session() as session:
        payloads = "".join(one.payload for one in entries(session))
    assert NAME not in payloads
    assert PHONE not in payloads
