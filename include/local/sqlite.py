"""Lets Airflow's processes share an SQLite metadata database without "database is locked" errors.

Airflow imports it by name (its setting `sql_alchemy_connect_args`).
"""

from __future__ import annotations

import sqlite3
from typing import Any, Self


class Cursor(sqlite3.Cursor):
    """A cursor that begins a transaction before the first savepoint.

    Otherwise the savepoint itself begins one, which has two consequences. The transaction begins
    with a read, so if another process has written meanwhile, SQLite refuses its writes at once,
    whatever the timeout. And it is committed with the savepoint, so a failed backfill leaves days
    behind that the scheduler may be running while Airflow removes them.
    """

    def execute(self, sql: str, parameters: Any = (), /) -> Self:
        """Execute a statement; a savepoint begins by taking the write lock."""
        if sql.startswith("SAVEPOINT") and not self.connection.in_transaction:
            super().execute("BEGIN IMMEDIATE")
        return super().execute(sql, parameters)


class Connection(sqlite3.Connection):
    """A connection with such cursors."""

    def cursor(self, factory: Any = Cursor) -> Any:
        """Return a cursor."""
        return super().cursor(factory)


# Wait up to 30 seconds for a lock, instead of five.
CONNECT_ARGS = {"factory": Connection, "timeout": 30}
