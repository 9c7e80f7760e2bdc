"""Middleware for an API server with SQLite: serialises requests that write."""

from __future__ import annotations

import asyncio

from include.airflow.asgi import App, Message, Receive, Send

READING = frozenset({"GET", "HEAD", "OPTIONS"})


class OneWriter:
    """ASGI middleware that handles writing requests one at a time.

    Airflow's API server writes its audit log in the event loop. There it would block on SQLite's
    lock, while the request that holds the lock needs the loop to commit: a deadlock until the lock
    times out. Here the second request waits without blocking the loop.
    """

    def __init__(self, app: App) -> None:
        self._app = app
        self._turn = asyncio.Lock()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Handle a request."""
        if scope["type"] != "http" or scope["method"] in READING:
            await self._app(scope, receive, send)
            return
        async with self._turn:
            await self._app(scope, receive, send)
