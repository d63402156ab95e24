"""Reading a list of labelled pairs of photographs (CSV), every fault named with its line."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from recognition.types import RecognitionError

COLUMNS = ("file_x", "file_y", "Decision")
_DECISIONS = {"yes": True, "no": False}
_FAULTS_SHOWN = 20


class PairsFileError(RecognitionError):
    """The list of pairs has faults: ``faults`` names each with its line."""

    def __init__(self, path: Path, faults: list[str]) -> None:
        shown = faults[:_FAULTS_SHOWN] + (
            [f"and {len(faults) - _FAULTS_SHOWN} more"] if len(faults) > _FAULTS_SHOWN else []
        )
        super().__init__(f"{path}: {'; '.join(shown)}")
        self.faults = tuple(faults)


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two photographs, and whether they show the same person."""

    file_x: str
    file_y: str
    same: bool


def read_pairs(path: Path, images: Path) -> list[Pair]:
    """Pairs of a CSV with the columns file_x, file_y and Decision (Yes or No); files lie under ``images``.

    Raises PairsFileError naming every fault and its line: missing column, empty cell, another decision than Yes or
    No, a file that is not there.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise PairsFileError(path, [f"cannot be read: {error.strerror}"]) from error
    except UnicodeDecodeError as error:
        raise PairsFileError(path, ["not UTF-8 text"]) from error
    reader = csv.DictReader(text.splitlines(), skipinitialspace=True)
    missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
    if missing:
        raise PairsFileError(path, [f"line 1: no column {', '.join(missing)}"])
    pairs, faults = [], []
    for row in reader:
        cells = {column: (row[column] or "").strip() for column in COLUMNS}
        wrong = [f"line {reader.line_num}: {fault}" for fault in _faults_of(cells, images)]
        faults += wrong
        if not wrong:
            same = _DECISIONS[cells["Decision"].lower()]
            pairs.append(Pair(file_x=cells["file_x"], file_y=cells["file_y"], same=same))
    if faults or not pairs:
        raise PairsFileError(path, faults or ["no pairs in it"])
    return pairs


def _faults_of(cells: dict[str, str], images: Path) -> Iterator[str]:
    for column in ("file_x", "file_y"):
        if not cells[column]:
            yield f"{column} is empty"
        elif not (images / cells[column]).is_file():
            yield f"{column}: no file {cells[column]} in {images}"
    if cells["Decision"].lower() not in _DECISIONS:
        yield f"Decision is {cells['Decision']!r}, not Yes or No"
