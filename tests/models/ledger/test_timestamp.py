"""Time-stamps, got from an authority on this machine: `openssl ts` behind a small web server."""

from __future__ import annotations

import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from hypothesis import given
from hypothesis import strategies as st

from models.ledger.timestamp import (
    ANSWER_BYTES,
    TimestampError,
    check_timestamp,
    keep_timestamp,
    read_roots,
    request_timestamp,
    timestamp_path,
)

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the command openssl (apt-get install)")

DIGEST = sha256(b"a checkpoint").digest()
OTHER = sha256(b"another checkpoint").digest()
Answer = Callable[[bytes], tuple[int, bytes]]

CONFIG = """
[tsa]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


@dataclass(frozen=True, kw_only=True)
class Authority:
    """A time-stamping authority with its root certificate ``ca.pem`` in ``folder``."""

    folder: Path

    @property
    def roots(self) -> list[x509.Certificate]:
        return read_roots(self.folder / "ca.pem")

    def stamp(self, query: bytes) -> bytes:
        (self.folder / "query.tsq").write_bytes(query)
        self._ts("-reply", "-queryfile", "query.tsq", "-config", "tsa.cnf", "-section", "tsa", "-out", "answer.tsr")
        return (self.folder / "answer.tsr").read_bytes()

    def query(self, digest: bytes) -> bytes:
        """A query made by openssl, for another hash than the one asked for."""
        (self.folder / "data").write_bytes(digest)
        self._ts("-query", "-data", "data", "-sha256", "-cert", "-out", "own.tsq")
        return (self.folder / "own.tsq").read_bytes()

    def verifies(self, token: bytes, digest: bytes) -> bool:
        (self.folder / "data").write_bytes(digest)
        (self.folder / "token.tsr").write_bytes(token)
        command = ["openssl", "ts", "-verify", "-in", "token.tsr", "-data", "data", "-CAfile", "ca.pem"]
        return subprocess.run(command, cwd=self.folder, capture_output=True, check=False).returncode == 0

    def _ts(self, *arguments: str) -> None:
        subprocess.run(["openssl", "ts", *arguments], cwd=self.folder, capture_output=True, check=True)


def authority_in(folder: Path) -> Authority:
    folder.mkdir()
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = certificate("Test Root", root_key.public_key(), "Test Root", root_key)
    own = certificate("Test TSA", key.public_key(), "Test Root", root_key)
    (folder / "ca.pem").write_bytes(root.public_bytes(Encoding.PEM))
    (folder / "tsa.pem").write_bytes(own.public_bytes(Encoding.PEM))
    (folder / "tsa.key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (folder / "tsa.cnf").write_text(CONFIG.format(folder=folder), encoding="ascii")
    (folder / "serial").write_text("01\n", encoding="ascii")
    return Authority(folder=folder)


def certificate(
    subject: str, public: ec.EllipticCurvePublicKey, issuer: str, key: ec.EllipticCurvePrivateKey
) -> x509.Certificate:
    names = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]) for name in (subject, issuer)]
    is_root = subject == issuer
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(names[1], names[0], public, x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=is_root, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
    )
    if not is_root:
        made = made.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    return made.sign(key, SHA256())


@contextmanager
def answering(answer: Answer) -> Iterator[str]:
    """The address of a web server that gives ``answer`` (status and content) to what is posted."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            status, content = answer(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/tsa"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return authority_in(tmp_path_factory.mktemp("authority") / "tsa")


@pytest.fixture(scope="module")
def token(authority: Authority) -> bytes:
    with answering(lambda query: (200, authority.stamp(query))) as url:
        return request_timestamp(DIGEST, url)


def test_a_stamp_holds_for_what_was_stamped_at_the_authoritys_instant(authority: Authority, token: bytes) -> None:
    at = check_timestamp(token, DIGEST, authority.roots)
    assert at.tzinfo is UTC
    assert abs(datetime.now(UTC) - at) < timedelta(minutes=5)


def test_openssl_confirms_the_stamp(authority: Authority, token: bytes) -> None:
    assert authority.verifies(token, DIGEST)
    assert not authority.verifies(token, OTHER)


def test_only_a_hash_of_the_root_leaves_the_site(authority: Authority) -> None:
    posted: list[bytes] = []

    def stamped(query: bytes) -> tuple[int, bytes]:
        posted.append(query)
        return 200, authority.stamp(query)

    with answering(stamped) as url:
        request_timestamp(DIGEST, url)
    assert [sha256(DIGEST).digest() in query for query in posted] == [True]
    assert DIGEST not in posted[0]
    assert len(posted[0]) < 80


