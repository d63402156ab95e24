"""Time-stamps (RFC 3161): an outside authority signs that a checkpoint's root existed at an instant.

Optional. Only a hash leaves the site: the SHA-256 of the root.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from cryptography.x509 import Certificate, load_pem_x509_certificates
from rfc3161_client import (
    HashAlgorithm,
    PKIStatus,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from models.base import ModelsError
from models.durable import replace_file

FOLDER = "timestamps"
TIMEOUT_S = 10.0
ANSWER_BYTES = 262_144
"""Far more than a token with its chain of certificates takes."""


class TimestampError(ModelsError):
    """No time-stamp was got, or it does not hold."""


def request_timestamp(digest: bytes, url: str) -> bytes:
    """The answer (DER) of the time-stamping authority at ``url`` (http or https) for ``digest`` (32 bytes).

    Who signed it is not looked at here, see `check_timestamp`. Raises ``TimestampError`` when the authority cannot be
    reached, refuses, or answers something else.
    """
    request = TimestampRequestBuilder().data(digest).hash_algorithm(HashAlgorithm.SHA256).build()
    host = _host(url)
    answer = _posted(url, host, request.as_bytes())
    try:
        stamp = _decoded(answer)
        if stamp.tst_info.nonce != request.nonce:
            raise TimestampError("it belongs to another request")
        if stamp.tst_info.message_imprint.message != request.message_imprint.message:
            raise TimestampError("it stamps another hash")
    except (TimestampError, ValueError) as error:
        raise TimestampError(
            f"time-stamp from {host}: {_one_line(error)}; ask again later or another authority"
        ) from None
    return answer


def check_timestamp(token: bytes, digest: bytes, roots: Sequence[Certificate]) -> datetime:
    """The instant (aware UTC) for which an authority under one of ``roots`` vouches that ``digest`` existed.

    ``token`` is what `request_timestamp` returned. The certificates need to be valid at that instant only. Raises
    ``TimestampError`` when it is no token, stamps something else, or no root vouches for it.
    """
    try:
        stamp = _decoded(token)
        VerifierBuilder(roots=list(roots)).build().verify_message(stamp, digest)
    except (TimestampError, VerificationError, ValueError) as error:
        raise TimestampError(f"time-stamp does not hold: {_one_line(error)}") from None
    return stamp.tst_info.gen_time.astimezone(UTC)


def read_roots(path: Path) -> list[Certificate]:
    """The root certificates (PEM) of a file. Raises ``TimestampError`` when there are none."""
    try:
        return load_pem_x509_certificates(path.read_bytes())
    except OSError as error:
        raise TimestampError(f"{path}: the authority's certificates cannot be read: {error.strerror}") from None
    except ValueError:
        raise TimestampError(f"{path}: no certificates; give the authority's root certificate as PEM") from None


def timestamp_path(site: Path, root: bytes) -> Path:
    """Where the time-stamp of a checkpoint's ``root`` lies in a site's folder, whether it was got or not.

    >>> timestamp_path(Path("site"), bytes(2)).as_posix()
    'site/timestamps/0000.tsr'
    """
    return site / FOLDER / f"{root.hex()}.tsr"


def keep_timestamp(site: Path, root: bytes, token: bytes) -> Path:
    """Write a time-stamp into the site's folder durably; where it lies. Raises ``TimestampError``."""
    path = timestamp_path(site, root)
    try:
        path.parent.mkdir(exist_ok=True)
        replace_file(path, token)
    except OSError as error:
        raise TimestampError(f"{path}: the time-stamp cannot be written: {error.strerror}") from None
    return path


def _host(url: str) -> str:
    """Scheme and host only: the rest of the address may be secret."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, f":{parts.port}" if parts.port else ""
    except ValueError:
        host = None
    if not host or parts.scheme not in ("http", "https") or "@" in parts.netloc:
        raise TimestampError("time-stamp: the authority's address is no URL like http://tsa.example/ (without a user)")
    return f"{parts.scheme}://{host}{port}"


def _posted(url: str, host: str, query: bytes) -> bytes:
    request = Request(url, data=query, headers={"Content-Type": "application/timestamp-query"})
    try:
        with urlopen(request, timeout=TIMEOUT_S) as answer:
            content: bytes = answer.read(ANSWER_BYTES + 1)
    except HTTPError as error:
        error.close()
        raise TimestampError(f"time-stamp from {host}: refused with HTTP status {error.code}") from None
    except OSError as error:
        said = error.reason if isinstance(error, URLError) else error
        raise TimestampError(f"time-stamp from {host}: cannot be got: {_one_line(said)}; ask again later") from None
    except (HTTPException, ValueError):  # whose words repeat the address
        raise TimestampError(f"time-stamp from {host}: no HTTP answer; check the address") from None
    if len(content) > ANSWER_BYTES:
        raise TimestampError(f"time-stamp from {host}: the answer is too long for a time-stamp")
    return content


def _decoded(token: bytes) -> TimeStampResponse:
    try:
        stamp = decode_timestamp_response(token)
        status = PKIStatus(stamp.status)
    except ValueError:
        raise TimestampError("it is no RFC 3161 answer") from None
    if status is not PKIStatus.GRANTED:
        raise TimestampError(f"it was not granted (status {status.value}, RFC 3161, 2.4.2)")
    return stamp


def _one_line(said: object) -> str:
    return " ".join(str(said).split())[:200]
