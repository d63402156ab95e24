"""`menjian doctor`: what works on this machine, and what to do about what does not.

Loads nothing heavy at import: it must run where a system library that the door needs is missing.
"""

from __future__ import annotations

import importlib
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import typer
from rich.table import Table

from api.cli.console import out
from api.cli.options import DEFAULT_SITE, JsonOption, SiteOption

State = Literal["ok", "warn", "bad"]
STYLE: dict[State, str] = {"ok": "green", "warn": "yellow", "bad": "red"}

DEBIAN_PACKAGE = {"libGL.so.1": "libgl1", "libgthread-2.0.so.0": "libglib2.0-0", "libxcb.so.1": "libxcb1"}
COMPILED = ("cv2", "dlib", "onnxruntime", "av")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
RTSP_SERVER = "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import GstRtspServer"
WRITTEN = datetime(2026, 1, 1, tzinfo=UTC)
"""No machine that runs this program can honestly have an earlier date."""


@dataclass(frozen=True, kw_only=True)
class Check:
    """One thing looked at: ``bad`` keeps the door from working, ``warn`` takes something away."""

    name: str
    state: State
    says: str
    do: str = ""


def python_version(version: tuple[int, int] = sys.version_info[:2]) -> Check:
    """Python itself: 3.11 to 3.13 have wheels of everything that is needed.

    >>> python_version((3, 10)).state, python_version((3, 13)).state, python_version((3, 14)).state
    ('bad', 'ok', 'warn')
    """
    state: State = "bad" if version < (3, 11) else "warn" if version > (3, 13) else "ok"
    do = "" if state == "ok" else "use Python 3.11, 3.12 or 3.13; other versions lack wheels"
    return Check(name="python", state=state, says=".".join(map(str, version)), do=do)


def packages() -> Check:
    """Every distribution the program requires is installed."""
    try:
        required = metadata.requires("menjian") or []
    except metadata.PackageNotFoundError:
        return Check(name="packages", state="bad", says="menjian itself is not installed", do="run: make demo")
    names = [re.split(r"[^\w.-]", line, maxsplit=1)[0] for line in required if "extra ==" not in line]
    missing = [name for name in names if not _installed(name)]
    if missing:
        return Check(name="packages", state="bad", says=f"missing: {', '.join(missing)}", do="run: make demo")
    return Check(name="packages", state="ok", says=f"{len(names)} required, all installed")


def libraries(load: Callable[[str], object] = importlib.import_module) -> Check:
    """Compiled packages load; a missing system library is named with the Debian package that holds it."""
    faults, wanted = [], set()
    for name in COMPILED:
        try:
            load(name)
        except ImportError as error:
            faults.append(f"{name}: {error}")
            wanted |= {package for library, package in DEBIAN_PACKAGE.items() if library in str(error)}
    if not faults:
        return Check(name="system libraries", state="ok", says=f"{', '.join(COMPILED)} load")
    # OpenCV needs all three; the loader names only the first one it misses
    install = sorted(set(DEBIAN_PACKAGE.values()) if wanted else wanted)
    do = f"on Debian and Ubuntu: apt-get install {' '.join(install)}" if install else "install it again: make demo"
    return Check(name="system libraries", state="bad", says="; ".join(faults), do=do)


def weights() -> Check:
    """The default engine's weights are there and unaltered."""
    from recognition.packs import PackError, locate, pack_id

    try:
        return Check(name="dlib weights", state="ok", says=pack_id(locate("dlib", engine="dlib")))
    except PackError as error:
        return Check(name="dlib weights", state="bad", says=str(error), do="install it again: make demo")


def packs() -> Check:
    """Further model packs on this machine; a pack with a missing or altered file is named."""
    from recognition.packs import PackError, installed_packs, locate, manifest_of, models_folder

    found, faults = [], []
    for folder in installed_packs():
        try:
            pack = locate(str(folder.resolve()), engine=manifest_of(folder.name, folder).engine)
            found.append(f"{folder.name} ({pack.manifest.licence.name})")
        except PackError as error:
            faults.append(str(error))
    if faults:
        return Check(name="model packs", state="warn", says="; ".join(found + faults), do="run: menjian models check")
    says = ", ".join(found) or "none but the built-in dlib"
    return Check(name="model packs", state="ok", says=f"{says} in {models_folder()}")


def rtsp() -> Check:
    """The video library was built with RTSP."""
    try:
        formats: set[str] = importlib.import_module("av").formats_available
    except ImportError as error:
        return Check(name="rtsp", state="bad", says=str(error), do="see system libraries")
    if "rtsp" in formats:
        return Check(name="rtsp", state="ok", says="PyAV reads RTSP")
    return Check(name="rtsp", state="bad", says="this PyAV has no RTSP", do="install PyAV's own wheel: make demo")


