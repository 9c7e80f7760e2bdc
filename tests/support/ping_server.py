"""A monitoring service on 127.0.0.1 that waits for pings, as Healthchecks does."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal, NamedTuple

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from include.sample_api.running import running

CHECK = "c0ffee00-5eed-4bad-9ace-0123456789ab"
"""The part of the address that only the check's owner knows."""


class Received(NamedTuple):
    """A ping: "start", "success" or "fail", the text in its body, and when it came."""

    kind: str
    body: str
    at: float


class PingServer:
    """One check: it is down after a failure, or if no success came within its period and grace.

    `status` is what it answers with, after `delay` seconds; `address` is secret.
    """

    def __init__(
        self, period: float = 86_400, grace: float = 3_600, clock: Callable[[], float] = time.time
    ) -> None:
        self.period = period
        self.grace = grace
        self.address = ""
        self.received: list[Received] = []
        self.status = 200
        self.delay = 0.0
        self._clock = clock

    async def take(self, request: Request) -> Response:
        """Take a ping."""
        await asyncio.sleep(self.delay)
        kind = request.path_params.get("kind", "success")
        body = (await request.body()).decode()
        if self.status < 300:
            self.received.append(Received(kind, body, self._clock()))
        return Response("OK", self.status, headers={"Location": "/elsewhere"})

    def pings(self) -> list[tuple[str, str]]:
        """Return what came since the last call, without the times."""
        received, self.received = self.received, []
        return [(ping.kind, ping.body) for ping in received]

    @property
    def state(self) -> Literal["new", "up", "down"]:
        """What the service says of the check now."""
        return self._state_after(self.received)

    def _state_after(self, received: Sequence[Received]) -> Literal["new", "up", "down"]:
        if not received:
            return "new"
        *earlier, last = received
        wait = self.grace if last.kind == "start" else self.period + self.grace
        if last.kind == "fail" or self._clock() > last.at + wait:
            return "down"
        return self._state_after(earlier) if last.kind == "start" else "up"


@contextmanager
def ping_server(port: int = 0, **check: Any) -> Iterator[PingServer]:
    """Run a service while the block runs."""
    server = PingServer(**check)
    app: Any = Starlette(
        routes=[
            Route(f"/ping/{CHECK}", server.take, methods=["POST"]),
            Route(f"/ping/{CHECK}/{{kind}}", server.take, methods=["POST"]),
        ]
    )
    with running(app, port=port) as url:
        server.address = f"{url}/ping/{CHECK}"
        yield server
