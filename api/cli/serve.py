"""`menjian serve`: the service on a site."""

from __future__ import annotations

import ipaddress
from typing import Annotated

import typer
import uvicorn

from api.app import create_app
from api.cli.console import err, out
from api.cli.options import DEFAULT_SITE, SiteOption
from models.site import open_site


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
    with open_site(folder) as site:
        out.print(f"serving {site.settings.name} on http://{host}:{port}/api/v1", highlight=False, markup=False)
        if not _is_loopback(host):
            err.print("not on this machine alone: put a proxy with TLS in front", style="yellow", highlight=False)
        # the proxy's headers count only when it runs on this machine
        uvicorn.run(create_app(site), host=host, port=port, access_log=False, log_level="warning", server_header=False)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
