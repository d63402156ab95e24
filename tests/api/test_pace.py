"""So many tries in a minute, each for themselves."""

from __future__ import annotations

from datetime import timedelta

import pytest

from api.errors import ApiError
from api.pace import Pace
from tests.models.builders import FOUNDED


def test_one_try_too_many_is_refused_until_the_first_is_a_minute_old() -> None:
    pace = Pace(3)
    for second in (0, 10, 20):
        pace.step("device:1", FOUNDED + timedelta(seconds=second))
    with pytest.raises(ApiError) as refused:
        pace.step("device:1", FOUNDED + timedelta(seconds=59.9))
    assert (refused.value.status, refused.value.code, refused.value.headers) == (429, "too_many", {"Retry-After": "60"})
    pace.step("device:2", FOUNDED + timedelta(seconds=59.9))
    pace.step("device:1", FOUNDED + timedelta(seconds=60))
    with pytest.raises(ApiError):
        pace.step("device:1", FOUNDED + timedelta(seconds=61))
