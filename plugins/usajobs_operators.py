"""Operators that ask USAJOBS. What they ask and which answers are good is said in `include`."""

from __future__ import annotations

from typing import Any

from airflow.providers.common.compat.sdk import AirflowFailException
from airflow.providers.http.operators.http import HttpOperator
from requests import Response

from include.searches import BadParameters, read_parameters
from include.usajobs import search_api


class UsajobsSearchOperator(HttpOperator):
    """An `HttpOperator` that returns a whole search, or fails.

    `HttpOperator` keeps every page in memory until the last one is there and can't read a result
    again that moved meanwhile. This one hands the request over to `search_api.read_everything`,
    which keeps the fields that are used of one page at a time. What waiting can't cure fails the
    task at once, without retries.

    :param data: the query, without the page; templated.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            method="GET",
            auth_type=search_api.ApiKeyAuth,
            extra_options=search_api.REQUEST_OPTIONS,
            deferrable=False,
            **kwargs,
        )

    def execute(self, context: Any) -> search_api.Answer:
        """Return the answer, complete and projected to the fields that are used."""

        def fetch(page: int) -> Response:
            query = {**self.data, "Page": page}
            return self.hook.run(self.endpoint, query, self.headers, self.extra_options)

        try:
            read_parameters(context["params"])
            return search_api.read_everything(fetch, connection=self.http_conn_id)
        except (BadParameters, search_api.Refused) as problem:
            raise AirflowFailException(str(problem)) from None