def cameras(devices: Path = Path("/dev")) -> Check:
    """Cameras of this machine, by the index that `menjian run` takes."""
    found = sorted(int(device.name[5:]) for device in devices.glob("video[0-9]*"))
    says = f"index {', '.join(map(str, found))}" if found else "none on this machine; films and streams need none"
    return Check(name="cameras", state="ok", says=says)


def rtsp_test_server() -> Check:
    """GStreamer's RTSP server, which only the tests need."""
    name = "rtsp test server"
    if _succeeds(["/usr/bin/python3", "-c", RTSP_SERVER]):
        return Check(name=name, state="ok", says="GStreamer's is installed")
    do = "only for the tests; apt-get install gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-good python3-gi"
    return Check(name=name, state="warn", says="GStreamer's is missing", do=do)


def browser() -> Check:
    """A browser that tests can drive."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found:
        return Check(name="browser", state="ok", says=found)
    return Check(
        name="browser", state="warn", says="no Chromium", do="only for tests of pages: apt-get install chromium"
    )


def disk(site: Path) -> Check:
    """Room where the site lies, or will lie."""
    folder = next(each for each in (site.resolve(), *site.resolve().parents) if each.exists())
    free_gb = shutil.disk_usage(folder).free / 1e9
    state: State = "bad" if free_gb < 1 else "warn" if free_gb < 10 else "ok"
    do = "" if state == "ok" else "make room: a door's frames take some GB a month"
    return Check(name="disk", state=state, says=f"{free_gb:.0f} GB free at {folder}", do=do)


def clock(now: datetime | None = None) -> Check:
    """The date is possible, and somebody keeps it right: instants at the door are evidence."""
    now = now or datetime.now(UTC)
    if now < WRITTEN:
        return Check(name="clock", state="bad", says=f"it says {now:%Y-%m-%d}", do="set the clock; enable NTP")
    shown = _output(["timedatectl", "show", "--property=NTPSynchronized", "--value"])
    if shown == "yes":
        return Check(name="clock", state="ok", says="kept by NTP")
    says = "not kept by NTP" if shown == "no" else "cannot tell whether NTP keeps it"
    return Check(name="clock", state="warn", says=says, do="enable NTP: timedatectl set-ntp true")


def site_folder(site: Path) -> Check:
    """The site opens: settings, key, database."""
    from models.base import ModelsError
    from models.site import open_site

    if not site.exists():
        return Check(name="site", state="warn", says=f"no folder {site}", do=f"make one: menjian init {site}")
    try:
        with open_site(site) as opened:
            return Check(name="site", state="ok", says=f"{site}, consent mode {opened.settings.consent_mode}")
    except ModelsError as error:
        return Check(name="site", state="bad", says=str(error), do="mend what the line names")


def doors(site: Path) -> list[Check]:
    """Whether what the site's doors see can be relied on at this moment; none of a site that does not open."""
    from api.clock import utc_now
    from api.door_health import door_trust, trust_line
    from models.base import ModelsError
    from models.site import open_site

    try:
        with open_site(site) as opened:
            answers = door_trust(opened, utc_now())
            zone = ZoneInfo(opened.settings.time_zone)
    except ModelsError:
        return []
    return [
        Check(
            name=f"door {one.door}" if one.door else "doors",
            state="ok" if one.trusted else "warn",
            says=trust_line(one, "en", zone),
            do="" if one.trusted else f"watch it: menjian run SOURCE --site {site}; mend what the line names",
        )
        for one in answers
    ]


def doctor(site: SiteOption = DEFAULT_SITE, as_json: JsonOption = False) -> None:
    """Look at this machine and the site: what works, what does not, what to do. Exit code 1 if anything is bad.

    [bold]Examples[/bold]

      menjian doctor

      menjian doctor --site /srv/riverside --json
    """
    checks = [python_version(), packages(), libraries()]
    checks += [weights(), packs()] if checks[1].state == "ok" else []
    checks += [cameras(), rtsp(), rtsp_test_server(), browser(), disk(site), clock()]
    checks += [site_folder(site), *doors(site)] if checks[1].state == "ok" else []
    bad = any(check.state == "bad" for check in checks)
    if as_json:
        typer.echo(json.dumps({"ok": not bad, "checks": [asdict(check) for check in checks]}, ensure_ascii=False))
    else:
        table = Table(box=None, show_header=False, pad_edge=False)
        for check in checks:
            says = f"{check.says}\n→ {check.do}" if check.do else check.says
            table.add_row(f"[{STYLE[check.state]}]{check.state}[/]", check.name, says)
        out.print(table, highlight=False)
    raise typer.Exit(int(bad))


def _installed(name: str) -> bool:
    try:
        return bool(metadata.version(name))
    except metadata.PackageNotFoundError:
        return False


def _output(command: list[str]) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=10, check=True).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return ""


def _succeeds(command: list[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, timeout=10, check=False).returncode == 0
    except (OSError, subprocess.SubprocessError):
        return False
