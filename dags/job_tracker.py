"""
### Which federal jobs are worth applying for today?

Every day this DAG asks the **USAJOBS Search API** for open positions, works out which of them
suit a job-seeker, and keeps those in **MongoDB**.

- `extract` asks for all pages of the search and makes sure that no row is missing. If it fails,
  the answer was incomplete, USAJOBS refused it, or the parameters can't be used: nothing is stored.
- `extract_past_day` takes its place where a backfill fills a past day: it asks the Historic JOA API
  for what was announced on that day, and fails likewise. The one that a run doesn't need skips.
- `transform` reads each row into a position and judges it by hiring path, topic, grade, pay and
  place.
- `load` upserts matches and near misses into `positions`, and writes the run's receipt into
  `runs`. If MongoDB does not take a write, clear the task: it goes on where it stopped.
- `digest` tells those whom the search's file in `searches/` names what is new to them, each thing
  once. It skips itself in backfills and in runs with other parameters.

Rows go from task to task in parts, one XCom each. Rows that can't be read are kept in `quarantine`;
`job_tracker_reprocess` reads them again once the program can.

**Connections** (*Admin → Connections*): `usajobs` of type HTTP, host `https://data.usajobs.gov`,
login = the e-mail address that your API key was registered with, password = the key; `mongo` of
type MongoDB, whose schema names the database.

**To search for something else** trigger the DAG with other parameters, for example:

```json
{"keyword": "data engineering", "location": "Denver, Colorado", "radius_miles": 75,
 "years_of_experience": 8, "minimum_pay": 120000, "hiring_paths": ["public", "vet"]}
```

**To fill past days** use `airflow dags backfill -s 2026-09-01 -e 2026-09-30 job_tracker`.

**What a run did** is in the return value of `load`: positions inserted, changed (which fields),
unchanged, rejected (by reason) and rows that could not be read. Running it again, or clearing any
task, is safe at any time: nothing is stored twice, and old data never overwrites newer.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from airflow.providers.common.compat.sdk import (
    DAG,
    AirflowFailException,
    AirflowSkipException,
    Param,
    get_parsing_context,
    task,
)
from airflow.timetables.interval import CronDataIntervalTimetable
from channels import RunFailed, send
from dag_defaults import TAGS, TASK_DEFAULTS
from job_tracker_page import RECEIPT_LINKS, page_address
from jobs_store import POSITIONS, jobs_database
from usajobs_operators import UsajobsHistoricOperator, UsajobsSearchOperator
from xcom_parts import XComParts, there

from include.saved_searches import SavedSearch, read_saved_searches
from include.searches import read_parameters
from include.sources import HISTORIC, SEARCH
from include.transform import transform as transform_rows
from include.usajobs import historic_api, search_api

SEARCHES = Path(__file__).with_name("searches")
EXTRACTS = {SEARCH: "extract", HISTORIC: "extract_past_day"}


def job_tracker(search: SavedSearch) -> DAG:
    """Return the DAG of a search."""
    run_failed = RunFailed(search)
    with DAG(
        dag_id=search.dag_id,
        description="Keeps the USAJOBS positions that suit a job-seeker in MongoDB",
        doc_md=__doc__,
        # Whole days in UTC, unless the search says otherwise: the run of a day starts when it is
        # over, and a backfill names days.
        schedule=CronDataIntervalTimetable(search.entry.schedule, search.entry.timezone),
        start_date=datetime(2016, 1, 1, tzinfo=UTC),
        catchup=False,
        max_active_runs=4,
        dagrun_timeout=timedelta(hours=6),
        tags=TAGS,
        default_args={**TASK_DEFAULTS, "on_failure_callback": run_failed},
        on_failure_callback=run_failed,
    ) as dag:
        extract = UsajobsSearchOperator(
            task_id=EXTRACTS[SEARCH],
            http_conn_id="usajobs",
            endpoint=search_api.ENDPOINT,
            # Pay, grade and hiring path are left to `transform`, which also sees near misses.
            data={
                "Keyword": "{{ params.keyword }}",
                "LocationName": "{{ params.location }}",
                "Radius": "{{ params.radius_miles }}",
                "ResultsPerPage": search_api.PAGE_SIZE,
                "Fields": "Full",
                # Oldest first: what is published while pages are read goes to the end.
                "SortField": "opendate",
                "SortDirection": "Asc",
            },
        )

        extract_past_day = UsajobsHistoricOperator(
            task_id=EXTRACTS[HISTORIC],
            http_conn_id="usajobs",
            endpoint=historic_api.ENDPOINT,
        )

        @task(trigger_rule="none_failed")
        def transform(open_now: Any, announced: Any, params: Any = None, ti: Any = None) -> Any:
            reading = open_now or announced
            if not reading:
                raise AirflowFailException(
                    "Nothing was extracted: the day of this run has passed. Clear both extract "
                    "tasks."
                )
            rows = XComParts(ti, EXTRACTS[there(reading)["source"]], reading["parts"])
            parts = XComParts(ti, "transform")
            asked = read_parameters(params)
            batch = transform_rows(reading, rows, asked, parts, search.slug_of(asked))
            return {**batch, "parts": parts.count}

        @task(outlets=[POSITIONS])
        def load(batch: Any, dag_run: Any = None, ti: Any = None, outlet_events: Any = None) -> Any:
            # Here, as MongoDB's driver takes long to import.
            from include import storage
            from include.receipts import counts

            parts = XComParts(ti, "transform", there(batch)["parts"])
            with jobs_database() as database:
                receipt = storage.load(database, batch, parts, dag_run.dag_id, dag_run.run_id)
            outlet_events[POSITIONS].extra = counts(receipt)
            return receipt

        @task
        def digest(receipt: Any, dag_run: Any = None) -> Any:
            from include.digest import telling

            with jobs_database() as database:
                silence = telling.reason_for_silence(
                    database, search, there(receipt), dag_run.run_type
                )
                if silence:
                    raise AirflowSkipException(silence)
                return telling.tell(database, search, send, datetime.now(UTC), page_address())

        loaded = load(transform(extract.output, extract_past_day.output))
        loaded.operator.operator_extra_links = RECEIPT_LINKS
        digest(loaded)

    # Last, as each task would take several copies, which is slow where there are many searches.
    dag.params.update({name: Param(**field) for name, field in search.trigger_form().items()})
    return dag


for saved_search in read_saved_searches(SEARCHES).good:
    # A task needs its own DAG only.
    if get_parsing_context().dag_id in (None, saved_search.dag_id):
        job_tracker(saved_search)
