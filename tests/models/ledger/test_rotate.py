"""Rotation of the signing key: what stays valid, what a stop in between leaves, who may write afterwards."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from models.ledger.append import RotatedError, append
from models.ledger.kinds import KeyRotated
from models.ledger.read import head
from models.ledger.rotate import rotate_key
from models.ledger.seal import seal_head
from models.ledger.verify import verify_site
from models.signing import SigningError, add_public_key, adopt_signer, open_signer, read_public_keys, replace_signer
from models.site import Site, open_site
from models.vault import open_vault
from tests.models.ledger.written import AT, record, viewed


def rotated(site: Site) -> bytes:
    """The key that signs from now on."""
    rotate_key(site, reason="yearly change", at=AT, by="desk")
    return open_signer(site.signing_path, open_vault(site.key_path)).public


def test_old_and_new_signatures_are_valid_and_both_keys_are_public(site: Site) -> None:
    record(site, viewed(1))
    old = read_public_keys(site.public_path)[0]
    seal_head(site, AT)
    new = rotated(site)
    with open_site(site.folder) as again:
        record(again, viewed(2))
        seal_head(again, AT)
    report = verify_site(site.folder)
    assert (report.faults, report.entries, report.checkpoints) == ((), 4, 2)
    assert report.keys == read_public_keys(site.public_path) == (old, new)


def test_whoever_holds_the_old_key_cannot_write_any_more_and_is_told_to_start_again(site: Site) -> None:
    rotated(site)
    for attempt in (
        lambda: record(site, viewed(1)),
        lambda: seal_head(site, AT),
        lambda: rotate_key(site, reason="again", at=AT, by="desk"),
    ):
        with pytest.raises(RotatedError, match=r"entry 2 was not signed with .* start this program again") as caught:
            attempt()
        assert "\n" not in str(caught.value)
    with open_site(site.folder) as again:
        record(again, viewed(1))
    with pytest.raises(RotatedError, match="entry 3 was not signed with the key at hand"):
        record(site, viewed(2))
    assert verify_site(site.folder).faults == ()


def stopped_before_the_entry(site: Site) -> None:
    rotation = replace_signer(site.signing_path, open_vault(site.key_path))
    rotation.__enter__()


def stopped_after_the_entry(site: Site) -> bytes:
    signer = replace_signer(site.signing_path, open_vault(site.key_path)).__enter__()
    with site.write_session() as session:
        append(session, [KeyRotated(at=AT, public_key=signer.public.hex(), reason="r")], at=AT, by="desk")
    return signer.public


def stopped_after_the_list(site: Site) -> None:
    add_public_key(site.public_path, stopped_after_the_entry(site))


def stopped_with_both_key_files(site: Site) -> None:
    public = stopped_after_the_entry(site)
    add_public_key(site.public_path, public)
    successor = Path(f"{site.signing_path}.next")
    content = successor.read_bytes()
    adopt_signer(site.signing_path, open_vault(site.key_path), public)
    successor.write_bytes(content)


@pytest.mark.parametrize(
    ("stop", "keys"),
    [
        (stopped_before_the_entry, 1),  # nothing is on record: nothing happened
        (stopped_after_the_entry, 2),  # it is on record: opening does the rest
        (stopped_after_the_list, 2),
        (stopped_with_both_key_files, 2),
    ],
)
def test_a_site_opens_writes_and_rotates_after_a_stop_at_any_point(
    site: Site, stop: Callable[[Site], object], keys: int
) -> None:
    stop(site)
    with open_site(site.folder) as again:
        record(again, viewed(1))
        assert len(read_public_keys(site.public_path)) == keys
        rotated(again)
    with open_site(site.folder) as again:
        record(again, viewed(2))
    report = verify_site(site.folder)
    assert (report.faults, len(report.keys)) == ((), keys + 1)


def test_a_public_key_that_a_stopped_rotation_did_not_add_is_told_with_what_adds_it(site: Site) -> None:
    stopped_after_the_entry(site)
    assert "lacks the last key of the ledger; opening the site adds it" in str(verify_site(site.folder).first_bad)
    open_site(site.folder).close()
    assert verify_site(site.folder).faults == ()


def test_a_new_key_that_is_on_record_is_never_overwritten_by_another(site: Site) -> None:
    public = stopped_after_the_entry(site)
    with pytest.raises(RotatedError):
        rotate_key(site, reason="again", at=AT, by="desk")
    with open_site(site.folder) as again, again.write_session() as session:
        assert session.signer.public == public


def test_a_rotation_without_its_new_key_is_told_and_not_written_over(site: Site) -> None:
    stopped_after_the_entry(site)
    Path(f"{site.signing_path}.next").unlink()
    with pytest.raises(SigningError, match=r"signing\.key\.next: the signing key is missing; restore it"):
        open_site(site.folder)


def test_the_entry_says_why_and_names_the_new_key(site: Site) -> None:
    new = rotated(site)
    with site.read_session() as session:
        last = head(session)
    assert last is not None
    assert (last.kind, new.hex() in last.payload, "yearly change" in last.payload) == ("key_rotated", True, True)
