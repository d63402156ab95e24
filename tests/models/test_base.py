"""Instants are aware UTC on both sides of the database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects.sqlite.base import SQLiteDialect

from models.base import ModelsError, UTCDateTime

OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.datetimes(timezones=OFFSETS).filter(lambda instant: 1 < instant.year < 9999))
def test_an_instant_of_any_zone_comes_back_as_the_same_instant_in_utc(instant: datetime) -> None:
    stored = UTCDateTime().process_bind_param(instant, SQLiteDialect())
    assert stored is not None
    back = UTCDateTime().process_result_value(stored.replace(tzinfo=None), SQLiteDialect())
    assert back == instant
    assert back is not None
    assert back.tzinfo is UTC


def test_an_aware_value_from_the_database_is_turned_to_utc() -> None:
    office = datetime(2026, 3, 1, 10, tzinfo=timezone(timedelta(hours=8)))
    back = UTCDateTime().process_result_value(office, SQLiteDialect())
    assert back is not None
    assert back.isoformat() == "2026-03-01T02:00:00+00:00"


def test_a_naive_instant_is_refused() -> None:
    with pytest.raises(ModelsError, match="without a time zone"):
        UTCDateTime().process_bind_param(datetime(2026, 3, 1, tzinfo=UTC).replace(tzinfo=None), SQLiteDialect())


def test_no_instant_stays_none() -> None:
    kind = UTCDateTime()
    assert kind.process_bind_param(None, SQLiteDialect()) is None
    assert kind.process_result_value(None, SQLiteDialect()) is None
