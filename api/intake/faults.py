"""What is wrong with a file: by row and column, as spreadsheets count them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What is wrong in ``row`` (from 1, the header's), in ``column`` (its header; None: the whole row); ``code`` is one
    of `api.messages.MESSAGES`, ``params`` fill its message. What stands in the cell is not repeated."""

    row: int
    column: str | None
    code: str
    params: Mapping[str, object] = field(default_factory=dict)


class FileError(Exception):
    """A file that cannot be read as a table at all; ``code`` says why."""

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code)
        self.code, self.params = code, params
