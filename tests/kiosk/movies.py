"""Small real videos for the source tests, and reading a source to its end."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from kiosk.source import Source, SourceError
from kiosk.types import Blind, Frame
from recognition.types import Image


def picture(number: int, *, width: int = 160, height: int = 120) -> Image:
    """A textured (H, W, 3) BGR uint8 picture that moves with its number."""
    blocks = np.random.default_rng(0).integers(0, 256, (height // 8, width // 8, 3), dtype=np.uint8)
    return np.roll(blocks.repeat(8, axis=0).repeat(8, axis=1), 3 * number, axis=1)


def write_movie(
    path: Path,
    *,
    frames: int = 50,
    at_ms: Sequence[int] | None = None,
    images: Sequence[Image] | None = None,
    creation_time: str | None = None,
) -> Path:
    """An H.264 file at 25 frames/s with a key frame every ten, or with its frames at ``at_ms`` (milliseconds)."""
    stamps: Sequence[int] = range(frames) if at_ms is None else at_ms
    tick = Fraction(1, 25) if at_ms is None else Fraction(1, 1000)
    with av.open(path, "w") as container:
        if creation_time:
            container.metadata["creation_time"] = creation_time
        stream = container.add_stream("h264", rate=25)
        stream.width, stream.height, stream.pix_fmt, stream.gop_size = 160, 120, "yuv420p", 10
        stream.codec_context.time_base = tick
        stream.codec_context.thread_count = 1  # threads would make a different file every time
        for number, stamp in enumerate(stamps):
            image = images[number] if images else picture(number)
            frame = av.VideoFrame.from_ndarray(image, format="bgr24")
            frame.pts, frame.time_base = stamp, tick
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def read_all(source: Source) -> tuple[list[Frame], list[Blind], str]:
    """Everything until the source gives up, and what it says then."""
    frames: list[Frame] = []
    blinds: list[Blind] = []
    try:
        for item in source:
            if isinstance(item, Frame):
                frames.append(item)
            else:
                blinds.append(item)
    except SourceError as error:
        return frames, blinds, str(error)
    return frames, blinds, ""
