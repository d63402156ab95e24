"""The contact sheet: real frames of every crossing, and below them the crossings on an axis of time.

title                                        door, day, consent mode
+-----------+ +------+ +------+ +----------+
| 1       2 | |  3   | |  4   | | 5     6  |   faces without consent blurred
+-----------+ +------+ +------+ +----------+
1 name      --o--  ]                           close call enlarged:
2 name       --o-- ] P = 0.986                 two bell curves
3 name               --o--
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image as Pillow

from kiosk.doorway import Doorway
from kiosk.picture.axis import LABELS_PX, LANE_PX, draw_close_call, draw_lanes, span_of
from kiosk.picture.canvas import MUTED, PARTIES, WHITE, Box, Canvas, Colour, text_width
from kiosk.picture.panels import FindFaces, Marked, extent, groups, heads_at, without_strangers
from kiosk.pipeline import Ordered
from kiosk.types import Blind, Frame, KioskError
from recognition.types import Image

__all__ = ["FindFaces", "Marked", "Title", "contact_sheet", "frames_near", "shown_instants", "write_png"]

WIDTH, MARGIN, GAP = 1600, 48, 16
MOST_PANELS = 5
"""More groups than fit a row are on the axis only."""

PANELS_AT, TALLEST_PX, CAPTION_PX = 104.0, 470.0, 64.0
CLOSE_CALL_PX = 400.0
LEGEND = "● 过线时刻与 95 % 区间 crossing, 95 % interval    ▲ 真值 truth    颜色 = 同行人 colour: party"


@dataclass(frozen=True, kw_only=True)
class Title:
    """The sheet's head: what it is, and at the right where and when."""

    left: str
    right: str


def shown_instants(marked: Sequence[Marked]) -> list[float]:
    """The instants (seconds) whose frames a sheet shows: the middle of each group that crossed together."""
    return [float(np.mean([marked[i].t for i in group])) for group in groups(marked)][:MOST_PANELS]


def frames_near(source: Iterable[Frame | Blind], instants: Sequence[float]) -> list[Frame]:
    """The frame nearest to each instant (seconds). Raises KioskError when the source has no frame at all."""
    best: list[Frame | None] = [None] * len(instants)
    for item in source:
        if isinstance(item, Frame):
            nearer = [old is None or abs(item.t - t) < abs(old.t - t) for old, t in zip(best, instants, strict=True)]
            best = [item if now else old for old, now in zip(best, nearer, strict=True)]
    found = [frame for frame in best if frame is not None]
    if len(found) < len(instants):
        raise KioskError("no frame to show: the source is empty")
    return found


def contact_sheet(
    marked: Sequence[Marked],
    doorway: Doorway,
    frames: Sequence[Frame],
    find: FindFaces,
    *,
    title: Title,
    close: Ordered | None = None,
) -> Image:
    """The sheet (H, W, 3) BGR uint8, `WIDTH` wide. ``marked`` by instant, ``frames`` those of `shown_instants`;
    ``find`` finds faces in a frame, so that those of people nobody tracked are blurred too; ``close`` the verdict to
    enlarge."""
    colours = party_colours(marked)
    places = groups(marked)[: len(frames)]
    heads = [heads_at([(i, marked[i]) for i in g], doorway, f.t) for g, f in zip(places, frames, strict=True)]
    parts = [
        extent([marked[i] for i in group], [head for _, head in found], doorway, frame.t)
        for group, found, frame in zip(places, heads, frames, strict=True)
    ]
    boxes = panel_boxes(parts, (doorway.camera.width, doorway.camera.height))
    lanes_at = max((box[3] for _, box in boxes), default=PANELS_AT) + CAPTION_PX
    height = lanes_at + max(LANE_PX * len(marked), 270.0 if close else 0.0) + 84
    canvas = Canvas(WIDTH, round(height))
    canvas.text((MARGIN, 54), title.left, 32, bold=True)
    canvas.text((WIDTH - MARGIN, 54), title.right, 18, MUTED, align="right")
    for frame, found, (part, box) in zip(frames, heads, boxes, strict=True):
        canvas.image(without_strangers(frame, part, marked, doorway, find), box)
        canvas.text((box[0], box[3] + 18), f"t = {frame.t:.2f} s", 15, MUTED)
        _draw_heads(canvas, found, part, box, marked, colours)
    right = WIDTH - MARGIN - (CLOSE_CALL_PX + 56 if close else 20)
    span = span_of(marked, MARGIN + LABELS_PX, right)
    draw_lanes(canvas, lanes_at, span, marked, colours, close)
    if close:
        left = WIDTH - MARGIN - CLOSE_CALL_PX
        draw_close_call(canvas, (left, lanes_at, WIDTH - MARGIN, height - 84), marked, colours, close)
    canvas.text((MARGIN, height - 26), LEGEND, 15, MUTED)
    return canvas.finished()


