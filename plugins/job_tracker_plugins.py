"""What the project plugs into Airflow."""

from __future__ import annotations

from airflow.providers.common.compat.sdk import AirflowPlugin, conf

from include.airflow.notes import Notes
from include.airflow.one_writer import OneWriter
from include.airflow.page_url import PREFIX
from include.airflow.trailing_slash import TrailingSlash
from include.airflow.web_app import WebApp

IS_SQLITE = conf.get("database", "sql_alchemy_conn", fallback="").startswith("sqlite")


class JobTrackerPlugin(AirflowPlugin):
    """The page, and its entry in Airflow's navigation; Airflow 2 has no place for them."""

    name = "job_tracker"
    fastapi_apps = [{"app": WebApp(), "url_prefix": f"/{PREFIX}", "name": "Job Tracker"}]
    fastapi_root_middlewares = [{"name": "Its slash", "middleware": TrailingSlash}]
    external_views = [
        {
            "name": "Job Tracker",
            # Relative to where Airflow is served, as its pages take it.
            "href": f"{PREFIX}/",
            "destination": "nav",
            "url_route": PREFIX,
            "icon": f"{PREFIX}/assets/icon.svg",
            "icon_dark_mode": f"{PREFIX}/assets/icon-dark.svg",
            "nav_top_level": True,
        }
    ]


class SqliteWritersPlugin(AirflowPlugin):
    """Where Airflow keeps its metadata in SQLite, requests to its API server write one by one.

    Airflow 2, whose webserver needs none, ignores the middleware.
    """

    name = "job_tracker_sqlite"
    fastapi_root_middlewares = (
        [{"name": "One writer at a time", "middleware": OneWriter}] if IS_SQLITE else []
    )


class NotesPlugin(AirflowPlugin):
    """The reasons of skipped checks as notes."""

    name = "job_tracker_notes"
    listeners = [Notes()]
