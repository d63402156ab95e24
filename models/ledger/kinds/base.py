"""What every kind of entry of the system has."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
"""SHA-256, hex."""


class SystemEntry(BaseModel):
    """What all of them have: `at`, the aware instant at which it happened (not when it was put on record)."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    at: AwareDatetime


class Reasoned(SystemEntry):
    """An entry about a customer in which somebody says something in their own words: the text is sealed as
    `person`'s."""

    person: str
    reason: str = Field(min_length=1)
