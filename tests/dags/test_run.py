"""The whole chain: Airflow runs it against a real MongoDB and an HTTP server that behaves like
USAJOBS, or misbehaves.
"""

from __future__ import annotations

import gzip
import json
import math
import re
import subprocess
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from pymongo.database import Database

from include.jobs.codes import DATA_SERIES
from include.local.airflow_settings import airflow_command
from include.pipeline.receipt import counts
from include.sample_api.faults import Fault
from include.sample_api.running import running
from include.sample_api.server import create_app
from tests.dags.conftest import KEY
from tests.support.airflow_home import HOME
from tests.support.rows import row

MongoDatabase = Database[dict[str, Any]]
Run = Callable[..., str]

THIRTY_SIX = [row(str(900_000_000 + number)) for number in range(36)]


def receipts(database: MongoDatabase) -> list[dict[str, Any]]:
    # A past day is observed at the same time however often it is read.
    return list(database.runs.find().sort(["observed_at", "read_at"]))


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
        asked = {"keyword": "data", "location": "chicago, il", "radius_miles": 75}
        assert run(**asked, minimum_pay=130_000) == "success"
    (receipt,) = receipts(database)
    assert receipt["search"] == "data-chicago-illinois-75"
    assert receipt["parameters"]["location"] == "Chicago, Illinois"
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


@pytest.mark.parametrize(
    ("conf", "said"),
    [
        ({"radius": 75}, "there is no parameter 'radius'"),
        ({"location": "Chicgo, Illinois"}, r"did you mean Chicago, Illinois\?"),
    ],
)
@pytest.mark.usefixtures("no_pauses")
def test_what_cannot_be_asked_for_fails_the_run_at_once_before_anything_is_asked(
    connections: Any, dag: Any, conf: dict[str, Any], said: str, written: Callable[[], str]
) -> None:
    app = create_app(rows=THIRTY_SIX)
    with running(app) as url:
        connections(url)
        # With its retries, which would take minutes.
        assert str(dag.test(run_conf=conf).state) == "failed"
    assert not app.requests
    assert re.search(said, written())


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch, dag: Any) -> None:
    """Let 36 rows take two pages, as they did when they were recorded."""
    monkeypatch.setitem(dag.get_task("extract").data, "ResultsPerPage", 25)


# One of each way in which a fault is met: tests/faults has them all, without Airflow.
FAULTS = {
    "status": Fault(kind="unavailable", page=2, times=2),
    "Retry-After": Fault(kind="rate_limited", page=2, times=2, retry_after=1),
    "body": Fault(kind="broken_json", page=2, times=2),
    "connection": Fault(kind="cut_off", page=2, times=2),
    "rows": Fault(kind="short_page", page=1, times=1),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=list(FAULTS))
@pytest.mark.usefixtures("small_pages")
def test_a_fault_that_passes_is_survived_and_the_answer_is_complete(
    database: MongoDatabase, connections: Any, run: Run, fault: Fault
) -> None:
    app = create_app(rows=THIRTY_SIX)
    app.faults.inject(fault)
    with running(app) as url:
        connections(url)
        assert run() == "success"
    (receipt,) = receipts(database)
    assert (receipt["api_total"], len(receipt["inserted"])) == (36, 36)


LASTING = {
    "status": "Page 2: USAJOBS answered with status 503",
    "connection": "Page 2 was not received",
    "rows": "page 1 24",
}


@pytest.mark.parametrize("name", LASTING)
@pytest.mark.usefixtures("small_pages")
def test_a_fault_that_lasts_fails_the_run_naming_the_page_and_stores_nothing(
    database: MongoDatabase,
    connections: Any,
    run: Run,
    name: str,
    written: Callable[[], str],
) -> None:
    app = create_app(rows=THIRTY_SIX)
    app.faults.inject(FAULTS[name].model_copy(update={"times": None}))
    with running(app) as url:
        connections(url)
        assert run() != "success"
    assert database.list_collection_names() == []
    assert re.search(LASTING[name], written())


def test_a_wrong_key_fails_at_once_naming_the_connection(
    connections: Any, run: Run, written: Callable[[], str]
) -> None:
    app = create_app(rows=THIRTY_SIX, key=KEY)
    with running(app) as url:
        connections(url, password="wrong")
        assert run() == "failed"
    assert len(app.requests) == 1
    assert "connection `usajobs`" in written()


def test_a_redirect_is_not_followed(connections: Any, run: Run) -> None:
    elsewhere = create_app(rows=THIRTY_SIX)
    app = create_app(rows=THIRTY_SIX)
    with running(elsewhere) as other, running(app) as url:
        app.faults.inject(Fault(kind="redirect", location=f"{other}/api/Search", times=None))
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
    app.faults.inject(Fault(kind="bad_row"))
    with running(app) as url:
        connections(url)
        assert run() == "success"
    (receipt,) = receipts(database)
    assert (len(receipt["inserted"]), len(receipt["quarantined"])) == (35, 1)
    assert database.quarantine.count_documents({}) == 1


