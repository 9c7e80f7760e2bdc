"""The DAGs that benchmarks run beside this project's do what they are compared for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pymongo.database import Database

from benchmarks import dag as benchmark
from benchmarks import peers, plain_dag
from benchmarks.rows import heavy_rows
from benchmarks.static_server import served_pages
from include.jobs import limits
from tests.support.airflow_home import load_dags


def test_the_plain_dag_stores_the_rows_of_all_pages(
    database: Database[dict[str, Any]], connections: Any, tmp_path: Path
) -> None:
    rows = heavy_rows(limits.PAGE_SIZE_ROWS + 1, [(1, 1)])
    extract, transform, load = (
        load_dags(peers.PLAIN_DAG).dags["plain_dag"].get_task(name)
        for name in ("extract", "transform", "load")
    )
    with served_pages(tmp_path / "pages", rows) as (url, pages):
        assert pages == 2
        connections(url)
        load.python_callable(transform.python_callable(extract.execute({})))
    assert database.positions.count_documents({}) == len(rows)
    stored = database.positions.find_one({"_id": rows[0]["MatchedObjectId"]}) or {}
    posting = rows[0]["MatchedObjectDescriptor"]
    assert {name: stored[name] for name in peers.FIELDS} == {
        name: posting[name] for name in peers.FIELDS
    }


def test_the_plain_dag_asks_for_pages_of_the_same_size() -> None:
    assert plain_dag.PAGE_SIZE == limits.PAGE_SIZE_ROWS


def test_the_empty_dag_has_as_many_tasks_in_a_row(tmp_path: Path) -> None:
    file = benchmark._empty_dag(tmp_path, benchmark.EMPTY_TASKS)
    found = load_dags(tmp_path)
    assert found.import_errors == {}
    tasks = found.dags[file.stem].tasks
    assert [len(task.downstream_task_ids) for task in tasks] == [1, 1, 0]
