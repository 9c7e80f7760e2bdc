"""The whole chain: Airflow runs it against a real MongoDB and an HTTP server that behaves like
USAJOBS, or misbehaves.
"""

from __future__ import annotations

import gzip
import json
import re
import subprocess
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pymongo.database import Database

from include.local.airflow_settings import airflow_command
from include.sample_api.faults import Fault
from include.sample_api.running import running
from include.sample_api.server import create_app
from tests.dags.conftest import HOME, KEY
from tests.rows import row

MongoDatabase = Database[dict[str, Any]]
Run = Callable[..., str]

THIRTY_SIX = [row(str(900_000_000 + number)) for number in range(36)]


def receipts(database: MongoDatabase) -> list[dict[str, Any]]:
    return list(database.runs.find().sort("observed_at"))


def test_a_run_stores_what_it_found_and_a_second_one_finds_it_unchanged(
    database: MongoDatabase, connections: Any, run: Run
) -> None:
    with running(create_app(rows=THIRTY_SIX)) as url:
        connections(url)
        assert run() == "success"
        assert run() == "success"
    first, second = receipts(database)
    assert first["state"] == second["state"] == "complete"
    assert (first["api_total"], len(first["inserted"])) == (36, 36)
    assert (len(second["unchanged"]), second["inserted"], second["changed"]) == (36, [], [])
    for stored in database.positions.find():
        assert stored["PositionTitle"] == "Data Engineer"
        assert stored["PositionURI"] == f"https://www.usajobs.gov/job/{stored['_id']}"
        assert stored["PositionLocation"]
        assert stored["PositionRemuneration"]


def test_the_sample_api_has_matches_and_changes_from_day_to_day(
    database: MongoDatabase, connections: Any, run: Run
) -> None:
    for day in ("2026-11-23", "2026-11-27"):
        with running(create_app(today=date.fromisoformat(day))) as url:
            connections(url)
            assert run() == "success"
    first, second = receipts(database)
    assert len(first["matches"]) >= 5
    assert second["inserted"]
    assert second["unchanged"]
    assert first["rejected"]


def test_the_parameters_of_the_run_are_what_is_asked_for_and_judged_by(
    database: MongoDatabase, connections: Any, run: Run
) -> None:
    app = create_app(rows=THIRTY_SIX)
    with running(app) as url:
        connections(url)
        assert run(keyword="data", radius_miles=75, minimum_pay=130_000) == "success"
    (receipt,) = receipts(database)
    assert receipt["search"] == "data-chicago-illinois-75"
    assert receipt["matches"] == []
    assert len(receipt["near_misses"]) == 36
    (seen,) = app.requests
    assert dict(seen.query) == {
        "Keyword": "data",
        "LocationName": "Chicago, Illinois",
        "Radius": "75",
        "ResultsPerPage": "250",
        "Fields": "Full",
        "SortField": "opendate",
        "SortDirection": "Asc",
        "Page": "1",
    }


def test_a_parameter_that_does_not_exist_fails_the_run_before_anything_is_asked(
    connections: Any, run: Run
) -> None:
    app = create_app(rows=THIRTY_SIX)
    with running(app) as url:
        connections(url)
        assert run(radius=75) == "failed"
    assert not app.requests


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch, dag: Any) -> None:
    """Let 36 rows take two pages, as they did when they were recorded."""
    monkeypatch.setitem(dag.get_task("extract").data, "ResultsPerPage", 25)


FAULTS = {
    "503": Fault(kind="unavailable", page=2, times=2),
    "429": Fault(kind="rate_limited", page=2, times=2, retry_after=1),
    "HTML": Fault(kind="html", page=2, times=2),
    "empty body": Fault(kind="empty_body", page=2, times=2),
    "broken JSON": Fault(kind="broken_json", page=2, times=2),
    "reset": Fault(kind="reset", page=2, times=2),
    "cut off": Fault(kind="cut_off", page=2, times=2),
    "empty list": Fault(kind="empty_page", page=2, times=2),
    "short page": Fault(kind="short_page", page=1, times=1),
    "moving total": Fault(kind="moving_total", page=1, times=1),
    "repeated rows": Fault(kind="duplicate_rows", page=2, times=1),
    "shifted rows": Fault(kind="shifted_rows", page=2, times=1),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=list(FAULTS))
@pytest.mark.usefixtures("small_pages")
def test_a_fault_that_passes_is_survived_and_the_answer_is_complete(
    database: MongoDatabase, connections: Any, run: Run, fault: Fault
) -> None:
    app = create_app(rows=THIRTY_SIX)
    app.faults.tell(fault)
    with running(app) as url:
        connections(url)
        assert run() == "success"
    (receipt,) = receipts(database)
    assert (receipt["api_total"], len(receipt["inserted"])) == (36, 36)


