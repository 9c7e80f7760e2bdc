"""What the page gets from Airflow: runs, addresses, and the connection `mongo`."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from airflow.exceptions import DagRunAlreadyExists
from airflow.models import DagModel, DagRun
from airflow.models.connection import Connection
from airflow.models.xcom import XComModel
from airflow.utils.session import create_session
from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from include.airflow.notifiers import FAILURE, REASON
from include.airflow.web_app import web_app
from include.airflow.web_host import AirflowHost
from include.local.settings import PROJECT
from include.searches.new_search import new_search, save
from include.searches.parameters import SearchParameters
from include.searches.saved_searches import DAG_ID, FOLDER, SavedSearch
from include.web.host import CannotRun, NoDatabase, User
from tests.support.airflow_home import load_dags, serialize_dags

SEEKER = User("7", "seeker", None)
PARAMETERS = {"radius_miles": 30}


@pytest.fixture
def host() -> AirflowHost:
    return AirflowHost()


@pytest.fixture
def dag_row() -> Iterator[DagModel]:
    """What Airflow knows of the DAG, not paused; changes of it are undone."""
    serialize_dags()
    set_dag(is_paused=False)
    with create_session() as session:
        yield session.get_one(DagModel, "job_tracker")
    set_dag(is_paused=True, is_stale=False, has_import_errors=False)
    with create_session() as session:
        session.execute(delete(DagRun))


def set_dag(dag_id: str = DAG_ID, **changes: bool) -> None:
    with create_session() as session:
        dag = session.get_one(DagModel, dag_id)
        for name, value in changes.items():
            setattr(dag, name, value)


def test_the_page_reads_the_searches_that_the_dag_file_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW__CORE__DAGS_FOLDER", str(tmp_path))
    # Another project's folder of that name is none.
    (tmp_path / "searches").mkdir()
    assert web_app.__wrapped__().state.searches == FOLDER

    (tmp_path / "job_tracker.py").touch()
    assert web_app.__wrapped__().state.searches == tmp_path / "searches"


def test_a_new_search_starts_paused_and_stays_as_it_is_set_then(
    host: AirflowHost, tmp_path: Path, dag_row: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from airflow.dag_processing.dagbag import sync_bag_to_db

    dag_id = "job_tracker_gary"
    folder = tmp_path / "dags"
    shutil.copytree(PROJECT / "dags", folder, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setenv("AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION", "False")
    assert host.known([dag_id, DAG_ID]) == {DAG_ID}
    save(new_search("gary", SearchParameters(), "@daily", "UTC"), folder / "searches")
    dags = load_dags(folder)
    dags.dags = {dag_id: dags.dags[dag_id]}
    try:
        sync_bag_to_db(dags, "dags-folder", None)
        assert host.known([dag_id]) == host.paused([dag_id]) == {dag_id}
        set_dag(dag_id, is_paused=False)
        sync_bag_to_db(dags, "dags-folder", None)
        assert host.paused([dag_id]) == set()
    finally:
        with create_session() as session:
            session.execute(delete(DagModel).where(DagModel.dag_id == dag_id))


def test_the_run_belongs_to_the_users_name_not_the_id(host: AirflowHost, dag_row: Any) -> None:
    run_id = host.trigger(DAG_ID, PARAMETERS, SEEKER)

    with create_session() as session:
        run = session.query(DagRun).filter_by(run_id=run_id).one()
        assert (run.triggering_user_name, run.conf) == ("seeker", PARAMETERS)


def test_a_run_has_its_tasks_in_the_order_of_the_chain(host: AirflowHost, dag_row: Any) -> None:
    run = host.run(DAG_ID, host.trigger(DAG_ID, PARAMETERS, SEEKER))

    assert run
    assert list(run.tasks) == ["extract", "transform", "load", "check", "digest"]
    assert (run.state, set(run.tasks.values())) == ("queued", {None})
    assert run.queued_at
    assert run.started_at is run.ended_at is None


def test_a_search_is_run_by_its_own_dag(
    host: AirflowHost, dag_row: Any, denver: SavedSearch
) -> None:
    set_dag(denver.dag_id, is_paused=True)
    with pytest.raises(CannotRun, match="job_tracker_denver is paused"):
        host.trigger(denver.dag_id, PARAMETERS, SEEKER)
    set_dag(denver.dag_id, is_paused=False)
    run_id = host.trigger(denver.dag_id, PARAMETERS, SEEKER)
    assert host.run(denver.dag_id, run_id)
    assert host.run(DAG_ID, run_id) is None


def test_a_dag_that_airflow_does_not_know_is_named(host: AirflowHost, dag_row: Any) -> None:
    with pytest.raises(CannotRun, match="does not know the DAG job_tracker_nowhere"):
        host.trigger("job_tracker_nowhere", PARAMETERS, SEEKER)


def test_the_page_is_where_the_tasks_say_it_is(
    host: AirflowHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", "https://airflow.example/team")
    assert host.page_url() == "https://airflow.example/team/job-tracker/"


def test_updates_in_the_same_instant_all_run(host: AirflowHost, dag_row: Any) -> None:
    with ThreadPoolExecutor(4) as threads:
        started = list(threads.map(lambda _: host.trigger(DAG_ID, PARAMETERS, SEEKER), range(4)))

    assert len(set(started)) == 4


@pytest.mark.parametrize(
    "error", [DagRunAlreadyExists(DagRun()), IntegrityError("insert", {}, Exception("unique"))]
)
def test_a_run_that_is_there_already_is_no_error_of_the_page(
    host: AirflowHost, dag_row: Any, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def collide(*args: Any, **kwargs: Any) -> None:
        raise error

    monkeypatch.setattr("airflow.api.common.trigger_dag.trigger_dag", collide)
    with pytest.raises(CannotRun, match="try again"):
        host.trigger(DAG_ID, PARAMETERS, SEEKER)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"is_paused": True}, "unpause it"),
        ({"is_stale": True}, "does not know the DAG"),
        ({"has_import_errors": True}, "import error"),
    ],
)
def test_what_hinders_a_run_is_said(
    host: AirflowHost, dag_row: Any, changes: dict[str, bool], reason: str
) -> None:
    set_dag(**changes)
    with pytest.raises(CannotRun, match=reason):
        host.trigger(DAG_ID, PARAMETERS, SEEKER)


def test_a_run_of_another_dag_is_not_found(host: AirflowHost, dag_row: Any) -> None:
    with create_session() as session:
        session.add(DagRun(dag_id="another", run_id="manual__1", run_type="manual"))

    assert host.run(DAG_ID, "manual__1") is None
    assert host.run("another", "manual__1")


def of_task(run: DagRun) -> dict[str, Any]:
    return {
        "dag_run_id": run.id,
        "dag_id": run.dag_id,
        "run_id": run.run_id,
        "task_id": "load",
        "map_index": -1,
    }


def test_a_failed_run_has_the_reason_that_its_task_left(host: AirflowHost, dag_row: Any) -> None:
    run_id = host.trigger(DAG_ID, PARAMETERS, SEEKER)
    with create_session() as session:
        run = session.query(DagRun).filter_by(run_id=run_id).one()
        for instance in run.get_task_instances(session=session):
            instance.state = "failed"
        session.add(XComModel(**of_task(run), key=FAILURE, value={REASON: "MongoDB failed"}))
    assert (found := host.run(DAG_ID, run_id))
    assert found.failure is None
    with create_session() as session:
        session.query(DagRun).filter_by(run_id=run_id).one().state = "failed"
    assert (found := host.run(DAG_ID, run_id))
    assert found.failure == "MongoDB failed"


def test_the_latest_run_of_each_dag_is_the_one_created_last_but_for_backfills(
    host: AirflowHost, dag_row: Any, denver: SavedSearch
) -> None:
    host.trigger(DAG_ID, PARAMETERS, SEEKER)
    latest = host.trigger(DAG_ID, PARAMETERS, SEEKER)
    with create_session() as session:
        session.add(DagRun(dag_id=DAG_ID, run_id="backfill__1", run_type="backfill"))
        session.add(DagRun(dag_id=denver.dag_id, run_id="scheduled__1", run_type="scheduled"))
        session.add(DagRun(dag_id="another", run_id="manual__1", run_type="manual"))
    found = host.latest_runs([DAG_ID, denver.dag_id, "job_tracker_new"])
    assert {dag_id: run.run_id for dag_id, run in found.items()} == {
        DAG_ID: latest,
        denver.dag_id: "scheduled__1",
    }


RUN_ID = "manual__2026-11-23T10:00:00+00:00"


@pytest.mark.parametrize(("root", "before"), [("/", ""), ("/airflow/", "/airflow")])
def test_addresses_are_paths_from_the_root_of_the_server(
    host: AirflowHost, monkeypatch: pytest.MonkeyPatch, root: str, before: str
) -> None:
    monkeypatch.setattr("airflow.api_fastapi.app.API_ROOT_PATH", root)

    assert host.run_address("job_tracker_denver", RUN_ID) == (
        f"{before}/dags/job_tracker_denver/runs/manual__2026-11-23T10%3A00%3A00%2B00%3A00"
    )
    assert host.login_address("/job-tracker/") == (
        f"{before}/api/v2/auth/login?next=%2Fjob-tracker%2F"
    )


def test_the_database_is_the_one_of_the_connection(
    host: AirflowHost, connection: dict[str, Any]
) -> None:
    assert host.database().name == connection["schema"]
    assert host.database().command("ping")["ok"] == 1


def test_without_a_schema_the_database_has_the_name_of_the_project(
    host: AirflowHost, connection: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_MONGO", json.dumps({**connection, "schema": ""}))
    assert host.database().name == "job_tracker"


def test_requests_share_a_client_until_the_connection_is_edited(
    host: AirflowHost, connection: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = host.database()
    assert host.database().client is before.client

    edited = {**connection, "extra": {"appname": "edited"}}
    monkeypatch.setenv("AIRFLOW_CONN_MONGO", json.dumps(edited))

    assert host.database().client is not before.client
    assert before.command("ping")["ok"] == 1


@pytest.mark.parametrize(("extra", "seconds"), [({}, 3), ({"serverselectiontimeoutms": 9000}, 9)])
def test_a_server_is_waited_for_some_seconds_or_as_the_connection_says(
    host: AirflowHost,
    connection: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    extra: dict[str, int],
    seconds: int,
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_MONGO", json.dumps({**connection, "extra": extra}))
    assert host.database().client.options.server_selection_timeout == seconds


@pytest.mark.parametrize(
    "content",
    [
        None,
        '{"conn_type": "http", "host": "127.0.0.1", "password": "s3cret"}',
        '{"conn_type": "mongo", "host": "127.0.0.1:x", "login": "a", "password": "s3cret"}',
        '{"conn_type": "mongo", "host": "127.0.0.1", "extra": {"tlsCAFile": "/s3cret"}}',
        "mongo://a:s3cret@127.0.0.1:port",
        "s3cret",
    ],
)
def test_a_connection_that_cannot_be_used_is_named_without_its_content(
    host: AirflowHost, monkeypatch: pytest.MonkeyPatch, content: str | None
) -> None:
    serialize_dags()
    if content:
        monkeypatch.setenv("AIRFLOW_CONN_MONGO", content)
    else:
        monkeypatch.delenv("AIRFLOW_CONN_MONGO", raising=False)

    with pytest.raises(NoDatabase, match="Admin → Connections") as refused:
        host.database()
    assert "s3cret" not in str(refused.value)


def test_a_connection_that_was_made_in_airflows_pages_is_found(
    host: AirflowHost, connection: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    serialize_dags()
    monkeypatch.delenv("AIRFLOW_CONN_MONGO")
    # As `airflow api-server` sets it.
    monkeypatch.setenv("_AIRFLOW_PROCESS_CONTEXT", "server")
    with create_session() as session:
        session.add(Connection(conn_id="mongo", **connection))
    try:
        assert host.database().name == connection["schema"]
    finally:
        with create_session() as session:
            session.execute(delete(Connection).where(Connection.conn_id == "mongo"))
