"""Case files: what was recorded and what a policy's text says must come out; read with every fault, and replayed."""

from __future__ import annotations

from attribution.cases.case import Case, CaseFileError, Wanted
from attribution.cases.reader import read_cases
from attribution.cases.replay import Outcome, replay_case

__all__ = ["Case", "CaseFileError", "Outcome", "Wanted", "read_cases", "replay_case"]
