"""Addresses of the Job Tracker page, which say what it shows."""

from __future__ import annotations

from urllib.parse import urlencode


def page_link(page_url: str, search: str, job: str = "", **filters: str) -> str:
    """Return the address at which the page shows a search's jobs, or one of them beside these.

    `filters` have the names that the page's form gives them. Without a search, the page shows its
    usual one. The address is empty if the page's is, as on Airflow 2.
    """
    if not page_url:
        return ""
    query = urlencode({**({"search": search} if search else {}), **filters}, safe=",")
    return f"{page_url}{query and f'?{query}'}{job and f'#job={job}'}"
