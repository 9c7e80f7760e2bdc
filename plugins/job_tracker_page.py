"""The page and its API inside Airflow 3's API server; Airflow 2 has no place for them.

Every Airflow process imports this file, so it imports neither FastAPI nor Airflow's API.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from functools import cache
from typing import Any
from urllib.parse import quote

from airflow.providers.common.compat.sdk import AirflowPlugin, BaseOperatorLink, conf
from airflow.providers.common.compat.version_compat import AIRFLOW_V_3_0_PLUS

PREFIX = "job-tracker"


class Page:
    """The ASGI application, which the first request makes."""

    async def __call__(
        self,
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[Any]],
        send: Callable[[Any], Awaitable[None]],
    ) -> None:
        """Answer a request."""
        await page_app()(scope, receive, send)


@cache
def page_app() -> Any:
    """Return the FastAPI application."""
    from airflow_host import AirflowHost

    from include.page.app import create_app

    return create_app(AirflowHost())


def page_address() -> str:
    """Return the address of the page; empty where Airflow has no place for it."""
    if not AIRFLOW_V_3_0_PLUS:
        return ""
    return f"{conf.get('api', 'base_url', fallback='').rstrip('/')}/{PREFIX}/"


class ReceiptLink(BaseOperatorLink):
    """Leads from a task to what its run did, on the page."""

    name = "Job Tracker"

    def get_link(self, operator: Any, *, ti_key: Any) -> str:
        """Return the address of the page, with the run that it is to show."""
        return f"{page_address()}#run={ti_key.dag_id}/{quote(ti_key.run_id, safe='')}"


RECEIPT_LINKS = (ReceiptLink(),) if AIRFLOW_V_3_0_PLUS else ()


class JobTrackerPlugin(AirflowPlugin):
    """The page, and its entry in Airflow's navigation."""

    name = "job_tracker"
    fastapi_apps = [{"app": Page(), "url_prefix": f"/{PREFIX}", "name": "Job Tracker"}]
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
