"""The lower half of a contact sheet: every crossing on one axis of time with its 95 % interval, and the close call
enlarged: two bell curves that overlap as much as the order is in doubt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, exp, floor

from attribution.order import SURE
from kiosk.picture.canvas import HAIRLINE, INK, MUTED, PAPER, WHITE, Canvas, Colour, Point, text_width
from kiosk.picture.panels import Marked
from kiosk.pipeline import Ordered

LANE_PX = 46.0
LABELS_PX = 330.0
SAID = {"before": "先后明确 before", "simultaneous": "同时 simultaneous"}


@dataclass(frozen=True, kw_only=True)
class Span:
    """Seconds onto px: ``from_s`` lies at ``left``, ``to_s`` at ``right``."""

    from_s: float
    to_s: float
    left: float
    right: float

    def x(self, t: float) -> float:
        """Where the instant ``t`` lies.

        >>> Span(from_s=4.0, to_s=8.0, left=100.0, right=200.0).x(5.0)
        125.0
        """
        return self.left + (t - self.from_s) / (self.to_s - self.from_s) * (self.right - self.left)


def span_of(marked: Sequence[Marked], left: float, right: float) -> Span:
    """Whole seconds around everything, with room for a value beside the last point."""
    first = floor(min((one.t - one.half_s for one in marked), default=0.0) - 0.2)
    last = ceil(max((one.t + one.half_s for one in marked), default=1.0) + 0.2)
    return Span(from_s=first, to_s=last, left=left, right=right)


def draw_lanes(
    canvas: Canvas,
    top: float,
    span: Span,
    marked: Sequence[Marked],
    colours: Mapping[str, Colour],
    close: Ordered | None,
) -> None:
    """One lane for each arrival: number and name, the point with its interval, the truth as a hollow square."""
    bottom = top + LANE_PX * len(marked)
    every = max(1, round((span.to_s - span.from_s) / 10))
    for second in range(int(span.from_s), int(span.to_s) + 1, every):
        canvas.line([(span.x(second), top), (span.x(second), bottom)], HAIRLINE)
        canvas.text((span.x(second), bottom + 16), f"{second} s", 15, MUTED, align="middle")
    for place, one in enumerate(marked):
        _lane(canvas, top + LANE_PX * (place + 0.5), span, place, one, colours[one.arrival.party])
    if close:
        _bracket(canvas, top, span, marked, close)


def _lane(canvas: Canvas, y: float, span: Span, place: int, one: Marked, colour: Colour) -> None:
    left = span.left - LABELS_PX
    canvas.dot((left + 14, y), 14, colour)
    canvas.text((left + 14, y), str(place + 1), 16, WHITE, align="middle", bold=True)
    canvas.text((left + 40, y - 10), one.name or one.note, 18)
    canvas.text((left + 40, y + 12), one.note if one.name else "面部已遮蔽 face blurred", 14, MUTED)
    canvas.line([(span.left, y), (span.right, y)], HAIRLINE)
    low, high = span.x(one.t - one.half_s), span.x(one.t + one.half_s)
    canvas.box((low, y - 11, high, y + 11), fill=colour + "55", radius_px=3)
    canvas.dot((span.x(one.t), y), 3.5, colour)
    if one.truth_s is not None:
        _truth(canvas, span.x(one.truth_s), y + 12)
    value = f"{one.t:.3f} ± {one.half_s:.3f} s"
    room = text_width(value, 16) + 16
    right = high + room < span.right + 40
    canvas.box((high + 8, y - 2, high + room, y + 2) if right else (low - room, y - 2, low - 8, y + 2), fill=PAPER)
    canvas.text((high + 12 if right else low - 12, y), value, 16, colour, align="left" if right else "right")


def _truth(canvas: Canvas, x: float, y: float) -> None:
    """A triangle standing below ``y`` that points at it."""
    canvas.area([(x, y), (x - 5, y + 8), (x + 5, y + 8)], INK)


def _bracket(canvas: Canvas, top: float, span: Span, marked: Sequence[Marked], close: Ordered) -> None:
    places = {one.arrival.id: place for place, one in enumerate(marked)}
    lanes = sorted((places[close.first], places[close.second]))
    ends = [top + LANE_PX * (lane + 0.5) for lane in lanes]
    values = text_width("00.000 ± 0.000 s", 16) + 30
    x = max(span.x(marked[lane].t + marked[lane].half_s) for lane in range(lanes[0], lanes[1] + 1)) + values
    words = (f"P = {close.order.p:.3f}", SAID[close.order.verdict])
    wide = max(text_width(word, 16) for word in words) + 16
    side = 1.0
    if x + wide > span.right:
        x = min(span.x(marked[lane].t - marked[lane].half_s) for lane in lanes) - values
        side = -1.0
    canvas.line([(x - 6 * side, ends[0]), (x, ends[0]), (x, ends[1]), (x - 6 * side, ends[1])], INK, 1.5)
    middle = sum(ends) / 2
    # letters cover the lanes' lines
    edges = sorted((x + 6 * side, x + wide * side))
    canvas.box((edges[0], middle - 24, edges[1], middle + 24), fill=PAPER)
    for row, word in zip((-11, 11), words, strict=True):
        canvas.text((x + 12 * side, middle + row), word, 16, align="left" if side > 0 else "right", bold=row < 0)


def draw_close_call(
    canvas: Canvas,
    box: tuple[float, float, float, float],
    marked: Sequence[Marked],
    colours: Mapping[str, Colour],
    close: Ordered,
) -> None:
    """The two instants of a close call as bell curves over a fraction of a second."""
    left, top, right, bottom = box
    pair = [(place, one) for place, one in enumerate(marked) if one.arrival.id in (close.first, close.second)]
    wide = max(one.half_s for _, one in pair)
    low, high = min(one.t for _, one in pair) - 1.8 * wide, max(one.t for _, one in pair) + 1.8 * wide
    canvas.box(box, fill=WHITE, edge=HAIRLINE, radius_px=10)
    canvas.text((left + 20, top + 28), "先后之争 Close call", 20, bold=True)
    span = Span(from_s=low, to_s=high, left=left + 20, right=right - 20)
    base, tall = bottom - 92, bottom - 92 - (top + 84)
    steepest = min(one.half_s for _, one in pair)
    for place, one in pair:
        _bell(canvas, span, base, tall * steepest / one.half_s, place, one, colours[one.arrival.party])
    canvas.line([(span.left, base), (span.right, base)], INK, 1.2)
    for tick in range(ceil(low * 10), floor(high * 10) + 1):
        canvas.line([(span.x(tick / 10), base), (span.x(tick / 10), base + 5)], INK)
        canvas.text((span.x(tick / 10), base + 17), f"{tick / 10:.1f} s", 14, MUTED, align="middle")
    first = next(place for place, one in pair if one.arrival.id == close.first) + 1
    sign = "≥" if close.order.p >= SURE else "<"
    chance = f"P({first} first) = {close.order.p:.3f} {sign} {SURE}"
    canvas.text((left + 20, bottom - 46), chance, 17, bold=True)
    canvas.text((left + 20, bottom - 20), SAID[close.order.verdict], 17)


def _bell(canvas: Canvas, span: Span, base: float, tall: float, place: int, one: Marked, colour: Colour) -> None:
    sigma = one.half_s / 1.96
    steps = [span.from_s + (span.to_s - span.from_s) * i / 120 for i in range(121)]
    curve: list[Point] = [(span.x(t), base - tall * exp(-(((t - one.t) / sigma) ** 2) / 2)) for t in steps]
    canvas.area([(span.left, base), *curve, (span.right, base)], colour + "38")
    canvas.line(curve, colour, 2)
    if one.truth_s is not None:
        _truth(canvas, span.x(one.truth_s), base)
    canvas.dot((span.x(one.t), base - tall), 11, colour, WHITE)
    canvas.text((span.x(one.t), base - tall), str(place + 1), 14, WHITE, align="middle", bold=True)
