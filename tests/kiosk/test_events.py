"""The events file: the contract's fields, whole lines only, also when the disk is full."""

from __future__ import annotations

import json
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from pydantic import ValidationError

from kiosk.events import ArrivalEvent, BlindEvent, Event, EventsError, EventsFile, Identity, OrderEvent, read_events

KNOWN = Identity(status="known", person="p-1", name="王敏", role="agent", score=0.61)


def arrival(*, t: float = 5.0134, at: datetime = datetime(2026, 3, 1, 2, 0, 5, 13_400, tzinfo=UTC)) -> ArrivalEvent:
    return ArrivalEvent(
        arrival="a-1", door="main", direction="in", t=t, sigma_s=0.0214, at=at, identity=KNOWN, party="g-1", track=12
    )


def test_lines_are_those_of_the_contract(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    with EventsFile(path) as events:
        events.write(arrival())
        events.write(OrderEvent(first="a-1", second="a-2", verdict="before", p=0.998))
        events.write(BlindEvent(from_t=7.2, to_t=9.00049, reason="stream cut"))
    assert [json.loads(line) for line in path.read_text("utf-8").splitlines()] == [
        {
            "type": "arrival",
            "arrival": "a-1",
            "door": "main",
            "direction": "in",
            "t": 5.013,
            "sigma_s": 0.021,
            "at": "2026-03-01T02:00:05.013Z",
            "identity": {"status": "known", "person": "p-1", "name": "王敏", "role": "agent", "score": 0.61},
            "party": "g-1",
            "live": "unknown",
            "track": 12,
        },
        {"type": "order", "first": "a-1", "second": "a-2", "verdict": "before", "p": 0.998},
        {"type": "blind", "from_t": 7.2, "to_t": 9.0, "reason": "stream cut"},
    ]


AT_CASES = [
    # instant, as written
    (datetime(2026, 3, 1, 10, 0, 5, 0, timezone(timedelta(hours=8))), "2026-03-01T02:00:05.000Z"),  # Shanghai to UTC
    (datetime(2026, 3, 1, 2, 0, 5, 13_600, UTC), "2026-03-01T02:00:05.014Z"),  # rounded, not cut
    (datetime(2026, 12, 31, 23, 59, 59, 999_900, UTC), "2027-01-01T00:00:00.000Z"),  # into the next year
]


@pytest.mark.parametrize(("at", "written"), AT_CASES)
def test_instants_are_written_as_utc_in_milliseconds(at: datetime, written: str) -> None:
    assert json.loads(arrival(at=at).model_dump_json())["at"] == written


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    written: list[Event] = [arrival(), BlindEvent(from_t=0.5, to_t=1.5, reason="lens covered")]
    with EventsFile(path) as events:
        for event in written:
            events.write(event)
    assert list(read_events(path)) == written


def test_every_line_is_in_the_file_as_soon_as_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    with EventsFile(path) as events:
        events.write(arrival())
        assert len(list(read_events(path))) == 1


def test_a_naive_instant_and_an_endless_time_are_refused() -> None:
    with pytest.raises(ValidationError, match="timezone"):
        arrival(at=datetime(2026, 3, 1, 2, 0))  # noqa: DTZ001  # the naive instant is the case
    with pytest.raises(ValidationError, match="finite"):
        arrival(t=float("nan"))


BAD_LINES = [
    # line, what is wrong with it
    ('{"type":"arrival","arr', "line 2"),  # half a line
    ('{"type":"departure"}', "departure"),  # no such type
    ('{"type":"order","first":"a","second":"b","verdict":"first","p":0.9}', "verdict"),
    ('{"type":"order","first":"a","second":"b","verdict":"before","p":1.2}', "p"),
    ('{"type":"blind","from_t":1,"to_t":2,"reason":"stream cut","by":"me"}', "by"),  # a key nobody knows
]


@pytest.mark.parametrize(("line", "says"), BAD_LINES)
def test_a_bad_line_is_named(tmp_path: Path, line: str, says: str) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text('{"type":"blind","from_t":1,"to_t":2,"reason":"stream cut"}\n' + line + "\n", "utf-8")
    with pytest.raises(EventsError, match=says) as caught:
        list(read_events(path))
    assert str(caught.value).startswith(f"{path}, line 2: ")
    assert "\n" not in str(caught.value)


def test_a_missing_file_or_folder_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(EventsError, match="No such file"):
        list(read_events(tmp_path / "none.jsonl"))
    with pytest.raises(EventsError, match="No such file"):
        EventsFile(tmp_path / "none" / "events.jsonl")


@contextmanager
def files_limited_to(size: int) -> Iterator[None]:
    """Any file this process writes fails in mid-line at ``size`` bytes, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handler)


def test_no_half_line_is_left_when_the_disk_is_full_and_the_caller_can_go_on(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    line_size = len(arrival().model_dump_json().encode()) + 1
    with EventsFile(path) as events:
        with files_limited_to(3 * line_size // 2):
            events.write(arrival())
            with pytest.raises(EventsError) as caught:
                events.write(arrival())
            assert path.stat().st_size == line_size
        events.write(BlindEvent(from_t=7.2, to_t=9.0, reason="stream cut"))
    assert str(caught.value).startswith(f"{path}: ")
    assert [event.type for event in read_events(path)] == ["arrival", "blind"]


def test_a_file_is_replaced_or_added_to_and_a_full_disk_takes_nothing_of_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    for add in (True, False, True):
        with EventsFile(path, add=add) as events:
            events.write(arrival())
    assert len(list(read_events(path))) == 2
    with EventsFile(path, add=True) as events, files_limited_to(path.stat().st_size + 10), pytest.raises(EventsError):
        events.write(arrival())
    assert len(list(read_events(path))) == 2


def test_the_names_in_it_are_for_the_owner_only(tmp_path: Path) -> None:
    with EventsFile(tmp_path / "events.jsonl"):
        assert (tmp_path / "events.jsonl").stat().st_mode & 0o777 == 0o600


def test_a_full_device_is_one_line() -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("needs /dev/full")
    with EventsFile(full) as events, pytest.raises(EventsError, match=r"^/dev/full: .*No space left on device"):
        events.write(arrival())


def test_half_a_line_of_a_power_cut_does_not_spoil_the_next(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    blind = BlindEvent(from_t=1.0, to_t=2.0, reason="stream cut")
    with EventsFile(path) as events:
        events.write(blind)
    with path.open("ab") as file:
        file.write(b'{"type":"blind","from_t":3')
    with EventsFile(path, add=True) as events:
        events.write(blind)
    assert list(read_events(path)) == [blind, blind]
