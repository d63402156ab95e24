"""Figures for Prometheus: of this process's requests, and of the site at the moment of asking. In no label stands
anybody's id."""

from __future__ import annotations

from collections.abc import Iterator
from time import perf_counter

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.clock import Clock
from api.live.deliver import Deliverer
from api.live.follow import Follower
from models.desk.doors import door_states
from models.desk.webhooks import backlog
from models.evidence import megabytes
from models.ledger.read import head
from models.site import Site

METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})
OTHER = "other"


class Metrics:
    """The figures of one service, in a registry of their own."""

    def __init__(self, site: Site, clock: Clock, follower: Follower, deliverer: Deliverer) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "menjian_requests", "Requests answered.", ("method", "route", "status"), registry=self.registry
        )
        self.latency = Histogram(
            "menjian_request_seconds", "From a request to the start of its answer.", ("route",), registry=self.registry
        )
        self.registry.register(_OfTheSite(site, clock))
        self.registry.register(_OfTheProcess(follower, deliverer))

    def count(self, *, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request."""
        self.requests.labels(method if method in METHODS else OTHER, route, str(status)).inc()
        self.latency.labels(route).observe(seconds)


class Measured:
    """Counts every request, by the route's template: paths hold ids."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on. A stream counts when it begins."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, is_counted = perf_counter(), False

        def count(status: int) -> None:
            nonlocal is_counted
            if not is_counted:
                is_counted = True
                route = str(getattr(scope.get("route"), "path", OTHER))
                self._metrics.count(method=scope["method"], route=route, status=status, seconds=perf_counter() - began)

        async def counting(message: Message) -> None:
            if message["type"] == "http.response.start":
                count(message["status"])
            await send(message)

        try:
            await self._app(scope, receive, counting)
        finally:
            count(500)  # no answer came of it: what is outside of this answers for it


class _OfTheSite(Collector):
    """What the record says. Raises ``ModelsError`` when it cannot be read."""

    def __init__(self, site: Site, clock: Clock) -> None:
        self._site = site
        self._clock = clock

    def collect(self) -> Iterator[Metric]:
        now = self._clock()
        sealed = self._site.checkpoints.last()
        with self._site.read_session() as session:
            last, doors = head(session), door_states(session)
            waiting, given_up = backlog(session)
            evidence_mb = megabytes(session)
        yield _gauge("menjian_ledger_head", "Number of the last entry of the ledger.", last.seq if last else 0)
        if sealed:
            age = (now - sealed.at).total_seconds()
            yield _gauge("menjian_checkpoint_age_seconds", "Time since the last signed checkpoint.", age)
        yield _gauge("menjian_webhook_waiting", "Deliveries to webhooks that wait for an attempt.", waiting)
        yield _gauge("menjian_webhook_given_up", "Deliveries to webhooks that were given up.", given_up)
        yield _gauge("menjian_evidence_megabytes", "What the kept frames take on the disk, 1e6 bytes.", evidence_mb)
        ages = GaugeMetricFamily("menjian_door_age_seconds", "Time since a door said how it is.", labels=["door"])
        for door in doors:
            ages.add_metric([door.door], (now - door.at).total_seconds())
        yield ages


class _OfTheProcess(Collector):
    """How this process's listeners and its worker are."""

    def __init__(self, follower: Follower, deliverer: Deliverer) -> None:
        self._follower = follower
        self._deliverer = deliverer

    def collect(self) -> Iterator[Metric]:
        yield _gauge("menjian_event_listeners", "Clients that follow the events.", self._follower.listeners)
        works = self._deliverer.state != "stopped"
        yield _gauge("menjian_webhook_worker_up", "Whether the worker of the webhooks works: 1 or 0.", int(works))


def _gauge(name: str, said: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, said, value=value)
