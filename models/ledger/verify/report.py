"""What a verification found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One thing that is wrong: with entry ``seq``, or (None) with something beside the ledger."""

    seq: int | None
    says: str

    def __str__(self) -> str:
        return self.says if self.seq is None else f"entry {self.seq}: {self.says}"


@dataclass(frozen=True, kw_only=True)
class Tally:
    """Of the values beside the chain that entries commit to: how many are ``there``, how many of these were ``opened``
    and are what was committed to, and how many are ``gone`` with an erasure or a purge on record."""

    there: int = 0
    opened: int = 0
    gone: int = 0


@dataclass(frozen=True, kw_only=True)
class Stamps:
    """Time-stamps of checkpoints: how many are ``held``, how many of these were ``checked`` against the authority's
    certificate, and the ``last`` instant one of these vouches for."""

    held: int = 0
    checked: int = 0
    last: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Report:
    """A verified ledger: ``entries``, the last one's hash (``head``), the public ``keys`` (32 bytes each) in the order
    of their use; how many ``checkpoints`` hold, that the first ``sealed`` entries stand under the last of them, made at
    ``sealed_at``; files of frames that no entry names (``extra``); ``faults`` in the order of the entries, then the
    others. What an attacker could still have cut off without a trace lies after ``sealed``."""

    entries: int
    head: bytes | None
    keys: tuple[bytes, ...]
    checkpoints: int
    sealed: int
    sealed_at: datetime | None
    stamps: Stamps
    particulars: Tally
    frames: Tally
    extra: tuple[str, ...]
    faults: tuple[Fault, ...]

    @property
    def first_bad(self) -> Fault | None:
        """The first thing that is wrong, with the first bad entry's number if an entry is bad; None: all is well."""
        return next(iter(self.faults), None)


@dataclass(eq=False)
class Faults:
    """Collects what is wrong: of one entry only what was found first."""

    _entries: dict[int, str] = field(default_factory=dict)
    _stretches: list[tuple[int, int, str]] = field(default_factory=list)
    _others: list[str] = field(default_factory=list)

    def entry(self, seq: int, says: str) -> None:
        """Entry ``seq`` is bad."""
        self._entries.setdefault(seq, says)

    def stretch(self, first: int, last: int, says: str) -> None:
        """At least one entry from ``first`` to ``last`` is bad."""
        self._stretches.append((first, last, says))

    def other(self, says: str) -> None:
        """Something beside the ledger is bad."""
        self._others.append(says)

    def in_order(self) -> tuple[Fault, ...]:
        """By entry. A stretch counts from its first entry, unless one in it is known to be the bad one."""
        named = dict(self._entries)
        others = list(self._others)
        for first, last, says in self._stretches:
            if _any_within(self._entries, first, last):
                others.append(says)
            else:
                named.setdefault(first, says)
        entries = [Fault(seq=seq, says=named[seq]) for seq in sorted(named)]
        return (*entries, *(Fault(seq=None, says=says) for says in others))


def _any_within(seqs: Iterable[int], first: int, last: int) -> bool:
    return any(first <= seq <= last for seq in seqs)
