"""What a hostile agent gets by reporting a telephone they guessed: their own report, and nothing from before it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import select, update
from starlette.testclient import TestClient

from api.access.actor import Actor
from api.access.roles import Role
from api.access.rows import sight_of
from api.live.follow import MOST_EACH, Follower
from api.live.pseudonymous import told_to
from attribution.entries import Arrive
from models.access.records import User
from models.access.users import disable_user
from models.ledger.append import append
from models.ledger.kinds import Notified, Order
from models.ledger.read import entries_about
from models.site import Site, create_site
from tests.api.service.conftest import Clock
from tests.api.service.live import listening, serving, wait_until
from tests.api.service.reporters import REPORTS, SETTINGS, Party, agent, code
from tests.api.service.seated import seated
from tests.models.builders import FOUNDED
from tests.models.kept import came, film

CUSTOMERS = "/api/v1/customers"


def filmed(office: Site, arrival: str, who: str | None, *, at: datetime) -> None:
    """An arrival with two frames."""
    with office.write_session() as session:
        append(session, [came(arrival, who, at=at)], at=at, by="door")
    film(office, arrival, who, at=at)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Site]:
    with create_site(tmp_path / "office", SETTINGS, at=FOUNDED) as made:
        yield made


@pytest.fixture
def anna(service: FastAPI, office: Site) -> Party:
    return agent(service, office, "anna")


@pytest.fixture
def fisher(service: FastAPI, office: Site) -> Party:
    return agent(service, office, "fisher", distributor="链家")


@pytest.fixture
def fished(service: FastAPI, office: Site, anna: Party, fisher: Party, clock: Clock) -> str:
    """Anna's customer, decided an hour before somebody else reports the telephone without a name."""
    customer: str = anna.report().json()["customer"]
    desk = seated(service, office, Role.MANAGER, at=clock.now)
    clock.pass_(minutes=10)
    assert desk.post(f"{CUSTOMERS}/{customer}/decision").status_code == 201
    clock.pass_(minutes=50)
    assert fisher.report(name=None).json()["customer"] == customer
    return customer


@pytest.mark.parametrize("what", ["decision", "explanation"])
def test_nobody_is_told_what_was_decided_before_the_customer_was_theirs(
    anna: Party, fisher: Party, fished: str, clock: Clock, what: str
) -> None:
    path = f"{CUSTOMERS}/{fished}/{what}"
    before = {"at": (clock.now - timedelta(minutes=30)).isoformat()}
    assert anna.asking.get(path, params=before).status_code == 200
    assert fisher.asking.get(path, params=before).status_code == 404  # else the others' instants are found by halving
    assert fisher.asking.get(path, params={"at": clock.now.isoformat()}).status_code == 200


def test_versions_of_a_decision_from_before_are_not_told(
    service: FastAPI, office: Site, anna: Party, fisher: Party, fished: str, clock: Clock
) -> None:
    def numbers(who: Party) -> list[int]:
        return [row["number"] for row in who.asking.get(f"{CUSTOMERS}/{fished}/decisions").json()["items"]]

    assert (numbers(anna), numbers(fisher)) == ([1], [])
    assert seated(service, office, Role.MANAGER, at=clock.now).post(f"{CUSTOMERS}/{fished}/decision").json()["number"]
    assert (numbers(anna), numbers(fisher)) == ([2, 1], [2])


def test_events_about_decisions_from_before_are_not_told_again(
    office: Site, anna: Party, fisher: Party, fished: str
) -> None:
    with office.read_session() as session:
        [decided] = entries_about(session, fished, "decision")

        def hears(who: Party) -> bool:
            actor = Actor(id="user:1", role=Role.AGENT, person=who.person)
            return told_to(session, sight_of(session, actor), decided) is not None

        assert (hears(anna), hears(fisher)) == (True, False)


def test_a_party_gets_no_hash_on_which_to_try_names(fisher: Party, fished: str) -> None:
    told: dict[str, Any] = fisher.asking.get(f"{CUSTOMERS}/{fished}/decision").json()
    assert told["hash"] is None


def test_a_preview_that_leaves_no_trace_tells_an_agent_of_nobody_elses_customer(
    service: FastAPI, office: Site, anna: Party, fisher: Party, clock: Clock
) -> None:
    anna.report(phone="13800138000")
    file = {"file": ("a.csv", "电话\n13800138000\n13900139000\n".encode())}
    told = fisher.asking.post(f"{REPORTS}/import", files=file).json()
    assert (told["new"], told["duplicate"], told["conflict"]) == (None, 0, None)
    named = {"file": ("a.csv", f"电话,经纪人\n13800138000,{fisher.person}\n13900139000,{fisher.person}\n".encode())}
    desk = seated(service, office, Role.SPECIALIST, at=clock.now)
    assert {key: desk.post(f"{REPORTS}/import", files=named).json()[key] for key in ("new", "conflict")} == {
        "new": 1,
        "conflict": 1,
    }


