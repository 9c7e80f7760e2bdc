"""The page's application inside Airflow 3's API server.

Every Airflow process imports this file, so it imports neither FastAPI nor Airflow's API.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fastapi import FastAPI


class WebApp:
    """The ASGI application, which is created on the first request."""

    async def __call__(
        self,
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
        send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
    ) -> None:
        """Handle a request."""
        await web_app()(scope, receive, send)


@cache
def web_app() -> FastAPI:
    """Return the FastAPI application."""
    from include.airflow.web_host import AirflowHost
    from include.web.app import create_app

    return create_app(AirflowHost())
