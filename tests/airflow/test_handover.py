"""What `transform` and `load` make of an earlier task's output that is not what it was."""

from __future__ import annotations

import json
import logging
from collections import defaultdict
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException
from pymongo.database import Database

from include.airflow.operators import LoadOperator, judge, notify
from include.airflow.xcom import XComBatches
from include.searches.parameters import SearchParameters
from include.searches.saved_searches import SavedSearch
from include.store.upserts import StorageError
from tests.support.chain import extracted
from tests.support.rows import answer, row

DENVER = SearchParameters(location="Denver, Colorado", radius_miles=75)


class Run:
    """A run of three pages of three rows each, with its XComs in memory."""

    def __init__(self, run_id: str = "monday") -> None:
        self.pushed: dict[tuple[str, str], Any] = {}
        self.task_id = ""
        self.context: Any = {
            "ti": self,
            "dag_run": SimpleNamespace(dag_id="job_tracker", run_id=run_id, run_type="manual"),
            "outlet_events": defaultdict(SimpleNamespace),
            # Whoever edits the search's file during the run changes these.
            "params": DENVER.model_dump(),
        }

    def xcom_push(self, key: str, value: Any) -> None:
        self.pushed[self.task_id, key] = value

    def xcom_pull(self, task_ids: str, *, key: str) -> Any:
        return self.pushed.get((task_ids, key))

    def extract(self) -> Any:
        self.task_id = "extract"
        identity = "job_tracker/" + self.context["dag_run"].run_id
        batches: XComBatches[Any] = XComBatches(self, "extract", identity)
        for first in (1, 4, 7):
            rows = [row(str(number)) for number in range(first, first + 3)]
            batches.append(extracted(rows, "search")[0])
        whole = answer() | {"rows": 9, "api_total": 9, "drift": [], "anomalous_rows": 0}
        search = SearchParameters()
        parameters = search.model_dump()
        return {**whole, **batches.handed_on(), "search": search.slug, "parameters": parameters}

    def transform(self, extract: Any) -> Any:
        self.task_id = "transform"
        return judge(extract, self.context)

    def load(self, result: Any) -> Any:
        return LoadOperator(task_id="load", result=result).execute(self.context)


def batch_of(run: Run, task_id: str, number: int) -> list[Any] | dict[str, Any]:
    content: list[Any] | dict[str, Any] = json.loads(run.pushed[task_id, f"batch_{number}"]["json"])
    return content


@pytest.mark.usefixtures("connection")
def test_a_run_is_about_the_search_that_was_asked_for_whatever_its_file_says_now(
    database: Database[dict[str, Any]],
) -> None:
    run = Run()
    receipt = run.load(run.transform(run.extract()))
    assert (receipt["search"], receipt["state"]) == (SearchParameters().slug, "complete")
    assert receipt["parameters"] == SearchParameters().model_dump()
    assert len(receipt["matches"]) == database.positions.count_documents({}) == 9


@pytest.mark.usefixtures("connection", "database")
def test_the_log_of_load_says_what_is_new_and_where_the_receipt_is(
    caplog: pytest.LogCaptureFixture,
) -> None:
    said = []
    for run in (Run(), Run("tuesday")):
        with caplog.at_level(logging.INFO):
            run.load(run.transform(run.extract()))
        said.append(caplog.messages[-1])
    assert said[0].startswith("9 new, 0 changed, 0 unchanged, 0 gone. The receipt: ")
    assert said[1].startswith("0 new, 0 changed, 9 unchanged, 0 gone. The receipt: ")
    assert said[1].endswith("job_tracker/tuesday")


def cut(run: Run, task_id: str) -> None:
    """Take a row away from the second batch."""
    content = batch_of(run, task_id, 2)
    (content if isinstance(content, list) else content["kept"]).pop()
    run.pushed[task_id, "batch_2"] |= {"json": json.dumps(content)}


def swap(run: Run, task_id: str) -> None:
    first, second = (task_id, "batch_1"), (task_id, "batch_2")
    run.pushed[first], run.pushed[second] = run.pushed[second], run.pushed[first]


