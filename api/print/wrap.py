"""Lines of mixed Chinese and Latin text: broken between Chinese characters and at spaces, never inside a word that fits
a line, and never before a closing mark or after an opening one (GB/T 15834: 标点符号用法, 5.1)."""

from __future__ import annotations

import re
from collections.abc import Callable

UNIT = re.compile(r"\s+|[（《「『【〔]*(?:[!-⺀]+|.)[，。、；：！？）》」』】〕％…]*", re.DOTALL)
"""A stretch that stays on one line: a Latin word or one other character, with the marks that hang on it."""


def wrapped(text: str, room: float, width: Callable[[str], float]) -> list[str]:
    """``text`` in lines of at most ``room``; ``width`` of a stretch in the same unit. A unit wider than a line is cut.

    >>> wrapped("王芳由李明陪同，到访 2 次。", 6, len)
    ['王芳由李明陪', '同，到访 2', '次。']
    >>> wrapped("0123456789", 4, len)
    ['0123', '4567', '89']
    """
    return [line for paragraph in text.split("\n") for line in _lines(paragraph, room, width)]


def _lines(paragraph: str, room: float, width: Callable[[str], float]) -> list[str]:
    lines, line, taken = [], "", 0.0
    for unit in UNIT.findall(paragraph):
        if line and taken + width(unit.rstrip()) > room:
            lines.append(line.rstrip())
            line, taken = "", 0.0
        if not line:
            unit = unit.lstrip()
        while len(unit) > 1 and width(unit) > room:
            fits = max((n for n in range(1, len(unit)) if width(unit[:n]) <= room), default=1)
            lines.append(unit[:fits])
            unit = unit[fits:]
        line, taken = line + unit, taken + width(unit)
    return [*lines, line.rstrip()]
