"""What the DAG is made of, and the rules that every DAG of the project keeps."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from inspect import signature
from pathlib import Path
from typing import Any, get_type_hints

import pendulum
import pytest
from airflow.models import DagRun
from airflow.providers.http.operators.http import HttpOperator
from airflow.utils.state import DagRunState

from include.local.airflow_settings import airflow_command
from include.local.settings import PROJECT
from include.searches.parameters import SearchParameters
from tests.support.airflow_home import AIRFLOW_LINE, load_dags, serialize_dags

try:
    from airflow.serialization.serialized_objects import DagSerialization
except ImportError:  # Airflow 2
    from airflow.serialization.serialized_objects import SerializedDAG as DagSerialization


@pytest.fixture(scope="module")
def bag(airflow_database: None) -> Any:
    return load_dags()


def test_every_file_loads_and_holds_a_dag(bag: Any) -> None:
    assert bag.import_errors == {}
    assert set(bag.dags) == {
        "job_tracker",
        "job_tracker_outcomes",
        "job_tracker_reprocess",
        "job_tracker_retention",
    }


def test_the_chain_is_extract_transform_load_digest_with_check_beside_the_last(dag: Any) -> None:
    assert {task.task_id: sorted(task.downstream_task_ids) for task in dag.tasks} == {
        "extract": ["transform"],
        "transform": ["load"],
        "load": ["check", "digest"],
        "digest": [],
        "check": [],
    }


READ = """
import runpy, sys
from airflow.providers.common.compat.sdk import DAG
runpy.run_path(sys.argv[1])
print(*(name for name in sys.argv[2:] if name in sys.modules))
"""


def test_what_takes_long_to_import_waits_until_a_task_needs_it(airflow_database: None) -> None:
    needed_later = ["pymongo", "apprise", "icalendar", "fastapi", "include.matching.context"]
    command = [sys.executable, "-c", READ, PROJECT / "dags" / "job_tracker.py", *needed_later]
    found = subprocess.run([*map(str, command)], capture_output=True, text=True, check=True)
    assert found.stdout.splitlines()[-1] == ""


@pytest.fixture
def dags_folder(tmp_path: Path) -> Path:
    """A copy of the DAG files, for searches of a test's own."""
    folder = tmp_path / "dags"
    shutil.copytree(PROJECT / "dags", folder)
    return folder


def test_each_saved_search_is_a_dag_of_its_own(airflow_database: None, dags_folder: Path) -> None:
    (dags_folder / "searches" / "denver.toml").write_text(
        'location = "Denver, Colorado"\nschedule = "0 7 * * 1-5"\ntimezone = "America/Denver"\n'
        "starts_paused = true"
    )
    bag = load_dags(dags_folder)
    assert bag.import_errors == {}
    ours, denver = bag.dags["job_tracker"], bag.dags["job_tracker_denver"]
    # None leaves it to Airflow's settings.
    assert [each.is_paused_upon_creation for each in (ours, denver)] == [None, True]
    assert dict(denver.params) == dict(SearchParameters(location="Denver, Colorado"))
    assert dict(ours.params) == dict(SearchParameters())
    friday, monday = datetime(2026, 11, 20, 14, tzinfo=UTC), datetime(2026, 11, 23, 14, tzinfo=UTC)
    timetable = _as_scheduled(denver).timetable
    assert timetable.summary == "0 7 * * 1-5"
    interval = timetable.infer_manual_data_interval(run_after=monday)
    # Seven o'clock there.
    assert (interval.start, interval.end) == (friday, monday)


def test_a_bad_search_breaks_only_its_own_dag_and_names_its_line(
    airflow_database: None, dags_folder: Path
) -> None:
    (dags_folder / "searches" / "denver.toml").write_text('location = "Denver, Colorado"')
    (dags_folder / "searches" / "bad.toml").write_text("# Far\nradius_miles = 900")
    bag = load_dags(dags_folder)
    assert {"job_tracker", "job_tracker_denver"} <= set(bag.dags)
    assert "job_tracker_bad" not in bag.dags
    ((file, error),) = bag.import_errors.items()
    # An import error stops all DAGs of its file: this one has none.
    assert Path(file).name == "job_tracker_searches.py"
    assert not [dag for dag in bag.dags.values() if dag.fileloc.endswith(Path(file).name)]
    assert "searches/bad.toml, line 2: radius_miles = 900" in error


def test_what_asks_usajobs_is_an_http_operator_on_its_connection(dag: Any) -> None:
    extract = dag.get_task("extract")
    assert isinstance(extract, HttpOperator)
    assert (extract.http_conn_id, extract.method) == ("usajobs", "GET")


def test_the_query_uses_the_names_that_usajobs_knows(dag: Any) -> None:
    # An unknown or misspelt parameter is silently ignored by the API.
    assert set(dag.get_task("extract").data) <= {
        *("Keyword", "PositionTitle", "LocationName", "Radius", "RemunerationMinimumAmount"),
        *("RemunerationMaximumAmount", "PayGradeLow", "PayGradeHigh", "JobGradeCode"),
        *("JobCategoryCode", "HiringPath", "WhoMayApply", "DatePosted", "RemoteIndicator"),
        *("SortField", "SortDirection", "Page", "ResultsPerPage", "Fields"),
    }


