"""The command `menjian`: composition root of the command line. Each command lives in a file of its own."""

from __future__ import annotations

import sys

import typer

from api.cli.commands import Commands, register
from api.cli.console import fail
from kiosk.types import KioskError
from models.base import ModelsError
from recognition.types import RecognitionError

app = typer.Typer(
    name="menjian",
    cls=Commands,
    help="Menjian (门鉴): who crossed the threshold first, with which agent, and how sure.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
register(app)


def main() -> None:
    """Run the command line; a user's mistake is one line on standard error, exit code 1 (work failed) or 2 (usage)."""
    try:
        app()
    except (KioskError, ModelsError, RecognitionError) as error:
        sys.exit(fail(str(error)))
    except OSError as error:
        # a folder that cannot be made, a full disk: the operating system's own words name it
        sys.exit(fail(f"{error.filename or 'output'}: {error.strerror or error}"))
