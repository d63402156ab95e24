"""The index of subjects: a row that is missing or wrong would hide an entry from a decision."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from sqlalchemy import Connection, text

from models.ledger.subjects import indexed
from models.ledger.verify.chain import MISSHAPEN, Row, Said, in_parts
from models.ledger.verify.report import Faults

ROWS = text("SELECT seq, subject, tie FROM ledger_about ORDER BY seq")
HIDDEN = "the index (ledger_about) lacks somebody it is about: it was hidden from decisions"
ADDED = "the index (ledger_about) names somebody it is not about"
TIE = "the index (ledger_about) is wrong about whose records it ties together"
NO_ENTRY = "index (ledger_about): has a row about no entry; it was put there, or its entry taken out"


class Index:
    """Goes through the index beside the entries."""

    def __init__(self, connection: Connection, faults: Faults) -> None:
        self._rows = chain.from_iterable(in_parts(connection, ROWS))
        self._row = next(self._rows, None)
        self._claimants: set[str] = set()
        self._faults = faults

    def compare(self, said: Sequence[Said], last: int) -> None:
        """Compare what is indexed of the entries up to ``last`` with what ``said`` calls for; nobody knows of those
        missing in it, as their hash is wrong. The first difference is told."""
        wanted = {(one.seq, subject): tie for one in said for subject, tie in self._indexed(one).items()}
        found = {(seq, subject): tie for seq, subject, tie in self._upto(last)}
        if wanted == found:
            return
        known = {each.seq for each in said}
        differ = {place for place in wanted.keys() | found.keys() if wanted.get(place) != found.get(place)}
        for seq, subject in sorted(place for place in differ if place[0] in known)[:1]:
            missing, extra = (seq, subject) not in found, (seq, subject) not in wanted
            self._faults.entry(seq, HIDDEN if missing else ADDED if extra else TIE)

    def end(self) -> None:
        """No entries are left: nothing may be left here."""
        if self._row is not None:
            self._faults.other(NO_ENTRY)

    def _indexed(self, one: Said) -> dict[str, bool]:
        try:
            return indexed(one.kind, one.payload, self._claimants)
        except (KeyError, ValueError):  # a forged entry may lack what every one of its kind has
            self._faults.entry(one.seq, MISSHAPEN)
            return {}

    def _upto(self, last: int) -> Iterator[Row]:
        # SQLite puts a number that is none behind all others
        while (row := self._row) is not None and isinstance(row[0], int) and row[0] <= last:
            yield row
            self._row = next(self._rows, None)
