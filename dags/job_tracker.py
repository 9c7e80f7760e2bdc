"""
### Which federal jobs are worth applying for today?

Every day this DAG asks the **USAJOBS Search API** for open positions, works out which of them
suit a job-seeker, and keeps those in **MongoDB**.

- `choose_source` takes the Search API for what is open now, and the Historic JOA API for a past
  day, which a backfill fills.
- `extract` asks for all pages of the search and makes sure that no row is missing. If it fails,
  the answer was incomplete, USAJOBS refused it, or the parameters can't be used: nothing is stored.
- `extract_past_day` asks for what was announced on the day of the run's data interval, and fails
  likewise.
- `transform` reads each row into a position and judges it by hiring path, topic, grade, pay and
  place.
- `load` upserts matches and near misses into `positions`, and writes the run's receipt into
  `runs`. If MongoDB does not take a write, clear the task: it goes on where it stopped.

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
from typing import Any

from airflow.providers.common.compat.sdk import Asset, Param, dag, task
from airflow.providers.mongo.hooks.mongo import MongoHook
from airflow.timetables.interval import CronDataIntervalTimetable
from job_tracker_page import RECEIPT_LINKS
from usajobs_operators import UsajobsHistoricOperator, UsajobsSearchOperator

from include import storage
from include.documents import DATABASE
from include.receipts import counts
from include.searches import read_parameters, trigger_form
from include.sources import lies_in_the_past
from include.transform import transform as transform_answer
from include.usajobs import historic_api, search_api

# Airflow 2.11 knows an asset by its URI only.
POSITIONS = Asset("job-tracker://mongo/positions")


@dag(
    dag_id="job_tracker",
    description="Keeps the USAJOBS positions that suit a job-seeker in MongoDB",
    doc_md=__doc__,
    # Whole days in UTC: the run of a day starts when it is over, and a backfill names days.
    schedule=CronDataIntervalTimetable("@daily", timezone="UTC"),
    start_date=datetime(2016, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=4,
    dagrun_timeout=timedelta(hours=6),
    params={name: Param(**field) for name, field in trigger_form().items()},
    tags=["jobs", "usajobs", "mongodb"],
    default_args={
        "owner": "job-tracker",
        "retries": 3,
        "retry_delay": timedelta(minutes=2),
        "retry_exponential_backoff": True,
        "max_retry_delay": timedelta(minutes=30),
        "execution_timeout": timedelta(hours=1),
        # The values that tasks hand on are long; they can be looked at as XComs.
        "show_return_value_in_logs": False,
    },
)
def job_tracker() -> None:
    """Chain the tasks."""

    @task.branch
    def choose_source(
        dag_run: Any = None, data_interval_start: Any = None, data_interval_end: Any = None
    ) -> str:
        interval = data_interval_start, data_interval_end
        past = lies_in_the_past(dag_run.run_type, *interval, datetime.now(UTC))
        return "extract_past_day" if past else "extract"

    extract = UsajobsSearchOperator(
        task_id="extract",
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
        task_id="extract_past_day",
        http_conn_id="usajobs",
        endpoint=historic_api.ENDPOINT,
        day="{{ data_interval_start | ds }}",
    )

    @task(trigger_rule="none_failed_min_one_success")
    def transform(open_now: Any, announced: Any, params: Any = None) -> Any:
        return transform_answer(open_now or announced, read_parameters(params))

    @task(outlets=[POSITIONS])
    def load(batch: Any, dag_run: Any = None, outlet_events: Any = None) -> Any:
        with MongoHook(mongo_conn_id="mongo") as mongo:
            database = mongo.get_conn()[mongo.connection.schema or DATABASE]
            receipt = storage.load(database, batch, dag_run.dag_id, dag_run.run_id)
        outlet_events[POSITIONS].extra = counts(receipt)
        return receipt

    choose_source() >> [extract, extract_past_day]
    loaded = load(transform(extract.output, extract_past_day.output))
    loaded.operator.operator_extra_links = RECEIPT_LINKS


job_tracker()
