"""Calendar periods after the Civil Code: the start day is out, the last day is in, months end where they can."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.periods import Period, add_months, office_day

days = st.dates(date(2000, 1, 1), date(2099, 12, 31))
periods = st.builds(Period, months=st.integers(1, 36)) | st.builds(Period, days=st.integers(1, 400))

LAST_DAYS = [
    # the format's own example: led on 03-01, three months
    (Period(months=3), date(2026, 3, 1), date(2026, 6, 1)),
    # no 31st in the month: its last day
    (Period(months=1), date(2026, 1, 31), date(2026, 2, 28)),
    (Period(months=1), date(2026, 3, 31), date(2026, 4, 30)),
    # a leap year has a 29th of February
    (Period(months=1), date(2028, 1, 31), date(2028, 2, 29)),
    (Period(months=12), date(2028, 2, 29), date(2029, 2, 28)),
    # the last day of a short month ends on the corresponding day, not on the last
    (Period(months=1), date(2026, 2, 28), date(2026, 3, 28)),
    # over the end of the year
    (Period(months=3), date(2025, 11, 30), date(2026, 2, 28)),
    # days: over the end of a month, with and without the 29th
    (Period(days=7), date(2026, 2, 23), date(2026, 3, 2)),
    (Period(days=7), date(2028, 2, 23), date(2028, 3, 1)),
]


@pytest.mark.parametrize(("period", "start", "last"), LAST_DAYS)
def test_a_period_ends_on_the_day_of_the_civil_code(period: Period, start: date, last: date) -> None:
    assert period.last_day(start) == last
    assert period.holds(start, last)
    assert not period.holds(start, date.fromordinal(last.toordinal() + 1))


@given(days, st.integers(0, 60))
def test_months_keep_the_day_or_take_the_months_last(day: date, months: int) -> None:
    later = add_months(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    following = date.fromordinal(later.toordinal() + 1)
    assert later.day == day.day or (later.day < day.day and following.day == 1)


@given(days, days, periods)
def test_a_later_start_never_ends_earlier(one: date, other: date, period: Period) -> None:
    first, second = sorted((one, other))
    assert period.last_day(first) <= period.last_day(second)


@given(days, periods)
def test_looking_back_and_forth_agree_but_for_the_ends_of_months(day: date, period: Period) -> None:
    first = period.first_day(day)
    assert period.holds(first, day) or first.day == 28 or day.day > first.day
    assert (period.last_day(first) == day) or (period.months and day.day > 28)


@given(days, periods, st.integers(0, 24 * 60 - 1))
def test_the_hour_of_day_does_not_matter(day: date, period: Period, minute: int) -> None:
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() - 8 * 3600
    assert office_day(datetime.fromtimestamp(midnight + minute * 60, UTC)) == day
