"""`menjian serve`: the service on a site."""

from __future__ import annotations

import gc
import ipaddress
import os
import socket
from contextlib import suppress
from typing import Annotated

import typer

from api.cli.console import err, fail, out
from api.cli.options import DEFAULT_SITE, SiteOption
from models.site import open_site

STOP_S = 10
"""How long requests that are being answered may take when the service is told to stop."""


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8420,
    folder: SiteOption = DEFAULT_SITE,
) -> None:
    """Start the service on a site: reports, check-in, desk, disputes over HTTP.

    Beyond this machine put a proxy with TLS in front: passwords and cookies must not cross a network in the clear.

    [bold]Examples[/bold]

      menjian serve --site office

      menjian serve --site /srv/riverside --host 0.0.0.0 --port 8420
    """
    import uvicorn  # here and below: half a second that no other command has to wait

    from api.app import create_app
    from api.openapi import description

    with open_site(folder) as site:
        app = create_app(site)
        description(app)  # made now, and with it the tree of routes: the first request would wait for both
        _keep_what_is_there()
        settings = uvicorn.Config(
            app,
            access_log=False,
            log_level="warning",
            server_header=False,
            timeout_graceful_shutdown=STOP_S,
        )
        # uvicorn has finished what it was answering, and then raises the signal that stopped it once more
        with _listening(host, port) as listening, suppress(KeyboardInterrupt):
            out.print(f"serving {site.settings.name} on http://{host}:{port}/api/v1", highlight=False, markup=False)
            if not _is_loopback(host):
                err.print("not on this machine alone: put a proxy with TLS in front", style="yellow", highlight=False)
            # the proxy's headers count only when it runs on this machine
            uvicorn.Server(settings).run(sockets=[listening])


def _keep_what_is_there() -> None:
    # a quarter of a million objects that stay: to look through them for garbage stops everything for 150 ms
    gc.collect()
    gc.freeze()


def _listening(host: str, port: int) -> socket.socket:
    """A socket that listens. Ends the program with one line when it cannot."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        said = os.strerror(error.errno or 0)
        raise typer.Exit(fail(f"{host}:{port}: {said}; choose another --port or --host")) from None
    # connections inherit it; asyncio sets it only on sockets it made itself, and answers would wait 40 ms for an ACK
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
