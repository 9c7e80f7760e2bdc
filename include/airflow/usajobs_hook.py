"""An HTTP hook that checks each request with an API key once more before it is sent."""

from __future__ import annotations

from typing import Any

from airflow.providers.http.hooks.http import HttpHook
from requests import PreparedRequest, Session

from include.usajobs.api_key import refuse_exposed_key


class UsajobsHook(HttpHook):
    """An HTTP hook that also knows the proxies and headers of the connection's extra."""

    def run_and_check(
        self, session: Session, prepped_request: PreparedRequest, extra_options: dict[Any, Any]
    ) -> Any:
        """Send a request.

        Raises:
            InvalidConnectionError: others could read the API key on its way.
        """
        settings = session.merge_environment_settings(
            prepped_request.url or "", session.proxies, None, None, None
        )
        refuse_exposed_key(prepped_request, settings["proxies"])
        return super().run_and_check(session, prepped_request, extra_options)
