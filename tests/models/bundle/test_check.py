"""Whoever bends a bundle is found, and the first bad thing is named: strangers, and the office with its own key."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.bundle import BundleError, check_bundle, export_dispute
from models.bundle.chain import check_anchor
from models.bundle.zipped import write_zip
from models.ledger.checkpoint import checkpoint_json, make_checkpoint
from models.ledger.entry import entry_hash
from models.ledger.rotate import rotate_key
from models.signing import Purpose, Signer, fingerprint
from models.site import create_site, open_site
from tests.models.builders import FOUNDED
from tests.models.dispute import CONTESTED, put_on_record

NOW = CONTESTED + timedelta(days=1)

Files = dict[str, bytes]


@dataclass(frozen=True, kw_only=True)
class Good:
    """A bundle that holds, what is in it, and the key it was signed with."""

    path: Path
    files: Files
    signer: Signer


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Good]:
    folder = tmp_path_factory.mktemp("bundle")
    with create_site(folder / "site", at=FOUNDED) as site:
        made = export_dispute(site, put_on_record(site), folder / "good.zip", recipient="a1", at=NOW, by="desk")
        with ZipFile(made.path) as archive, site.write_session() as session:
            yield Good(
                path=made.path,
                files={name: archive.read(name) for name in archive.namelist()},
                signer=session.signer,
            )


def packed(files: Mapping[str, bytes], path: Path) -> Path:
    write_zip(path, files.items())
    return path


def signed(files: Files, signer: Signer) -> Files:
    """The files with a manifest that fits them, signed again."""
    manifest = json.loads(files["manifest.json"])
    own = ("manifest.json", "manifest.sig")
    manifest["files"] = {name: sha256(content).hexdigest() for name, content in files.items() if name not in own}
    manifest["key"] = signer.public.hex()
    text = json.dumps(manifest).encode()
    signature = signer.sign(sha256(text).digest(), Purpose.BUNDLE).hex().encode()
    return {**files, "manifest.json": text, "manifest.sig": signature}


def told(path: Path, key: tuple[str, ...] = ()) -> str:
    with pytest.raises(BundleError) as refused:
        check_bundle(path, key=key)
    line = str(refused.value)
    assert line.startswith(f"{path}: ")
    assert "\n" not in line
    return line.removeprefix(f"{path}: ")


def lines(files: Files) -> list[dict[str, object]]:
    return [json.loads(line) for line in files["entries.jsonl"].splitlines()]


def with_lines(files: Files, entries: list[dict[str, object]]) -> Files:
    return {**files, "entries.jsonl": b"".join(json.dumps(one).encode() + b"\n" for one in entries)}


def frames(files: Files) -> list[str]:
    return sorted(name for name in files if name.startswith("frames/"))


def test_every_file_that_was_edited_is_named(good: Good, tmp_path: Path) -> None:
    for name, content in good.files.items():
        if name.startswith("manifest"):
            continue
        edited = packed({**good.files, name: content + b" "}, tmp_path / "edited.zip")
        assert told(edited) == f"{name}: not the file the manifest names; it was changed"
    other = {**good.files, "manifest.json": good.files["manifest.json"] + b" "}
    for changed in (other, {**good.files, "manifest.sig": b"0" * 128}, {**good.files, "manifest.sig": b"\xff"}):
        assert told(packed(changed, tmp_path / "edited.zip")).startswith("manifest.json: its signature does not fit")


def test_a_file_taken_out_or_put_in_is_named(good: Good, tmp_path: Path) -> None:
    [frame, *_] = frames(good.files)
    for name in good.files:
        left = {other: content for other, content in good.files.items() if other != name}
        assert "is missing" in (line := told(packed(left, tmp_path / "less.zip")))
        assert name in line
    more = {**good.files, frame.replace(frame[7:11], "0000"): b"picture"}
    assert told(packed(more, tmp_path / "more.zip")).endswith("not in the manifest; it was put in later")


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
    proofs["4"], proofs["5"] = proofs["5"], proofs["4"]
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
    (dropped, r"entries.jsonl: entry 8 is missing; proofs.json has the proof of it"),
    (founding_dropped, r"entries.jsonl: entry 1, the founding of the site, is missing"),
    (reordered, r"entries.jsonl: entry 5 stands after entry 6"),
    (signatures_swapped, r"entries.jsonl: entry 5 was not signed with the site's key"),
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


def test_a_stranger_who_signs_again_is_found_by_the_key(good: Good, tmp_path: Path) -> None:
    with create_site(tmp_path / "other", at=FOUNDED) as other:
        theirs = export_dispute(other, put_on_record(other), tmp_path / "other.zip", recipient=None, at=NOW, by="x")
        with other.write_session() as session:
            bent = packed(signed(good.files, session.signer), tmp_path / "bent.zip")
    assert told(bent).startswith("manifest.json: signed with a key that is not the site's")
    assert check_bundle(theirs.path).fingerprints == (theirs.fingerprint,)
    wanted = fingerprint(good.signer.public)
    assert told(theirs.path, key=(wanted,)) == f"signed with other keys than the one asked for: {theirs.fingerprint}"
    assert check_bundle(good.path, key=(wanted,)).fingerprints == (wanted,)


def test_after_a_rotation_old_and_new_key_are_proven_by_the_entries(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    with create_site(folder, at=FOUNDED) as site:
        number = put_on_record(site)
        rotate_key(site, reason="yearly", at=CONTESTED, by="desk")
    with open_site(folder) as site:
        made = export_dispute(site, number, tmp_path / "bundle.zip", recipient=None, at=NOW, by="desk")
    report = check_bundle(made.path)
    assert len(report.fingerprints) == 2
    for one in report.fingerprints:
        assert check_bundle(made.path, key=(one,)) == report


def test_a_key_that_is_only_named_as_the_next_vouches_for_nothing() -> None:
    real, forged = bytes(32), bytes([1]) * 32
    with pytest.raises(BundleError, match="the key asked for does not vouch for it"):
        check_anchor([fingerprint(real)], [forged, real], forged, real)
    check_anchor([fingerprint(real)], [real, forged], forged, real)


def test_a_bundle_cut_anywhere_or_no_zip_at_all_is_one_line(good: Good, tmp_path: Path) -> None:
    whole = good.path.read_bytes()
    cut = tmp_path / "cut.zip"
    for length in (0, 1, len(whole) // 2, len(whole) - 1):
        cut.write_bytes(whole[:length])
        assert told(cut) == "not a whole zip file; it was cut or damaged, ask for it once more"
    assert told(tmp_path / "none.zip") == "cannot be read: No such file or directory"


@pytest.mark.parametrize(
    ("name", "content", "line"),
    [
        ("../outside.txt", b"x", "holds '../outside.txt', which is no part of a bundle; do not unpack it"),
        ("/etc/x", b"x", "holds '/etc/x', which is no part"),
        ("frames/..jpg", b"x", "holds 'frames/..jpg', which is no part"),
        ("checkpoint.tsr", bytes((64 << 20) + 1), "checkpoint.tsr has 67108865 bytes unpacked, at most 67108864"),
    ],
)
def test_a_zip_that_would_harm_is_not_unpacked(
    good: Good, tmp_path: Path, name: str, content: bytes, line: str
) -> None:
    harmful = tmp_path / "harmful.zip"
    with ZipFile(harmful, "w", ZIP_DEFLATED) as archive:
        for each, its in {**good.files, name: content}.items():
            archive.writestr(each, its)
    assert told(harmful).startswith(line)


def test_too_many_files_and_too_many_bytes_in_all_are_refused(good: Good, tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.zip"
    with ZipFile(bomb, "w") as archive:
        for number in range(20_001):
            archive.writestr(f"frames/{number:064x}.jpg", b"")
    assert told(bomb) == "20001 files; a bundle has at most 20000"
    write_zip(bomb, good.files.items())
    # the sizes a zip states are in its list at the end: 40 files that claim 60 MB each
    small = packed({f"frames/{number:064x}.jpg": b"x" for number in range(40)}, bomb)
    stated = small.read_bytes().replace((1).to_bytes(4, "little") * 2, (60 << 20).to_bytes(4, "little") * 2)
    small.write_bytes(stated)
    assert told(small) == f"{40 * (60 << 20)} bytes unpacked; a bundle has at most {2 << 30}"


def test_a_name_that_stands_twice_is_refused(good: Good, tmp_path: Path) -> None:
    twice = tmp_path / "twice.zip"
    with pytest.warns(UserWarning, match="Duplicate name"):
        write_zip(twice, [*good.files.items(), ("keys.json", b"[]")])
    assert told(twice) == "1 of its files are there twice"


@pytest.mark.parametrize(
    ("manifest", "line"),
    [
        (b'{"version": 2, "shape": "new"}', "manifest.json: bundle format 2; this program reads 1, use the one for it"),
        (b"{}", "manifest.json: version: Field required"),
        (b"{", "manifest.json: Invalid JSON"),
        (b'{"version": 1}', "manifest.json: dispute: Field required"),
        (b"[" * 100_000, "manifest.json: Invalid JSON"),
    ],
)
def test_a_manifest_that_cannot_be_read_is_one_line(good: Good, tmp_path: Path, manifest: bytes, line: str) -> None:
    other = packed({**good.files, "manifest.json": manifest}, tmp_path / "other.zip")
    assert told(other).startswith(line)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.floats(0, 1, exclude_max=True), flip=st.integers(1, 255))
def test_no_changed_byte_of_the_file_passes_unless_its_content_is_the_same(
    good: Good, tmp_path: Path, place: float, flip: int
) -> None:
    whole = bytearray(good.path.read_bytes())
    whole[int(place * len(whole))] ^= flip
    changed = tmp_path / "changed.zip"
    changed.write_bytes(whole)
    try:
        check_bundle(changed)
    except BundleError:
        return
    with ZipFile(changed) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == good.files
