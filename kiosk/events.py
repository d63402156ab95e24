"""The events file: what the door saw, one JSON object a line, written so that a line is whole or not there at all."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    TypeAdapter,
    ValidationError,
)

from kiosk.types import BlindReason, KioskError


def _round_to_ms(at: datetime) -> datetime:
    at = at.astimezone(UTC) + timedelta(microseconds=500)
    return at - timedelta(microseconds=at.microsecond % 1000)


def _iso_ms(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


Seconds = Annotated[float, Field(allow_inf_nan=False), AfterValidator(lambda value: round(value, 3))]
"""Seconds since the first frame, rounded to milliseconds."""
Instant = Annotated[AwareDatetime, AfterValidator(_round_to_ms), PlainSerializer(_iso_ms, when_used="json")]
"""Aware, rounded to milliseconds; written as UTC with a Z."""
Probability = Annotated[float, Field(ge=0.0, le=1.0)]


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Identity(_Line):
    """Who crossed: ``known``, ``unknown`` (a good template matches nobody), ``uncertain`` (a person must look) or
    ``unconsented`` (no template was made). ``score`` is the pack's similarity, where something was compared."""

    status: Literal["known", "unknown", "uncertain", "unconsented"]
    person: str | None = None
    name: str | None = None
    role: Literal["agent", "staff", "customer"] | None = None
    score: float | None = None


class ArrivalEvent(_Line):
    """Someone crossed the sill at ``t`` s, give or take ``sigma_s`` s (standard deviation)."""

    type: Literal["arrival"] = "arrival"
    arrival: str
    door: str
    direction: Literal["in", "out"]
    t: Seconds
    sigma_s: Annotated[Seconds, Field(ge=0.0)]
    at: Instant
    identity: Identity
    party: str | None = None
    live: Literal["yes", "no", "unknown"] = "unknown"
    track: int


class OrderEvent(_Line):
    """The verdict about two arrivals (their ids), earlier one first, with the probability ``p`` of this order."""

    type: Literal["order"] = "order"
    first: str
    second: str
    verdict: Literal["before", "simultaneous"]
    p: Probability


class BlindEvent(_Line):
    """The door was not seen from ``from_t`` to ``to_t`` (s)."""

    type: Literal["blind"] = "blind"
    from_t: Seconds
    to_t: Seconds
    reason: BlindReason


Event = ArrivalEvent | OrderEvent | BlindEvent
_ANY_EVENT: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="type")])


LONGEST_LINE = 65_536
"""Bytes; a line of the events file is far shorter."""


class EventsError(KioskError):
    """The events file cannot be written or read; one line naming the file."""


class EventsFile:
    """Writes events to a file, replacing an old one of that name or, with ``add``, after its lines; a context manager.

    Every line reaches the operating system before ``write`` returns. When that fails (disk full), the file is cut
    back to its last whole line and EventsError raised; the caller may go on and try again with the next event.
    """

    def __init__(self, path: Path, *, add: bool = False) -> None:
        self._path = path
        try:
            if add:
                _drop_half_line(path)
            flags = os.O_WRONLY | os.O_CREAT | (os.O_APPEND if add else os.O_TRUNC)
            self._file = os.fdopen(os.open(path, flags, 0o600), "ab" if add else "wb", buffering=0)
        except OSError as error:
            raise EventsError(f"{path}: cannot write the events file here ({error.strerror})") from None
        self._whole_bytes = os.fstat(self._file.fileno()).st_size

    def __enter__(self) -> EventsFile:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def write(self, event: Event) -> None:
        """Add one event as a line. Raises EventsError when it cannot be stored; no part of it is left then."""
        line = event.model_dump_json().encode() + b"\n"
        try:
            written = 0
            while written < len(line):
                written += self._file.write(line[written:]) or 0
        except OSError as error:
            self._cut_back()
            raise EventsError(
                f"{self._path}: an event could not be stored ({error.strerror}); free some space, it is not in the file"
            ) from None
        self._whole_bytes += len(line)

    def close(self) -> None:
        self._file.close()

    def _cut_back(self) -> None:
        if stat.S_ISREG(os.fstat(self._file.fileno()).st_mode):
            os.ftruncate(self._file.fileno(), self._whole_bytes)
            self._file.seek(self._whole_bytes)


def _drop_half_line(path: Path) -> None:
    """A power cut may have left half a line at the end: it must not spoil the next one."""
    if not path.is_file():
        return
    with path.open("r+b") as file:
        size = file.seek(0, os.SEEK_END)
        start = file.seek(max(0, size - LONGEST_LINE))
        tail = file.read()
        whole = tail.rfind(b"\n") + 1
        if whole < len(tail) and (whole or not start):
            file.truncate(start + whole)


def read_events(path: Path) -> Iterator[Event]:
    """The events of a file in order. Raises EventsError naming the file and line of the first that is none."""
    try:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                try:
                    yield _ANY_EVENT.validate_json(line)
                except ValidationError as error:
                    first = error.errors(include_url=False)[0]
                    field = ".".join(str(part) for part in first["loc"]) or "line"
                    raise EventsError(f"{path}, line {number}: {field}: {first['msg']}") from None
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise EventsError(f"{path}: cannot read the events file ({why})") from None
