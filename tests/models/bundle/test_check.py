"""Strangers who change a bundle are found, and whose key it must be can be asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.bundle import BundleError, check_bundle, export_dispute
from models.bundle.chain import check_anchor
from models.ledger.entry import entry_hash
from models.ledger.kinds import Founded
from models.ledger.rotate import rotate_key
from models.signed import Purpose
from models.signing import fingerprint
from models.site import create_site, open_site
from tests.models.builders import FOUNDED
from tests.models.bundle.bundles import NOW, Good, frames, lines, packed, signed, told, with_lines
from tests.models.dispute import CONTESTED, put_on_record


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


def test_a_second_founding_cannot_name_the_key_of_a_forger(good: Good, tmp_path: Path) -> None:
    wanted = fingerprint(good.signer.public)
    with create_site(tmp_path / "forged", at=FOUNDED) as forged, forged.write_session() as session:
        forger = session.signer
    # all signed by the forger, whom a second founding names; the first still names the real key
    entries = [
        {**one, "signature": forger.sign(bytes.fromhex(str(one["hash"])), Purpose.LEDGER).hex()}
        for one in lines(good.files)
    ]
    chosen = Founded(at=FOUNDED, site="site", public_key=forger.public.hex())
    payload = chosen.model_dump_json(exclude={"do"})
    second = entries[1]
    own = entry_hash(
        seq=2, at=FOUNDED, kind="founded", payload=payload, prev_hash=bytes.fromhex(str(second["prev_hash"]))
    )
    entries[1] = {
        **second,
        "at": FOUNDED.isoformat(),
        "kind": "founded",
        "payload": payload,
        "hash": own.hex(),
        "signature": forger.sign(own, Purpose.LEDGER).hex(),
    }
    bent = packed(signed(with_lines(good.files, entries), forger), tmp_path / "bent.zip")
    assert told(bent, key=(wanted,)) == "entries.jsonl: entry 2 founds the site a second time"


def test_a_key_that_is_only_named_as_the_next_vouches_for_nothing() -> None:
    real, forged = bytes(32), bytes([1]) * 32
    with pytest.raises(BundleError, match="the key asked for does not vouch for it"):
        check_anchor([fingerprint(real)], [forged, real], forged, real)
    check_anchor([fingerprint(real)], [real, forged], forged, real)
