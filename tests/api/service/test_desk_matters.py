"""Receptions that end, mistakes that are taken back, ties, the rota, and the paper of a confirmation."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from api.access.roles import Role
from attribution.entries import Dispute, Rule
from models.erase import erase
from models.ledger.append import append
from models.policies import switch_policy
from models.site import DATABASE_FILE, Site
from models.timeline import timeline_of
from tests.api.print.test_document import letters
from tests.api.service.conftest import Client, Clock
from tests.api.service.desk import NOBODY, Desk, people_of, refusal


@pytest.fixture
def desk(client: Client, office: Site) -> Desk:
    return Desk(office=office, asking=client(Role.MANAGER), people=people_of(office))


def counted(desk: Desk, person: str) -> list[str]:
    """The entries that a decision about this customer would rest on."""
    with desk.office.read_session() as session:
        return [one.id for one in timeline_of(session, person).entries]


def test_the_end_of_a_reception_replaces_its_entry_at_the_same_instant(desk: Desk, clock: Clock) -> None:
    begun = desk.put("/receptions", {"person": "p1", "by": "c1", "turn": "rota", "name": "王芳", "busy": ["c2"]})
    clock.pass_(minutes=45)
    ended = desk.put(f"/receptions/{begun}/end", {"lasted_min": 44.5, "informed": True})
    before, after = desk.payload(begun), desk.payload(ended)
    assert desk.sealed(ended) == ["王芳"]
    assert {**before, "name": after["name"], "lasted_min": 44.5, "informed": True} == after
    assert counted(desk, desk.people.p1) == [str(ended)]
    again = desk.post(f"/receptions/{ended}/end", {"lasted_min": 5})
    assert refusal(again)[:2] == (409, "conflict")
    assert "complete" in again.json()["error"]["hint"]
    assert f"taken back by entry {ended - 1}" in desk.post(f"/receptions/{begun}/end", {"lasted_min": 5}).text


def test_only_a_reception_ends(desk: Desk) -> None:
    other = desk.put("/confirmations", {"person": "p1", "by": "a1"})
    assert refusal(desk.post(f"/receptions/{other}/end", {"lasted_min": 5}))[:2] == (409, "conflict")
    assert refusal(desk.post("/receptions/99999/end", {"lasted_min": 5}))[:2] == (404, "not_found")
    assert refusal(desk.post(f"/receptions/{2**60}/end", {"lasted_min": 5}))[:2] == (422, "invalid")


def test_a_mistake_is_taken_back_once_and_counts_no_more(desk: Desk) -> None:
    wrong = desk.put("/confirmations", {"person": "p1", "by": "a1"})
    right = desk.put("/confirmations", {"person": "p1", "by": "a2"})
    back = desk.put("/retractions", {"entry": wrong, "reason": "王芳 came with 赵强"})
    assert counted(desk, desk.people.p1) == [str(right)]
    assert desk.sealed(back) == ["王芳 came with 赵强"]
    assert "王芳" not in desk.entry(back).payload
    again = desk.post("/retractions", {"entry": wrong, "reason": "twice"})
    assert refusal(again)[:2] == (409, "conflict")
    assert f"taken back by entry {back}" in again.json()["error"]["hint"]


def test_what_concerns_several_customers_is_taken_back_for_all(desk: Desk) -> None:
    held = desk.put("/activities", {"by": "a1", "people": ["p1", "p2"]})
    left = desk.put("/departures", {"who": "c1"})
    for entry in (held, left):
        desk.put("/retractions", {"entry": entry, "reason": "mistake"})
    assert (counted(desk, desk.people.p1), counted(desk, desk.people.p2)) == ([], [])


def test_links_rulings_and_the_systems_own_entries_cannot_be_taken_back(desk: Desk, clock: Clock) -> None:
    people = desk.people
    ruled = Rule.model_validate(
        {"do": "rule", "at": clock.now, "person": people.p1, "to": {people.a1: 1}, "by": "manager"}
    )
    with desk.office.write_session() as session:
        ruling = append(session, [ruled], at=clock.now, by="test")[-1].seq
    linked = desk.put("/links", {"person": "p1", "to": "p2", "how": "manual", "verified": True})
    back = desk.put("/retractions", {"entry": desk.put("/departures", {"who": "c1"}), "reason": "mistake"})
    for entry in (1, ruling, linked, back):
        assert refusal(desk.post("/retractions", {"entry": entry, "reason": "mistake"}))[:2] == (409, "conflict")
    assert refusal(desk.post("/retractions", {"entry": 99_999, "reason": "mistake"}))[:2] == (404, "not_found")
    assert refusal(desk.post("/retractions", {"entry": 5, "reason": " "})) == (422, "invalid", "reason")


def test_a_dispute_is_taken_back_until_it_is_ruled(desk: Desk, clock: Clock) -> None:
    people = desk.people
    said = {"at": clock.now.isoformat(), "person": people.p1}
    with desk.office.write_session() as session:
        first, second = append(session, [_dispute(said, people.a1), _dispute(said, people.a2)], at=clock.now, by="test")
    desk.put("/retractions", {"entry": first.seq, "reason": "withdrawn by the agent"})
    ruled = Rule.model_validate({**said, "do": "rule", "to": {people.a1: 1}, "by": "manager"})
    with desk.office.write_session() as session:
        append(session, [ruled], at=clock.now, by="test")
    told = desk.post("/retractions", {"entry": second.seq, "reason": "too late"})
    assert refusal(told)[:2] == (409, "conflict")
    assert "ruled on by entry" in told.json()["error"]["hint"]


def test_ties_are_made_and_undone_and_a_contradiction_names_its_entries(desk: Desk) -> None:
    both = {"person": "p1", "to": "p2"}
    apart = desk.put("/links", {**both, "how": "manual", "verified": False})
    told = desk.post("/merges", {**both, "reason": "same card"})
    assert refusal(told)[:2] == (409, "conflict")
    assert f"entry {apart}" in told.json()["error"]["hint"]
    desk.put(f"/ties/{apart}/undo", {"reason": "they are one"})
    merged = desk.put("/merges", {**both, "reason": "same card of 王芳"})
    assert "王芳" not in desk.entry(merged).payload
    assert refusal(desk.post("/merges", {**both, "reason": "again"}))[:2] == (409, "conflict")
    assert refusal(desk.post(f"/ties/{apart}/undo", {"reason": "again"}))[:2] == (409, "conflict")
    assert refusal(desk.post("/ties/99999/undo", {"reason": "what"}))[:2] == (404, "not_found")
    assert refusal(desk.post("/links", {"person": "p1", "to": "p1", "how": "manual", "verified": True}))[0] == 409
    assert refusal(desk.post("/merges", {"person": "p1", "to": "nobody", "reason": "?"})) == (422, "unknown_name", "to")


def test_the_rota_is_written_read_and_followed(desk: Desk) -> None:
    asking, people = desk.asking, desk.people
    assert refusal(asking.get("/api/v1/rota")) == (404, "not_found", "day")
    assert asking.get("/api/v1/rota/next").json() == {"who": None}
    stand_ins = {"c2": "c1"}
    seq = desk.put("/rota", {"day": "2026-03-01", "order": ["c1", "c2"], "stand_ins": stand_ins})
    desk.put("/receptions", {"person": "p1", "by": "c1", "turn": "rota"})
    assert asking.get("/api/v1/rota?day=2026-03-01").json() == {
        "entry": seq,
        "day": "2026-03-01",
        "order": [people.c1, people.c2],
        "stand_ins": {people.c2: people.c1},
        "line": [people.c2, people.c1],
    }
    assert asking.get("/api/v1/rota/next").json() == {"who": people.c2}
    assert asking.get("/api/v1/rota/next", params={"absent": people.c2}).json() == {"who": people.c1}


def test_who_is_to_receive_a_customer_is_told(desk: Desk, clock: Clock) -> None:
    with desk.office.write_session() as session:
        switch_policy(session, desk.office.policy_texts, "thirds", at=clock.now, reason="rules", by="test")

    def receiver(person: str) -> dict[str, object]:
        told = desk.asking.get("/api/v1/receiver", params={"person": str(desk.people.fill(person))})
        assert told.status_code == 200, told.text
        said: dict[str, object] = told.json()
        return said

    assert receiver("p1") == {"who": None}  # no rota yet
    desk.put("/rota", {"day": "2026-03-01", "order": ["c2", "c1"]})
    assert receiver("p1") == {"who": desk.people.c2}  # nobody's customer: whose turn it is
    desk.put("/hand-overs", {"person": "p1", "to": "c1"})
    assert receiver("p1") == {"who": desk.people.c1}


@pytest.mark.parametrize(
    ("person", "wanted"),
    [
        ("nobody", (404, "not_found", None)),
        ("a1", (404, "not_found", None)),  # an agent is no customer
        ("c1", (404, "not_found", None)),
        ("x", (422, "invalid", "person")),
        ("' OR 1=1 --", (422, "invalid", "person")),
        ("a\x00b", (422, "invalid", "person")),
    ],
)
def test_only_a_customer_has_a_receiver(desk: Desk, person: str, wanted: tuple[int, str, str | None]) -> None:
    told = desk.asking.get("/api/v1/receiver", params={"person": str(desk.people.fill(person))})
    assert refusal(told) == wanted


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"day": "2026-02-28", "order": ["c1"]}, "day_over", "day"),
        ({"day": "9999-12-31", "order": ["c1"]}, "invalid", "day"),
        ({"day": "2026-03-02", "order": []}, "invalid", "order"),
        ({"day": "2026-03-02", "order": ["c1", "c1"]}, "twice", "order"),
        ({"day": "2026-03-02", "order": ["c1", "a1"]}, "unknown_name", "order"),  # an agent
        ({"day": "2026-03-02", "order": ["c1"], "stand_ins": {"c2": "c2"}}, "same", "stand_ins"),
        ({"day": "2026-03-02", "order": ["c1"], "stand_ins": {"c2": "a1"}}, "unknown_name", "stand_ins"),
    ],
)
def test_an_order_that_nobody_could_follow_is_refused(
    desk: Desk, body: dict[str, object], code: str, field: str
) -> None:
    assert refusal(desk.post("/rota", body)) == (422, code, field)


def paper(desk: Desk, seq: int) -> bytes:
    told = desk.asking.get(f"/api/v1/confirmations/{seq}.pdf")
    assert (told.status_code, told.headers["content-type"]) == (200, "application/pdf")
    assert told.headers["content-disposition"] == f'attachment; filename="confirmation-{seq}.pdf"'
    return told.content


def test_the_paper_of_a_confirmation_holds_what_was_given_and_says_what_is_gone(desk: Desk, clock: Clock) -> None:
    seq = desk.put("/confirmations", {"person": "p1", "by": "a1", "name": "王芳", "phone": "13800138000"})
    drawn = letters(paper(desk, seq))
    assert set("客户确认单王芳李明13800138000签字前台") <= set(drawn)
    assert paper(desk, seq) == paper(desk, seq)
    desk.put("/retractions", {"entry": seq, "reason": "mistake"})
    assert set("已作废") <= set(letters(paper(desk, seq)))
    erase(desk.office, [desk.people.p1], reason="request", at=clock.now, by="test")
    left = letters(paper(desk, seq))
    assert set("（已删除）") <= set(left)
    assert not {"王", "芳"} & set(left)


def checked(desk: Desk, code: str) -> dict[str, object]:
    told = desk.post("/confirmations/check", {"code": code})
    assert told.status_code == 200, told.text
    said: dict[str, object] = told.json()
    return said


def test_the_code_of_a_paper_is_genuine_as_it_was_printed_and_no_other(desk: Desk) -> None:
    seq, other = (desk.put("/confirmations", {"person": "p1", "by": "a1", "name": name}) for name in ("王芳", "李芳"))
    own, others = desk.entry(seq).hash.hex(), desk.entry(other).hash.hex()
    right = f"MJ1.c.{seq}.{own}"
    assert checked(desk, f" {right}\n") == {"entry": seq, "genuine": True, "retracted": False}
    for entry, digits in (
        (other, own),  # another number
        (seq, others),  # another hash
        (seq, own[:-1] + ("0" if own[-1] != "0" else "1")),
        (1, desk.entry(1).hash.hex()),  # an entry indeed, but no confirmation
        (999_999_999_999_999, own),  # no entry
    ):
        assert checked(desk, f"MJ1.c.{entry}.{digits}") == {"entry": entry, "genuine": False, "retracted": False}
    desk.put("/retractions", {"entry": seq, "reason": "mistake"})
    assert checked(desk, right) == {"entry": seq, "genuine": True, "retracted": True}
    assert checked(desk, f"MJ1.c.{seq}.{others}") == {"entry": seq, "genuine": False, "retracted": False}


def test_a_paper_is_not_genuine_whose_entry_was_changed_in_the_database(desk: Desk) -> None:
    seq = desk.put("/confirmations", {"person": "p1", "by": "a1"})
    code = f"MJ1.c.{seq}.{desk.entry(seq).hash.hex()}"
    bent = desk.entry(seq).payload.replace(desk.people.a1, desk.people.a2)
    with closing(sqlite3.connect(desk.office.folder / DATABASE_FILE)) as database, database:
        database.execute("DROP TRIGGER ledger_no_update")
        database.execute("UPDATE ledger SET payload = ? WHERE seq = ?", (bent, seq))
    assert checked(desk, code) == {"entry": seq, "genuine": False, "retracted": False}


@pytest.mark.parametrize(
    "code",
    [
        "",
        "x",
        f"MJ1.c.0.{'0' * 64}",  # entries count from 1
        f"MJ1.c.{2**60}.{'0' * 64}",
        f"MJ1.c.1.{'0' * 63}",
        f"MJ1.c.1.{'G' * 64}",
        f"MJ1.c.1.{'0' * 64}\n0",
        f"MJ1.c.1\x00.{'0' * 64}",
        f"MJ1.v.1.{'0' * 20}",  # a visit's ticket
        "'; DROP TABLE ledger; --",
    ],
)
def test_what_is_no_code_of_a_paper_is_refused(desk: Desk, code: str) -> None:
    assert refusal(desk.post("/confirmations/check", {"code": code})) == (422, "invalid", "code")


def test_only_a_confirmation_has_this_paper(desk: Desk) -> None:
    for entry in ("1", "99999"):
        assert refusal(desk.asking.get(f"/api/v1/confirmations/{entry}.pdf"))[:2] == (404, "not_found")
    for wrong in ("0", "x", NOBODY, str(2**60), "..%2f1"):
        assert desk.asking.get(f"/api/v1/confirmations/{wrong}.pdf").status_code in (404, 422)


def _dispute(said: dict[str, str], by: str) -> Dispute:
    return Dispute.model_validate({**said, "do": "dispute", "by": by})
