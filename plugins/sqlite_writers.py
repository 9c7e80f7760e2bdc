"""Where Airflow keeps its metadata in SQLite, its API server lets requests write one by one."""

from __future__ import annotations

from airflow.providers.common.compat.sdk import AirflowPlugin, conf

from include.local.sqlite import OneWriter

IS_SQLITE = conf.get("database", "sql_alchemy_conn", fallback="").startswith("sqlite")


class SqliteWritersPlugin(AirflowPlugin):
    """Airflow 2, whose webserver needs none, ignores the middleware."""

    name = "job_tracker_sqlite"
    fastapi_root_middlewares = (
        [{"name": "One writer at a time", "middleware": OneWriter}] if IS_SQLITE else []
    )