def party_colours(marked: Sequence[Marked]) -> Mapping[str, Colour]:
    """One colour for each party, in the order of arrival."""
    parties = dict.fromkeys(one.arrival.party for one in marked)
    return {party: PARTIES[i % len(PARTIES)] for i, party in enumerate(parties)}


def panel_boxes(parts: Sequence[Box], frame_size: tuple[int, int]) -> list[tuple[Box, Box]]:
    """For each part of a frame: the part to show and its box on the sheet. All are cut at the same rows and shown at
    the same scale, in one row as wide as the sheet; room left over widens the parts."""
    if not parts:
        return []
    width, height = frame_size
    top, bottom = max(0.0, min(p[1] for p in parts)), min(float(height), max(p[3] for p in parts))
    room = WIDTH - 2 * MARGIN - GAP * (len(parts) - 1)
    scale = min(room / sum(part[2] - part[0] for part in parts), TALLEST_PX / (bottom - top))
    more = max(0.0, room / scale - sum(part[2] - part[0] for part in parts)) / len(parts)
    boxes: list[tuple[Box, Box]] = []
    x = float(MARGIN)
    for left, _, right, _ in parts:
        wide = min(right - left + more, float(width))
        start = min(max(0.0, (left + right - wide) / 2), width - wide)
        box = (x, PANELS_AT, x + wide * scale, PANELS_AT + (bottom - top) * scale)
        boxes.append(((start, top, start + wide, bottom), box))
        x = box[2] + GAP
    return boxes


def _draw_heads(
    canvas: Canvas,
    heads: Sequence[tuple[int, Box]],
    part: Box,
    box: Box,
    marked: Sequence[Marked],
    colours: Mapping[str, Colour],
) -> None:
    scale = (box[2] - box[0]) / (part[2] - part[0])
    taken: list[Box] = []
    for place, head in heads:
        colour = colours[marked[place].arrival.party]
        x0, y0, x1, y1 = (box[i % 2] + (head[i] - part[i % 2]) * scale for i in range(4))
        canvas.box((x0, y0, x1, y1), edge=colour, radius_px=8, width_px=3)
        words = f"{place + 1}  {marked[place].name or marked[place].note}"
        tag = tag_box(words, (x0, y0, x1, y1), box, taken)
        canvas.box(tag, fill=colour, radius_px=6)
        canvas.text(((tag[0] + tag[2]) / 2, (tag[1] + tag[3]) / 2), words, 17, WHITE, align="middle")
        taken.append(tag)


def tag_box(words: str, head: Box, panel: Box, taken: Sequence[Box]) -> Box:
    """Where the label of a head goes: above it, inside the panel, higher up while it would lie on another label."""
    wide = text_width(words, 17) + 20
    left = min(max((head[0] + head[2] - wide) / 2, panel[0] + 4), panel[2] - wide - 4)
    bottom = head[1] - 8
    while any(left < t[2] and t[0] < left + wide and bottom - 28 < t[3] and t[1] < bottom for t in taken):
        bottom = min(t[1] for t in taken if left < t[2] and t[0] < left + wide) - 4
    return (left, bottom - 28, left + wide, bottom)


def write_png(image: Image, path: Path) -> None:
    """Write a picture as a PNG. Raises KioskError when it cannot be written."""
    try:
        Pillow.fromarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB)).save(path, "PNG", optimize=True)
    except OSError as error:
        raise KioskError(f"{path}: cannot be written ({error.strerror})") from None
