"""The service over loopback, as a process of its own, beside a bare FastAPI application that inserts into SQLite."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from time import monotonic, sleep

from api.access.gate import COOKIE, CSRF_HEADER
from api.access.roles import PREFIX, Role
from api.bench_load import Asker, BenchError, Next, Pace, Request, closed_loop, open_loop
from models.access import SignedIn, add_user, change_password, sign_in
from models.ledger.append import append
from models.ledger.kinds import Arrival
from models.people import add_person
from models.settings import SiteSettings
from models.site import Site, create_site

CLIENTS = (1, 16)
STEADY_PER_S = 50.0
ARRIVALS = 200
START_S = 60.0
"""How long a service may take to come up on a machine that is busy."""

PASSWORD = "only for this measurement"


@dataclass(frozen=True, kw_only=True)
class Doing:
    """How fast one thing is done: ``alone`` by one client, ``crowd`` by 16."""

    what: str
    alone: Pace
    crowd: Pace


@dataclass(frozen=True, kw_only=True)
class Side:
    """One service; ``steady``: everything in turn, 50 requests a second."""

    name: str
    doing: tuple[Doing, ...]
    steady: Pace


def bench_service(folder: Path, database: str | None, *, requests: int, seconds: float) -> Side:
    """The service on a new site, in SQLite or in the PostgreSQL ``database``. Raises ``BenchError``."""
    with create_site(folder, SiteSettings(database=database, reports_per_day=10**6), at=datetime.now(UTC)) as site:
        headers, agent = _prepared(site)
    with _running("-m", "api.cli", "serve", "--site", str(folder), "--port") as port:
        asker = Asker(port, headers)
        reported = asker.ask(_report(agent, 0))
        assert isinstance(reported, dict)
        decision = f"{PREFIX}/customers/{reported['customer']}/decision"
        doing = {
            "submit a report": lambda number: _report(agent, number),
            "list 50 arrivals": lambda _: ("GET", f"{PREFIX}/arrivals?limit=50", None),
            "read a decision": lambda _: ("GET", decision, None),
        }
        return _side(f"service on {'PostgreSQL' if database else 'SQLite'}", asker, doing, requests, seconds)


def bench_peer(folder: Path, *, requests: int, seconds: float) -> Side:
    """The bare application on a new file. Raises ``BenchError``."""
    with _running("-m", "api.bench_peer", str(folder / "peer.db")) as port:
        doing = {
            "insert a report": lambda number: ("POST", "/reports", {"by": "a", "name": "王芳", "phone": str(number)}),
            "list 50 reports": lambda _: ("GET", "/reports", None),
        }
        return _side("bare FastAPI on SQLite", Asker(port, {}), doing, requests, seconds)


def _side(name: str, asker: Asker, doing: Mapping[str, Next], requests: int, seconds: float) -> Side:
    numbers = count(1)  # every report is about somebody new
    measured = []
    for what, following in doing.items():
        once = _counted(following, numbers)
        alone, crowd = (closed_loop(asker, once, clients=clients, requests=requests) for clients in CLIENTS)
        measured.append(Doing(what=what, alone=alone, crowd=crowd))
    each = [_counted(following, numbers) for following in doing.values()]
    steady = open_loop(asker, lambda number: each[number % len(each)](number), per_s=STEADY_PER_S, seconds=seconds)
    return Side(name=name, doing=tuple(measured), steady=steady)


def _counted(following: Next, numbers: Iterator[int]) -> Next:
    return lambda _: following(next(numbers))


def _report(agent: str, number: int) -> Request:
    body = {"by": agent, "name": f"客{number}", "phone": f"139{number:08d}", "via": "wechat"}
    return "POST", f"{PREFIX}/reports", body


def _prepared(site: Site) -> tuple[Mapping[str, str], str]:
    """The headers of a manager who has signed in, and an agent who reports."""
    now = datetime.now(UTC)
    with site.write_session() as session:
        agent = add_person(session, name="李明", role="agent", distributor="贝壳", at=now, by="bench")
        crossed = [_arrival(number, now) for number in range(ARRIVALS)]
        append(session, crossed, at=now, by="bench")
        made = add_user(session, login="bench", role=Role.MANAGER, at=now, by="bench")
    change_password(site.database, made.id, old=made.password, new=PASSWORD, at=now, by="bench")
    signed = sign_in(site.database, login="bench", password=PASSWORD, code=None, at=now)
    assert isinstance(signed, SignedIn)
    return {"Cookie": f"{COOKIE}={signed.token}", CSRF_HEADER: signed.csrf}, agent


def _arrival(number: int, now: datetime) -> Arrival:
    return Arrival(
        at=now - timedelta(minutes=ARRIVALS - number),
        arrival=f"main-{number}",
        door="main",
        direction="in",
        sigma_s=0.02,
        status="unconsented",
        party=f"party-{number}",
        track=number,
    )


@contextmanager
def _running(*command: str) -> Iterator[int]:
    """A program of this installation on a free port, which is put at the end of its command."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    started = subprocess.Popen([sys.executable, *command, str(port)], stdout=subprocess.DEVNULL)
    try:
        _wait(started, port)
        yield port
    finally:
        started.terminate()
        started.wait()


def _wait(started: subprocess.Popen[bytes], port: int) -> None:
    until = monotonic() + START_S
    while monotonic() < until and started.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            sleep(0.1)
    raise BenchError(f"the service did not come up within {START_S:.0f} s")