def test_the_parameters_are_the_searchs_with_its_defaults(dag: Any) -> None:
    assert dict(dag.params) == dict(SearchParameters())


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("keyword", ""),
        ("location", "Chicago\n"),
        ("radius_miles", 0),
        ("radius_miles", "far"),
        ("years_of_experience", 51),
        ("minimum_pay", -1),
        ("hiring_paths", ["everybody"]),
        ("hiring_paths", []),
        ("appointment", "term"),
        ("clearance", "Other"),
        ("telework", "yes"),
        ("exclude", ["x" * 101]),
    ],
)
def test_a_bad_value_is_refused_before_anything_runs(dag: Any, name: str, bad: object) -> None:
    params = dag.params.deep_merge({}) if hasattr(dag.params, "deep_merge") else dag.params
    fresh = type(params)({key: params.get_param(key) for key in params})
    fresh.validate()
    with pytest.raises(Exception, match="Invalid input for param"):
        fresh[name] = bad


def test_the_command_line_refuses_a_bad_value(airflow_database: None) -> None:
    serialize_dags()
    refused = subprocess.run(
        airflow_command("dags", "trigger", "job_tracker", "--conf", '{"radius_miles": 0}'),
        capture_output=True,
        text=True,
    )
    assert refused.returncode != 0
    assert "radius_miles" in refused.stdout + refused.stderr
    assert DagRun.find(dag_id="job_tracker", state=DagRunState.QUEUED) == []


def test_it_runs_in_the_morning_of_its_place_over_one_day_without_catching_up(dag: Any) -> None:
    interval = _as_scheduled(dag).timetable.infer_manual_data_interval(
        run_after=pendulum.datetime(2026, 11, 23, 14)
    )
    assert interval.start == datetime(2026, 11, 22, 12, tzinfo=UTC)
    assert interval.end - interval.start == timedelta(days=1)
    assert dag.catchup is False


def _as_scheduled(dag: Any) -> Any:
    """Return a DAG as the scheduler has it."""
    return DagSerialization.from_dict(DagSerialization.to_dict(dag))


TAGS = {"jobs", "usajobs", "mongodb"}


def test_every_dag_is_owned_tagged_described_and_bounded(bag: Any) -> None:
    for dag in bag.dags.values():
        assert dag.tags
        assert set(dag.tags) <= TAGS
        assert dag.doc_md
        assert dag.description
        assert dag.max_active_runs
        # It would end a run of `airflow dags test` for a past day before it begins.
        assert dag.dagrun_timeout is None
        for task in dag.tasks:
            assert task.owner == "job-tracker"
            assert task.retries >= 1
            assert task.execution_timeout
            # Only Python tasks would log what they return.
            assert getattr(task, "show_return_value_in_logs", False) is False


def test_every_task_says_what_it_does(bag: Any) -> None:
    undocumented = [
        f"{dag.dag_id}.{task.task_id}"
        for dag in bag.dags.values()
        for task in dag.tasks
        if not task.doc_md
    ]
    assert undocumented == []


def test_every_python_task_says_what_it_takes_and_returns(bag: Any) -> None:
    untyped = [
        f"{dag.dag_id}.{task.task_id}: {name}"
        for dag in bag.dags.values()
        for task in dag.tasks
        for name in _untyped(getattr(task, "python_callable", None))
    ]
    assert untyped == []


def _untyped(function: Callable[..., Any] | None) -> list[str]:
    """Return which parameters of a function, or its return value, have no type, or any."""
    if function is None:
        return []
    types = get_type_hints(function)
    return [
        name for name in (*signature(function).parameters, "return") if types.get(name, Any) is Any
    ]


def test_the_documentation_names_every_task_connection_and_collection(dag: Any) -> None:
    for name in (*dag.task_ids, "usajobs", "mongo", "positions", "runs"):
        assert f"`{name}`" in dag.doc_md
    for name in SearchParameters.model_fields:
        assert f'"{name}"' in dag.doc_md


def test_the_tasks_name_what_they_read_and_the_assets_that_other_dags_can_wait_for(
    dag: Any,
) -> None:
    assert {asset.uri for asset in dag.get_task("extract").inlets} == {
        "job-tracker://usajobs/search",
        "job-tracker://usajobs/historicjoa",
    }
    assert {asset.uri for asset in dag.get_task("load").outlets} == {
        "job-tracker://mongo/positions",
        "job-tracker://mongo/position_versions",
        "job-tracker://mongo/quarantine",
        "job-tracker://mongo/runs",
    }


def test_load_leads_to_its_receipt_on_the_page_which_airflow_2_has_not(dag: Any) -> None:
    links = [link.name for task in dag.tasks for link in task.operator_extra_links]
    assert links == ([] if AIRFLOW_LINE.startswith("2.") else ["Job Tracker"])


def test_parsing_touches_no_network_and_gives_the_same_dag_twice(
    monkeypatch: pytest.MonkeyPatch, airflow_database: None
) -> None:
    def refuse(*args: object) -> None:
        raise AssertionError("the DAG file asked the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    once, twice = (_serialized(load_dags().dags["job_tracker"]) for _ in range(2))
    assert once == twice


def _serialized(dag: Any) -> str:
    return json.dumps(DagSerialization.to_dict(dag), sort_keys=True, default=str)


def test_of_include_only_the_room_airflow_imports_airflow() -> None:
    modules = [
        ".".join(path.relative_to(PROJECT).with_suffix("").parts)
        for path in (PROJECT / "include").rglob("*.py")
        if path.name != "__main__.py" and path.parent != PROJECT / "include" / "airflow"
    ]
    script = f"""
import importlib, sys
for module in {modules!r}:
    importlib.import_module(module)
print([name for name in sys.modules if name.partition(".")[0] == "airflow"])
"""
    found = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=PROJECT
    )
    assert found.stdout.strip() == "[]", found.stderr