LASTING = {
    **{name: "Page 2" for name in ("503", "429", "HTML", "empty body", "broken JSON", "reset")},
    "cut off": "Page 2",
    "empty list": "page 2 0",
    "short page": "page 1 24",
}


@pytest.mark.parametrize("name", LASTING)
@pytest.mark.usefixtures("small_pages")
def test_a_fault_that_lasts_fails_the_run_naming_the_page_and_stores_nothing(
    database: MongoDatabase,
    connections: Any,
    run: Run,
    name: str,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    app = create_app(rows=THIRTY_SIX)
    app.faults.tell(FAULTS[name].model_copy(update={"times": None}))
    with running(app) as url:
        connections(url)
        assert run() != "success"
    assert database.list_collection_names() == []
    written = "".join(capfd.readouterr()) + caplog.text
    assert re.search(LASTING[name], written)


@pytest.mark.parametrize("changes", [{"password": "wrong"}, {"login": "nobody"}])
def test_wrong_credentials_fail_at_once_naming_the_connection(
    connections: Any,
    run: Run,
    changes: dict[str, str],
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    app = create_app(rows=THIRTY_SIX, key=KEY)
    with running(app) as url:
        connections(url, **changes)
        assert run() == "failed"
    assert len(app.requests) == 1
    assert "connection `usajobs`" in "".join(capfd.readouterr()) + caplog.text


def test_a_redirect_is_not_followed(connections: Any, run: Run) -> None:
    elsewhere = create_app(rows=THIRTY_SIX)
    app = create_app(rows=THIRTY_SIX)
    with running(elsewhere) as other, running(app) as url:
        app.faults.tell(Fault(kind="redirect", location=f"{other}/api/Search", times=None))
        connections(url)
        assert run() == "failed"
    assert not elsewhere.requests


def test_no_hits_are_a_successful_run_that_loads_nothing(
    database: MongoDatabase, connections: Any, run: Run
) -> None:
    with running(create_app(rows=[])) as url:
        connections(url)
        assert run() == "success"
    (receipt,) = receipts(database)
    assert (receipt["rows"], receipt["inserted"]) == (0, [])
    assert database.positions.count_documents({}) == 0


def test_an_unreadable_row_is_quarantined_and_the_others_load(
    database: MongoDatabase, connections: Any, run: Run
) -> None:
    app = create_app(rows=THIRTY_SIX)
    app.faults.tell(Fault(kind="bad_row"))
    with running(app) as url:
        connections(url)
        assert run() == "success"
    (receipt,) = receipts(database)
    assert (len(receipt["inserted"]), len(receipt["quarantined"])) == (35, 1)
    assert database.quarantine.count_documents({}) == 1


def airflow_dags_test() -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        airflow_command("dags", "test", "job_tracker"),
        capture_output=True,
        text=True,
        timeout=300,
    )


def everything_under(folder: Path) -> bytes:
    found = b""
    for path in folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            found += gzip.decompress(content) if path.suffix == ".gz" else content
    return found


def test_the_key_is_found_nowhere_after_a_failing_and_a_passing_run(
    database: MongoDatabase, connections: Any, airflow_database: None
) -> None:
    app = create_app(rows=THIRTY_SIX, key=KEY)
    with running(app) as url:
        connections(url)
        app.faults.tell(Fault(kind="unavailable", status=401))
        failing = airflow_dags_test()
        passing = airflow_dags_test()
    assert (failing.returncode != 0, passing.returncode) == (True, 0), passing.stderr[-3000:]
    (receipt,) = receipts(database)
    assert receipt["state"] == "complete"
    stored = json.dumps([list(database[name].find()) for name in database.list_collection_names()],
                        default=str)  # fmt: skip
    places = {
        "terminal": (failing.stdout + failing.stderr + passing.stdout + passing.stderr).encode(),
        "files of Airflow": everything_under(HOME),
        "MongoDB": stored.encode(),
    }
    assert "900000001" in stored
    assert b"job_tracker" in places["files of Airflow"]
    for name, content in places.items():
        assert KEY.encode() not in content, name


def test_large_values_are_kept_as_files_and_not_logged(
    database: MongoDatabase, connections: Any, airflow_database: None
) -> None:
    with running(create_app(rows=THIRTY_SIX)) as url:
        connections(url)
        passing = airflow_dags_test()
    assert passing.returncode == 0
    assert "Designs and runs data pipelines" not in passing.stdout + passing.stderr
    assert b"Designs and runs data pipelines" in everything_under(HOME / ".local" / "xcom")
