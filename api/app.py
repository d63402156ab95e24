"""The service put together: one site, every route, one gate in front, one shape of refusal."""

from __future__ import annotations

from fastapi import Depends, FastAPI

from api import errors
from api.access.gate import gate
from api.clock import Clock, utc_now
from api.headers import Headers
from api.limit import Limit
from api.live.metrics import Measured
from api.live.service import Live, lifespan
from api.openapi import operation_name
from api.opened import Opened
from api.routes import ROUTERS
from api.strict import Strict
from models.site import Site


def create_app(site: Site, *, clock: Clock = utc_now) -> FastAPI:
    """The service on an open site; ``clock`` gives now (aware)."""
    # nothing is served beside the table: no pages that fetch scripts from elsewhere
    app = FastAPI(
        title="门鉴 Menjian",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        generate_unique_id_function=operation_name,
        lifespan=lifespan,
    )
    app.state.opened, app.state.clock = Opened(site), clock
    app.state.live = Live(site, clock)
    errors.install(app)
    for router in ROUTERS:
        app.include_router(router, dependencies=[Depends(gate)])
    for inner in (Strict, Limit, Headers):
        app.add_middleware(inner)
    app.add_middleware(Measured, metrics=app.state.live.metrics)
    return app
