"""The tasks of the daily chain as Airflow operators; the logic is in the other rooms."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from inspect import signature
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import (
    AirflowFailException,
    AirflowSkipException,
    BaseOperator,
)
from airflow.providers.http.operators.http import HttpOperator

from include.airflow.links import RECEIPT_LINKS
from include.airflow.mongo import POSITIONS, jobs_database
from include.airflow.notifiers import send
from include.airflow.page_url import page_url
from include.airflow.xcom import TaskInstance, XComBatches, require_xcom
from include.matching.context import MatchContext, PlaceUnknownError
from include.pipeline.data_interval import days_of, is_past_interval
from include.pipeline.transform import Batch, HandedOnResult, transform
from include.searches.parameters import BadParameters, read_parameters
from include.searches.saved_searches import SavedSearch
from include.usajobs import historic_api, search_api
from include.usajobs.client import REQUEST_OPTIONS, FatalApiError
from include.usajobs.extract import Extract, ExtractBatch, HandedOnExtract

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context
    from requests import Response

    from include.pipeline.reprocess import Outcome

HONOURED = frozenset({"http_conn_id", "headers"}) | {
    name for name in signature(HttpOperator.__init__).parameters if name.startswith("tcp_")
}
"""The arguments of `HttpOperator` that `UsajobsExtractOperator` accepts."""


class UsajobsExtractOperator(HttpOperator):
    """An `HttpOperator` that passes on a complete result, or fails.

    It reads open postings from the Search API, or for a past data interval the postings announced
    then from the Historic JOA API. The rendered `endpoint` and `data`, and the log, show which.

    `HttpOperator` itself keeps all pages in memory, and can't start over if the result changes
    while it is read. So a reader in `include.usajobs` makes the requests: each page's rows are
    pushed as a separate XCom, and the return value is a summary with the number of these `batches`.
    An error that retries can't fix fails the task at once.
    """

    def __init__(self, **kwargs: Any) -> None:
        refused = signature(HttpOperator.__init__).parameters.keys() & kwargs.keys() - HONOURED
        if refused:
            raise TypeError(
                f"{type(self).__name__} sets these itself: {', '.join(sorted(refused))}. Of "
                f"HttpOperator's arguments it accepts {', '.join(sorted(HONOURED))}."
            )
        super().__init__(
            method="GET",
            endpoint=search_api.ENDPOINT,
            data=search_api.query(
                keyword="{{ params.keyword }}",
                location="{{ params.location }}",
                radius_miles="{{ params.radius_miles }}",
            ),
            auth_type=search_api.ApiKeyAuth,
            extra_options=REQUEST_OPTIONS,
            deferrable=False,
            **kwargs,
        )

    def render_template_fields(self, context: Context, jinja_env: Any = None) -> None:
        """Render the query, and choose the API by the run's data interval."""
        super().render_template_fields(context, jinja_env)
        if _is_past(context):
            days = _days(context)
            self.endpoint = historic_api.ENDPOINT
            self.data = historic_api.opened_between(days[0], days[-1])
            # That API is public, so the key is not sent.
            self.auth_type = historic_api.NoKey

    def execute(self, context: Context) -> HandedOnExtract:
        """Read the result of the run's search.

        Raises:
            AirflowFailException: the parameters are not valid, or a retry can't help.
            RetriableApiError: USAJOBS or the network failed until the last attempt.
            IncompleteResultError: the rows never added up to the API's total.
        """
        batches: XComBatches[ExtractBatch] = XComBatches(_instance(context), self.task_id)
        self.log.info("Requesting %s", self.endpoint)
        try:
            search = MatchContext.of(read_parameters(context["params"]))
            extract = self._read(search, batches, context)
        except (BadParameters, PlaceUnknownError, FatalApiError) as problem:
            raise AirflowFailException(str(problem)) from None
        return HandedOnExtract(**extract, batches=batches.count)

    def _read(
        self, search: MatchContext, batches: XComBatches[ExtractBatch], context: Context
    ) -> Extract:
        if self.endpoint == historic_api.ENDPOINT:
            return historic_api.read_days(
                self._fetch,
                _days(context),
                search,
                batches,
                connection=self.http_conn_id,
            )
        query: dict[str, Any] = dict(self.data) if isinstance(self.data, dict) else {}
        return search_api.read_everything(
            lambda page: self._fetch(search_api.ENDPOINT, {**query, "Page": page}),
            batches,
            connection=self.http_conn_id,
        )

    def _fetch(self, endpoint: str, query: Mapping[str, Any]) -> Response:
        """Send one request over the connection."""
        response: Response = self.hook.run(endpoint, dict(query), self.headers, self.extra_options)
        return response


