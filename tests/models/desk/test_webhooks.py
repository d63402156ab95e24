"""Webhooks on record, on both databases: every entry becomes one delivery, every claim is one process's."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from models.desk.deliveries import (
    AT_ONCE,
    BACKOFF,
    KEPT,
    LEASE,
    Due,
    claim,
    clear_old,
    deliveries,
    has_work,
    make_deliveries,
    settle,
)
from models.desk.records import Delivery
from models.desk.webhooks import (
    MOST,
    UnknownWebhookError,
    WebhookError,
    add_webhook,
    backlog,
    checked_url,
    remove_webhook,
    target_of,
)
from models.ledger.append import append
from models.ledger.kinds import Arrival
from models.session import WriteSession
from models.site import Site
from tests.models.builders import FOUNDED

URL = "https://crm.example.com/in"
BY = "user:admin"


def arrive(session: WriteSession, *numbers: int) -> list[int]:
    seen = [
        Arrival(at=FOUNDED, arrival=f"a{one}", door="main", direction="in", sigma_s=0.1, status="unknown", track=one)
        for one in numbers
    ]
    return [one.seq for one in append(session, seen, at=FOUNDED, by="door")]


def told_of(site: Site, *numbers: int) -> str:
    """A webhook, with deliveries of these arrivals made."""
    with site.write_session() as session:
        webhook, _ = add_webhook(session, url=URL, kinds=["arrival"], at=FOUNDED, by=BY)
        arrive(session, *numbers)
        make_deliveries(session, at=FOUNDED)
    return webhook


def claimed(site: Site, after: timedelta = timedelta(0)) -> list[Due]:
    with site.write_session() as session:
        return claim(session, at=FOUNDED + after)


def test_entries_become_deliveries_once_and_each_is_claimed_once(site: Site) -> None:
    told_of(site, 1, 2)
    with site.write_session() as session:
        make_deliveries(session, at=FOUNDED)
    due = claimed(site)
    assert [one.attempt for one in due] == [1, 1]
    assert due[0].seq < due[1].seq
    assert claimed(site) == []


def test_what_a_stopped_process_had_claimed_is_anothers_after_its_lease(site: Site) -> None:
    webhook = told_of(site, 1)
    [lost] = claimed(site)
    assert claimed(site, LEASE - timedelta(seconds=1)) == []
    [taken] = claimed(site, LEASE)
    assert (taken.id, taken.attempt) == (lost.id, 2)
    with site.write_session() as session:
        settle(session, lost, status=500, at=FOUNDED)  # it was not stopped, but slow: somebody else has it now
        settle(session, taken, status=200, at=FOUNDED)
        [standing] = deliveries(session, webhook, before=None, limit=10)
    assert (standing.state, standing.attempts, standing.last_status) == ("delivered", 2, 200)


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (200, "delivered"),
        (299, "delivered"),
        (199, "waiting"),
        (301, "waiting"),  # redirects are not followed
        (410, "waiting"),
        (0, "waiting"),  # nobody answered
    ],
)
def test_only_an_answer_from_200_to_299_is_a_delivery(site: Site, status: int, state: str) -> None:
    webhook = told_of(site, 1)
    [due] = claimed(site)
    with site.write_session() as session:
        settle(session, due, status=status, at=FOUNDED)
        [standing] = deliveries(session, webhook, before=None, limit=10)
    assert (standing.state, standing.last_status) == (state, status)
    assert standing.next_at == (FOUNDED + BACKOFF[0] if state == "waiting" else None)


def test_attempts_come_at_growing_distances_and_end(site: Site) -> None:
    told_of(site, 1)
    at = timedelta(0)
    for wait in BACKOFF:
        [due] = claimed(site, at)
        with site.write_session() as session:
            settle(session, due, status=500, at=FOUNDED + at)
        assert claimed(site, at + wait - timedelta(seconds=1)) == []
        at += wait
    [last] = claimed(site, at)
    with site.write_session() as session:
        settle(session, last, status=500, at=FOUNDED + at)
        assert backlog(session) == (0, 1)
        assert not has_work(session, at=FOUNDED + timedelta(days=365))


def test_one_webhook_with_much_to_do_leaves_the_other_its_turn(site: Site) -> None:
    with site.write_session() as session:
        busy, _ = add_webhook(session, url=URL, kinds=["arrival"], at=FOUNDED, by=BY)
        quiet, _ = add_webhook(session, url=URL, kinds=["access", "arrival"], at=FOUNDED, by=BY)
        arrive(session, *range(AT_ONCE + 1))
        make_deliveries(session, at=FOUNDED)
    due = claimed(site)
    assert [sum(one.webhook == webhook for one in due) for webhook in (busy, quiet)] == [AT_ONCE, AT_ONCE]


def test_there_is_work_only_while_something_is_new_or_due(site: Site) -> None:
    with site.write_session() as session:
        assert not has_work(session, at=FOUNDED)  # nobody is to be told
        add_webhook(session, url=URL, kinds=["arrival"], at=FOUNDED, by=BY)
        assert not has_work(session, at=FOUNDED)  # of nothing yet
        arrive(session, 1)
        assert has_work(session, at=FOUNDED)
        make_deliveries(session, at=FOUNDED)
        assert has_work(session, at=FOUNDED)
        [due] = claim(session, at=FOUNDED)
        assert not has_work(session, at=FOUNDED)
        settle(session, due, status=200, at=FOUNDED)
        assert not has_work(session, at=FOUNDED + timedelta(days=1))


def test_what_arrived_or_was_given_up_long_ago_is_forgotten_and_what_waits_is_not(site: Site) -> None:
    webhook = told_of(site, 1, 2, 3)
    first, second, third = claimed(site)
    with site.write_session() as session:
        settle(session, first, status=200, at=FOUNDED)
        settle(session, second, status=500, at=FOUNDED)
        session.change(update(Delivery).where(Delivery.id == third.id).values(next_at=None))  # given up
        clear_old(session, at=FOUNDED + KEPT)
        assert len(deliveries(session, webhook, before=None, limit=10)) == 3
        clear_old(session, at=FOUNDED + KEPT + timedelta(seconds=1))
        assert [one.seq for one in deliveries(session, webhook, before=None, limit=10)] == [second.seq]


def test_a_removed_webhook_has_no_secret_and_takes_nothing(site: Site) -> None:
    webhook = told_of(site, 1)
    with site.write_session() as session:
        remove_webhook(session, webhook, at=FOUNDED, by=BY)
        assert claim(session, at=FOUNDED) == []
        with pytest.raises(UnknownWebhookError, match="none of this id"):
            target_of(session, webhook)


def test_webhooks_are_bounded(site: Site) -> None:
    with site.write_session() as session:
        for _ in range(MOST):
            add_webhook(session, url=URL, kinds=["arrival"], at=FOUNDED, by=BY)
        with pytest.raises(WebhookError, match="remove one first"):
            add_webhook(session, url=URL, kinds=["arrival"], at=FOUNDED, by=BY)


@pytest.mark.parametrize(
    "url",
    [
        "https://crm.example.com/in?office=1",
        "https://10.0.0.7/in",  # this house, in cipher
        "http://127.0.0.1:8000/in",  # this machine
        "http://localhost:8000/in",
        "http://[::1]:8000/in",
        "http://192.168.1.20/in",  # this house
        "http://[fd00::20]/in",
    ],
)
def test_addresses_that_may_be_told(url: str) -> None:
    assert checked_url(url) == url


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://crm.example.com/in", "https"),  # in the clear, over the network
        ("http://8.8.8.8/in", "https"),
        ("http://169.254.169.254/latest/meta-data", "https"),  # where a cloud keeps its keys
        ("http://[::ffff:169.254.169.254]/latest/meta-data", "https"),  # the same, dressed as IPv6
        ("http://[::ffff:a9fe:a9fe]/", "https"),
        ("http://0.0.0.0/in", "https"),
        ("http://2130706433/in", "https"),  # 127.0.0.1 as a number: not everybody reads it so
        ("ftp://127.0.0.1/in", "https"),
        ("file:///etc/passwd", "not an address"),
        ("https://user:pass@crm.example.com/in", "user and password"),
        ("https://user@crm.example.com/in", "user and password"),
        ("http://127.0.0.1@crm.example.com/in", "user and password"),  # looks like this machine
        ("http://127.0.0.1\\@crm.example.com/in", "not an address"),  # is read in two ways
        ("https://crm.example.com/in#part", "#"),
        ("https:///in", "not an address"),
        ("crm.example.com/in", "not an address"),
        ("https://crm.example.com:99999/in", "not an address"),
        ("https://crm.example.com:0/in", "not an address"),
        ("https://[::1/in", "not an address"),
        ("https://案场.example/in", "not an address"),  # to be written as a name server knows it
        ("https://crm.example.com/a b", "not an address"),
        ("https://crm.example.com/\r\nHost: other", "not an address"),
    ],
)
def test_addresses_that_are_refused_and_never_repeated(url: str, says: str) -> None:
    with pytest.raises(WebhookError, match=says) as refused:
        checked_url(url)
    assert "example" not in str(refused.value)
