"""接待轮序: the line of a day, and who is to receive a customer."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.entries import Depart, Receive
from models.desk.retraction import retract
from models.desk.rota import next_up, receiver_for, rota_of, turn_order
from models.ledger.append import append
from models.ledger.kinds import Arrival, Recordable, Rota
from models.policies import switch_policy
from models.session import WriteSession
from models.site import Site
from tests.models.builders import FOUNDED
from tests.models.somebody import CUSTOMER, DESK, Somebody, stored

ZONE = ZoneInfo("Asia/Shanghai")
TODAY = date(2026, 3, 1)
LINE = ("a", "b", "c", "d")
CONSULTANT = Somebody(name="李明", role="consultant", distributor=None, consents=0)


def minutes(past: float) -> datetime:
    return FOUNDED + timedelta(minutes=past)


def record(session: WriteSession, *entries: Recordable, at: datetime = FOUNDED) -> int:
    return append(session, entries, at=at, by=DESK)[-1].seq


def reception(by: str, at: datetime, turn: str = "rota", person: str = "p1") -> Receive:
    return Receive.model_validate({"do": "receive", "at": at, "person": person, "by": by, "turn": turn})


@given(st.lists(st.sampled_from(LINE), max_size=40))
def test_nobody_is_lost_from_the_line_or_stands_in_it_twice(taken: list[str]) -> None:
    assert sorted(turn_order(LINE, taken)) == sorted(LINE)


@given(st.lists(st.sets(st.sampled_from(LINE[:3])), max_size=40))
def test_between_two_turns_of_one_everybody_who_was_there_all_along_has_one(absences: list[set[str]]) -> None:
    # d is always there, so somebody can receive
    taken: list[str] = []
    for absent in absences:
        taken.append(next(who for who in turn_order(LINE, taken) if who not in absent))
    for start, who in enumerate(taken):
        again = next((place for place in range(start + 1, len(taken)) if taken[place] == who), None)
        if again is not None:
            there = set(LINE) - set().union(*absences[start + 1 : again + 1])
            assert there <= set(taken[start : again + 1])


@given(st.lists(st.sampled_from(LINE[1:]), max_size=40))
def test_whoever_is_away_keeps_the_place_in_front(taken: list[str]) -> None:
    assert turn_order(LINE, taken)[0] == "a"


def test_whoever_is_not_on_the_rota_moves_nobody() -> None:
    assert turn_order(LINE, ["z"]) == list(LINE)


@pytest.mark.parametrize(
    ("turns", "absent", "who"),
    [
        ([], (), "a"),  # the morning
        (["rota"], (), "b"),  # a took a turn
        (["assist"], (), "a"),  # assistance costs none
        (["duty"], (), "a"),  # nor does duty
        (["asked"], (), "a"),  # nor being asked for
        (["rota", "rota"], (), "c"),
        (["rota"] * 4, (), "a"),  # round once
        ([], ("a",), "b"),  # passed over
        ([], LINE, None),  # nobody there
    ],
)
def test_whose_turn_it_is_follows_from_the_receptions(
    site: Site, turns: list[str], absent: tuple[str, ...], who: str | None
) -> None:
    with site.write_session() as session:
        record(session, Rota(at=FOUNDED, day=TODAY, order=LINE))
        for number, turn in enumerate(turns):
            record(session, reception(LINE[number % 4], minutes(number), turn), at=minutes(number))
        assert next_up(session, at=minutes(60), zone=ZONE, absent=absent) == who


def test_a_day_without_a_rota_has_nobody_next(site: Site) -> None:
    with site.write_session() as session:
        record(session, Rota(at=FOUNDED, day=TODAY, order=LINE))
        tomorrow = FOUNDED + timedelta(days=1)
        assert rota_of(session, TODAY + timedelta(days=1)) is None
        assert next_up(session, at=tomorrow, zone=ZONE) is None


def test_the_day_is_the_offices(site: Site) -> None:
    late = datetime(2026, 3, 1, 16, 30, tzinfo=ZoneInfo("UTC"))  # half past midnight in the office
    with site.write_session() as session:
        record(session, Rota(at=FOUNDED, day=TODAY, order=LINE), Rota(at=FOUNDED, day=date(2026, 3, 2), order=LINE))
        record(session, reception("a", minutes(5)), at=minutes(5))
        assert next_up(session, at=minutes(6), zone=ZONE) == "b"
        assert next_up(session, at=late, zone=ZONE) == "a"


def test_an_order_written_anew_keeps_the_turns_taken(site: Site) -> None:
    with site.write_session() as session:
        record(session, Rota(at=FOUNDED, day=TODAY, order=LINE))
        record(session, reception("a", minutes(1)), at=minutes(1))
        record(session, Rota(at=minutes(2), day=TODAY, order=("a", "e", "b")), at=minutes(2))
        assert next_up(session, at=minutes(3), zone=ZONE) == "e"


def test_a_turn_taken_back_and_somebody_who_left_count_no_more(site: Site) -> None:
    customer = stored(site, CUSTOMER)
    with site.write_session() as session:
        record(session, Rota(at=FOUNDED, day=TODAY, order=LINE))
        seq = record(session, reception("a", minutes(1), person=customer), at=minutes(1))
        retract(session, seq, reason="wrong customer", at=minutes(2), by=DESK)
        assert next_up(session, at=minutes(3), zone=ZONE) == "a"
        left = record(session, Depart(do="depart", at=minutes(4), who="a"), at=minutes(4))
        assert next_up(session, at=minutes(5), zone=ZONE) == "b"
        retract(session, left, reason="still here", at=minutes(6), by=DESK)
        assert next_up(session, at=minutes(7), zone=ZONE) == "a"


def crossing(person: str, at: datetime, direction: str) -> Arrival:
    told = {"arrival": "x", "door": "main", "sigma_s": 0.02, "status": "known", "track": 1}
    return Arrival.model_validate({**told, "at": at, "person": person, "direction": direction})


@pytest.mark.parametrize(
    ("on_rota", "stand_in", "seen", "who"),
    [
        (True, False, (), "owner"),  # on the rota: there
        (False, False, ("in",), "owner"),  # off the rota, but came in
        (False, False, ("in", "out"), "first"),  # left again: whose turn it is
        (False, False, (), "first"),  # not there
        (False, True, (), "stand-in"),  # not there, and somebody stands in
        (False, True, ("in",), "owner"),  # there after all
    ],
)
def test_the_owner_receives_or_the_stand_in_or_who_is_next(
    site: Site, on_rota: bool, stand_in: bool, seen: tuple[str, ...], who: str
) -> None:
    names = ("owner", "first", "stand-in")
    people = {name: stored(site, CONSULTANT) for name in names}
    customer = stored(site, CUSTOMER)
    with site.write_session() as session:
        switch_policy(session, site.policy_texts, "thirds", at=FOUNDED, reason="test", by=DESK)
        record(session, reception(people["owner"], FOUNDED, person=customer))
        order = [people["first"], *([people["owner"]] if on_rota else [])]
        stand_ins = {people["owner"]: people["stand-in"]} if stand_in else {}
        record(session, Rota(at=FOUNDED, day=TODAY, order=tuple(order), stand_ins=stand_ins))
        for number, direction in enumerate(seen):
            record(session, crossing(people["owner"], minutes(number), direction), at=minutes(number))
        found = receiver_for(
            session, customer, at=minutes(9), zone=ZONE, texts=site.policy_texts, settings_policy="thirds"
        )
    assert {people[name]: name for name in names}[found or ""] == who


@pytest.mark.parametrize(("order", "who"), [(LINE, "a"), (None, None)])  # with a rota, without
def test_a_new_customer_goes_to_whose_turn_it_is(site: Site, order: tuple[str, ...] | None, who: str | None) -> None:
    customer = stored(site, CUSTOMER)
    with site.write_session() as session:
        if order is not None:
            record(session, Rota(at=FOUNDED, day=TODAY, order=order))
        found = receiver_for(
            session, customer, at=minutes(9), zone=ZONE, texts=site.policy_texts, settings_policy="junyuan-2012"
        )
    assert found == who
