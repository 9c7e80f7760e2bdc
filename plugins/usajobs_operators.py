"""Operators that ask USAJOBS. What they ask and which answers are good is said in `include`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from airflow.providers.common.compat.sdk import AirflowFailException
from airflow.providers.http.operators.http import HttpOperator
from requests import Response
from requests.auth import AuthBase

from include.matching import PlaceUnknown, Seeker
from include.searches import BadParameters, read_parameters
from include.usajobs import historic_api, search_api
from include.usajobs.asking import REQUEST_OPTIONS, Answer, Refused


class UsajobsOperator(HttpOperator):
    """An `HttpOperator` that returns a complete answer, or fails.

    `HttpOperator` keeps every page in memory until the last one is there and can't read a result
    again that moved meanwhile. So the requests are handed over to a reader of `include`, which
    keeps the fields that are used, of one page at a time. What waiting can't cure fails the task
    at once, without retries.
    """

    auth: type[AuthBase]

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            method="GET",
            auth_type=self.auth,
            extra_options=REQUEST_OPTIONS,
            deferrable=False,
            **kwargs,
        )

    def execute(self, context: Any) -> Answer:
        """Return the answer to the run's search; what can't be asked for is refused before."""
        try:
            return self.read(Seeker.of(read_parameters(context["params"])))
        except (BadParameters, PlaceUnknown, Refused) as problem:
            raise AirflowFailException(str(problem)) from None

    def read(self, seeker: Seeker) -> Answer:
        """Read the whole answer."""
        raise NotImplementedError

    def ask(self, endpoint: str | None, query: Mapping[str, Any]) -> Response:
        """Send one request over the connection."""
        return self.hook.run(endpoint, dict(query), self.headers, self.extra_options)


class UsajobsSearchOperator(UsajobsOperator):
    """Returns all pages of a search over what is open now.

    :param data: the query, without the page; templated.
    """

    auth = search_api.ApiKeyAuth

    def read(self, seeker: Seeker) -> Answer:
        """Read the pages of the query."""
        return search_api.read_everything(
            lambda page: self.ask(self.endpoint, {**self.data, "Page": page}),
            connection=self.http_conn_id,
        )


class UsajobsHistoricOperator(UsajobsOperator):
    """Returns what was announced on a day and belongs to the search; sends no key.

    :param day: the day, `YYYY-MM-DD`; templated.
    """

    auth = historic_api.NoKey
    template_fields: Sequence[str] = (*HttpOperator.template_fields, "day")

    def __init__(self, *, day: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.day = day

    def read(self, seeker: Seeker) -> Answer:
        """Read the day's announcements, and the texts of those that belong to the search."""
        return historic_api.read_day(
            self.ask,
            date.fromisoformat(self.day),
            seeker,
            connection=self.http_conn_id,
        )
