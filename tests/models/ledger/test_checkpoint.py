"""Checkpoints: what they notice about a ledger that was bent, and the file they stand in."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.signing import SigningKey

from models.ledger.checkpoint import (
    Checkpoint,
    CheckpointError,
    CheckpointFile,
    checkpoint_json,
    fault_of,
    make_checkpoint,
    parse_checkpoint,
)
from models.signing import Signer

SIGNER = Signer(_key=SigningKey(bytes(32)))
STRANGER = Signer(_key=SigningKey(b"s" * 32))
KEYS = {SIGNER.public}
AT = datetime(2026, 3, 1, 2, 0, 5, 13_000, tzinfo=UTC)
HASHES = [sha256(bytes([number])).digest() for number in range(40)]


def checkpoint(count: int, previous: Checkpoint | None = None, signer: Signer = SIGNER) -> Checkpoint:
    return make_checkpoint(previous, HASHES[previous.count if previous else 0 : count], at=AT, signer=signer)


FIRST = checkpoint(7)
SECOND = checkpoint(19, FIRST)


@given(st.lists(st.integers(1, 39), min_size=1, unique=True).map(sorted))
def test_checkpoints_over_the_entries_they_were_made_from_have_no_fault(counts: list[int]) -> None:
    previous = None
    for count in counts:
        made = checkpoint(count, previous)
        since = HASHES[previous.count if previous else 0 : count]
        assert fault_of(made, previous=previous, since=since, keys=KEYS) is None
        assert made.root == checkpoint(count).root
        assert made.head == HASHES[count - 1]
        assert parse_checkpoint(checkpoint_json(made)) == made
        previous = made


@pytest.mark.parametrize(
    ("checkpoint", "since", "says"),
    [
        (SECOND, HASHES[7:18], "was cut: it lacks the entries 19 to 19"),  # the last entry is gone
        (SECOND, [], "lacks the entries 8 to 19"),
        (SECOND, [*HASHES[7:10], HASHES[0], *HASHES[11:19]], "among the entries 8 to 19 are others"),  # one changed
        (SECOND, [*HASHES[8:19], HASHES[7]], "among the entries"),  # order changed
        (SECOND, [*HASHES[7:18], HASHES[0]], "among the entries"),  # the last one changed
        (FIRST, HASHES[7:19], "its 7 entries are not more than the 7"),  # one checkpoint twice
        (checkpoint(5), HASHES[7:19], "its 5 entries are not more"),  # an older one put last
        (checkpoint(19, FIRST, STRANGER), HASHES[7:19], "a key that is not the site's"),
        (replace(SECOND, at=AT + timedelta(microseconds=1)), HASHES[7:19], "signature does not fit"),
        (replace(SECOND, head=HASHES[0]), HASHES[7:19], "signature does not fit"),
        (replace(SECOND, frontier=FIRST.frontier), HASHES[7:19], "signature does not fit"),
        (replace(SECOND, signature=FIRST.signature), HASHES[7:19], "signature does not fit"),
    ],
)
def test_what_does_not_agree_is_told(checkpoint: Checkpoint, since: list[bytes], says: str) -> None:
    fault = fault_of(checkpoint, previous=FIRST, since=since, keys=KEYS)
    assert fault is not None
    assert says in fault
    assert "\n" not in fault


def test_an_entry_hash_does_not_pass_for_the_signature_of_a_checkpoint() -> None:
    body = json.loads(checkpoint_json(FIRST))
    del body["signature"]
    digest = sha256(json.dumps(body, separators=(",", ":"), sort_keys=True).encode()).digest()
    assert fault_of(FIRST, previous=None, since=HASHES[:7], keys=KEYS) is None
    as_entry = replace(FIRST, signature=SIGNER._key.sign(b"menjian ledger v1\n" + digest).signature)
    assert fault_of(as_entry, previous=None, since=HASHES[:7], keys=KEYS) is not None


def test_nothing_new_makes_no_checkpoint() -> None:
    with pytest.raises(CheckpointError, match="no entries since the last one"):
        make_checkpoint(FIRST, [], at=AT, signer=SIGNER)


def test_the_instant_is_kept_in_utc() -> None:
    made = make_checkpoint(None, HASHES[:1], at=AT.astimezone(timezone(timedelta(hours=8))), signer=SIGNER)
    assert made == checkpoint(1)
    assert json.loads(checkpoint_json(made))["at"] == "2026-03-01T02:00:05.013000Z"


def changed(**fields: object) -> Callable[[dict[str, object]], str]:
    return lambda body: json.dumps(body | fields)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (lambda _: "", "checkpoint: Invalid JSON"),
        (lambda _: "{", "checkpoint: Invalid JSON"),
        (lambda _: "[]", "checkpoint: "),
        (lambda body: json.dumps({name: body[name] for name in body if name != "head"}), "head: Field required"),
        (changed(more=1), "more: Extra inputs are not permitted"),
        (changed(count=0), "count: "),
        (changed(count="19"), "count: Input should be a valid integer"),
        (changed(count=18), "peaks: 3 of them; 18 entries have 2"),
        (changed(head="zz"), "head: "),
        (changed(head="00" * 31), "head: "),
        (changed(root="00" * 32), "root: does not follow from the peaks"),
        (changed(at="2026-03-01T02:00:05"), "at: Input should have timezone info"),
        (changed(signature="00" * 63), "signature: "),
    ],
)
def test_a_line_that_is_no_checkpoint_is_told_with_file_line_and_field(
    tmp_path: Path, line: Callable[[dict[str, object]], str], says: str
) -> None:
    path = tmp_path / "checkpoints.jsonl"
    bad = line(json.loads(checkpoint_json(SECOND))).encode()
    path.write_bytes(checkpoint_json(FIRST) + b"\n" + bad + b"\n")
    with pytest.raises(CheckpointError) as caught:
        CheckpointFile(path).all()
    assert str(caught.value).startswith(f"{path}, line 2: {says}")
    assert "\n" not in str(caught.value)
    with pytest.raises(CheckpointError, match="last line: "):
        CheckpointFile(path).last()


def test_what_was_added_is_read_back_in_order(tmp_path: Path) -> None:
    file = CheckpointFile(tmp_path / "checkpoints.jsonl")
    assert (file.all(), file.last()) == ([], None)
    assert file.add(FIRST)
    assert file.add(SECOND)
    assert (file.all(), file.last()) == ([FIRST, SECOND], SECOND)


def test_the_last_of_many_is_found_at_the_end_of_a_long_file(tmp_path: Path) -> None:
    file = CheckpointFile(tmp_path / "checkpoints.jsonl")
    file.path.write_bytes((checkpoint_json(FIRST) + b"\n") * 100)
    assert file.add(SECOND)
    assert file.last() == SECOND
    assert len(file.all()) == 101


def test_a_checkpoint_another_process_was_faster_with_is_not_added(tmp_path: Path) -> None:
    file = CheckpointFile(tmp_path / "checkpoints.jsonl")
    assert file.add(SECOND)
    assert not file.add(checkpoint(19, FIRST))
    assert not file.add(FIRST)
    assert file.all() == [SECOND]


@pytest.mark.parametrize("kept", [1, 50, len(checkpoint_json(SECOND)) - 1, len(checkpoint_json(SECOND))])
def test_half_a_line_of_a_power_cut_is_left_out_and_cut_off_with_a_notice(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, kept: int
) -> None:
    file = CheckpointFile(tmp_path / "checkpoints.jsonl")
    file.add(FIRST)
    with file.path.open("ab") as raw:
        raw.write(checkpoint_json(SECOND)[:kept])
    with caplog.at_level(logging.WARNING):
        assert file.all() == [FIRST]
        assert file.add(SECOND)
    assert f"{file.path}: ends in half a line" in caplog.text
    assert file.path.read_bytes() == checkpoint_json(FIRST) + b"\n" + checkpoint_json(SECOND) + b"\n"


def test_a_file_filled_with_something_else_is_refused_and_left_alone(tmp_path: Path) -> None:
    file = CheckpointFile(tmp_path / "checkpoints.jsonl")
    file.path.write_bytes(bytes(40_000))
    for attempt in (file.last, lambda: file.add(FIRST)):
        with pytest.raises(CheckpointError, match="last line: longer than a checkpoint is"):
            attempt()
    assert file.path.read_bytes() == bytes(40_000)


def test_a_place_that_cannot_be_written_is_told_in_one_line(tmp_path: Path) -> None:
    for path, says in ((tmp_path / "none" / "c.jsonl", "No such file"), (tmp_path, "Is a directory")):
        with pytest.raises(CheckpointError, match=says) as caught:
            CheckpointFile(path).add(FIRST)
        assert str(caught.value).startswith(f"{path}: ")


def test_writers_at_the_same_time_leave_whole_lines_in_rising_order(tmp_path: Path) -> None:
    file = CheckpointFile(tmp_path / "checkpoints.jsonl")
    made = [checkpoint(count) for count in range(1, 40)]
    threads = [
        threading.Thread(target=lambda part=part: [file.add(each) for each in part]) for part in (made[::2], made[1::2])
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counts = [each.count for each in file.all()]
    assert counts == sorted(set(counts))
    assert counts[-1] == 39
