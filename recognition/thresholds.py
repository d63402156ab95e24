"""Thresholds from what an office can bear: a rate of false matches, given how many people the gallery holds.

A probe of a stranger is compared with N people. If one comparison is wrong with probability FMR, some comparison is
wrong with probability ``FPIR = 1 - (1 - FMR)^N`` (ISO/IEC 19795-1, independence assumed), so a larger gallery needs a
stricter threshold. The FMR at a threshold comes from the pack's impostor model: the angle between the templates of
two different people is taken as normal with the pack's mean and spread. The angle, not its cosine: a pack that crowds
everybody into a cone (dlib) has a cosine squeezed against 1, whose tail no normal describes.

Where nothing is known of a pack, random directions in 128 dimensions are taken: 90 degrees apart, spread
1/sqrt(128) rad = 5.06 degrees (Vershynin, High-Dimensional Probability, 3.4). Training with an angular margin spreads
people like random directions, and face templates seldom fill more dimensions than that whatever their length, so a
longer template does not get a laxer threshold.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.stats import norm


@dataclass(frozen=True, kw_only=True)
class ImpostorModel:
    """Angle between the templates of two different people: normal with this mean and standard deviation, degrees."""

    mean_deg: float = 90.0
    sigma_deg: float = math.degrees(1 / math.sqrt(128))

    def threshold(self, false_match_rate: float) -> float:
        """The cosine that a fraction ``false_match_rate`` of impostor comparisons reaches.

        >>> round(ImpostorModel().threshold(1e-4), 3)
        0.323
        """
        angle = self.mean_deg + self.sigma_deg * float(norm.ppf(false_match_rate))
        return math.cos(math.radians(max(angle, 0.0)))

    def false_match_rate(self, threshold: float) -> float:
        """The inverse of `threshold`.

        >>> round(ImpostorModel().false_match_rate(ImpostorModel().threshold(1e-4)), 6)
        0.0001
        """
        return float(norm.cdf(math.degrees(math.acos(threshold)), self.mean_deg, self.sigma_deg))


@dataclass(frozen=True, kw_only=True)
class Thresholds:
    """``match``: at or above it a person is known. Between ``review`` and ``match`` a person must look. Below: unknown.

    Raising ``match`` makes false matches rarer and sends more customers to the desk; lowering it does the reverse.
    """

    match: float
    review: float


def per_comparison(false_identifications: float, people: int) -> float:
    """The false match rate of one comparison that gives ``false_identifications`` against ``people``.

    >>> round(1 - (1 - per_comparison(0.01, 1000)) ** 1000, 6)
    0.01
    """
    return -math.expm1(math.log1p(-false_identifications) / max(people, 1))


def thresholds_for(
    impostors: ImpostorModel,
    *,
    people: int,
    false_identifications: float = 0.001,
    reviews: float = 0.05,
    smallest_gallery: int = 100,
) -> Thresholds:
    """Thresholds for a gallery of ``people``.

    ``false_identifications``: fraction of strangers who may be taken for somebody; ``reviews``: fraction of strangers
    whom a person may be asked to look at. A gallery below ``smallest_gallery`` is treated as that size, so that
    thresholds do not start low and creep up as people enrol.

    >>> t = thresholds_for(ImpostorModel(), people=1000)
    >>> round(t.match, 2), round(t.review, 2)
    (0.41, 0.34)
    """
    people = max(people, smallest_gallery)
    return Thresholds(
        match=impostors.threshold(per_comparison(false_identifications, people)),
        review=impostors.threshold(per_comparison(reviews, people)),
    )
