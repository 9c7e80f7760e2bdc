"""The page's application inside Airflow 3's API server.

Every Airflow process imports this file, so it imports neither FastAPI nor Airflow's API.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from airflow.providers.common.compat.sdk import conf

from include.airflow.asgi import Message, Receive, Send

if TYPE_CHECKING:
    from fastapi import FastAPI


class WebApp:
    """The ASGI application, which is created on the first request."""

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Handle a request."""
        await web_app()(scope, receive, send)


@cache
def web_app() -> FastAPI:
    """Return the FastAPI application."""
    from include.airflow.web_host import AirflowHost
    from include.web.app import create_app

    return create_app(AirflowHost(), _searches())


def _searches() -> Path:
    """Return the folder of the saved searches that Airflow's DAG file reads.

    A server that has no DAG files has the project's own folder at most.
    """
    from include.searches.saved_searches import FOLDER

    dags = Path(conf.get("core", "dags_folder"))
    return dags / FOLDER.name if (dags / "job_tracker.py").is_file() else FOLDER