def repeat(run: Run, task_id: str) -> None:
    run.pushed[task_id, "batch_3"] = run.pushed[task_id, "batch_1"]


def lose(run: Run, task_id: str) -> None:
    del run.pushed[task_id, "batch_3"]


def take_from_another_run(run: Run, task_id: str) -> None:
    other = Run("tuesday")
    other.transform(other.extract())
    run.pushed[task_id, "batch_1"] = other.pushed[task_id, "batch_1"]


@pytest.mark.parametrize("tamper", [cut, swap, repeat, lose, take_from_another_run])
@pytest.mark.parametrize("task_id", ["extract", "transform"])
@pytest.mark.usefixtures("connection")
def test_a_run_whose_batches_are_not_those_handed_on_stores_nothing(
    database: Database[dict[str, Any]], tamper: Callable[[Run, str], None], task_id: str
) -> None:
    run = Run()
    handed_on = run.extract()
    if task_id == "transform":
        handed_on = run.transform(handed_on)
    tamper(run, task_id)
    with pytest.raises(AirflowFailException, match="Clear the whole run"):
        run.transform(handed_on) if task_id == "extract" else run.load(handed_on)
    assert database.positions.count_documents({}) == database.runs.count_documents({}) == 0


@pytest.mark.usefixtures("connection")
def test_a_batch_that_is_replaced_before_load_is_cleared_is_not_stored(
    database: Database[dict[str, Any]],
) -> None:
    run = Run()
    result = run.transform(run.extract())
    run.load(result)
    database.positions.delete_many({})
    take_from_another_run(run, "transform")
    with pytest.raises(AirflowFailException, match="Clear the whole run"):
        run.load(result)
    assert database.positions.count_documents({}) == 0


@pytest.mark.parametrize(
    "change",
    [{"rows": 8}, {"rows": 10}, {"api_total": 11}, {"api_total": 8}, {"outside": {"place": ["1"]}}],
)
def test_rows_that_are_not_as_many_as_were_read_or_counted_fail_the_run(
    change: dict[str, Any],
) -> None:
    run = Run()
    with pytest.raises(AirflowFailException, match="clear the whole run"):
        run.transform({**run.extract(), **change})


@pytest.mark.usefixtures("connection")
def test_a_total_that_is_barely_missed_is_a_warning() -> None:
    run = Run()
    receipt = run.load(run.transform({**run.extract(), "api_total": 10}))
    assert receipt["state"] == "warning"
    assert [warning["code"] for warning in receipt["warnings"]] == ["short"]


@pytest.mark.parametrize("change", [{"matches": []}, {"near_misses": ["99"]}])
@pytest.mark.usefixtures("connection")
def test_positions_that_are_not_those_that_were_judged_fail_the_run(
    database: Database[dict[str, Any]], change: dict[str, Any]
) -> None:
    run = Run()
    with pytest.raises(AirflowFailException, match=r"9 positions arrived: not the \d+ that"):
        run.load({**run.transform(run.extract()), **change})
    assert database.runs.count_documents({}) == 0


@pytest.mark.usefixtures("connection")
def test_a_server_that_acknowledges_what_it_does_not_store_is_found_out(
    database: Database[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run()
    monkeypatch.setattr("include.pipeline.observations.write_positions", lambda *_: None)
    with pytest.raises(StorageError, match="Of 9 positions only 0 are stored"):
        run.load(run.transform(run.extract()))
    (receipt,) = database.runs.find()
    assert receipt["state"] == "writing"


@pytest.mark.usefixtures("connection")
def test_the_output_of_another_run_fails_each_task() -> None:
    run, other = Run(), Run("tuesday")
    extract = other.extract()
    result = other.transform(extract)
    receipt = other.load(result)
    with pytest.raises(AirflowFailException, match="job_tracker/tuesday"):
        run.transform(extract)
    with pytest.raises(AirflowFailException, match="job_tracker/tuesday"):
        run.load(result)
    with pytest.raises(AirflowFailException, match="job_tracker/tuesday"):
        notify(receipt, SavedSearch(), run.context)
