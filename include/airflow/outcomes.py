"""The task of the DAG that reads what became of positions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import AirflowFailException, AirflowSkipException

from include.airflow.assets import attach_counts
from include.airflow.mongo import jobs_database
from include.airflow.notifiers import RunFailed
from include.airflow.usajobs_hook import UsajobsHook
from include.searches.saved_searches import DEFAULT, SavedSearch, read_saved_searches
from include.usajobs.client import REQUEST_OPTIONS, InvalidConnectionError
from include.usajobs.historic_api import NoKey

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context
    from requests import Response

    from include.pipeline.outcomes import Outcomes

CONNECTION = "usajobs"


def read_outcomes(context: Context) -> Outcomes:
    """Read what became of the positions that somebody follows, and report the counts.

    Raises:
        AirflowSkipException: USAJOBS did not answer; the next run asks again.
        AirflowFailException: it has not answered for days.
        NoAnswer: it did not answer this time, but there is another attempt, which may help.
        StorageError: MongoDB rejected a write, or can't be reached.
    """
    # Imported here, because MongoDB's driver is slow to import.
    from include.pipeline import outcomes

    try:
        with jobs_database() as database:
            read = outcomes.read_outcomes(database, _fetch, connection=CONNECTION)
    except outcomes.NoAnswer as problem:
        if problem.may_pass and _has_another_attempt(context):
            raise
        if problem.is_lasting:
            raise AirflowFailException(str(problem)) from None
        raise AirflowSkipException(str(problem)) from None
    attach_counts(outcomes.counts_by_collection(read), context)
    return read


def _has_another_attempt(context: Context) -> bool:
    instance: Any = context["ti"]
    return bool(instance.try_number <= instance.max_tries)


def _fetch(endpoint: str, query: Mapping[str, str]) -> Response:
    """Send one request over the connection, without its key: the API is public."""
    hook = UsajobsHook(method="GET", http_conn_id=CONNECTION, auth_type=NoKey)
    try:
        response: Response = hook.run(endpoint, dict(query), None, REQUEST_OPTIONS)
    except InvalidConnectionError as error:
        raise error.of(CONNECTION) from None
    return response


def outcomes_failed(folder: Path) -> RunFailed:
    """Return the callback that notifies the recipients of the default search of a failure.

    Its monitoring service is not pinged: that waits for the search's own runs.
    """
    saved = {search.name: search for search in read_saved_searches(folder).good}
    search = saved.get(DEFAULT, SavedSearch())
    return RunFailed(replace(search, entry=search.entry.model_copy(update={"ping": None})))