def test_a_stamp_does_not_hold_for_something_else_or_under_another_root(
    authority: Authority, token: bytes, tmp_path: Path
) -> None:
    with pytest.raises(TimestampError, match="time-stamp does not hold: Mismatch"):
        check_timestamp(token, OTHER, authority.roots)
    with pytest.raises(TimestampError, match="time-stamp does not hold: "):
        check_timestamp(token, DIGEST, authority_in(tmp_path / "other").roots)
    with pytest.raises(TimestampError, match="time-stamp does not hold: "):
        check_timestamp(token, DIGEST, [])


@given(st.data())
def test_a_token_that_was_cut_or_is_none_is_told_in_one_line(
    authority: Authority, token: bytes, data: st.DataObject
) -> None:
    cut = data.draw(st.integers(0, len(token) - 1))
    for spoilt in (token[:cut], data.draw(st.binary(max_size=60))):
        with pytest.raises(TimestampError) as caught:
            check_timestamp(spoilt, DIGEST, authority.roots)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (lambda _tsa, _query: (200, b"<html>welcome</html>"), "it is no RFC 3161 answer"),  # a web page
        (lambda _tsa, _query: (200, b""), "it is no RFC 3161 answer"),
        (lambda _tsa, _query: (200, bytes.fromhex("30053003020102")), "not granted .status 2"),  # refused, as DER
        (lambda _tsa, _query: (200, bytes.fromhex("30053003020100")), "Missing SignedData"),  # granted, but no token
        (lambda tsa, query: (200, tsa.stamp(query)[:-9]), "it is no RFC 3161 answer"),  # cut short
        (lambda tsa, _query: (200, tsa.stamp(tsa.query(OTHER))), "it belongs to another request"),  # another digest
        (lambda tsa, query: (200, tsa.stamp(another_hash(query))), "it stamps another hash"),  # with our nonce
        (lambda _tsa, _query: (503, b"busy\nlater"), "refused with HTTP status 503"),
        (lambda _tsa, _query: (200, bytes(ANSWER_BYTES + 1)), "too long for a time-stamp"),
    ],
)
def test_what_is_no_stamp_of_our_hash_is_refused_with_one_line(
    authority: Authority, answer: Callable[[Authority, bytes], tuple[int, bytes]], says: str
) -> None:
    with (
        answering(lambda query: answer(authority, query)) as url,
        pytest.raises(TimestampError, match=says) as caught,
    ):
        request_timestamp(DIGEST, url)
    assert "time-stamp from http://127.0.0.1" in str(caught.value)
    assert "\n" not in str(caught.value)


def another_hash(query: bytes) -> bytes:
    return query.replace(sha256(DIGEST).digest(), sha256(OTHER).digest())


def test_an_authority_that_is_down_is_told_without_the_password_of_its_address() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, but nobody listens
        port = taken.getsockname()[1]
        with pytest.raises(TimestampError, match=f"from http://127.0.0.1:{port}: cannot be got: ") as caught:
            request_timestamp(DIGEST, f"http://127.0.0.1:{port}/tsa?key=hidden")
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "tsa.example",  # no scheme
        "file:///etc/hostname",  # would be read from the disk
        "http://",  # no host
        "http://[::1/hidden",  # a bracket that does not close
        "http://host:port/hidden",  # a port that is no number
        "http://user:hidden@host/",  # a password, which urllib would take for a port
    ],
)
def test_an_address_that_is_none_is_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(TimestampError, match="the authority's address is no URL") as caught:
        request_timestamp(DIGEST, url)
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize("path", ["hidden path", "hidden路"])
def test_an_address_that_cannot_be_asked_is_told_without_its_path(path: str) -> None:
    with pytest.raises(TimestampError, match=r"from http://127\.0\.0\.1: no HTTP answer; check the address") as caught:
        request_timestamp(DIGEST, f"http://127.0.0.1/{path}")
    assert "hidden" not in str(caught.value)


def test_a_stamp_is_kept_beside_the_checkpoints_under_the_root_it_stamps(tmp_path: Path, token: bytes) -> None:
    assert keep_timestamp(tmp_path, DIGEST, token) == timestamp_path(tmp_path, DIGEST)
    assert (tmp_path / "timestamps" / f"{DIGEST.hex()}.tsr").read_bytes() == token
    with pytest.raises(TimestampError, match="the time-stamp cannot be written: No such file"):
        keep_timestamp(tmp_path / "none", DIGEST, token)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "cannot be read: No such file"),
        (b"", "no certificates; give the authority's root"),
        (b"-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n", "no certificates"),
    ],
)
def test_a_file_without_root_certificates_is_refused_with_one_line(
    tmp_path: Path, content: bytes | None, says: str
) -> None:
    path = tmp_path / "roots.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(TimestampError, match=says) as caught:
        read_roots(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)
