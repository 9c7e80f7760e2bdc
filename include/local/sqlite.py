"""How Airflow's processes share a metadata database in SQLite without "database is locked".

Airflow gets it by name (`sql_alchemy_connect_args`), as it cannot import what configures it.
"""

from __future__ import annotations

import sqlite3
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
