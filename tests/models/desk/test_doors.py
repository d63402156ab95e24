"""Whether a door can be relied on now: each reason against it, alone and together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.desk.doors import (
    ClockHealth,
    Code,
    DiskHealth,
    DoorStanding,
    HeadHealth,
    Reason,
    Trust,
    door_states,
    head_health,
    put_door_state,
    trust,
)
from models.ledger.append import append
from models.ledger.kinds import Blind
from models.ledger.seal import seal_head
from models.site import Site
from tests.models.builders import FOUNDED

NOW = datetime(2026, 3, 1, 2, tzinfo=UTC)
WELL = DoorStanding(door="main", at=NOW, frame_at=NOW, fps=14.8, blind=None, waiting=0)
CLOCK = ClockHealth(synchronised=True)
DISK = DiskHealth(free_bytes=50_000_000_000)
HEAD = HeadHealth(unsealed_since=None, set_back_at=None)


def ago(**passed: float) -> datetime:
    return NOW - timedelta(**passed)


def trusted(
    *states: DoorStanding, clock: ClockHealth = CLOCK, disk: DiskHealth = DISK, head: HeadHealth = HEAD
) -> list[Trust]:
    return trust(states, now=NOW, clock=clock, disk=disk, head=head)


def test_a_door_that_spoke_just_now_of_a_frame_it_just_saw_is_relied_on() -> None:
    assert trusted(WELL) == [Trust(door="main", reasons=())]
    assert trusted(WELL)[0].trusted


@pytest.mark.parametrize(
    ("changed", "reasons"),
    [
        # its word is a little old, as between two words
        ({"at": ago(seconds=19)}, []),
        # killed: nothing was heard of it since
        ({"at": ago(seconds=21)}, [Reason(code="door_silent", since=ago(seconds=21))]),
        # its word is of a time to come: this clock was set back since
        ({"at": ago(hours=-1)}, [Reason(code="door_silent", since=ago(hours=-1))]),
        # it speaks, and its camera gives no picture
        ({"frame_at": ago(seconds=21)}, [Reason(code="camera_silent", since=ago(seconds=21))]),
        ({"frame_at": None}, [Reason(code="camera_silent")]),
        # it says itself why
        ({"blind": "stream cut"}, [Reason(code="stream_cut", since=NOW)]),
        ({"blind": "lens covered"}, [Reason(code="lens_covered", since=NOW)]),
        ({"blind": "stream cut", "frame_at": ago(hours=1)}, [Reason(code="stream_cut", since=ago(hours=1))]),
        # killed while it was blind: what it said then is no news
        ({"blind": "stream cut", "at": ago(hours=1)}, [Reason(code="door_silent", since=ago(hours=1))]),
        # stopped by somebody, just now or long ago
        ({"blind": "stopped"}, [Reason(code="door_stopped", since=NOW)]),
        ({"blind": "stopped", "at": ago(days=3)}, [Reason(code="door_stopped", since=ago(days=3))]),
        # the record refuses what it sees
        ({"waiting": 7}, [Reason(code="entries_waiting", count=7)]),
    ],
)
def test_each_thing_a_door_says_or_does_not_say_counts_against_it(
    changed: dict[str, Any], reasons: Sequence[Reason]
) -> None:
    (answer,) = trusted(replace(WELL, **changed))
    assert answer == Trust(door="main", reasons=tuple(reasons))
    assert answer.trusted == (not reasons)


@pytest.mark.parametrize(
    ("machine", "code"),
    [
        ({"clock": ClockHealth(synchronised=False)}, "clock_unsynchronised"),
        ({"clock": ClockHealth(synchronised=None)}, "clock_unknown"),
        ({"disk": DiskHealth(free_bytes=999_999_999)}, "disk_low"),
        ({"disk": DiskHealth(free_bytes=1_000_000_000)}, None),
        ({"head": HeadHealth(unsealed_since=ago(minutes=24), set_back_at=None)}, None),
        ({"head": HeadHealth(unsealed_since=ago(minutes=26), set_back_at=None)}, "head_unsealed"),
        ({"head": HeadHealth(unsealed_since=None, set_back_at=ago(hours=23))}, "clock_set_back"),
        ({"head": HeadHealth(unsealed_since=None, set_back_at=ago(hours=25))}, None),
    ],
)
def test_what_is_wrong_with_the_machine_counts_against_each_of_its_doors(
    machine: dict[str, Any], code: Code | None
) -> None:
    answers = trusted(WELL, replace(WELL, door="side", waiting=1), **machine)
    of_machine = [code] if code else []
    assert [[reason.code for reason in one.reasons] for one in answers] == [
        of_machine,
        ["entries_waiting", *of_machine],
    ]


def test_a_site_without_doors_is_not_relied_on() -> None:
    low = DiskHealth(free_bytes=5_000_000)
    assert trusted(disk=low) == [
        Trust(door=None, reasons=(Reason(code="door_unseen"), Reason(code="disk_low", count=5)))
    ]


INSTANTS = st.none() | st.integers(-200_000, 200_000).map(lambda seconds: ago(seconds=seconds))


@given(frame_at=INSTANTS, unsealed=INSTANTS, jumped=INSTANTS, said_s=st.floats(0, 60), waiting=st.integers(0, 9))
def test_whatever_is_said_a_door_is_relied_on_only_with_a_fresh_word_and_a_fresh_frame(
    frame_at: datetime | None, unsealed: datetime | None, jumped: datetime | None, said_s: float, waiting: int
) -> None:
    state = replace(WELL, at=ago(seconds=said_s), frame_at=frame_at, waiting=waiting)
    (answer,) = trusted(state, head=HeadHealth(unsealed_since=unsealed, set_back_at=jumped))
    if answer.trusted:
        assert frame_at is not None
        assert abs(frame_at - NOW) <= timedelta(seconds=20)
        assert (said_s <= 20, waiting) == (True, 0)


def test_a_doors_last_word_takes_the_place_of_the_one_before(site: Site) -> None:
    words = [WELL, replace(WELL, door="side", frame_at=None), replace(WELL, at=ago(hours=-1), blind="stopped")]
    for word in words:
        with site.write_session() as session:
            put_door_state(session, word)
    with site.read_session() as session:
        assert door_states(session) == [words[2], words[1]]


def test_the_head_is_sound_when_a_checkpoint_covers_it_and_no_clock_was_set_back(site: Site) -> None:
    at, blind = FOUNDED + timedelta(hours=1), Blind(at=FOUNDED, door="main", until=FOUNDED, reason="stream cut")
    with site.read_session() as session:
        assert head_health(session, None) == HeadHealth(unsealed_since=FOUNDED, set_back_at=None)
    sealed = seal_head(site, at).checkpoint
    with site.write_session() as session:
        assert head_health(session, sealed) == HeadHealth(unsealed_since=None, set_back_at=None)
        append(session, [blind, blind], at=at, by="door:main")
        assert head_health(session, sealed) == HeadHealth(unsealed_since=at, set_back_at=None)
        append(session, [blind], at=FOUNDED, by="door:main")
        assert head_health(session, sealed) == HeadHealth(unsealed_since=at, set_back_at=FOUNDED)
