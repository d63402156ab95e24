"""Calendar periods, counted as the Civil Code does (民法典 201, 202, 1259), in the office's time zone.

The start day is not counted, the last day is inside, months end on the corresponding day or on that month's last day,
the hour of day does not matter.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

OFFICE = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, kw_only=True)
class Period:
    """So many months, or so many days; exactly one of the two is set."""

    months: int = 0
    days: int = 0

    def last_day(self, start: date) -> date:
        """The last day inside a period that starts on ``start``.

        >>> Period(months=3).last_day(date(2025, 11, 30))
        datetime.date(2026, 2, 28)
        >>> Period(days=7).last_day(date(2026, 3, 2))
        datetime.date(2026, 3, 9)
        """
        if self.days:
            return start + timedelta(days=self.days)
        return add_months(start, self.months)

    def first_day(self, end: date) -> date:
        """The first day of the period that ends on ``end``: the corresponding day before.

        >>> Period(months=3).first_day(date(2026, 6, 15))
        datetime.date(2026, 3, 15)
        """
        return end - timedelta(days=self.days) if self.days else add_months(end, -self.months)

    def holds(self, start: date, day: date) -> bool:
        """Whether ``day`` lies in the period that starts on ``start``, both ends included."""
        return start <= day <= self.last_day(start)


def add_months(day: date, months: int) -> date:
    """The corresponding day so many months later (earlier when negative), or that month's last day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


@lru_cache(maxsize=4096)
def office_day(at: datetime) -> date:
    """The calendar day of an aware instant at the office."""
    return at.astimezone(OFFICE).date()
