"""The jobs database of the Airflow connection `mongo`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from include.jobs import limits
from include.store.collections import DATABASE
from include.store.documents import Document

if TYPE_CHECKING:
    from pymongo.database import Database


@contextmanager
def jobs_database() -> Iterator[Database[Document]]:
    """Open the database that is the schema of the connection `mongo`."""
    # Imported here, because every Airflow process imports this file.
    from airflow.providers.mongo.hooks.mongo import MongoHook

    with MongoHook(mongo_conn_id="mongo") as mongo:
        # By default the driver waits for ever for an unresponsive server.
        mongo.extras.setdefault("socketTimeoutMS", limits.TASK_SOCKET_TIMEOUT_MILLISECONDS)
        yield mongo.get_conn()[mongo.connection.schema or DATABASE]
