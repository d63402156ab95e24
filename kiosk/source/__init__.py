"""Where frames come from: a video file, an RTSP or HTTP stream, or a camera index, all as one iterator."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Literal

from kiosk.source.base import ALLOWED_FROM, Counters, Source, SourceError, State, redact
from kiosk.source.file import FileSource
from kiosk.source.live import LiveSource
from kiosk.source.session import open_camera, open_stream

__all__ = ["ALLOWED_FROM", "Counters", "Source", "SourceError", "State", "open_source", "redact"]
STREAM_SCHEMES = ("rtsp", "rtsps", "http", "https")
SCHEMES_TEXT = ", ".join(f"{scheme}://" for scheme in STREAM_SCHEMES)


def open_source(
    uri: str,
    *,
    speed: Literal["max", "real"] = "max",
    starts_at: datetime | None = None,
    reconnect_for_s: float | None = None,
) -> Source:
    """Open a video file (path), a stream (``rtsp://``, ``http://``) or a camera of this machine (its index, ``"0"``).

    ``speed`` paces files only: as fast as they can be read, or as they were filmed. ``starts_at`` (aware) is the
    instant of a file's first frame where the file does not know it. ``reconnect_for_s`` limits how long a lost live
    source is tried again (None: for ever).

    Raises SourceError, one line without credentials, when nothing can be seen there.
    """
    scheme, is_url, _ = uri.partition("://")
    if is_url and scheme.lower() in STREAM_SCHEMES:
        return LiveSource(uri, open_stream(uri), reconnect_for_s=reconnect_for_s)
    if is_url:
        raise SourceError(f"{redact(uri)}: a source is a video file, a camera index, or one of {SCHEMES_TEXT}")
    if uri.isdecimal():
        return LiveSource(f"camera {uri}", open_camera(int(uri)), reconnect_for_s=reconnect_for_s)
    return FileSource(Path(uri), speed=speed, starts_at=starts_at)
