"""How this machine stands: its clock, its disk; and with them whether the site's doors can be relied on."""

from __future__ import annotations

import ctypes
import shutil
import sys
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from api.messages import Language, message
from models.desk.doors import ClockHealth, DiskHealth, Reason, Trust, door_states, head_health, trust
from models.site import Site

TIME_ERROR = 5
"""What adjtimex(2) returns of a clock that nobody keeps."""

TIMEX_BYTES = 512
"""More than `struct timex` has on any Linux; its first field, zero, asks and changes nothing."""


def clock_health() -> ClockHealth:
    """Whether the kernel says that its clock is synchronised (adjtimex(2), which timedatectl asks too)."""
    if not sys.platform.startswith("linux"):
        return ClockHealth(synchronised=None)
    state = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(TIMEX_BYTES))
    return ClockHealth(synchronised=None if state < 0 else state != TIME_ERROR)


def disk_health(folder: Path) -> DiskHealth:
    """Room on the disk of ``folder``, which exists."""
    return DiskHealth(free_bytes=shutil.disk_usage(folder).free)


def door_trust(site: Site, now: datetime) -> list[Trust]:
    """Whether each of the site's doors can be relied on at ``now`` (aware). Raises ``ModelsError``."""
    sealed = site.checkpoints.last()
    with site.read_session() as session:
        states, head = door_states(session), head_health(session, sealed)
    return trust(states, now=now, clock=clock_health(), disk=disk_health(site.folder), head=head)


def reason_text(reason: Reason, language: Language, zone: ZoneInfo) -> str:
    """A reason in words, instants by the office's clock.

    >>> reason_text(Reason(code="entries_waiting", count=3), "en", ZoneInfo("Asia/Shanghai"))
    'The record has not taken 3 entries yet.'
    """
    since = f"{reason.since.astimezone(zone):%Y-%m-%d %H:%M:%S}" if reason.since else "—"
    return message(reason.code, language, {"since": since, "count": reason.count})


def trust_line(answer: Trust, language: Language, zone: ZoneInfo) -> str:
    """The answer for one door in a line.

    >>> trust_line(Trust(door="main", reasons=()), "en", ZoneInfo("Asia/Shanghai"))
    'What it sees now can be relied on.'
    """
    if answer.trusted:
        return message("door_trusted", language, {})
    return " ".join(reason_text(reason, language, zone) for reason in answer.reasons)
