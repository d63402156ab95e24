"""Webhooks against a real receiver that fails, hangs, redirects: each entry arrives, signed, with nothing personal."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Iterator
from datetime import datetime, timedelta
from threading import Thread
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from api.access.roles import Role
from api.live.deliver import Deliverer
from api.live.send import NO_ANSWER, send
from api.live.signature import verify
from attribution.entries import Report
from models.desk.deliveries import AT_ONCE, BACKOFF
from models.ledger.append import append
from models.ledger.kinds import Arrival
from models.ledger.read import entries_of_kind
from models.site import Site
from tests.api.service.conftest import Client, Clock
from tests.api.service.live import serving, wait_until
from tests.api.service.receiver import HANGS, Receiver, receiving
from tests.models.builders import FOUNDED
from tests.models.somebody import CUSTOMER, Somebody, stored

WEBHOOKS = "/api/v1/webhooks"
SECRET = "whsec_" + "A" * 44
NOBODY = "0" * 32


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def admin(client: Client) -> TestClient:
    return client(Role.ADMIN)


@pytest.fixture
def deliverer(office: Site, clock: Clock) -> Deliverer:
    return Deliverer(office, clock)


def made(admin: TestClient, url: str, *kinds: str) -> tuple[str, str]:
    told = admin.post(WEBHOOKS, json={"url": url, "kinds": kinds or ["arrival"]})
    assert told.status_code == 201, told.text
    return told.json()["id"], told.json()["secret"]


def arrive(office: Site, at: datetime, *numbers: int) -> list[int]:
    seen = [
        Arrival(at=at, arrival=f"a{one}", door="main", direction="in", sigma_s=0.02, status="unknown", track=one)
        for one in numbers
    ]
    with office.write_session() as session:
        return [one.seq for one in append(session, seen, at=at, by="test")]


def listed(admin: TestClient, webhook: str, query: str = "") -> list[dict[str, Any]]:
    told = admin.get(f"{WEBHOOKS}/{webhook}/deliveries{query}")
    assert told.status_code == 200, told.text
    items: list[dict[str, Any]] = told.json()["items"]
    return items


def standing(admin: TestClient) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = admin.get(WEBHOOKS).json()["items"]
    return items


def test_an_entry_is_delivered_signed(
    admin: TestClient, office: Site, clock: Clock, deliverer: Deliverer, receiver: Receiver
) -> None:
    webhook, secret = made(admin, receiver.url)
    [seq] = arrive(office, clock.now, 1)
    assert deliverer.round() == 1
    [message] = receiver.took
    said = json.loads(message.body)
    assert (said["type"], said["seq"], said["data"]["arrival"]) == ("arrival", seq, "a1")
    [delivery] = listed(admin, webhook)
    assert verify(message.headers, message.body, secret, now=clock.now) == delivery["id"]
    assert (delivery["seq"], delivery["state"], delivery["attempts"]) == (seq, "delivered", 1)
    assert delivery["last_status"] == 200
    assert deliverer.round() == 0


def test_only_the_kinds_asked_for_are_delivered_from_then_on_and_nothing_personal(
    admin: TestClient, office: Site, clock: Clock, deliverer: Deliverer, receiver: Receiver
) -> None:
    arrive(office, clock.now, 1)
    made(admin, receiver.url, "report")
    arrive(office, clock.now, 2)
    agent, customer = stored(office, Somebody()), stored(office, CUSTOMER)
    with office.write_session() as session:
        report = Report(do="report", at=clock.now, person=customer, by=agent, name="王芳", phone="13800138000")
        append(session, [report], at=clock.now, by="test")
    deliverer.round()
    [message] = receiver.took
    assert json.loads(message.body)["type"] == "report"
    assert not any(personal in message.body.decode() for personal in ("王芳", "13800138000", "sealed"))


@pytest.mark.parametrize(
    "answer",
    [
        500,  # the receiver is broken
        404,  # nothing is there
        302,  # a redirect: the message goes nowhere else
        307,  # one that would take the body along
    ],
)
def test_a_delivery_that_fails_is_tried_again_under_the_same_id(
    admin: TestClient, office: Site, clock: Clock, deliverer: Deliverer, receiver: Receiver, answer: int
) -> None:
    webhook, secret = made(admin, receiver.url)
    arrive(office, clock.now, 1)
    receiver.answers([answer, 200])
    deliverer.round()
    [delivery] = listed(admin, webhook)
    assert (delivery["state"], delivery["attempts"], delivery["last_status"]) == ("waiting", 1, answer)
    assert deliverer.round() == 0  # not yet
    clock.now += BACKOFF[0]
    assert deliverer.round() == 1
    assert [message.path for message in receiver.took] == ["/in", "/in"]
    first, second = (verify(one.headers, one.body, secret, now=clock.now) for one in receiver.took)
    assert first == second == delivery["id"]
    assert listed(admin, webhook)[0]["state"] == "delivered"


def test_after_the_last_attempt_a_delivery_is_given_up_and_that_is_seen(
    admin: TestClient, office: Site, clock: Clock, deliverer: Deliverer, receiver: Receiver
) -> None:
    made(admin, receiver.url)
    arrive(office, clock.now, 1)
    receiver.answers([500])
    tried = []
    for wait in (timedelta(0), *BACKOFF, timedelta(days=30)):
        clock.now += wait
        tried.append(deliverer.round())
    assert tried == [1] * (1 + len(BACKOFF)) + [0]
    assert len(receiver.took) == 1 + len(BACKOFF)


def test_what_was_given_up_stands_in_the_list(
    admin: TestClient, office: Site, clock: Clock, deliverer: Deliverer, receiver: Receiver
) -> None:
    webhook, _ = made(admin, receiver.url)
    arrive(office, clock.now, 1)
    assert [(one["waiting"], one["given_up"]) for one in standing(admin)] == [(0, 0)]
    receiver.answers([500])
    deliverer.round()
    assert [(one["waiting"], one["given_up"]) for one in standing(admin)] == [(1, 0)]
    assert admin.delete(f"{WEBHOOKS}/{webhook}").status_code == 204
    assert [(one["waiting"], one["given_up"]) for one in standing(admin)] == [(0, 1)]
    assert listed(admin, webhook)[0]["state"] == "given up"


def test_a_removed_webhook_is_told_nothing_more(
    admin: TestClient, office: Site, clock: Clock, deliverer: Deliverer, receiver: Receiver
) -> None:
    webhook, _ = made(admin, receiver.url)
    arrive(office, clock.now, 1)
    assert admin.delete(f"{WEBHOOKS}/{webhook}").status_code == 204
    arrive(office, clock.now, 2)
    assert deliverer.round() == 0
    assert receiver.took == []
    assert admin.delete(f"{WEBHOOKS}/{webhook}").status_code == 404
    assert admin.post(f"{WEBHOOKS}/{webhook}/test").status_code == 404


@pytest.mark.parametrize(
    ("method", "path"), [("GET", f"/{NOBODY}/deliveries"), ("POST", f"/{NOBODY}/test"), ("DELETE", f"/{NOBODY}")]
)
def test_a_webhook_that_is_none_is_not_found(admin: TestClient, method: str, path: str) -> None:
    told = admin.request(method, WEBHOOKS + path)
    assert (told.status_code, told.json()["error"]["code"]) == (404, "not_found")


def test_deliveries_are_listed_by_pages_the_newest_first(
    admin: TestClient, office: Site, clock: Clock, deliverer: Deliverer, receiver: Receiver
) -> None:
    webhook, _ = made(admin, receiver.url)
    seqs = arrive(office, clock.now, *range(AT_ONCE + 2))
    assert (deliverer.round(), deliverer.round()) == (AT_ONCE, 2)
    assert [one["seq"] for one in listed(admin, webhook, "?limit=3")] == seqs[:-4:-1]
    assert [one["seq"] for one in listed(admin, webhook, f"?before={seqs[2]}")] == seqs[1::-1]


def test_two_services_on_one_site_deliver_each_entry_once(
    admin: TestClient, office: Site, clock: Clock, receiver: Receiver
) -> None:
    made(admin, receiver.url)
    seqs = arrive(office, clock.now, *range(3 * AT_ONCE))
    workers = [Deliverer(office, clock), Deliverer(office, clock)]

    def work(worker: Deliverer) -> None:
        while worker.round():
            pass

    threads = [Thread(target=work, args=(worker,)) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(json.loads(message.body)["seq"] for message in receiver.took) == seqs


def test_the_service_delivers_while_it_runs_and_stops_its_worker(
    admin: TestClient, service: FastAPI, office: Site, clock: Clock, receiver: Receiver
) -> None:
    made(admin, receiver.url)
    with serving(service):
        arrive(office, clock.now, 1)
        wait_until(lambda: receiver.took)
    wait_until(lambda: service.state.live.deliverer.state == "stopped")


@pytest.mark.parametrize(
    "statuses",
    [
        [HANGS],  # takes the message and says nothing
        [204],  # says that it took it
    ],
    ids=str,
)
def test_nobody_is_waited_for_longer_than_agreed(receiver: Receiver, statuses: list[int]) -> None:
    receiver.answers(statuses)
    told = asyncio.run(send(receiver.url, SECRET, b"{}", message="m1", now=FOUNDED, timeout_s=1.0))
    assert told == (NO_ANSWER if statuses == [HANGS] else 204)


def test_an_address_where_nobody_listens_gives_no_answer(admin: TestClient) -> None:
    with socket.socket() as taken:  # bound, never listening
        taken.bind(("127.0.0.1", 0))
        webhook, _ = made(admin, f"http://127.0.0.1:{taken.getsockname()[1]}/in")
        told = admin.post(f"{WEBHOOKS}/{webhook}/test")
    assert (told.status_code, told.json()) == (200, {"status": NO_ANSWER})


def test_a_test_message_is_signed_and_about_nothing(admin: TestClient, clock: Clock, receiver: Receiver) -> None:
    webhook, secret = made(admin, receiver.url)
    assert admin.post(f"{WEBHOOKS}/{webhook}/test").json() == {"status": 200}
    [message] = receiver.took
    assert verify(message.headers, message.body, secret, now=clock.now).startswith("test_")
    assert json.loads(message.body) == {"type": "test", "seq": 0, "at": clock.now.isoformat(), "data": {}}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"url": "http://crm.example.com/in", "kinds": ["deal"]}, None),  # in the clear, over the network
        ({"url": "https://crm.example.com/\x00", "kinds": ["deal"]}, "url"),
        ({"url": "https://crm.example.com/in", "kinds": []}, "kinds"),
        ({"url": "https://crm.example.com/in", "kinds": ["view"]}, "kinds.0"),  # a kind that is told to nobody
        ({"url": "https://crm.example.com/in", "kinds": ["deal'; DROP TABLE webhook; --"]}, "kinds.0"),
        ({"url": "https://crm.example.com/in", "kinds": ["{{ deal }}"]}, "kinds.0"),
    ],
)
def test_a_webhook_that_cannot_be_told_is_refused(admin: TestClient, body: dict[str, Any], field: str | None) -> None:
    told = admin.post(WEBHOOKS, json=body)
    error = told.json()["error"]
    assert (told.status_code, error["code"], error.get("field", field)) == (422, "invalid", field)
    assert standing(admin) == []


def test_the_secret_is_shown_once_and_lies_sealed(admin: TestClient, office: Site, receiver: Receiver) -> None:
    webhook, secret = made(admin, receiver.url)
    assert secret not in json.dumps(standing(admin))
    office.close()  # its log goes into the file
    kept = b"".join(file.read_bytes() for file in office.folder.rglob("*") if file.is_file())
    assert webhook.encode() in kept
    assert secret.removeprefix("whsec_").encode() not in kept


def test_who_made_and_removed_a_webhook_stands_in_the_ledger_without_its_address(
    admin: TestClient, office: Site, receiver: Receiver
) -> None:
    webhook, _ = made(admin, receiver.url)
    admin.delete(f"{WEBHOOKS}/{webhook}")
    with office.read_session() as session:
        said = [one.payload for one in entries_of_kind(session, "access") if webhook in one.payload]
    assert [json.loads(one)["what"] for one in said] == ["webhook added", "webhook removed"]
    assert all("user:" in one and "127.0.0.1" not in one for one in said)
