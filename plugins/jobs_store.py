"""Where the DAGs keep the jobs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from airflow.providers.common.compat.sdk import Asset
from airflow.providers.mongo.hooks.mongo import MongoHook
from pymongo.database import Database

from include.documents import DATABASE

# Airflow 2.11 knows an asset by its URI only.
POSITIONS = Asset("job-tracker://mongo/positions")


@contextmanager
def jobs_database() -> Iterator[Database[dict[str, Any]]]:
    """Open the database that the schema of the connection `mongo` names."""
    with MongoHook(mongo_conn_id="mongo") as mongo:
        yield mongo.get_conn()[mongo.connection.schema or DATABASE]