def _is_past(context: Context) -> bool:
    """Return whether a run reads a past interval from the Historic JOA API."""
    interval = context.get("data_interval_start"), context.get("data_interval_end")
    return is_past_interval(str(context["dag_run"].run_type), *interval, datetime.now(UTC))


def _days(context: Context) -> list[date]:
    """Return the days of a run's data interval; none if it has no interval."""
    start, end = context.get("data_interval_start"), context.get("data_interval_end")
    return days_of(start, end) if start and end else []


def _instance(context: Context) -> TaskInstance:
    instance: Any = context["ti"]
    return instance  # type: ignore[no-any-return]


def judge(extract: HandedOnExtract, search: SavedSearch, context: Context) -> HandedOnResult:
    """Judge an extract's positions for a search, and pass on what to store.

    Raises:
        AirflowFailException: the XComs of `extract` were deleted meanwhile.
    """
    instance = _instance(context)
    rows: XComBatches[ExtractBatch] = XComBatches(
        instance, "extract", require_xcom(extract)["batches"]
    )
    batches: XComBatches[Batch] = XComBatches(instance, "transform")
    parameters = read_parameters(context["params"])
    result = transform(extract, rows, parameters, batches, search.slug_of(parameters))
    return HandedOnResult(**result, batches=batches.count)


class LoadOperator(BaseOperator):
    """Stores the output of `transform` with `MongoHook`, and returns the run's receipt.

    :param result: the return value of `transform`; templated.
    """

    template_fields = ("result",)
    operator_extra_links = RECEIPT_LINKS

    def __init__(self, *, result: Any, **kwargs: Any) -> None:
        super().__init__(outlets=[POSITIONS], **kwargs)
        self.result = result

    def execute(self, context: Context) -> dict[str, Any]:
        """Store the batches, and attach the receipt's counts to the asset event.

        Raises:
            AirflowFailException: the XComs of `transform` were deleted meanwhile.
            StorageError: MongoDB rejected a write, or can't be reached.
        """
        # Imported here, because MongoDB's driver is slow to import.
        from include.pipeline.load import load
        from include.pipeline.receipt import counts

        result: HandedOnResult = require_xcom(self.result)
        run = context["dag_run"]
        batches: XComBatches[Batch] = XComBatches(
            _instance(context), "transform", result["batches"]
        )
        with jobs_database() as database:
            receipt = load(database, result, batches, run.dag_id, run.run_id)
        context["outlet_events"][POSITIONS].extra = {**counts(receipt)}
        return receipt


def notify(
    receipt: Mapping[str, Any], search: SavedSearch, context: Context
) -> dict[str, str | None]:
    """Send the digest of a search to its recipients.

    Raises:
        AirflowSkipException: the run sends nothing; the message says why.
        AirflowFailException: the XCom of `load` was deleted meanwhile.
        DigestFailed: some recipients could not be notified.
        StorageError: MongoDB rejected a write, or can't be reached.
    """
    from include.digest.send import reason_for_silence, send_digest

    with jobs_database() as database:
        run_type = str(context["dag_run"].run_type)
        if silence := reason_for_silence(database, search, require_xcom(receipt), run_type):
            raise AirflowSkipException(silence)
        return send_digest(database, search, send, datetime.now(UTC), page_url())


def read_quarantine_again(context: Context) -> Outcome:
    """Move rows in `quarantine` that can be read now, and attach the counts to the asset event.

    Raises:
        StorageError: MongoDB rejected a write, or can't be reached.
    """
    from include.pipeline.reprocess import counts, reprocess

    with jobs_database() as database:
        outcome = reprocess(database)
    context["outlet_events"][POSITIONS].extra = {**counts(outcome)}
    return outcome
