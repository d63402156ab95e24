"""Who is who among people seen together: one-to-one, and honest about strangers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.optimize import linear_sum_assignment

from recognition.gallery import Gallery, top_columns
from recognition.thresholds import Thresholds
from recognition.types import FloatArray, Template

MatchStatus = Literal["known", "unknown", "uncertain"]


@dataclass(frozen=True, kw_only=True)
class Match:
    """``known``: ``person`` is at or above the threshold; ``uncertain``: ``person`` is a candidate a person must look
    at; ``unknown``: nobody, and ``score`` is the best cosine with anybody (-1 for an empty gallery)."""

    status: MatchStatus
    person: str | None
    score: float


def match_together(gallery: Gallery, probes: Sequence[Template], thresholds: Thresholds) -> list[Match]:
    """One match per probe, in order; of probes seen at the same time no two are known as the same person.

    The assignment maximises the sum of cosines above ``review``. Uncertain, because a person must look, is also
    a probe that reaches ``match`` with two people and the other one stands nowhere else in the picture (twins, or one
    person enrolled twice), and one that reaches ``match`` with somebody whom another probe resembles more (a brother,
    a photograph held up, or one person tracked twice). Raises PackMismatchError.
    """
    scores = gallery.scores(probes)
    if not scores.size:
        return [Match(status="unknown", person=None, score=-1.0) for _ in probes]
    # More than len(probes) candidates per row cannot be needed; one more finds the rival.
    candidates = np.unique(np.concatenate([top_columns(row, len(probes) + 1) for row in scores]))
    few = scores[:, candidates]
    rows, columns = linear_sum_assignment(np.maximum(few - thresholds.review, 0), maximize=True)
    chosen = dict(zip(rows.tolist(), columns.tolist(), strict=True))
    taken = {column for row, column in chosen.items() if few[row, column] >= thresholds.review}
    names = [gallery.people[i] for i in candidates]
    return [_judge(few[i], chosen.get(i), taken, names, thresholds) for i in range(len(probes))]


def _judge(row: FloatArray, column: int | None, taken: set[int], names: Sequence[str], thresholds: Thresholds) -> Match:
    likest = int(row.argmax())
    if column is None or row[column] < thresholds.review:
        if row[likest] < thresholds.match:
            return Match(status="unknown", person=None, score=float(row[likest]))
        return Match(status="uncertain", person=names[likest], score=float(row[likest]))
    score = float(row[column])
    rivals = (i for i, value in enumerate(row) if i != column and value >= thresholds.match)
    rival = any(i not in taken or row[i] > score for i in rivals)
    status: MatchStatus = "known" if score >= thresholds.match and not rival else "uncertain"
    return Match(status=status, person=names[column], score=score)
