"""The signing key: what it signs, how it is kept and replaced, and the list of public keys."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from models.signed import Purpose, first_bad, is_signed
from models.signing import (
    Signer,
    SigningError,
    add_public_key,
    adopt_signer,
    create_signer,
    open_signer,
    read_public_keys,
    replace_signer,
)
from models.vault import Vault

VAULT = Vault(bytes(range(32)))
DIGEST = bytes(range(100, 132))


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Signer:
    return create_signer(tmp_path_factory.mktemp("keys") / "signing.key", VAULT)


def test_another_library_confirms_the_signature_over_tag_and_digest(signer: Signer) -> None:
    signature = signer.sign(DIGEST, Purpose.LEDGER)
    Ed25519PublicKey.from_public_bytes(signer.public).verify(signature, b"menjian ledger v1\n" + DIGEST)


def test_a_signature_for_one_purpose_is_none_for_another(signer: Signer) -> None:
    signature = signer.sign(DIGEST, Purpose.LEDGER)
    assert is_signed(signer.public, DIGEST, signature, Purpose.LEDGER)
    assert not is_signed(signer.public, DIGEST, signature, Purpose.CHECKPOINT)


@given(st.sampled_from(["public", "digest", "signature"]), st.integers(0, 31), st.integers(0, 7))
def test_one_changed_bit_anywhere_is_noticed(signer: Signer, part: str, index: int, bit: int) -> None:
    check = {"public": signer.public, "digest": DIGEST, "signature": signer.sign(DIGEST, Purpose.LEDGER)}
    changed = bytearray(check[part])
    changed[index] ^= 1 << bit
    check[part] = bytes(changed)
    assert not is_signed(check["public"], check["digest"], check["signature"], Purpose.LEDGER)


@pytest.mark.parametrize(
    ("public", "signature"),
    [
        (b"", bytes(64)),  # no key
        (bytes(31), bytes(64)),  # a key cut short
        (bytes(32), b""),  # no signature
        (bytes(32), bytes(63)),  # a signature cut short
        (bytes(32), bytes(65)),  # one byte too many
        (bytes(32), bytes(64)),  # a point of small order, which would sign anything
    ],
)
def test_what_is_no_key_or_no_signature_does_not_hold(public: bytes, signature: bytes) -> None:
    assert not is_signed(public, DIGEST, signature, Purpose.LEDGER)


@given(st.integers(0, 9), st.sets(st.integers(0, 8)))
def test_the_first_bad_signature_of_many_is_named(signer: Signer, count: int, spoilt: set[int]) -> None:
    good = signer.sign(DIGEST, Purpose.LEDGER)
    checks = [(signer.public, DIGEST, bytes(64) if index in spoilt else good) for index in range(count)]
    assert first_bad(checks, Purpose.LEDGER) == min((index for index in spoilt if index < count), default=None)


def test_the_key_file_opens_as_the_same_signer_and_holds_no_seed_in_the_clear(tmp_path: Path) -> None:
    path = tmp_path / "signing.key"
    made = create_signer(path, VAULT)
    assert open_signer(path, VAULT).public == made.public
    assert path.stat().st_mode & 0o777 == 0o600
    assert VAULT.open(path.read_bytes(), "signing key") not in path.read_bytes()
    with pytest.raises(SigningError, match="a signing key already"):
        create_signer(path, VAULT)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "is missing; restore it"),
        (b"", "damaged"),
        (b"short", "damaged"),  # shorter than a nonce
        (bytes(60), "damaged, or not sealed with this site's key"),
        (Vault(bytes(32)).seal(bytes(32), "signing key"), "not sealed with this site's key"),  # another site's
        (VAULT.seal(bytes(32), "phone of p1"), "not sealed with this site's key"),  # another value of this site
        (VAULT.seal(bytes(16), "signing key"), "damaged"),  # no seed
    ],
    ids=["missing", "empty", "short", "zeros", "other-site", "other-value", "no-seed"],  # sealed bytes differ each time
)
def test_a_bad_key_file_is_refused_with_one_line(tmp_path: Path, content: bytes | None, says: str) -> None:
    path = tmp_path / "signing.key"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SigningError, match=says) as caught:
        open_signer(path, VAULT)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


def test_keys_that_cannot_be_written_are_told_in_one_line(tmp_path: Path) -> None:
    for path in (tmp_path / "none" / "signing.key", tmp_path / "none" / "signing.pub"):
        with pytest.raises(SigningError, match="cannot be written: No such file") as caught:
            create_signer(path, VAULT) if path.suffix == ".key" else add_public_key(path, bytes(32))
        assert str(caught.value).startswith(f"{path}: ")


def test_rotation_changes_the_key_when_its_record_was_kept_and_not_before(tmp_path: Path) -> None:
    path = tmp_path / "signing.key"
    old = create_signer(path, VAULT)
    with replace_signer(path, VAULT) as new:
        assert open_signer(path, VAULT).public == old.public
    assert new.public != old.public
    assert open_signer(path, VAULT).public == new.public
    assert [each.name for each in tmp_path.iterdir()] == ["signing.key"]


def test_rotation_leaves_the_old_key_when_its_record_failed(tmp_path: Path) -> None:
    path = tmp_path / "signing.key"
    old = create_signer(path, VAULT)
    with pytest.raises(SigningError, match="not recorded"), replace_signer(path, VAULT):
        raise SigningError("not recorded")
    assert open_signer(path, VAULT).public == old.public


def test_a_rotation_that_a_power_cut_stopped_after_its_record_is_completed(tmp_path: Path) -> None:
    path = tmp_path / "signing.key"
    create_signer(path, VAULT)
    rotation = replace_signer(path, VAULT)
    new = rotation.__enter__()  # and the power goes before the block's end
    with pytest.raises(SigningError, match="is not the key"):
        adopt_signer(path, VAULT, bytes(32))
    assert adopt_signer(path, VAULT, new.public).public == new.public
    assert open_signer(path, VAULT).public == new.public
    with pytest.raises(SigningError, match=r"signing\.key\.next: the signing key is missing"):
        adopt_signer(path, VAULT, new.public)


def test_public_keys_are_read_in_the_order_of_their_use(tmp_path: Path) -> None:
    path = tmp_path / "signing.pub"
    for key in (b"b" * 32, b"a" * 32, b"b" * 32):  # the third is known already
        add_public_key(path, key)
    assert read_public_keys(path) == (b"b" * 32, b"a" * 32)
    assert path.read_text(encoding="utf-8").startswith("# ")
    assert path.stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "cannot be read"),
        (b"", "holds no public key"),
        (b"# only a comment\n", "holds no public key"),
        (b"\xff\xfe", "cannot be read"),  # not text
        (b"# head\n\n" + b"00" * 31 + b"\n", ", line 3: not a public key"),  # too short
        (b"00" * 32 + b"\nkey\n", ", line 2: not a public key"),
    ],
)
def test_a_bad_list_of_public_keys_is_told_with_its_line(tmp_path: Path, content: bytes | None, says: str) -> None:
    path = tmp_path / "signing.pub"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SigningError, match=says) as caught:
        read_public_keys(path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


def test_the_private_key_does_not_show_when_a_signer_is_printed(signer: Signer) -> None:
    assert repr(signer) == "Signer()"
