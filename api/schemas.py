"""What bodies and rows are made of. Text from outside never holds what a database or a page cannot: control characters,
halves of characters, instants outside any calendar."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Path
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

HEX_ID = r"^[0-9a-f]{32}$"

EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


def _printable(text: str) -> str:
    if any((mark < " " and mark not in "\n\t") or mark == "\x7f" or "\ud800" <= mark <= "\udfff" for mark in text):
        raise ValueError("holds characters that cannot be written; type it anew")
    return text


def _of_our_time(at: datetime) -> datetime:
    if not EARLIEST <= at < LATEST:
        raise ValueError("not an instant of this century")
    return at


def _one_line(text: str) -> str:
    if "\n" in text or "\t" in text:
        raise ValueError("one line only")
    return text


Line = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    AfterValidator(_printable),
    AfterValidator(_one_line),
]
"""A line of text: a name, a title, a reference."""

Story = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000), AfterValidator(_printable)
]
"""Some sentences in somebody's own words."""


def names_nobody(reason: str) -> str:
    """A reason that stays on record as it is. Raises ``ValueError`` for one with a telephone number in it."""
    if re.search(r"\d(?:[\s*\-]?\d){6}|\d{3}\*{3}", reason):
        raise ValueError("no telephone numbers: the reason stays on record")
    return reason


Remark = Annotated[Line, AfterValidator(names_nobody)]
"""A line that stands in the ledger in the clear, for good: it names nobody."""

PhoneText = Annotated[str, StringConstraints(strip_whitespace=True, max_length=30), AfterValidator(_printable)]
"""A phone as typed, whole or masked; `models.people.phone_number` reads it."""

PersonId = Annotated[str, Field(pattern=HEX_ID, examples=["0b8f5a0e3c0f4f0e9d6d6f2f3c1a7e55"])]
Claimant = Annotated[Line, Field(description="id of an agent or consultant, or a distributor's name")]
When = Annotated[AwareDatetime, AfterValidator(_of_our_time)]
Seq = Annotated[int, Field(ge=1, lt=2**53, description="number of a ledger entry")]
"""The number of a ledger entry."""

PersonPath = Annotated[str, Path(pattern=HEX_ID)]
SeqPath = Annotated[int, Path(ge=1, lt=2**53)]


class Body(BaseModel):
    """What a request brings: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Row(BaseModel):
    """What an answer holds."""

    model_config = ConfigDict(frozen=True)


class Recorded(Row):
    """The number of the ledger entry that a request became."""

    entry: Seq = Field(examples=[1042])
