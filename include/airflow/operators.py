"""The tasks of the daily chain as Airflow operators; the logic is in the other rooms."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, date, datetime
from inspect import signature
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import (
    AirflowFailException,
    AirflowSkipException,
    BaseOperator,
)
from airflow.providers.http.operators.http import HttpOperator

from include.airflow.assets import APIS, COLLECTIONS, Lineage, attach_counts, record_metrics
from include.airflow.garbage import airflow_left_alone
from include.airflow.links import RECEIPT_LINKS, receipt_address
from include.airflow.mongo import jobs_database
from include.airflow.notes import push_reason
from include.airflow.notifiers import send
from include.airflow.page_url import page_url
from include.airflow.runs import past_days_of, run_type
from include.airflow.usajobs_hook import UsajobsHook
from include.airflow.xcom import (
    CLEAR_THE_RUN,
    TaskInstance,
    XComBatches,
    require_handed_on,
    require_xcom,
)
from include.pipeline.handover import HandoverError
from include.pipeline.judged import Batch, HandedOnResult
from include.searches.parameters import BadParameters, SearchParameters, read_parameters
from include.searches.saved_searches import SavedSearch
from include.usajobs import historic_api, search_api
from include.usajobs.client import REQUEST_OPTIONS, FatalApiError, InvalidConnectionError
from include.usajobs.extract import (
    Extract,
    ExtractBatch,
    HandedOn,
    HandedOnExtract,
    read_rows,
    write_rows,
)
from include.usajobs.json_text import read_json, write_json

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context
    from requests import Response

    from include.pipeline.reprocess import Outcome

log = logging.getLogger(__name__)

USUAL = SavedSearch()
"""The search of the DAG `job_tracker`, unless its file changes it."""

HONOURED = frozenset({"http_conn_id", "headers"}) | {
    name for name in signature(HttpOperator.__init__).parameters if name.startswith("tcp_")
}
"""The arguments of `HttpOperator` that `UsajobsExtractOperator` accepts."""


class UsajobsExtractOperator(Lineage, HttpOperator):
    """An `HttpOperator` that passes on a complete result, or fails.

    It reads open postings from the Search API, or for past days the postings announced then from
    the Historic JOA API. The rendered `endpoint` and `data`, and the log, show which.

    `HttpOperator` itself keeps all pages in memory, and can't start over if the result changes
    while it is read. So a reader in `include.usajobs` makes the requests: each page's rows are
    pushed as a separate XCom, and the return value is a summary with digests of these `batches`,
    and with the search that was asked for, which the following tasks use: its file may be edited in
    the meantime. An error that retries can't fix fails the task at once.

    :param search: the search that the DAG runs.
    """

    def __init__(self, *, search: SavedSearch = USUAL, **kwargs: Any) -> None:
        refused = signature(HttpOperator.__init__).parameters.keys() & kwargs.keys() - HONOURED
        if refused:
            raise TypeError(
                f"{type(self).__name__} sets these itself: {', '.join(sorted(refused))}. Of "
                f"HttpOperator's arguments it accepts {', '.join(sorted(HONOURED))}."
            )
        self.search = search
        self.past_days: list[date] = []
        super().__init__(
            method="GET",
            endpoint=search_api.ENDPOINT,
            data=search_api.query(
                keyword="{{ params.keyword }}",
                location="{{ params.location }}",
                radius_miles="{{ params.radius_miles | int }}",
            ),
            auth_type=search_api.ApiKeyAuth,
            extra_options=REQUEST_OPTIONS,
            deferrable=False,
            inlets=[*APIS.values()],
            **kwargs,
        )

    def render_template_fields(self, context: Context, jinja_env: Any = None) -> None:
        """Render the query, and choose the API by the days that the run is about."""
        super().render_template_fields(context, jinja_env)
        self._ask_in_full(context)
        self.past_days = past_days_of(context, self.search.schedule)
        if self.past_days:
            self.endpoint = historic_api.ENDPOINT
            self.data = historic_api.opened_between(self.past_days[0], self.past_days[-1])
            # That API is public, so the key is not sent.
            self.auth_type = historic_api.NoKey

    def _ask_in_full(self, context: Context) -> None:
        """Ask for the run's location as USAJOBS writes it; `execute` fails if it isn't known."""
        query = dict(self.data) if isinstance(self.data, dict) else {}
        with suppress(BadParameters):
            location = read_parameters(context["params"]).location
            self.data = search_api.asked_in_full(query, location)

    @property
    def hook(self) -> UsajobsHook:
        """The hook for the connection, which protects its key."""
        return UsajobsHook(
            method=self.method,
            http_conn_id=self.http_conn_id,
            auth_type=self.auth_type,
            tcp_keep_alive=self.tcp_keep_alive,
            tcp_keep_alive_idle=self.tcp_keep_alive_idle,
            tcp_keep_alive_count=self.tcp_keep_alive_count,
            tcp_keep_alive_interval=self.tcp_keep_alive_interval,
        )

    @airflow_left_alone()
    def execute(self, context: Context) -> HandedOnExtract:
        """Read the result of the run's search.

        Raises:
            AirflowFailException: the parameters are not valid, or a retry can't help.
            RetriableApiError: USAJOBS or the network failed until the last attempt.
            IncompleteResultError: the rows never added up to the API's total.
        """
        batches = _rows(context, self.task_id)
        self.log.info("Requesting %s", self.endpoint)
        try:
            parameters = read_parameters(context["params"])
            extract = self._read(parameters, batches)
        except (BadParameters, FatalApiError) as problem:
            raise AirflowFailException(str(problem)) from None
        self.read_rows = {extract["source"]: extract["rows"]}
        return HandedOnExtract(
            **extract,
            **batches.handed_on(),
            search=self.search.slug_of(parameters),
            parameters=parameters.model_dump(),
        )

    def _read(self, search: SearchParameters, batches: XComBatches[ExtractBatch]) -> Extract:
        if self.past_days:
            # Imported here, as in `judge`: the patterns take long to compile.
            from include.matching.context import MatchContext

            return historic_api.read_days(
                self._fetch,
                self.past_days,
                MatchContext.of(search),
                batches,
                connection=self.http_conn_id,
            )
        query: dict[str, Any] = dict(self.data) if isinstance(self.data, dict) else {}
        return search_api.read_everything(
            lambda page: self._fetch(search_api.ENDPOINT, {**query, "Page": page}),
            batches,
            connection=self.http_conn_id,
            page_size=int(query["ResultsPerPage"]),
        )

    def _fetch(self, endpoint: str, query: Mapping[str, Any]) -> Response:
        """Send one request over the connection."""
        try:
            response: Response = self.hook.run(
                endpoint, dict(query), self.headers, self.extra_options
            )
        except InvalidConnectionError as error:
            raise error.of(self.http_conn_id) from None
        return response


def _instance(context: Context) -> TaskInstance:
    instance: Any = context["ti"]
    return instance  # type: ignore[no-any-return]


def _run(context: Context) -> str:
    """Return what identifies a run."""
    run = context["dag_run"]
    return f"{run.dag_id}/{run.run_id}"


def _batches(
    context: Context,
    task_id: str,
    handed_on: HandedOn | None = None,
    decode: Callable[[str], Any] = read_json,
    encode: Callable[[Any], str] = write_json,
) -> XComBatches[Any]:
    """Return the batches of a task: those that it has handed on, or an empty sequence."""
    digests = handed_on["batches"] if handed_on else ()
    return XComBatches(_instance(context), task_id, _run(context), digests, decode, encode)


def _rows(
    context: Context, task_id: str, handed_on: HandedOn | None = None
) -> XComBatches[ExtractBatch]:
    return _batches(context, task_id, handed_on, read_rows, write_rows)


@airflow_left_alone()
def judge(extract: HandedOnExtract, context: Context) -> HandedOnResult:
    """Judge an extract's positions for the search that it asked for, and hand on what to store.

    Raises:
        AirflowFailException: what arrives is not what `extract` handed on.
    """
    from include.pipeline.transform import transform

    require_handed_on(extract, _run(context))
    rows = _rows(context, "extract", extract)
    batches: XComBatches[Batch] = _batches(context, "transform")
    parameters = read_parameters(extract["parameters"])
    try:
        result = transform(extract, rows, parameters, batches, extract["search"])
    except HandoverError as problem:
        raise AirflowFailException(str(problem)) from None
    return HandedOnResult(**result, **batches.handed_on())


class LoadOperator(Lineage, BaseOperator):
    """Stores the output of `transform` with `MongoHook`, and returns the run's receipt.

    :param result: the return value of `transform`; templated.
    """

    template_fields = ("result",)
    operator_extra_links = RECEIPT_LINKS

    def __init__(self, *, result: Any, **kwargs: Any) -> None:
        super().__init__(outlets=[*COLLECTIONS.values()], **kwargs)
        self.result = result

    @airflow_left_alone()
    def execute(self, context: Context) -> dict[str, Any]:
        """Store the batches, and report the receipt's counts.

        Raises:
            AirflowFailException: what arrives is not what `transform` handed on.
            StorageError: MongoDB rejected a write, or can't be reached.
        """
        # Imported here, because MongoDB's driver is slow to import.
        from include.pipeline.load import load
        from include.pipeline.receipt import counts, counts_by_collection

        result: HandedOnResult = require_handed_on(self.result, _run(context))
        batches: XComBatches[bytes] = _batches(context, "transform", result, decode=str.encode)
        run = context["dag_run"]
        try:
            with jobs_database() as database:
                receipt = load(database, result, batches, run.dag_id, run.run_id)
        except HandoverError as problem:
            raise AirflowFailException(str(problem)) from None
        written = counts_by_collection(receipt)
        attach_counts(written, context)
        record_metrics(run.dag_id, counts(receipt))
        self.written_documents = {name: counted["written"] for name, counted in written.items()}
        self.loaded_search: str = receipt["search"]
        address = receipt_address(run.dag_id, run.run_id, self.loaded_search)
        _log_outcome(counts(receipt), address)
        return receipt


def _log_outcome(counted: Mapping[str, int], address: str) -> None:
    names = {"inserted": "new", "changed": "changed", "unchanged": "unchanged", "gone": "gone"}
    found = ", ".join(f"{counted[name]} {words}" for name, words in names.items())
    log.info("%s. The receipt: %s", found, address)


def _require_receipt(receipt: Mapping[str, Any], context: Context) -> Mapping[str, Any]:
    """Return the receipt that `load` handed on, after checking that it is that of this run."""
    of = f"{require_xcom(receipt)['dag_id']}/{receipt['run_id']}"
    if of != _run(context):
        raise AirflowFailException(f"The receipt is that of {of}. {CLEAR_THE_RUN}")
    return receipt


class CheckOperator(Lineage, BaseOperator):
    """Shows what the quality checks of a run found; it is skipped if the response was suspicious.

    :param receipt: the return value of `load`; templated.
    """

    template_fields = ("receipt",)

    def __init__(self, *, receipt: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.receipt = receipt

    def execute(self, context: Context) -> None:
        """Read the warnings of the receipt.

        Raises:
            AirflowSkipException: the response was suspicious; the message says why.
            AirflowFailException: the receipt is gone, or is that of another run.
        """
        receipt = _require_receipt(self.receipt, context)
        warnings = receipt.get("warnings", [])
        self.read_rows = {receipt["source"]: receipt["rows"]}
        self.failed_checks = [warning["code"] for warning in warnings]
        if warnings:
            reason = " ".join(warning["message"] for warning in warnings)
            push_reason(_instance(context), reason)
            raise AirflowSkipException(reason)
        self.log.info("The receipt is complete: %d rows, nothing suspicious.", receipt["rows"])


def notify(
    receipt: Mapping[str, Any], search: SavedSearch, context: Context
) -> dict[str, str | None]:
    """Send the digest of a search to its recipients.

    Raises:
        AirflowSkipException: the run sends nothing; the message says why.
        AirflowFailException: the receipt was deleted meanwhile, or is of another run.
        DigestFailed: some recipients could not be notified.
        StorageError: MongoDB rejected a write, or can't be reached.
    """
    from include.digest.send import reason_for_silence, send_digest

    _require_receipt(receipt, context)
    with jobs_database() as database:
        if silence := reason_for_silence(database, search, receipt, run_type(context)):
            raise AirflowSkipException(silence)
        return send_digest(database, search, send, datetime.now(UTC), page_url())


def read_quarantine_again(context: Context) -> Outcome:
    """Move rows in `quarantine` that can be read now, and report the counts.

    Raises:
        StorageError: MongoDB rejected a write, or can't be reached.
    """
    from include.pipeline.reprocess import counts_by_collection, reprocess

    with jobs_database() as database:
        outcome = reprocess(database)
    attach_counts(counts_by_collection(outcome), context)
    return outcome
