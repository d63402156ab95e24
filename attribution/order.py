"""Who was first: the order of two measured instants, stated only when it is sure.

An instant is measured with a standard deviation. With independent normal errors the gap between two instants is
normal with variance the sum of both, and the chance that the first really came first is the normal distribution
function of gap over that deviation. Commission hangs on it, so `before` is said from 0.99 on; everything else is
`simultaneous`.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import erf, hypot, sqrt
from typing import Literal

SURE = 0.99
"""Least probability at which one crossing is called `before` another."""


@dataclass(frozen=True, kw_only=True)
class Instant:
    """A crossing: ``t`` seconds on any common axis, ``sigma_s`` its standard deviation in seconds (above zero)."""

    t: float
    sigma_s: float


@dataclass(frozen=True, kw_only=True)
class Order:
    """``verdict`` about two instants, earlier one first, and ``p``, the probability that this order is right."""

    verdict: Literal["before", "simultaneous"]
    p: float


def p_before(first: Instant, second: Instant) -> float:
    """Probability that ``first`` really came before ``second``.

    >>> round(p_before(Instant(t=5.0, sigma_s=0.03), Instant(t=5.1, sigma_s=0.04)), 4)
    0.9772
    """
    return 0.5 * (1.0 + erf((second.t - first.t) / (hypot(first.sigma_s, second.sigma_s) * sqrt(2.0))))


def order(first: Instant, second: Instant, *, certain: bool = True) -> Order:
    """The verdict about two instants with ``first.t <= second.t``; ``certain=False`` (the door was blind) never
    says `before`.

    >>> order(Instant(t=5.0, sigma_s=0.03), Instant(t=5.2, sigma_s=0.04)).verdict
    'before'
    >>> order(Instant(t=5.0, sigma_s=0.03), Instant(t=5.05, sigma_s=0.04)).verdict
    'simultaneous'
    """
    p = p_before(first, second)
    return Order(verdict="before" if certain and p >= SURE else "simultaneous", p=p)
