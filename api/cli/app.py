"""The command `menjian`: composition root of the command line. Each group of commands lives in a file of its own."""

from __future__ import annotations

import sys

import typer

from api.cli.console import fail
from api.cli.simulate import simulate
from kiosk.types import KioskError
from recognition.types import RecognitionError

app = typer.Typer(
    name="menjian",
    help="Menjian (门鉴): who crossed the threshold first, with which agent, and how sure.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
app.command()(simulate)


def main() -> None:
    """Run the command line; a user's mistake is one line on standard error, exit code 1 (work failed) or 2 (usage)."""
    try:
        app()
    except (KioskError, RecognitionError) as error:
        sys.exit(fail(str(error)))
