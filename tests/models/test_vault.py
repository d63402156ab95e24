"""The site key: what it seals, and which key files are refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.vault import Vault, VaultError, create_key, open_vault

KEY = bytes(range(32))


@given(st.binary(max_size=200), st.text(max_size=20))
def test_what_is_sealed_opens_in_its_place(plain: bytes, about: str) -> None:
    sealed = Vault(KEY).seal(plain, about)
    assert Vault(KEY).open(sealed, about) == plain


def test_equal_values_are_sealed_differently_and_digested_equally() -> None:
    vault = Vault(KEY)
    assert vault.seal(b"138", "phone") != vault.seal(b"138", "phone")
    assert vault.digest("138") == vault.digest("138")
    assert vault.digest("138") != Vault(bytes(32)).digest("138")


@given(st.integers(0, 12 + 3 + 16 - 1), st.integers(0, 7))
def test_one_changed_bit_is_noticed(index: int, bit: int) -> None:
    sealed = bytearray(Vault(KEY).seal(b"abc", "name"))
    sealed[index] ^= 1 << bit
    with pytest.raises(VaultError, match="name: not sealed with this site's key"):
        Vault(KEY).open(bytes(sealed), "name")


def test_a_value_moved_to_another_row_or_key_does_not_open() -> None:
    sealed = Vault(KEY).seal(b"abc", "name of a")
    for vault, about in ((Vault(KEY), "name of b"), (Vault(bytes(32)), "name of a")):
        with pytest.raises(VaultError):
            vault.open(sealed, about)


def test_a_new_key_is_readable_by_its_owner_only_and_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "site.key"
    create_key(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert open_vault(path).digest("x") == open_vault(path).digest("x")
    with pytest.raises(FileExistsError):
        create_key(path)


@pytest.mark.parametrize(
    ("content", "mode", "says"),
    [
        (None, 0o600, "the site key is missing"),
        ("00" * 32, 0o644, "open to other users .* run: chmod 600"),  # world-readable
        ("00" * 32, 0o640, "open to other users"),  # group-readable
        ("00" * 16, 0o600, "not a site key"),  # too short
        ("not hex", 0o600, "not a site key"),
        ("", 0o600, "not a site key"),
        ("钥匙", 0o600, "cannot be read"),  # not ASCII
    ],
)
def test_a_bad_key_file_is_refused_with_one_line(tmp_path: Path, content: str | None, mode: int, says: str) -> None:
    path = tmp_path / "site.key"
    if content is not None:
        path.write_text(content, encoding="utf-8")
        path.chmod(mode)
    with pytest.raises(VaultError, match=says) as caught:
        open_vault(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)
