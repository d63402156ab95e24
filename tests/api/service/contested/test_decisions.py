"""Decisions over HTTP: now and as they stood, their reasons, and how much of them a party sees."""

from __future__ import annotations

from datetime import timedelta

import pytest
from httpx2 import Response

from api.access.roles import Role
from models.desk.retraction import retract
from models.erase import erase
from models.ledger.read import entries_about, entries_of_kind
from models.policies import switch_policy
from models.site import Site
from tests.api.service.conftest import Clock
from tests.api.service.contested.conftest import CUSTOMERS, Seat
from tests.models.contest import NAME, SIGNED, VISIT, Contest


def ids(told: Response) -> list[str]:
    return [row["id"] for row in told.json()["items"]]


def test_a_decision_shows_a_party_its_own_share_and_the_rest_as_another(seat: Seat, one: Contest) -> None:
    path = f"{CUSTOMERS}/{one.customer}/decision"
    office = seat(Role.MANAGER).get(path).json()
    assert (office["credit"], office["status"]) == ({"贝壳": "1/2", "链家": "1/2"}, "decided")
    assert "1.2.8" in office["clauses"]
    for agent, theirs, others in ((one.first, "贝壳", "链家"), (one.second, "链家", "贝壳")):
        told = seat(Role.AGENT, person=agent).get(path)
        assert told.json()["credit"] == {theirs: "1/2", "another": "1/2"}
        assert told.json()["clauses"] == office["clauses"]
        assert others not in told.text


def test_a_decision_as_it_stood_is_made_on_what_was_on_record_then(
    office: Site, seat: Seat, one: Contest, clock: Clock
) -> None:
    clock.now = late = SIGNED + timedelta(hours=1)
    desk, path = seat(Role.MANAGER), f"{CUSTOMERS}/{one.customer}/decision"
    with office.write_session() as session:
        slip = entries_about(session, one.customer, "confirm")[0]
        retract(session, slip.seq, reason="误录", at=late, by="test")
        switch_policy(session, office.policy_texts, "first-contact", at=late, reason="new rules", by="test")

    def then(at: str | None) -> tuple[str, object]:
        told = desk.get(path, params={"at": at} if at else {}).json()
        return told["policy"], told["credit"]

    assert then(SIGNED.isoformat()) == ("junyuan-2012", {"贝壳": "1/2", "链家": "1/2"})
    assert then(VISIT.isoformat()) == ("junyuan-2012", {"developer": "1"})  # nobody had signed yet
    assert then(None)[0] == "first-contact"
    with office.read_session() as reading:
        assert list(entries_of_kind(reading, "decision")) == []  # looking stores nothing


@pytest.mark.parametrize("at", ["2999-01-01T00:00:00Z", "2027-01-01T00:00:00Z", "1999-01-01T00:00:00Z", "yesterday"])
def test_an_instant_that_has_not_been_is_refused(seat: Seat, one: Contest, at: str) -> None:
    told = seat(Role.MANAGER).get(f"{CUSTOMERS}/{one.customer}/decision", params={"at": at})
    assert (told.status_code, told.json()["error"]["field"]) == (422, "at")


def test_a_decision_put_on_record_is_stored_once_until_something_changes(
    office: Site, seat: Seat, one: Contest
) -> None:
    desk, path = seat(Role.SPECIALIST), f"{CUSTOMERS}/{one.customer}"
    first = desk.post(f"{path}/decision").json()
    assert desk.post(f"{path}/decision").json() == first
    with office.write_session() as session:
        slip = entries_about(session, one.customer, "confirm")[0]
        retract(session, slip.seq, reason="误录", at=SIGNED, by="test")
    second = desk.post(f"{path}/decision").json()
    assert (first["number"], second["number"]) == (1, 2)
    rows = desk.get(f"{path}/decisions").json()["items"]
    assert rows == [second, first]
    own = seat(Role.AGENT, person=one.first).get(f"{path}/decisions").json()["items"]
    assert [(row["number"], row["hash"], row["credit"]) for row in own] == [
        (2, None, {"another": "1"}),
        (1, None, {"贝壳": "1/2", "another": "1/2"}),
    ]


def test_an_explanation_quotes_clauses_and_entries_in_plain_words(seat: Seat, one: Contest) -> None:
    told = seat(Role.MANAGER).get(f"{CUSTOMERS}/{one.customer}/explanation").json()
    reasons = told["reasons"]
    assert [why["number"] for why in reasons] == list(range(1, len(reasons) + 1))
    assert [why["clause"] for why in reasons] == told["clauses"] or set(told["clauses"]) == {
        w["clause"] for w in reasons
    }
    words = [(entry["zh"], entry["en"]) for why in reasons for entry in why["entries"]]
    signed = (
        "2026-03-01 10:20 李明与客户签署确认单",
        "2026-03-01 10:20 李明 and the customer signed the confirmation slip",
    )
    assert signed in words
    assert all(why["zh"] and why["en"] and why["withheld"] == 0 for why in reasons)
    assert all(why["otherwise"]["zh"].startswith("若") and why["otherwise"]["en"].isascii() for why in reasons)


def test_an_explanation_for_a_party_cites_its_own_entries_only(seat: Seat, one: Contest) -> None:
    told = seat(Role.AGENT, person=one.second).get(f"{CUSTOMERS}/{one.customer}/explanation")
    cited = [entry["zh"] for why in told.json()["reasons"] for entry in why["entries"]]
    assert all("赵强" in words for words in cited)
    assert sum(why["withheld"] for why in told.json()["reasons"]) > 0
    assert "李明" not in told.text
    assert one.first not in told.text


def test_of_somebody_erased_the_decision_stays_without_name_and_phone(office: Site, seat: Seat, one: Contest) -> None:
    erase(office, [one.customer], reason="request", at=SIGNED, by="test")
    desk, own = seat(Role.MANAGER), seat(Role.AGENT, person=one.first)
    for asking in (desk, own):
        row = asking.get(f"{CUSTOMERS}/{one.customer}").json()
        assert (row["name"], row["phones"]) == (None, [])
        assert asking.get(f"{CUSTOMERS}/{one.customer}/explanation").status_code == 200
        assert ids(asking.get(CUSTOMERS)) == []
    assert NAME not in own.get(f"{CUSTOMERS}/{one.customer}/timeline").text