def test_an_agent_is_shown_that_their_report_was_taken_back(anna: Party, fisher: Party, fished: str) -> None:
    report = anna.asking.get(REPORTS).json()["items"][0]["report"]
    assert fisher.asking.post(f"{REPORTS}/{report}/withdrawal", json={"reason": "x"}).status_code == 404
    again = anna.report(phone="13800138000").json()["report"]
    assert anna.asking.post(f"{REPORTS}/{again}/withdrawal", json={"reason": "报错"}).status_code == 201
    rows = anna.asking.get(f"{CUSTOMERS}/{fished}/timeline").json()["items"]
    assert {row["entry"]: row["undone"] for row in rows} == {report: False, again: True}


def test_a_dispute_shows_no_visit_in_which_they_had_no_part(
    service: FastAPI, office: Site, anna: Party, fisher: Party, clock: Clock
) -> None:
    customer, here = anna.report().json()["customer"], clock.now
    filmed(office, "arr-1", anna.person, at=here)
    filmed(office, "arr-2", None, at=here + timedelta(seconds=1))
    with office.write_session() as session:
        before = Order(at=here, first="arr-1", second="arr-2", verdict="before", p=1.0)
        door = {anna.person: (0.0, 0.02), customer: (1.0, 0.02)}
        visit = Arrive.model_validate({"do": "arrive", "at": here, "person": customer, "door": door})
        append(session, [before, visit], at=here, by="door")
    clock.pass_(hours=1)
    assert fisher.report(name=None).json()["customer"] == customer
    dispute = fisher.asking.post("/api/v1/disputes", json={"person": customer}).json()["entry"]

    def seen(who: TestClient) -> list[int]:
        told = who.get(f"/api/v1/disputes/{dispute}").json()
        return [len(told[part]) for part in ("crossings", "orders", "frames")] + [told["withheld"]]

    assert (seen(fisher.asking), seen(anna.asking)) == ([0, 0, 0, 0], [3, 1, 4, 0])
    desk = seated(service, office, Role.MANAGER, at=clock.now)
    [frame, *_] = [row for row in desk.get(f"/api/v1/disputes/{dispute}").json()["frames"] if row["arrival"] == "arr-2"]
    look = f"/api/v1/disputes/{dispute}/frames/arr-2/{frame['sha256']}"
    assert code(fisher.asking.post(look, json={"reason": "看"})) == (404, "not_found")
    assert anna.asking.post(look, json={"reason": "看"}).status_code == 200
    taken = f"/api/v1/disputes/{dispute}/bundle"
    assert code(fisher.asking.post(taken, json={})) == (409, "not_ruled")
    given = desk.post(taken, json={"recipient": fisher.person})
    assert (given.status_code, given.headers["content-type"]) == (200, "application/zip")


@pytest.mark.parametrize("path", [f"{REPORTS}/", "/api/v1/me/"])
def test_an_address_with_a_slash_too_many_is_refused_in_the_one_shape(anna: Party, path: str) -> None:
    told = anna.asking.get(path, follow_redirects=False)
    assert code(told) == (404, "not_found")


def test_nobody_takes_the_streams_of_all_others(office: Site) -> None:
    follower = Follower(office)
    with follower.listening("user:1"):
        assert follower.has_room("user:1")
        held = [follower.listening("user:1") for _ in range(MOST_EACH - 1)]
        for one in held:
            one.__enter__()
        assert (follower.has_room("user:1"), follower.has_room("device:1")) == (False, True)
        held.pop().__exit__(None, None, None)
        assert follower.has_room("user:1")
        for one in held:
            one.__exit__(None, None, None)
    assert follower.listeners == 0


def test_a_stream_ends_when_its_user_is_another_claimant(service: FastAPI, office: Site, anna: Party) -> None:
    service.state.live.keep_alive_s = 0.2
    cookies = {"Cookie": f"menjian_session={anna.asking.cookies['menjian_session']}"}
    with serving(service) as address, listening(address, cookies) as ear:
        ear.until_comment("still here")
        with office.write_session() as session:
            session.change(update(User).where(User.login == anna.login).values(person_id=None))
        ear.until_end()
        wait_until(lambda: service.state.live.follower.listeners == 0)


def test_nobody_hears_what_happened_after_they_were_let_in_no_more(
    service: FastAPI, office: Site, anna: Party, fished: str, clock: Clock
) -> None:
    cookies = {"Cookie": f"menjian_session={anna.asking.cookies['menjian_session']}"}
    with serving(service) as address, listening(address, cookies) as ear:  # it looks by itself after 15 s only
        with office.write_session() as session:
            found = session.scalars(select(User.id).where(User.login == anna.login)).one()
            disable_user(session, found, at=clock.now, by="test")
            told = Notified(at=clock.now, person=fished, whom=(str(anna.person),), about=1)
            append(session, [told], at=clock.now, by="test")
        with pytest.raises(EOFError):
            ear.next()
