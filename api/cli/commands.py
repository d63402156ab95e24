"""The commands by name. A command's file is loaded when that command is asked for: the door's libraries take seconds to
load, and most commands need none of them."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

import typer
from typer._click.core import Command, Context  # what a group is asked with; Typer gives them no public name
from typer.core import TyperGroup
from typer.main import get_command

COMMANDS: Mapping[str, tuple[str, str, str]] = {
    "demo": ("demo", "demo", "Show the whole door at work, with no camera and no download."),
    "init": (
        "init",
        "init",
        "Make a site folder: settings (site.yaml), key, notice, database, and a first administrator.",
    ),
    "enroll": ("enroll", "enroll", "Enrol one person who consented."),
    "calibrate": (
        "calibrate",
        "calibrate",
        "Find the camera from floor points, write the doorway file and draw the check picture.",
    ),
    "run": (
        "run",
        "run",
        "Watch the door: arrivals with instant and identity, their order, and when the door was blind.",
    ),
    "serve": ("serve", "serve", "Start the service on a site: reports, check-in, desk, disputes over HTTP."),
    "simulate": ("simulate", "simulate", "Render door scenes with known truth, for `menjian evaluate door`."),
    "decide": (
        "decide",
        "decide",
        "Replay cases: who owns the customer under the office's rules, and whether that is what its text says.",
    ),
    "verify": (
        "verify",
        "verify",
        "Check a bundle, or a whole ledger: chain, signatures, index, checkpoints, time-stamps.",
    ),
    "erase": (
        "erase",
        "erase",
        "Erase a person: templates, name, phones, guardians, frames, personal values of entries, and the key to them.",
    ),
    "retention": (
        "retention",
        "retention",
        "Remove what was kept long enough, with a receipt for each removal, and finish erasures that were put off.",
    ),
    "doctor": ("doctor", "doctor", "Look at this machine and the site: what works, what does not, what to do."),
    "evaluate": ("evaluate", "group", "How good the engines and the door are, on data with known truth."),
    "bench": ("bench", "group", "How fast the parts are, each beside a named peer in the same run."),
    "policy": ("policy", "group", "The rule systems: list, show, check one's own, compare two."),
    "keys": ("keys", "group", "The keys a site signs its ledger with: show, rotate."),
    "models": ("models", "group", "Model packs: licence, hash, where installed."),
    "export": ("export", "group", "Bundles: what a party takes away and anybody can check."),
    "users": ("users", "group", "Who may sign in: a way back for somebody who lost theirs."),
}
"""Of each command the file in `api.cli`, the name of its function or of its group there, and its line in the list."""


class Commands(TyperGroup):
    """The commands in a list; the one that is asked for, as a whole."""

    def resolve_command(self, ctx: Context, args: list[str]) -> tuple[str | None, Command | None, list[str]]:
        """The command that the first of ``args`` names."""
        name, listed, rest = super().resolve_command(ctx, args)
        return name, loaded(name) if name else listed, rest


def register(app: typer.Typer) -> None:
    """List every command in ``app``, whose group is to be of the class `Commands`."""
    for name, (_, _, says) in COMMANDS.items():
        app.command(name, help=says)(_nothing)


def loaded(name: str) -> Command:
    """The command of this name, as its own file has it."""
    file, own, _ = COMMANDS[name]
    found = getattr(import_module(f"api.cli.{file}"), own)
    holder = typer.Typer(rich_markup_mode="rich")
    holder.callback()(_nothing)
    if isinstance(found, typer.Typer):
        holder.add_typer(found, name=name)
    else:
        holder.command(name)(found)
    group = get_command(holder)
    assert isinstance(group, TyperGroup)
    return group.commands[name]


def _nothing() -> None:
    """Stands for a command that is not loaded."""
