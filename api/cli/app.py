"""The command `menjian`: composition root of the command line. Each group of commands lives in a file of its own."""

from __future__ import annotations

import sys

import typer

from api.cli import bench, evaluate, export, keys, models, policy
from api.cli.calibrate import calibrate
from api.cli.console import fail
from api.cli.decide import decide
from api.cli.demo import demo
from api.cli.doctor import doctor
from api.cli.enroll import enroll
from api.cli.erase import erase
from api.cli.init import init
from api.cli.retention import retention
from api.cli.run import run
from api.cli.serve import serve
from api.cli.simulate import simulate
from api.cli.verify import verify
from kiosk.types import KioskError
from models.base import ModelsError
from recognition.types import RecognitionError

app = typer.Typer(
    name="menjian",
    help="Menjian (门鉴): who crossed the threshold first, with which agent, and how sure.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
app.command()(demo)
app.command()(init)
app.command()(enroll)
app.command()(calibrate)
app.command()(run)
app.command()(serve)
app.command()(simulate)
app.command()(decide)
app.command()(verify)
app.command()(erase)
app.command()(retention)
app.command()(doctor)
app.add_typer(evaluate.group, name="evaluate")
app.add_typer(bench.group, name="bench")
app.add_typer(policy.group, name="policy")
app.add_typer(keys.group, name="keys")
app.add_typer(models.group, name="models")
app.add_typer(export.group, name="export")


def main() -> None:
    """Run the command line; a user's mistake is one line on standard error, exit code 1 (work failed) or 2 (usage)."""
    try:
        app()
    except (KioskError, ModelsError, RecognitionError) as error:
        sys.exit(fail(str(error)))
    except OSError as error:
        # a folder that cannot be made, a full disk: the operating system's own words name it
        sys.exit(fail(f"{error.filename or 'output'}: {error.strerror or error}"))
