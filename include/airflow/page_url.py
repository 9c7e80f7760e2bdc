"""The URL of the Job Tracker page."""

from __future__ import annotations

from airflow.providers.common.compat.sdk import conf
from airflow.providers.common.compat.version_compat import AIRFLOW_V_3_0_PLUS

PREFIX = "job-tracker"


def page_url() -> str:
    """Return the URL of the page; empty on Airflow 2, which can't serve it."""
    if not AIRFLOW_V_3_0_PLUS:
        return ""
    return f"{conf.get('api', 'base_url', fallback='').rstrip('/')}/{PREFIX}/"
