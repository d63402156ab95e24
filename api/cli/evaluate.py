"""`menjian evaluate`: how good the parts are, on data with known truth. Each evaluation lives in a file of its own."""

from __future__ import annotations

import typer

from api.cli.evaluate_door import door
from api.cli.evaluate_pairs import pairs

group = typer.Typer(no_args_is_help=True, help="How good the engines and the door are, on data with known truth.")
group.command()(pairs)
group.command()(door)
