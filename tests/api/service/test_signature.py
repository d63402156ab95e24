"""The guard of whoever receives webhooks: what is forged, changed, old or replayed is refused."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.live.signature import ReplayedError, SignatureError, signed_headers, verify

NOW = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
SECRET = "whsec_" + b64encode(bytes(range(32))).decode()
ANOTHER = "whsec_" + b64encode(bytes(32)).decode()
BODY = b'{"type":"deal"}'

Change = Callable[[dict[str, str]], dict[str, str]]


def without(name: str) -> Change:
    return lambda headers: {key: value for key, value in headers.items() if key != name}


def with_(name: str, value: str) -> Change:
    return lambda headers: {**headers, name: value}


def test_the_signature_is_that_of_the_specification() -> None:
    # the example of standardwebhooks.com: its secret, id, time and body
    secret, body = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", b'{"test": 2432232314}'
    at = datetime.fromtimestamp(1614265330, UTC)
    headers = signed_headers(body, secret, message="msg_p5jXN8AQM9LWM0D4loKWxJek", now=at)
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@given(st.binary(), st.integers(0, 4_000_000_000))
def test_what_was_signed_is_believed(body: bytes, seconds: int) -> None:
    at = datetime.fromtimestamp(seconds, UTC)
    assert verify(signed_headers(body, SECRET, message="m1", now=at), body, SECRET, now=at) == "m1"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (without("webhook-id"), "webhook-id is missing"),
        (without("webhook-timestamp"), "webhook-timestamp is missing"),
        (without("webhook-signature"), "webhook-signature is missing"),
        (with_("webhook-id", "m2"), "changed since"),  # an old message under a new id
        (with_("webhook-timestamp", str(int(NOW.timestamp()) + 1)), "changed since"),  # made younger
        (with_("webhook-timestamp", "tomorrow"), "no number"),
        (with_("webhook-timestamp", "9" * 400), "no number"),  # no instant either
        (with_("webhook-signature", ""), "changed since"),
        (with_("webhook-signature", "v1,!!!"), "changed since"),  # not base64
        (with_("webhook-signature", "v2," + "A" * 43 + "="), "changed since"),  # another version
        (lambda _: signed_headers(BODY, ANOTHER, message="m1", now=NOW), "not signed with this secret"),
        (lambda _: signed_headers(b"{}", SECRET, message="m1", now=NOW), "changed since"),  # another body
    ],
)
def test_what_was_not_signed_so_is_refused(change: Change, says: str) -> None:
    headers = change(signed_headers(BODY, SECRET, message="m1", now=NOW))
    with pytest.raises(SignatureError, match=says):
        verify(headers, BODY, SECRET, now=NOW)


@pytest.mark.parametrize(
    ("late", "is_believed"),
    [
        (timedelta(minutes=5), True),
        (timedelta(minutes=5, seconds=1), False),  # kept back, or replayed
        (timedelta(minutes=-5), True),
        (timedelta(minutes=-5, seconds=-1), False),  # the sender's clock is ahead
    ],
    ids=str,
)
def test_a_message_is_good_for_five_minutes(late: timedelta, is_believed: bool) -> None:
    headers = signed_headers(BODY, SECRET, message="m1", now=NOW)
    if is_believed:
        assert verify(headers, BODY, SECRET, now=NOW + late) == "m1"
        return
    with pytest.raises(SignatureError, match="clocks"):
        verify(headers, BODY, SECRET, now=NOW + late)


def test_a_message_taken_before_is_told_from_a_forged_one() -> None:
    headers = signed_headers(BODY, SECRET, message="m1", now=NOW)
    with pytest.raises(ReplayedError):
        verify(headers, BODY, SECRET, now=NOW, seen={"m1"})
    with pytest.raises(SignatureError) as refused:
        verify({**headers, "webhook-signature": "v1,"}, BODY, SECRET, now=NOW, seen={"m1"})
    assert not isinstance(refused.value, ReplayedError)


def test_while_a_secret_is_changed_either_signature_will_do() -> None:
    old, new = (signed_headers(BODY, one, message="m1", now=NOW) for one in (ANOTHER, SECRET))
    both = {**new, "webhook-signature": f"{old['webhook-signature']} {new['webhook-signature']}"}
    assert verify(both, BODY, SECRET, now=NOW) == "m1"
