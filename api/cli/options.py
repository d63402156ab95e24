"""Options that several commands share, spelt and explained once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

DEFAULT_SITE = Path("site")

SiteOption = Annotated[
    Path, typer.Option("--site", envvar="MENJIAN_SITE", metavar="DIR", help="The site folder, made by `menjian init`.")
]
"""Give it the default `DEFAULT_SITE`."""

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]
