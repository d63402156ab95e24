"""`menjian verify BUNDLE.zip`."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest

from models.bundle import export_dispute
from models.site import create_site
from tests.api.conftest import Menjian
from tests.models.builders import FOUNDED
from tests.models.dispute import CONTESTED, put_on_record

OTHER = "0000-1111-2222-3333-4444-5555-6666-7777"


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """A bundle; its site lies beside it."""
    with create_site(tmp_path / "site", at=FOUNDED) as site:
        made = export_dispute(
            site,
            put_on_record(site),
            tmp_path / "bundle.zip",
            recipient=None,
            at=CONTESTED + timedelta(days=1),
            by="desk",
        )
    return made.path


def test_a_bundle_that_holds_is_told_with_the_key_to_compare(menjian: Menjian, bundle: Path) -> None:
    told = json.loads(menjian("verify", bundle, "--json").out)
    ran = menjian("verify", bundle)
    assert (ran.code, ran.err) == (0, "")
    assert f"if its key is {told['keys'][0]}: compare" in ran.out
    for said in ("computed again from the entries: the same", "no outside authority vouches", "good:"):
        assert said in re.sub(r"[│┃\s]+", " ", ran.out)
    assert (told["good"], told["replayed"], told["frames"], told["stamp"]) == (True, True, 6, "absent")
    assert told["decision"]["credit"] == {"north": "1/2", "south": "1/2"}


def test_the_key_can_be_asked_for_by_fingerprint_or_by_file(menjian: Menjian, bundle: Path) -> None:
    [own] = json.loads(menjian("verify", bundle, "--json").out)["keys"]
    for key in (own, own.replace("-", " ").upper(), bundle.parent / "site" / "keys" / "signing.pub"):
        ran = menjian("verify", bundle, "--key", key)
        assert (ran.code, ran.err) == (0, "")
        assert "compare" not in ran.out
    ran = menjian("verify", bundle, "--key", OTHER)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == f"menjian: {bundle}: signed with other keys than the one asked for: {own}\n"


def test_a_key_that_is_none_is_a_usage_error(menjian: Menjian, bundle: Path) -> None:
    ran = menjian("verify", bundle, "--key", "signing.pub")
    assert ran.code == 2
    assert "neither a file of public keys nor a fingerprint" in " ".join(ran.err.split())


def test_a_bundle_that_does_not_hold_is_one_line_and_exit_code_1(menjian: Menjian, bundle: Path) -> None:
    bundle.write_bytes(bundle.read_bytes()[:-100])
    line = f"{bundle}: not a whole zip file; it was cut or damaged, ask for it once more"
    ran = menjian("verify", bundle)
    assert (ran.code, ran.out, ran.err) == (1, "", f"menjian: {line}\n")
    ran = menjian("verify", bundle, "--json")
    assert (ran.code, json.loads(ran.out), ran.err) == (1, {"good": False, "fault": line}, "")


def test_an_option_of_the_other_kind_is_a_usage_error(menjian: Menjian, bundle: Path) -> None:
    for arguments in (("--key", OTHER), ("--authority", bundle), (bundle, "--frames")):
        assert menjian("verify", *arguments).code == 2
