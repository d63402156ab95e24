"""`menjian users`: a way back for whoever nobody else can let in."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pyotp
import pytest

from models import access
from models.ledger.read import entries_of_kind
from models.site import open_site
from tests.api.conftest import Menjian

PASSWORD = "a password long enough"


@pytest.fixture
def office(menjian: Menjian, tmp_path: Path) -> Path:
    """A site whose only administrator has an authenticator, and lost it."""
    first = json.loads(menjian("init", tmp_path / "office", "--json").out)["admin"]["password"]
    now = datetime.now(UTC)
    with open_site(tmp_path / "office") as site:
        with site.read_session() as session:
            [admin], _ = access.users(session, before=None, limit=2)
        access.change_password(site.database, admin.id, old=first, new=PASSWORD, at=now, by="test")
        with site.write_session() as session:
            code = pyotp.TOTP(access.offer_totp(session, admin.id)).at(now)
            access.enrol_totp(session, admin.id, code=code, at=now, by="test")
    return tmp_path / "office"


def test_the_last_administrator_comes_back_in(menjian: Menjian, office: Path) -> None:
    told = json.loads(menjian("users", "reset", "Admin", "--site", office, "--json").out)
    now = datetime.now(UTC)
    with open_site(office) as site:
        before = access.sign_in(site.database, login="admin", password=PASSWORD, code=None, at=now)
        after = access.sign_in(site.database, login="admin", password=told["password"], code=None, at=now)
        with site.read_session() as session:
            last = json.loads(list(entries_of_kind(session, "access"))[-1].payload)
    assert isinstance(before, access.Refused)
    assert isinstance(after, access.SignedIn)
    assert (after.standing.must_change, after.standing.has_code) == (True, False)
    assert (last["what"], last["subject"], last["recorded_by"]) == ("password reset", told["id"], "menjian users")
    assert told["password"] not in str(last)


def test_the_password_is_shown_once_and_said_to_run_out(menjian: Menjian, office: Path) -> None:
    ran = menjian("users", "reset", "admin", "--site", office)
    assert ran.code == 0
    assert ran.out.startswith("password of admin: ")
    assert "72 hours" in ran.out


@pytest.mark.parametrize("login", ["nobody", "gone"])
def test_a_login_that_nobody_may_sign_in_with_is_one_line(menjian: Menjian, office: Path, login: str) -> None:
    now = datetime.now(UTC)
    with open_site(office) as site, site.write_session() as session:
        made = access.add_user(session, login="gone", role="reception", at=now, by="test")
        access.disable_user(session, made.id, at=now, by="test")
    ran = menjian("users", "reset", login, "--site", office)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == "menjian: login: nobody who may sign in has it; look for it in the list of users\n"
