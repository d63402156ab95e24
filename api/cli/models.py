"""`menjian models`: which packs there are, on which terms, fetching and checking them."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table

from api.cli.console import err, fail, out
from api.cli.options import JsonOption
from recognition.packs import Manifest, PackError, built_in, fetch, installed_packs, known, locate, manifest_of, warning
from recognition.thresholds import thresholds_for

group = typer.Typer(no_args_is_help=True, help="Model packs: licence, hash, where installed.")

ModelsOption = Annotated[
    Path | None,
    typer.Option("--models", metavar="DIR", help="Folder of packs; left out: MENJIAN_MODELS, else the user's data."),
]


@dataclass(frozen=True, kw_only=True)
class PackState:
    """One pack as this machine has it; ``fault`` says why it would not be loaded, ``folder`` is None when absent."""

    pack: str
    engine: str
    title: str
    licence: str
    commercial_use: str
    note: str
    template_size: int | None
    match: float
    review: float
    folder: str | None
    fault: str | None


@group.command("list")
def list_packs(models: ModelsOption = None, as_json: JsonOption = False) -> None:
    """List the packs that are known or installed, and whether a business may use them.

    [bold]Examples[/bold]

      menjian models list

      menjian models list --json
    """
    found = states(models)
    if as_json:
        typer.echo(json.dumps({"packs": [asdict(each) for each in found]}, ensure_ascii=False))
        return
    table = Table("pack", "engine", "commercial use", "licence", "numbers", "known from", box=None)
    for each in found:
        size = str(each.template_size or "?")
        table.add_row(each.pack, each.engine, each.commercial_use, each.licence, size, f"{each.match:.3f}")
    out.print(table, highlight=False, markup=False)
    for each in found:
        here = each.fault or each.folder or f"not here; menjian models fetch {each.pack}"
        out.print(f"{each.pack}: {here}", highlight=False, markup=False, soft_wrap=True)
    for each in found:
        if each.commercial_use != "yes":
            out.print(f"{each.pack}: {each.note}", style="yellow", highlight=False, markup=False, soft_wrap=True)
    scores = built_in()["dlib"].scores
    out.print("Known from: cosine that makes a visitor known, in a gallery of up to 100 people; larger ones ask more.")
    out.print(f"Raising it: {scores.raise_it}. Lowering it: {scores.lower_it}.", soft_wrap=True)


@group.command("fetch")
def fetch_pack(
    pack: Annotated[str, typer.Argument(metavar="PACK", help="Name of the pack, see `menjian models list`.")],
    mirror: Annotated[
        str | None, typer.Option("--from", metavar="URL", help="Server that holds the same files, asked first.")
    ] = None,
    models: ModelsOption = None,
) -> None:
    """Fetch a pack; what stopped half-way goes on, and a file whose SHA-256 is wrong is refused.

    [bold]Examples[/bold]

      menjian models fetch opencv-pack

      menjian models fetch buffalo_l --from http://mirror.office/packs
    """
    manifest = known(pack)
    if terms := warning(manifest):
        err.print(terms, style="yellow", highlight=False, markup=False, soft_wrap=True)
    columns = TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn()
    with Progress(*columns, console=err) as bar:
        tasks: dict[str, TaskID] = {}

        def show(name: str, have: int, total: int | None) -> None:
            if name not in tasks:
                tasks[name] = bar.add_task(name)
            bar.update(tasks[name], completed=have, total=total)

        folder = fetch(manifest, progress=show, models_dir=models, mirror=mirror)
    out.print(f"{pack} is in {folder}", highlight=False, markup=False, soft_wrap=True)


@group.command("check")
def check_packs(
    packs: Annotated[list[str] | None, typer.Argument(metavar="[PACK]...", help="Left out: all installed.")] = None,
    models: ModelsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check the files of installed packs against their SHA-256. Exit code 1 when one is missing or wrong.

    [bold]Examples[/bold]

      menjian models check

      menjian models check buffalo_l --json
    """
    found = {each.pack: each for each in states(models)}
    unknown = [name for name in packs or () if name not in found]
    if unknown:
        raise PackError(f"no pack {', '.join(unknown)}: known packs: {', '.join(found)}")
    asked = [found[name] for name in packs] if packs else [each for each in found.values() if each.folder]
    faults = {each.pack: each.fault or ("" if each.folder else "not installed") for each in asked}
    bad = any(faults.values())
    if as_json:
        checked = [{"pack": pack, "ok": not fault, "fault": fault or None} for pack, fault in faults.items()]
        typer.echo(json.dumps({"ok": not bad, "packs": checked}, ensure_ascii=False))
    else:
        for pack, fault in faults.items():
            if fault:
                fail(f"{pack}: {fault}")
            else:
                out.print(f"{pack}: ok", highlight=False, markup=False)
    raise typer.Exit(int(bad))


def states(models_dir: Path | None) -> list[PackState]:
    """Every known or installed pack, by name."""
    folders = {folder.name: folder for folder in installed_packs(models_dir)}
    names = sorted({*built_in(), *folders})
    return [_state(manifest_of(name, folders.get(name)), folders.get(name), models_dir) for name in names]


def _state(manifest: Manifest, folder: Path | None, models_dir: Path | None) -> PackState:
    fault, there = None, str(folder) if folder else None
    if folder or manifest.package:
        try:
            where = str(folder.resolve()) if folder else manifest.name
            there = str(locate(where, engine=manifest.engine, models_dir=models_dir).folder)
        except PackError as error:
            fault = str(error)
    cut = thresholds_for(manifest.scores.impostors(), people=1)
    return PackState(
        pack=manifest.name,
        engine=manifest.engine,
        title=manifest.title,
        licence=manifest.licence.name,
        commercial_use=manifest.licence.commercial,
        note=manifest.licence.note,
        template_size=manifest.template_size,
        match=cut.match,
        review=cut.review,
        folder=there,
        fault=fault,
    )
