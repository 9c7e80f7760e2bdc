"""
### Which federal jobs are worth applying for today?

Every day this DAG asks the **USAJOBS Search API** for open positions, works out which of them
suit a job-seeker, and keeps those in **MongoDB**.

- `extract` reads all pages of the search and makes sure that no row is missing; for a past day, as
  in a backfill, it reads the announcements of that day from the Historic JOA API. Its rendered
  `endpoint` and its log show which. If it fails, the result was incomplete, USAJOBS refused the
  request, or the parameters are not valid: nothing is stored.
- `transform` judges each position by hiring path, topic, grade, pay, place and the search's wishes.
- `load` upserts matches and near misses into `positions`, and writes the run's receipt into
  `runs`. If MongoDB fails, clear the task: it continues where it stopped.
- `digest` sends the recipients in the search's file in `searches/` what is new to them, each thing
  once. It is skipped in backfills, for past days and in runs with other parameters.
- `check` shows whether the response from USAJOBS was plausible. If it was suspicious, it is skipped
  and its log and note say why: that is a warning, and no failure.

Rows are passed on in batches, one XCom each. Rows that can't be read are kept in `quarantine`;
`job_tracker_reprocess` reads them again once the program can.

**Connections** (*Admin → Connections*): `usajobs` of type HTTP, host `https://data.usajobs.gov`,
login = the e-mail address that your API key was registered with, password = the key; `mongo` of
type MongoDB, whose schema names the database.

**To search for something else**, trigger the DAG with other parameters, for example:

```json
{"keyword": "data engineering", "location": "Denver, Colorado", "radius_miles": 75,
 "years_of_experience": 8, "minimum_pay": 120000, "hiring_paths": ["public", "vet"]}
```

and with wishes, each of which counts only if it is set:

```json
{"appointment": "permanent", "maximum_travel": "Occasional travel", "clearance": "Secret",
 "telework": true, "exclude": ["Department of the Army", "0332", "intern"]}
```

**To fill past days**, use `airflow dags backfill -s 2026-09-01 -e 2026-09-30 job_tracker`, or for a
single one trigger the DAG with that day as its logical date. Without a date, a run reads what is
open now.

**What a run did** is in the return value of `load`: positions inserted, changed (which fields),
unchanged and rejected (by reason), and rows that could not be read. Running it again, or clearing
any task, is always safe: nothing is stored twice, and old data never overwrite newer data.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from airflow.providers.common.compat.sdk import (
    DAG,
    Param,
    XComArg,
    get_current_context,
    get_parsing_context,
    task,
)

from include.airflow.dag_defaults import TAGS, TASK_DEFAULTS, CronDataIntervalTimetable
from include.airflow.notifiers import RunFailed
from include.airflow.operators import (
    CheckOperator,
    LoadOperator,
    UsajobsExtractOperator,
    judge,
    notify,
)
from include.airflow.pings import Signal, ping_callback
from include.pipeline.judged import HandedOnResult
from include.searches.saved_searches import SavedSearch, read_saved_searches
from include.usajobs.extract import HandedOnExtract

SEARCHES = Path(__file__).with_name("searches")


def job_tracker(search: SavedSearch) -> DAG:
    """Return the DAG of a search: extract → transform → load → digest, and check beside it."""
    run_failed = RunFailed(search)
    with DAG(
        dag_id=search.dag_id,
        description="Keeps the USAJOBS positions that suit a job-seeker in MongoDB",
        doc_md=__doc__,
        # Whole days in UTC, unless the search sets another schedule: the run of a day starts when
        # the day is over, and a backfill is given days.
        schedule=CronDataIntervalTimetable(search.schedule.cron, search.schedule.timezone),
        start_date=datetime(2016, 1, 1, tzinfo=UTC),
        catchup=False,
        max_active_runs=4,
        is_paused_upon_creation=search.entry.starts_paused,
        tags=TAGS,
        default_args={**TASK_DEFAULTS, "on_failure_callback": run_failed},
        on_success_callback=ping_callback(search, Signal.SUCCESS),
        on_failure_callback=run_failed,
    ) as dag:
        digest = digest_of(search)
        receipt = load(transform(extract(search)))
        digest(receipt)
        check(receipt)
    # Set last, because each task copies them several times, which is slow with many searches.
    dag.params.update({name: Param(**field) for name, field in search.trigger_form().items()})
    return dag


def extract(search: SavedSearch) -> Any:
    """Read the search's postings from USAJOBS, or those of a past day."""
    return UsajobsExtractOperator(
        task_id="extract",
        http_conn_id="usajobs",
        search=search,
        on_execute_callback=ping_callback(search, Signal.START),
        doc_md=extract.__doc__,
    ).output


@task(multiple_outputs=False)
def transform(extract: HandedOnExtract) -> HandedOnResult:
    """Judge each position by the search's rules, and hand on what to store."""
    return judge(extract, get_current_context())


def load(result: XComArg) -> XComArg:
    """Upsert the positions into MongoDB, and return the receipt."""
    return LoadOperator(task_id="load", result=result, doc_md=load.__doc__).output


def digest_of(search: SavedSearch) -> Callable[..., XComArg]:
    """Return the task that sends the digest."""

    @task(multiple_outputs=False)
    def digest(receipt: dict[str, Any]) -> dict[str, str | None]:
        """Send the search's recipients what is new to them, or skip with a reason."""
        return notify(receipt, search, get_current_context())

    return digest


def check(receipt: XComArg) -> XComArg:
    """Show whether the response was plausible; skipped, with the reason, if it was suspicious."""
    return CheckOperator(task_id="check", receipt=receipt, doc_md=check.__doc__).output


for saved_search in read_saved_searches(SEARCHES).good:
    # A task's process needs only its own DAG.
    if get_parsing_context().dag_id in (None, saved_search.dag_id):
        job_tracker(saved_search)
