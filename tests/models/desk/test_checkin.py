"""Checking in, on both databases and from several places at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from models.desk.arrivals import last_arrival_of
from models.desk.binding import bind
from models.desk.checkin import CheckedIn, CheckInError, Rules, Shown, check_in, customer_with_phone
from models.ledger.append import append
from models.ledger.kinds import Greeted, Rota
from models.ledger.read import entries_of_kind
from models.people import link
from models.site import Site
from tests.models.desk.door import OPENED, after, came, crossed, visits
from tests.models.somebody import CUSTOMER, DESK, Somebody, stored

NOW = after(120)
PHONE = "13800138000"


def checked_in(site: Site, shown: Shown) -> CheckedIn:
    rules = Rules(zone=ZoneInfo("Asia/Shanghai"), texts=site.policy_texts, settings_policy="junyuan-2012")
    with site.write_session() as session:
        return check_in(session, shown, rules=rules, at=NOW, by=DESK)


def test_who_checks_in_at_several_places_at_once_makes_one_visit_and_has_one_receiver(site: Site) -> None:
    customer = stored(site, CUSTOMER)
    line = [stored(site, Somebody(name=name, role="consultant", distributor=None)) for name in ("赵强", "孙丽")]
    with site.write_session() as session:
        append(session, [Rota(at=OPENED, day=OPENED.date(), order=tuple(line))], at=OPENED, by=DESK)
    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(lambda how: checked_in(site, Shown(person=customer, how=how)), ["qr", "phone"] * 2))
    assert {one.receiver for one in told} == {line[0]}
    assert len({one.visit for one in told}) == len(visits(site, customer)) == 1
    with site.read_session() as session:
        assert len(list(entries_of_kind(session, Greeted.model_fields["do"].default))) == 1


@pytest.mark.parametrize(
    ("at_s", "direction", "is_found"),
    [
        (0.0, "in", True),
        (0.0, "out", False),  # they left
        (-1800.0, "in", False),  # the visit before this one
    ],
)
def test_the_arrival_the_door_knew_somebody_by_is_theirs(
    site: Site, at_s: float, direction: str, is_found: bool
) -> None:
    customer = stored(site, CUSTOMER)
    came(site, crossed(1, at_s, known=customer).model_copy(update={"direction": direction}))
    assert (checked_in(site, Shown(person=customer, how="phone")).arrival is not None) == is_found


def test_of_an_agents_many_arrivals_the_last_one_counts(site: Site) -> None:
    agent = stored(site, Somebody())
    came(site, *(crossed(number, float(number), known=agent) for number in range(60)), crossed(99, 60.5))
    with site.write_session() as session:
        assert last_arrival_of(session, agent, since=OPENED) == "main-59"
        bind(session, "main-99", agent, how="qr", report=None, at=NOW, by=DESK)
        assert last_arrival_of(session, agent, since=OPENED) == "main-99"
        assert last_arrival_of(session, agent, since=NOW + timedelta(seconds=1)) is None


def test_an_agent_without_an_arrival_leaves_nothing(site: Site) -> None:
    agent = stored(site, Somebody())
    with pytest.raises(CheckInError, match="arrival: pick the one that is yours"):
        checked_in(site, Shown(person=agent, how="qr"))


def test_two_records_of_one_human_being_are_one_customer(site: Site) -> None:
    one, other = (
        stored(site, Somebody(name=name, role="customer", distributor=None, phone=PHONE)) for name in ("王芳", "王方")
    )
    with site.write_session() as session:
        assert customer_with_phone(session, PHONE) == "unsure"
        link(session, one, other, how="phone", verified=True, at=NOW, by=DESK)
        assert customer_with_phone(session, PHONE) in (one, other)
