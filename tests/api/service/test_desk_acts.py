"""What the desk puts on record: one entry each, of people who are known, with nothing personal in the chain."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fastapi import FastAPI

from api.access.roles import DESK, Role
from models.erase import erase
from models.site import Site
from tests.api.service.conftest import Client, Clock
from tests.api.service.desk import NOBODY, Desk, people_of, refusal
from tests.api.service.reporters import agent

At = Callable[[Role], Desk]


@pytest.fixture
def at_desk(client: Client, office: Site) -> At:
    people = people_of(office)
    return lambda role: Desk(office=office, asking=client(role), people=people)


@pytest.fixture
def desk(at_desk: At) -> Desk:
    """A manager: may do everything at the desk."""
    return at_desk(Role.MANAGER)


WRITTEN = {"name": "王芳", "phone": "+86 138-0013-8000"}
SEALED = {"name": "王芳", "phone": "13800138000"}
ACTS: list[tuple[str, str, dict[str, object], set[str]]] = [
    ("/confirmations", "confirm", {"person": "p1", "by": "a1", **WRITTEN}, {"person", "by"}),
    (
        "/receptions",
        "receive",
        {
            "person": "p1",
            "by": "c1",
            "turn": "rota",
            "absent": ["c2"],
            "absent_why": {"c2": "sick"},
            "busy": ["a1"],
            "weight": "substantial",
            "purpose": "deposit",
            "lasted_min": 30,
            "informed": True,
            **WRITTEN,
        },
        {"person", "by", "turn", "absent", "absent_why", "busy", "weight", "purpose", "lasted_min", "informed"},
    ),
    ("/recognitions", "recognise", {"person": "p1", "who": "c1", "after_min": 5}, {"person", "who", "after_min"}),
    ("/follow-ups", "follow_up", {"person": "p1", "by": "a1", "outcome": "given_up"}, {"person", "by", "outcome"}),
    ("/interactions", "interact", {"person": "p1", "kind": "call", "by": "developer", **WRITTEN}, {"kind", "by"}),
    ("/referrals", "refer", {"person": "p1", "by": "p2", "mentioned": "during"}, {"person", "by", "mentioned"}),
    (
        "/relations",
        "relate",
        {"person": "p1", "to": "p2", "as": "spouse", "verified": False, "purchase": "joint", "same_lead": True},
        {"person", "to", "as", "verified", "purchase", "same_lead"},
    ),
    ("/links", "link", {"person": "p1", "to": "p2", "how": "phone", "verified": False}, {"person", "to", "how"}),
    ("/deals", "deal", {"person": "p1", "confirmed_as": "p2", "closed_by": "c1"}, {"confirmed_as", "closed_by"}),
    ("/hand-overs", "hand_over", {"person": "p1", "to": "public"}, {"person", "to"}),
    (
        "/agreements",
        "agree",
        {"person": "p1", "between": ["a1", "a2", "c1"], "to": {"a1": "1/3", "a2": "2/3"}},
        {"person", "between", "to"},
    ),
    ("/activities", "activity", {"by": "a1", "people": ["p1", "p2"]}, {"by", "people"}),
    ("/departures", "depart", {"who": "c2"}, {"who"}),
    ("/complaints", "complain", {"person": "p1", "against": "c1"}, {"person", "against"}),
]


def test_an_act_is_one_entry_and_what_is_personal_is_sealed(
    desk: Desk, clock: Clock, subtests: pytest.Subtests
) -> None:
    clock.pass_(minutes=30)
    for path, kind, body, kept in ACTS:
        with subtests.test(kind):
            happened = {} if kind == "link" else {"at": "2026-03-01T09:20:00+08:00"}
            before = desk.entries
            seq = desk.put(path, {**body, **happened})
            assert (seq, desk.entry(seq).kind) == (before + 1, kind)
            said, given = desk.payload(seq), desk.filled(body)
            assert {field: said[field] for field in kept} == {field: given[field] for field in kept}
            assert said["at"] == "2026-03-01T01:20:00Z" or kind == "link"
            assert set(desk.sealed(seq)) == {SEALED[field] for field in SEALED if field in body}
            assert not any(one in desk.entry(seq).payload for one in ("王芳", "13800138000", "38000"))


UNKNOWN = [
    (path, {**body, field: ["nobody"] if isinstance(body[field], list) else "nobody"}, field)
    for path, _, body, _ in ACTS
    for field in ("person", "by", "who", "against", "to", "closed_by", "confirmed_as", "absent", "busy", "people")
    if field in body and not isinstance(body[field], dict)
]


MISPLACED: list[tuple[str, dict[str, object], str]] = [
    ("/receptions", {"person": "p1", "by": "a1"}, "by"),  # an agent does not receive
    ("/receptions", {"person": "p1", "by": "developer"}, "by"),
    ("/receptions", {"person": "p1", "by": "c1", "absent_why": {"nobody": "sick"}}, "absent_why"),
    ("/confirmations", {"person": "p1", "by": "developer"}, "by"),
    ("/confirmations", {"person": "p1", "by": "p2"}, "by"),  # a customer is no claimant
    ("/agreements", {"person": "p1", "between": ["a1", "nobody"], "to": {"a1": "1"}}, "between"),
    ("/departures", {"who": "public"}, "who"),
]

INVALID: list[tuple[str, dict[str, object], str | None]] = [
    ("/confirmations", {"person": "p1", "by": "a1", "phone": "021-12345678"}, "phone"),  # no mobile
    ("/confirmations", {"person": "p1", "by": "a1", "phone": "12345"}, "phone"),
    ("/confirmations", {"person": "p1", "by": "a1", "name": "x" * 201}, "name"),
    ("/confirmations", {"person": "p1", "by": "a1", "name": "a\x00b"}, "name"),
    ("/confirmations", {"person": "p1", "by": "a\x00b"}, "by"),
    ("/confirmations", {"person": "' OR 1=1 --", "by": "a1"}, "person"),
    ("/confirmations", {"person": "p1", "by": "a1", "at": "2026-03-01T09:30:00"}, "at"),  # no zone
    ("/confirmations", {"person": "p1", "by": "a1", "at": "0001-01-01T00:00:00Z"}, "at"),
    ("/receptions", {"person": "p1", "by": "c1", "lasted_min": -1}, "lasted_min"),
    ("/receptions", {"person": "p1", "by": "c1", "lasted_min": 1e308}, "lasted_min"),
    ("/receptions", {"person": "p1", "by": "c1", "turn": "soon"}, "turn"),
    ("/referrals", {"person": "p1", "by": "p1"}, None),  # brings themselves
    ("/relations", {"person": "p1", "to": "p1", "as": "spouse", "verified": True}, None),
    ("/relations", {"person": "p1", "to": "p2", "as": "enemy", "verified": True}, "as"),
    ("/agreements", {"person": "p1", "between": ["a1", "a2"], "to": {"a1": "1/2", "a2": "1/3"}}, None),
    ("/agreements", {"person": "p1", "between": ["a1"], "to": {"a1": "1/2", "a2": "1/2"}}, None),
    ("/agreements", {"person": "p1", "between": ["a1"], "to": {"a1": "0.5"}}, "to"),
    ("/agreements", {"person": "p1", "between": ["a1"], "to": {"a1": "1/0"}}, "to"),
    ("/agreements", {"person": "p1", "between": ["a1"], "to": {"a1": "-1/2"}}, "to"),
    ("/activities", {"by": "a1", "people": []}, "people"),
    ("/activities", {"by": "a1", "people": ["p1"] * 201}, "people"),
    ("/hand-overs", {"person": "p1", "to": "a1", "why": "?"}, "why"),  # unknown field
]


def test_somebody_unknown_or_out_of_place_is_refused_by_the_fields_name_and_nothing_is_recorded(
    desk: Desk, subtests: pytest.Subtests
) -> None:
    before = desk.entries
    for path, body, field in [*UNKNOWN, *MISPLACED]:
        with subtests.test(f"{path} {field}"):
            assert refusal(desk.post(path, body)) == (422, "unknown_name", field)
    assert desk.entries == before


def test_what_is_filled_in_wrongly_is_refused_and_nothing_is_recorded(desk: Desk, subtests: pytest.Subtests) -> None:
    before = desk.entries
    for path, body, field in INVALID:
        with subtests.test(f"{path} {body}"):
            status, code, where = refusal(desk.post(path, body))
            assert (status, code, where and where.partition(".")[0]) == (422, "invalid", field)
    assert desk.entries == before


def test_what_has_not_happened_yet_is_refused(desk: Desk) -> None:
    told = desk.post("/departures", {"who": "c1", "at": "2026-03-02T00:00:00Z"})
    assert refusal(told) == (422, "future", "at")


def test_a_text_is_only_a_text(desk: Desk) -> None:
    for text in ("'; DROP TABLE ledger; --", "{{7*7}}", "<script>alert(1)</script>", "../../x", "😀"):
        seq = desk.put("/confirmations", {"person": "p1", "by": "a1", "name": text})
        assert desk.sealed(seq) == [text]
        assert refusal(desk.post("/confirmations", {"person": "p1", "by": text})) == (422, "unknown_name", "by")


def test_nothing_more_is_recorded_of_somebody_who_was_erased(desk: Desk, clock: Clock) -> None:
    seq = desk.put("/receptions", {"person": "p1", "by": "c1", "name": "王芳"})
    erase(desk.office, [desk.people.p1], reason="request", at=clock.now, by="test")
    assert refusal(desk.post("/follow-ups", {"person": "p1", "by": "c1"})) == (422, "unknown_name", "person")
    assert refusal(desk.post(f"/receptions/{seq}/end", {"lasted_min": 5}))[:2] == (410, "erased")
    assert refusal(desk.post("/retractions", {"entry": seq, "reason": "mistake"}))[:2] == (410, "erased")


def test_a_phone_may_be_masked(desk: Desk) -> None:
    seq = desk.put("/confirmations", {"person": "p1", "by": "贝壳", "phone": "138***38000"})
    assert desk.sealed(seq) == ["138***38000"]


def test_a_deal_is_decided_in_the_same_step(desk: Desk) -> None:
    first = desk.post("/deals", {"person": "p1", "closed_by": "c1"}).json()
    assert (first["decision"], first["version"]) == (first["entry"] + 1, 1)
    assert desk.entry(first["decision"]).kind == "decision"
    again = desk.post("/deals", {"person": "p1", "closed_by": "c1"}).json()
    assert (again["decision"], again["version"]) == (first["decision"], 1)  # it changes nothing


MANAGERS = {"/hand-overs", "/departures", "/complaints", "/retractions", "/rota"}


@pytest.mark.parametrize("role", sorted(DESK - {Role.MANAGER}))
def test_some_acts_are_the_managers(at_desk: At, role: Role) -> None:
    desk = at_desk(role)
    for path, _, body, _ in ACTS:
        told = desk.post(path, body)
        assert (told.status_code == 403) == (path in MANAGERS), path
        assert told.status_code in (201, 403), told.text


def test_an_agent_logs_call_backs_of_own_customers_in_their_own_name_only(
    desk: Desk, service: FastAPI, office: Site
) -> None:
    mine, other = agent(service, office, "li.ming"), agent(service, office, "zhao.qiang")
    desk.put("/confirmations", {"person": "p1", "by": mine.person})
    desk.put("/confirmations", {"person": "p2", "by": other.person})

    def log(**body: str) -> tuple[int, str, str | None]:
        told = mine.asking.post("/api/v1/follow-ups", json=desk.filled(body))
        return (201, "", None) if told.status_code == 201 else refusal(told)

    assert log(person="p1") == (201, "", None)
    assert log(person="p1", by=str(mine.person)) == (201, "", None)
    assert log(person="p1", by=str(other.person)) == (422, "unknown_name", "by")
    assert log(person="p2") == (404, "not_found", None)  # the other's, which is not told
    assert log(person=NOBODY) == (404, "not_found", None)
    assert desk.payload(desk.entries)["by"] == mine.person


def test_whoever_logs_for_others_says_for_whom(desk: Desk) -> None:
    assert refusal(desk.post("/follow-ups", {"person": "p1"})) == (422, "unknown_name", "by")