def test_a_suspicious_answer_is_loaded_and_flagged_and_makes_nothing_gone(
    database: MongoDatabase, connections: Any, run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    rows = list(THIRTY_SIX)
    with running(create_app(rows=lambda: rows)) as url:
        connections(url)
        assert run() == "success"
        del rows[5:]
        assert run() == "success"
    good, silent = receipts(database)
    assert (good["state"], silent["state"]) == ("complete", "warning")
    assert [warning["code"] for warning in silent["warnings"]] == ["far_fewer"]
    assert (len(silent["unchanged"]), silent["gone"]) == (5, [])


def test_what_no_database_likes_goes_through_or_into_quarantine(
    database: MongoDatabase, connections: Any, run: Run
) -> None:
    # Each of these small rows is an XCom in the metadata database.
    odd = [
        row("1", PositionTitle="Data Engineer\x00"),
        row("2", PositionTitle="Data Engineer\ud800"),
        row("3", PositionLocation=[{"LocationName": "Chicago, Illinois", "Latitude": math.nan}]),
        {"$where": 1, "a.b": {"": "\x00\udfff"}},
    ]
    with running(create_app(rows=odd)) as url:
        connections(url)
        assert run() == "success"
    (receipt,) = receipts(database)
    stored = {found["_id"] for found in database.positions.find()}
    quarantined = {found["control_number"] for found in database.quarantine.find()}
    assert stored | quarantined == {"1", "2", "3", None}
    assert "2" in quarantined
    assert receipt["state"] == "warning"


def test_a_wrong_clock_stores_nothing(
    database: MongoDatabase,
    connections: Any,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    written: Callable[[], str],
) -> None:
    class Tomorrow(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime.now(tz) + timedelta(days=1)

    monkeypatch.setattr("include.usajobs.search_api.datetime", Tomorrow)
    with running(create_app(rows=THIRTY_SIX)) as url:
        connections(url)
        assert run() == "failed"
    assert database.list_collection_names() == []
    assert "clock is 24 hours ahead of" in written()


def test_rows_that_can_be_read_later_are_moved_without_asking_usajobs(
    database: MongoDatabase, connections: Any, run: Run, reprocess: Run
) -> None:
    app = create_app(rows=THIRTY_SIX)
    app.faults.inject(Fault(kind="bad_row"))
    with running(app) as url:
        connections(url)
        assert run() == "success"
        assert reprocess() == "success"
        assert database.quarantine.count_documents({}) == 1
        # What an update of the program does, seen from the other side.
        whole = json.dumps(THIRTY_SIX[0])
        database.quarantine.update_one({}, {"$set": {"raw": whole}})
        assert reprocess() == "success"
    assert len(app.requests) == 1
    assert database.quarantine.count_documents({}) == 0
    (receipt,) = receipts(database)
    moved = database.positions.find_one({"_id": "900000000"})
    assert moved
    assert moved["observed_at"] == moved["first_seen_at"] == receipt["observed_at"]


PAST_DAYS = [date(2026, 9, 1), date(2026, 9, 2)]


def test_a_past_day_is_filled_with_what_was_announced_then_and_no_key_is_sent(
    database: MongoDatabase, connections: Any, run: Run
) -> None:
    app = create_app(today=date(2026, 11, 23))
    with running(app) as url:
        connections(url)
        assert run(past_day=PAST_DAYS[0]) == "success"
    (receipt,) = receipts(database)
    assert receipt["source"] == "historicjoa"
    assert receipt["inserted"]
    assert receipt["api_total"] == receipt["rows"] + counts(receipt)["outside"]
    assert {seen.path for seen in app.requests} == {
        "/api/historicjoa",
        "/api/historicjoa/announcementtext",
    }
    assert not any(seen.has_key for seen in app.requests)
    for stored in database.positions.find():
        assert stored["first_seen_at"] == datetime(2026, 9, 1, tzinfo=UTC)
        assert stored["published_at"] == datetime(2026, 9, 1, 4, tzinfo=UTC)


def test_a_past_day_needs_no_account(
    database: MongoDatabase, connections: Any, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(create_app(today=date(2026, 11, 23))) as url:
        connections(url)
        bare = json.dumps({"conn_type": "http", "host": url})
        monkeypatch.setenv("AIRFLOW_CONN_USAJOBS", bare)
        assert run(past_day=PAST_DAYS[0]) == "success"
        assert run() == "failed"
    assert [receipt["source"] for receipt in receipts(database)] == ["historicjoa"]


def rendered(receipt: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of `extract`, as Airflow shows them of a run."""
    from airflow.models.renderedtifields import RenderedTaskInstanceFields
    from airflow.utils.session import create_session
    from sqlalchemy import select

    of_the_run = select(RenderedTaskInstanceFields.rendered_fields).where(
        RenderedTaskInstanceFields.task_id == "extract",
        RenderedTaskInstanceFields.run_id == receipt["run_id"],
    )
    with create_session() as session:
        found: dict[str, Any] = session.scalars(of_the_run).one()
    return found


def test_extract_shows_which_api_it_asks_for_what_and_logs_it(
    database: MongoDatabase, connections: Any, run: Run, written: Callable[[], str]
) -> None:
    app = create_app(today=date(2026, 11, 23))
    with running(app) as url:
        connections(url)
        assert run(past_day=PAST_DAYS[0]) == "success"
        assert "Requesting /api/historicjoa" in written()
        app.requests.clear()
        assert run(radius_miles=75) == "success"
        assert "Requesting /api/Search" in written()
    (seen,) = app.requests
    past, open_now = (rendered(receipt) for receipt in receipts(database))
    assert past["endpoint"] == "/api/historicjoa"
    assert past["data"] == {
        "StartPositionOpenDate": "2026-09-01",
        "EndPositionOpenDate": "2026-09-01",
    }
    assert open_now["endpoint"] == "/api/Search"
    assert open_now["data"]["Radius"] == "75"
    asked = {name: str(value) for name, value in open_now["data"].items()}
    assert {**asked, "Page": "1"} == dict(seen.query)


def dump(database: MongoDatabase) -> Any:
    return {
        name: sorted(database[name].find(), key=lambda found: found["_id"])
        for name in ("positions", "position_versions")
    }


def test_days_filled_in_any_order_and_again_leave_the_same_positions_and_versions(
    database: MongoDatabase, connections: Any, run: Run
) -> None:
    dumps = []
    with running(create_app(today=date(2026, 11, 23))) as url:
        connections(url)
        for days in (PAST_DAYS, PAST_DAYS[::-1], PAST_DAYS[1:]):
            assert [run(past_day=day) for day in days] == ["success"] * len(days)
            dumps.append(dump(database))
    assert dumps[0] == dumps[1] == dumps[2]
    assert dumps[0]["positions"]


def test_a_past_day_agrees_with_what_the_search_found_on_that_day(
    database: MongoDatabase, connections: Any, run: Run
) -> None:
    day = PAST_DAYS[0]
    app = create_app(today=day)
    with running(app) as url:
        connections(url)
        assert run() == "success"
        searched = dump(database)
        app.today = date(2026, 11, 23)
        assert run(past_day=day) == "success"
    search, past = receipts(database)
    opened = {
        found["_id"]
        for found in searched["positions"]
        if found["published_at"] == datetime.combine(day, time(4), UTC)
        and set(found["series"]) & set(DATA_SERIES)
    }
    assert opened <= {*past["matches"], *past["near_misses"]}
    after = {found["_id"]: found for found in dump(database)["positions"]}
    for before in searched["positions"]:
        assert after[before["_id"]]["content_hash"] == before["content_hash"]
    assert past["gone"] == []
    assert set(past["superseded"]) == {*past["matches"], *past["near_misses"]} & set(
        search["inserted"]
    )


def test_a_past_day_that_stays_broken_is_picked_out_of_two(
    database: MongoDatabase, connections: Any, run: Run
) -> None:
    app = create_app(today=date(2026, 11, 23))
    with running(app) as url:
        connections(url)
        assert run(past_day=PAST_DAYS[0]) == "success"
        whole = dump(database)
        broken = Fault(
            kind="broken_json", path="/api/historicjoa", opening_day=PAST_DAYS[0], times=None
        )
        app.faults.inject(broken)
        assert run(past_day=PAST_DAYS[0]) == "success"
    first, second = receipts(database)
    assert second["unchanged"] == first["inserted"] != []
    assert (second["api_total"], second["outside"]) == (first["api_total"], first["outside"])
    assert dump(database) == whole


def test_a_past_day_whose_rows_do_not_add_up_fails_and_stores_nothing(
    database: MongoDatabase, connections: Any, run: Run
) -> None:
    app = create_app(today=date(2026, 11, 23))
    app.faults.inject(Fault(kind="short_page", path="/api/historicjoa", rows=2, times=None))
    with running(app) as url:
        connections(url)
        assert run(past_day=PAST_DAYS[0]) == "failed"
    assert database.list_collection_names() == []


def airflow_dags_test() -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        airflow_command("dags", "test", "job_tracker"),
        capture_output=True,
        text=True,
        timeout=300,
    )


def everything_under(folder: Path) -> bytes:
    paths = [path for path in folder.rglob("*") if path.is_file()]
    packed = [path for path in paths if path.suffix == ".gz"]
    # Another process reads them: closing a file of SQLite's would undo this one's locks.
    others = subprocess.run(
        ["xargs", "-0", "cat"],
        input=b"\0".join(bytes(path) for path in paths if path not in packed),
        capture_output=True,
        check=True,
    )
    return others.stdout + b"".join(gzip.decompress(path.read_bytes()) for path in packed)


def test_after_a_failing_and_a_passing_run_the_key_is_found_nowhere_and_rows_in_files_only(
    database: MongoDatabase, connections: Any, airflow_database: None
) -> None:
    app = create_app(rows=THIRTY_SIX, key=KEY)
    with running(app) as url:
        connections(url)
        app.faults.inject(Fault(kind="unavailable", status=401))
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
    # Large values are kept as files and not logged.
    duties = b"Designs and runs data pipelines"
    assert duties not in places["terminal"]
    assert duties in everything_under(HOME / ".local" / "xcom")
