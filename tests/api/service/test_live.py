"""Events as they happen: nothing is missed, nobody hears what is not theirs, and a stream ends with the right to it."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import timedelta
from fractions import Fraction

import httpx2
import pytest
from fastapi import FastAPI
from sse_starlette import ServerSentEvent
from starlette.testclient import TestClient
from starlette.types import Message

from api.access.gate import COOKIE
from api.access.roles import Role
from api.live.follow import MOST
from api.live.service import Live
from api.live.stream import BATCH, Events
from attribution.decision import Decision
from attribution.entries import Dispute, Report
from models import access
from models.ledger.append import append
from models.ledger.entry import LedgerEntry
from models.ledger.kinds import Arrival, Decided, Notified, Recordable
from models.site import Site
from tests.api.service.conftest import Client, Clock, begin, browser, seat
from tests.api.service.live import PATIENCE_S, Ear, Heard, listening, serving, wait_until
from tests.models.builders import FOUNDED
from tests.models.somebody import CUSTOMER, Somebody, stored

KEEP_ALIVE_S = 0.1


@pytest.fixture
def address(service: FastAPI, office: Site, clock: Clock) -> Iterator[str]:
    service.state.live = Live(office, clock, keep_alive_s=KEEP_ALIVE_S)
    with serving(service) as address:
        yield address


def record(site: Site, *entries: Recordable) -> list[LedgerEntry]:
    with site.write_session() as session:
        return append(session, entries, at=FOUNDED, by="test")


def arrival(number: int) -> Arrival:
    return Arrival(
        at=FOUNDED, arrival=f"a{number}", door="main", direction="in", sigma_s=0.02, status="unknown", track=number
    )


def cookie(asking: TestClient) -> dict[str, str]:
    return {"Cookie": f"{COOKIE}={asking.cookies[COOKIE]}"}


def device(office: Site) -> tuple[str, dict[str, str]]:
    with office.write_session() as session:
        made, token = access.add_device(session, name="entrance", at=FOUNDED, by="test")
    return made, {"Authorization": f"Device {token}"}


def party(service: FastAPI, office: Site, role: Role, *, person: str | None, distributor: str) -> dict[str, str]:
    """An agent or liaison who has signed in."""
    login = f"{role}-{person or distributor}"[:12].encode("ascii", "replace").decode().replace("?", "x")
    seat(office, login, role, FOUNDED, person=person, distributor=distributor)
    asking = browser(service)
    begin(asking, office, login, service.state.clock())
    return cookie(asking)


def heard(ear: Ear, number: int) -> list[Heard]:
    return [ear.next() for _ in range(number)]


def test_an_entry_is_told_to_who_listens(client: Client, address: str, office: Site) -> None:
    with listening(address, cookie(client(Role.RECEPTION))) as ear:
        [written] = record(office, arrival(1))
        told = ear.next()
    assert (told.id, told.event) == (written.seq, "arrival")
    assert told.data == {
        "at": "2026-03-01T01:00:00Z", "arrival": "a1", "door": "main", "direction": "in", "sigma_s": 0.02,
        "status": "unknown", "live": "unknown",
    }  # fmt: skip


def test_who_comes_back_is_told_what_they_missed_once_and_in_order(client: Client, address: str, office: Site) -> None:
    who = cookie(client(Role.RISK))
    with listening(address, who) as ear:
        [first] = record(office, arrival(1))
        assert ear.next().id == first.seq
    missed = record(office, *(arrival(number) for number in range(2, 2 * BATCH)))
    with listening(address, who, after=first.seq) as ear:
        later = record(office, arrival(0))
        expected = [one.seq for one in (*missed, *later)]
        assert [one.id for one in heard(ear, len(expected))] == expected


def test_who_names_no_last_event_is_told_from_now_on(client: Client, address: str, office: Site) -> None:
    record(office, arrival(1))
    with listening(address, cookie(client(Role.MANAGER))) as ear:
        ear.until_comment("still here")
        record(office, arrival(2))
        assert ear.next().data["arrival"] == "a2"


def test_who_was_told_more_than_there_is_is_told_from_now_on(client: Client, address: str, office: Site) -> None:
    with listening(address, cookie(client(Role.MANAGER)), after=10**9) as ear:
        ear.until_comment("still here")
        record(office, arrival(1))
        assert ear.next().data["arrival"] == "a1"


def test_a_kiosk_is_told_of_arrivals_and_their_instants_only(address: str, office: Site) -> None:
    _, token = device(office)
    customer, agent = stored(office, CUSTOMER), stored(office, Somebody())
    with listening(address, token) as ear:
        record(office, report(customer, agent), arrival(1))
        told = ear.next()
    assert (told.event, told.data) == ("arrival", {"at": "2026-03-01T01:00:00Z", "arrival": "a1"})


def report(customer: str, agent: str) -> Report:
    return Report(do="report", at=FOUNDED, person=customer, by=agent, name="王芳", phone="13800138000", via="wechat")


def decided(customer: str, number: int, shares: Mapping[str, Fraction]) -> Decided:
    decision = Decision(policy="p", version="1", credit=shares, commission=shares, status="decided")
    return Decided(
        at=FOUNDED, person=customer, number=number, policy="p", version="1", text_sha256="ab" * 32, hash=decision.hash,
        upto=1, decision=decision.plain(),
    )  # fmt: skip


def test_an_agent_is_told_what_concerns_them_and_their_own_share_only(
    service: FastAPI, address: str, office: Site
) -> None:
    mine, other = stored(office, Somebody()), stored(office, Somebody(name="张伟", distributor="链家"))
    customer, theirs = stored(office, CUSTOMER), stored(office, CUSTOMER)
    who = party(service, office, Role.AGENT, person=mine, distributor="贝壳")
    half = Fraction(1, 2)
    with listening(address, who) as ear:
        record(
            office,
            report(customer, other),  # somebody else's, of a customer who is not theirs yet
            arrival(1),
            report(customer, mine),
            decided(customer, 1, {mine: half, other: half}),
            decided(theirs, 1, {mine: half, other: half}),  # of a customer they never dealt with
            Dispute(do="dispute", at=FOUNDED, person=customer, by=other),
            Notified(at=FOUNDED, person=customer, whom=(mine, other), about=1),
            Notified(at=FOUNDED, person=customer, whom=(other,), about=1),
            Dispute(do="dispute", at=FOUNDED, person=customer, by=mine),
        )
        told = heard(ear, 4)
    assert [one.event for one in told] == ["report", "decision", "notice", "dispute"]
    assert told[0].data == {"at": "2026-03-01T01:00:00Z", "person": customer, "by": mine, "via": "wechat"}
    assert told[1].data["credit"] == told[1].data["commission"] == {mine: "1/2"}
    assert told[2].data["whom"] == [mine]
    assert other not in json.dumps([one.data for one in told])


def test_a_liaison_is_told_what_concerns_their_distributors_agents(
    service: FastAPI, address: str, office: Site
) -> None:
    mine, other = stored(office, Somebody()), stored(office, Somebody(name="张伟", distributor="链家"))
    customer = stored(office, CUSTOMER)
    who = party(service, office, Role.LIAISON, person=None, distributor="贝壳")
    with listening(address, who) as ear:
        record(office, report(customer, other), report(customer, mine))
        assert ear.next().data["by"] == mine


def test_a_stream_ends_when_its_device_is_revoked(address: str, office: Site) -> None:
    made, token = device(office)
    with listening(address, token) as ear:
        with office.write_session() as session:
            access.revoke_device(session, made, at=FOUNDED, by="test")
        ear.until_end()
    assert httpx2.get(f"{address}/api/v1/events", headers=token, trust_env=False).status_code == 401


@pytest.mark.parametrize(
    "over",
    [
        timedelta(hours=1, seconds=1),  # nobody did anything: listening is no use of a session
        timedelta(hours=12, seconds=1),  # the longest a session may last
    ],
    ids=str,
)
def test_a_stream_ends_with_its_session(client: Client, address: str, clock: Clock, over: timedelta) -> None:
    with listening(address, cookie(client(Role.SPECIALIST))) as ear:
        ear.until_comment("still here")
        clock.now += over
        ear.until_end()


def test_a_stream_ends_when_its_user_signs_out(client: Client, address: str) -> None:
    asking = client(Role.SPECIALIST)
    with listening(address, cookie(asking)) as ear:
        assert asking.delete("/api/v1/session").status_code == 204
        ear.until_end()


def test_nobody_is_looked_after_when_nobody_listens(client: Client, service: FastAPI, address: str) -> None:
    who = cookie(client(Role.AUDITOR))
    follower = service.state.live.follower
    with listening(address, who):
        assert follower.listeners == 1
    wait_until(lambda: follower.listeners == 0)


@pytest.mark.parametrize(
    "given",
    [
        "x",  # no number
        "-1",  # before the beginning
        "9" * 30,  # more than a database holds
        "1; DROP TABLE ledger",  # a statement
    ],
)
def test_a_last_event_that_is_none_is_refused(client: Client, given: str) -> None:
    told = client(Role.MANAGER).get("/api/v1/events", headers={"Last-Event-ID": given})
    assert (told.status_code, told.json()["error"]["code"]) == (422, "invalid")
    assert given not in told.text


def test_a_service_that_stops_takes_no_listeners(client: Client) -> None:
    told = client(Role.MANAGER).get("/api/v1/events")
    assert (told.status_code, told.json()["error"]["code"]) == (503, "not_listening")


def test_listeners_are_bounded(client: Client, service: FastAPI) -> None:
    follower = service.state.live.follower
    follower.is_open, follower.listeners = True, MOST
    told = client(Role.MANAGER).get("/api/v1/events")
    assert (told.status_code, told.json()["error"]["code"]) == (429, "too_many")


def test_a_client_that_takes_nothing_is_dropped() -> None:
    ended = []

    async def endless() -> AsyncIterator[ServerSentEvent]:
        try:
            while True:
                yield ServerSentEvent("{}")
        finally:
            ended.append(True)

    async def nothing_comes() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    async def takes_the_first(message: Message) -> None:
        if message.get("body"):
            await asyncio.Event().wait()

    answer = Events(endless())
    answer.send_timeout = 0.05
    asyncio.run(answer({"type": "http", "method": "GET"}, nothing_comes, takes_the_first))
    assert ended == [True]


def test_a_service_that_is_stopped_lets_its_listeners_go(office: Site) -> None:
    _, token = device(office)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "api.cli", "serve", "--site", str(office.folder), "--port", str(port)]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        wait_until(lambda: _answers(port))
        with listening(f"http://127.0.0.1:{port}", token) as ear:
            running.send_signal(signal.SIGTERM)
            ear.until_end()
        _, said = running.communicate(timeout=PATIENCE_S)
    finally:
        running.kill()
    assert running.returncode in (0, -signal.SIGTERM)
    assert b"Traceback" not in said


def _answers(port: int) -> bool:
    try:
        return httpx2.get(f"http://127.0.0.1:{port}/api/v1/healthz", trust_env=False).status_code == 200
    except httpx2.TransportError:
        return False
