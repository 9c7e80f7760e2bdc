"""How Airflow's processes share a metadata database in SQLite without "database is locked".

Airflow gets it by name (`sql_alchemy_connect_args`), as it cannot import what configures it.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Self


class Cursor(sqlite3.Cursor):
    """Opens a transaction before its first savepoint.

    Python leaves it to the savepoint itself to open one, which has two consequences. It begins
    with a read, and SQLite refuses at once, whatever the timeout, to let it write if another
    process has written meanwhile. And it is committed with the savepoint, so that a backfill that
    fails has left days behind, which the scheduler may be running while Airflow removes them.
    """

    def execute(self, sql: str, parameters: Any = (), /) -> Self:
        """Execute a statement, as the one writer if it is a savepoint."""
        if sql.startswith("SAVEPOINT") and not self.connection.in_transaction:
            super().execute("BEGIN IMMEDIATE")
        return super().execute(sql, parameters)


class Connection(sqlite3.Connection):
    """Hands out such cursors."""

    def cursor(self, factory: Any = Cursor) -> Any:
        """Return a cursor."""
        return super().cursor(factory)


# Half a minute of patience instead of five seconds.
CONNECT_ARGS = {"factory": Connection, "timeout": 30}


READING = frozenset({"GET", "HEAD", "OPTIONS"})

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]


class OneWriter:
    """ASGI middleware that lets requests write one after the other.

    Airflow's API server writes its audit log from within its event loop. There it would wait for
    SQLite's lock while a request that holds the lock waits for that loop, to commit: all requests
    stand still until the time-out. Here the second one waits without holding up the loop.
    """

    def __init__(self, app: App) -> None:
        self._app = app
        self._turn = asyncio.Lock()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http" or scope["method"] in READING:
            await self._app(scope, receive, send)
            return
        async with self._turn:
            await self._app(scope, receive, send)
