"""Where the DAGs keep the jobs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import Asset

from include.documents import DATABASE

if TYPE_CHECKING:
    from pymongo.database import Database

# Airflow 2.11 knows an asset by its URI only.
POSITIONS = Asset("job-tracker://mongo/positions")

LONGEST_SILENCE = 300_000
"""Milliseconds in which MongoDB has to answer a command; the longest makes an index."""


@contextmanager
def jobs_database() -> Iterator[Database[dict[str, Any]]]:
    """Open the database that the schema of the connection `mongo` names."""
    # Here, as every Airflow process imports this file.
    from airflow.providers.mongo.hooks.mongo import MongoHook

    with MongoHook(mongo_conn_id="mongo") as mongo:
        # The driver would wait for ever for a server that has fallen silent.
        mongo.extras.setdefault("socketTimeoutMS", LONGEST_SILENCE)
        yield mongo.get_conn()[mongo.connection.schema or DATABASE]
