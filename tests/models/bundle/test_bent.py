"""What the office itself bends, with its own key, is found in the bundle, and named."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from models.bundle import check_bundle
from models.ledger.checkpoint import checkpoint_json, make_checkpoint
from models.ledger.entry import entry_hash
from tests.models.builders import FOUNDED
from tests.models.bundle.bundles import NOW, Files, Good, frames, lines, packed, signed, told, with_lines


def payload_changed(files: Files) -> Files:
    entries = lines(files)
    entries[3]["payload"] = str(entries[3]["payload"]).replace("south", "north")
    return with_lines(files, entries)


def hashed_again(files: Files) -> Files:
    """The last entry bent, with a hash that fits, but without the old key's signature."""
    entries = lines(files)
    last = entries[-1]
    last["payload"] = str(last["payload"]).replace("main", "back").replace("p1", "p2")
    last["hash"] = entry_hash(
        seq=int(str(last["seq"])),
        at=NOW,
        kind=str(last["kind"]),
        payload=str(last["payload"]),
        prev_hash=bytes.fromhex(str(last["prev_hash"])),
    ).hex()
    last["at"] = NOW.isoformat()
    return with_lines(files, entries)


def another_in_the_chain(files: Files) -> Files:
    entries = lines(files)
    entries[1]["hash"] = "00" * 32
    return with_lines(files, entries)


def dropped(files: Files) -> Files:
    entries = lines(files)
    return with_lines(files, [one for one in entries if one["kind"] != "order"])


def founding_dropped(files: Files) -> Files:
    return with_lines(files, lines(files)[1:])


def reordered(files: Files) -> Files:
    entries = lines(files)
    entries[4], entries[5] = entries[5], entries[4]
    return with_lines(files, entries)


def signatures_swapped(files: Files) -> Files:
    entries = lines(files)
    entries[4]["signature"], entries[5]["signature"] = entries[5]["signature"], entries[4]["signature"]
    return with_lines(files, entries)


def not_an_object(files: Files) -> Files:
    entries = lines(files)
    entries[2]["payload"] = "[]"
    return with_lines(files, entries)


def proof_dropped(files: Files) -> Files:
    proofs = json.loads(files["proofs.json"])
    proofs.pop("4")
    return {**files, "proofs.json": json.dumps(proofs).encode()}


def proofs_swapped(files: Files) -> Files:
    proofs = json.loads(files["proofs.json"])
    proofs["4"], proofs["6"] = proofs["6"], proofs["4"]
    return {**files, "proofs.json": json.dumps(proofs).encode()}


def frames_swapped(files: Files) -> Files:
    one, two, *_ = frames(files)
    return {**files, one: files[two], two: files[one]}


def frame_of_elsewhere(files: Files) -> Files:
    picture = b"picture of another day"
    return {**files, f"frames/{sha256(picture).hexdigest()}.jpg": picture}


def value_changed(files: Files) -> Files:
    return {**files, "particulars.json": files["particulars.json"].replace(b"13800138000", b"13900139000")}


def value_of_nobody(files: Files) -> Files:
    more = {**json.loads(files["particulars.json"]), "ab" * 32: {"value": "x", "salt": "00"}}
    return {**files, "particulars.json": json.dumps(more).encode()}


def policy_changed(files: Files) -> Files:
    return {**files, "policy.yaml": files["policy.yaml"].replace(b"value: 3,", b"value: 4,")}


def policy_remarked(files: Files) -> Files:
    return {**files, "policy.yaml": files["policy.yaml"] + b"# as ever\n"}


def policy_broken(files: Files) -> Files:
    return {**files, "policy.yaml": b"policy: [\n"}


def share_changed(files: Files) -> Files:
    return {**files, "decision.json": files["decision.json"].replace(b'"north"', b'"south"')}


def checkpoint_earlier(files: Files) -> Files:
    checkpoint = json.loads(files["checkpoint.json"])
    return {**files, "checkpoint.json": json.dumps({**checkpoint, "at": FOUNDED.isoformat()}).encode()}


def keys_changed(files: Files) -> Files:
    return {**files, "keys.json": files["keys.json"].replace(b'"from":1', b'"from":2')}


BENT: list[tuple[Callable[[Files], Files], str]] = [
    (payload_changed, r"entries.jsonl: entry 4 was changed"),
    (hashed_again, r"entries.jsonl: entry \d+ was not signed with the site's key"),
    (another_in_the_chain, r"entries.jsonl: entry 3 does not follow entry 2"),
    (dropped, r"entries.jsonl: entry 9 is missing; proofs.json has the proof of it"),
    (founding_dropped, r"entries.jsonl: entry 1, the founding of the site, is missing"),
    (reordered, r"entries.jsonl: entry 6 stands after entry 7"),
    (signatures_swapped, r"entries.jsonl: entry 6 was not signed with the site's key"),
    (not_an_object, r"entries.jsonl, line 3: its payload is no JSON object"),
    (proof_dropped, r"proofs.json: the proof of entry 4 is missing"),
    (proofs_swapped, r"proofs.json: entry 4 is not under the root of checkpoint.json"),
    (frames_swapped, r"frames/\w+.jpg: holds another frame than its name says"),
    (frame_of_elsewhere, r"frames/\w+.jpg: no entry tells of this frame"),
    (value_changed, r"particulars.json: \w+: not the value its entry committed to"),
    (value_of_nobody, r"particulars.json: abababababab: no entry speaks of this value"),
    (policy_changed, r"entry \d+: the decision|policy.yaml: not the text under which entry"),
    (policy_remarked, r"policy.yaml: not the text under which entry \d+ was decided"),
    (policy_broken, r"policy.yaml:2: not readable as YAML"),
    (share_changed, r"decision.json: says something else than entry \d+"),
    (checkpoint_earlier, r"checkpoint.json: its signature does not fit"),
    (keys_changed, r"keys.json: other keys than the founding and the rotations"),
]


@pytest.mark.parametrize(("bend", "line"), BENT, ids=[bend.__name__ for bend, _ in BENT])
def test_the_office_cannot_bend_a_bundle_with_its_own_key(
    good: Good, tmp_path: Path, bend: Callable[[Files], Files], line: str
) -> None:
    bent = packed(signed(bend(good.files), good.signer), tmp_path / "bent.zip")
    assert re.match(line, told(bent))


def test_another_checkpoint_of_the_same_key_does_not_cover_the_entries(good: Good, tmp_path: Path) -> None:
    hashes = [bytes([number]) * 32 for number in range(60)]
    other = checkpoint_json(make_checkpoint(None, hashes, at=NOW, signer=good.signer))
    bent = signed({**good.files, "checkpoint.json": other}, good.signer)
    assert told(packed(bent, tmp_path / "bent.zip")) == "proofs.json: entry 1 is not under the root of checkpoint.json"


def test_an_entry_left_out_with_its_proof_shows_in_the_decision(good: Good, tmp_path: Path) -> None:
    entries = lines(good.files)
    gone = next(one for one in entries if one["kind"] == "arrive")
    proofs = json.loads(good.files["proofs.json"])
    proofs.pop(str(gone["seq"]))
    left = with_lines(good.files, [one for one in entries if one is not gone])
    bent = packed(signed({**left, "proofs.json": json.dumps(proofs).encode()}, good.signer), tmp_path / "bent.zip")
    # of the other agent's form the name and phone are withheld from this recipient: no more can be said
    assert check_bundle(good.path).replayed == "yes"
    assert check_bundle(bent).replayed == "withheld"
