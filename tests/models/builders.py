"""Values the tests of the record share."""

from __future__ import annotations

from datetime import UTC, datetime

FOUNDED = datetime(2026, 3, 1, 1, 0, tzinfo=UTC)
"""When the sites of the tests are made: 9 o'clock in the office."""
