"""Operators that ask USAJOBS. What they ask and which answers are good is said in `include`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from airflow.providers.common.compat.sdk import AirflowFailException, AirflowSkipException
from airflow.providers.http.operators.http import HttpOperator
from requests import Response
from requests.auth import AuthBase
from xcom_parts import XComParts

from include.matching import PlaceUnknown, Seeker
from include.searches import BadParameters, read_parameters
from include.sources import days_of, lies_in_the_past
from include.usajobs import historic_api, search_api
from include.usajobs.asking import REQUEST_OPTIONS, Reading, Refused


class UsajobsOperator(HttpOperator):
    """An `HttpOperator` that hands on a complete answer, or fails.

    `HttpOperator` keeps every page in memory until the last one is there and can't read a result
    again that moved meanwhile. So the requests are handed over to a reader of `include`, which
    keeps the fields that are used, of one page at a time: each page's rows are an XCom of their
    own, and what is returned is the reading with the number of these `parts`. What waiting can't
    cure fails the task at once, without retries. The operator of the API that a run does not ask
    skips itself.
    """

    auth: type[AuthBase]
    fills_past_days: bool

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            method="GET",
            auth_type=self.auth,
            extra_options=REQUEST_OPTIONS,
            deferrable=False,
            **kwargs,
        )

    def execute(self, context: Any) -> dict[str, Any]:
        """Read the answer to the run's search; what can't be asked for is refused before."""
        interval = context.get("data_interval_start"), context.get("data_interval_end")
        in_the_past = lies_in_the_past(context["dag_run"].run_type, *interval, datetime.now(UTC))
        if in_the_past != self.fills_past_days:
            raise AirflowSkipException(
                f"This run asks for {'a past day' if in_the_past else 'what is open now'}: "
                "the task beside this one does that."
            )
        parts = XComParts(context["ti"], self.task_id)
        try:
            reading = self.read(Seeker.of(read_parameters(context["params"])), parts, context)
        except (BadParameters, PlaceUnknown, Refused) as problem:
            raise AirflowFailException(str(problem)) from None
        return {**reading, "parts": parts.count}

    def read(self, seeker: Seeker, parts: XComParts, context: Any) -> Reading:
        """Read the whole answer."""
        raise NotImplementedError

    def ask(self, endpoint: str | None, query: Mapping[str, Any]) -> Response:
        """Send one request over the connection."""
        return self.hook.run(endpoint, dict(query), self.headers, self.extra_options)


class UsajobsSearchOperator(UsajobsOperator):
    """Hands on all pages of a search over what is open now.

    :param data: the query, without the page; templated.
    """

    auth = search_api.ApiKeyAuth
    fills_past_days = False

    def read(self, seeker: Seeker, parts: XComParts, context: Any) -> Reading:
        """Read the pages of the query."""
        return search_api.read_everything(
            lambda page: self.ask(self.endpoint, {**self.data, "Page": page}),
            parts,
            connection=self.http_conn_id,
        )


class UsajobsHistoricOperator(UsajobsOperator):
    """Hands on what was announced in the run's interval and belongs to the search; sends no key."""

    auth = historic_api.NoKey
    fills_past_days = True

    def read(self, seeker: Seeker, parts: XComParts, context: Any) -> Reading:
        """Read the announcements of its days, and the texts of those that belong to the search."""
        return historic_api.read_days(
            self.ask,
            days_of(context["data_interval_start"], context["data_interval_end"]),
            seeker,
            parts,
            connection=self.http_conn_id,
        )
