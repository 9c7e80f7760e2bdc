"""The checks of `bin/doctor` in an Airflow: what it is set to, what it reads, whom it knows."""

from __future__ import annotations

import io
import json
import shutil
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pymongo.database import Database

from include.airflow import doctor, doctor_airflow, doctor_connections
from include.airflow.doctor_connections import Connections
from include.doctor.findings import Finding, State
from include.doctor.redaction import Redaction
from include.local.ports import LOOPBACK, free_port
from include.local.settings import PROJECT
from include.searches.saved_searches import Entry, SavedSearch
from tests.sample_api.sample_client import served
from tests.support.airflow_home import AIRFLOW_LINE, migrate
from tests.support.mail_server import MailServer, mail_server

MAILED = SavedSearch(entry=Entry(email=["ada@example.org"]))
PHONED = SavedSearch(entry=Entry(apprise=["phone_of_ada"]))
PLANTED = "planted"


@pytest.fixture
def connections() -> Connections:
    return Connections(Redaction())


def bad(findings: Iterator[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.state in (State.NOTE, State.PROBLEM)]


def only(findings: Iterator[Finding]) -> tuple[State, str]:
    (finding,) = bad(findings)
    return finding.state, finding.message


# --- settings


def test_the_settings_of_run_sh_are_well_and_the_versions_named() -> None:
    first, *others = doctor_airflow.check_settings()
    assert {finding.state for finding in (first, *others)} == {State.OK}
    assert first.versions["Airflow"].startswith(AIRFLOW_LINE)
    assert {"Python", "Platform"} <= first.versions.keys()


SETTINGS: dict[str, tuple[str, str, State, str]] = {
    "unit test mode": ("CORE__UNIT_TEST_MODE", "True", State.PROBLEM, "unit test mode"),
    "secrets in logs": ("LOGGING__LOGGING_LEVEL", "DEBUG", State.NOTE, "logs the secrets"),
    "XComs in the database": (
        "CORE__XCOM_BACKEND",
        "airflow.sdk.execution_time.xcom.BaseXCom",
        State.NOTE,
        "stored in the metadata database",
    ),
    "no path": ("COMMON_IO__XCOM_OBJECTSTORAGE_PATH", "", State.PROBLEM, "has no path"),
    "no threshold": ("COMMON_IO__XCOM_OBJECTSTORAGE_THRESHOLD", "-1", State.NOTE, "is negative"),
    "odd threshold": (
        "COMMON_IO__XCOM_OBJECTSTORAGE_THRESHOLD",
        "10k",
        State.PROBLEM,
        "is no number",
    ),
    "odd compression": (
        "COMMON_IO__XCOM_OBJECTSTORAGE_COMPRESSION",
        "gzipp",
        State.PROBLEM,
        "unknown here",
    ),
}


@pytest.mark.parametrize("kind", SETTINGS)
def test_a_setting_that_the_dags_cant_do_with_is_named(
    monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    name, value, state, words = SETTINGS[kind]
    monkeypatch.setenv(f"AIRFLOW__{name}", value)
    found = only(doctor_airflow.check_settings())
    assert (found[0], words in found[1]) == (state, True)


@pytest.mark.parametrize("is_on_path", [True, False])
def test_the_program_has_to_be_on_the_path_of_processes_that_start_elsewhere(
    monkeypatch: pytest.MonkeyPatch, is_on_path: bool
) -> None:
    others = [each for each in sys.path if not (Path(each) / "include").is_dir()]
    found = [str(PROJECT)] if is_on_path else []
    monkeypatch.setattr("sys.path", [str(PROJECT), *others, *found])
    messages = [finding.message for finding in bad(doctor_airflow.check_settings())]
    expected = [] if is_on_path else ["Airflow's processes don't find the package `include`."]
    assert messages == expected


def test_folders_of_run_sh_are_writable() -> None:
    found = list(doctor_airflow.check_folders())
    assert [finding.message.partition(":")[0] for finding in found] == ["XComs", "Logs"]
    assert bad(iter(found)) == []


def test_workers_of_several_machines_share_no_local_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", "CeleryExecutor")
    state, words = only(doctor_airflow.check_folders())
    assert (state, "all workers have to mount" in words) == (State.NOTE, True)


# --- DAGs


@pytest.fixture
def dags(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the DAG folder, which Airflow reads."""
    folder = tmp_path / "dags"
    shutil.copytree(PROJECT / "dags", folder, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(doctor_airflow, "_roots", lambda: iter([tmp_path]))
    return folder


def test_dag_files_and_searches_are_read(dags: Path) -> None:
    searches, files = doctor_airflow.check_dag_files()
    assert searches.message == "1 valid search: default."
    assert files.message == f"Airflow can read the DAG files in {dags}: 4 DAGs."


def test_a_dag_file_that_cant_be_read_is_named_with_its_error(dags: Path) -> None:
    (dags / "job_tracker_retention.py").write_text("from airflow import DAG\nimport nothing_such")
    state, words = only(doctor_airflow.check_dag_files())
    assert state == State.PROBLEM
    assert "job_tracker_retention.py: ModuleNotFoundError: No module named 'nothing_" in words


def test_a_search_that_is_not_valid_is_named_with_its_line_once(dags: Path) -> None:
    (dags / "searches" / "denver.toml").write_text('location = "Denver, Colorado"\nradius = 5')
    state, words = only(doctor_airflow.check_dag_files())
    assert (state, "searches/denver.toml, line 2" in words) == (State.PROBLEM, True)


def test_a_dag_folder_without_the_project_is_a_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor_airflow, "_roots", lambda: iter([tmp_path]))
    assert only(doctor_airflow.check_dag_files())[0] == State.PROBLEM


def test_the_dag_folder_of_airflow_is_found() -> None:
    assert doctor_airflow.find_dags() == PROJECT / "dags"


# --- processes


@pytest.fixture
def stored() -> Iterator[Callable[..., None]]:
    """Store rows in the metadata database, and remove them again."""
    migrate()
    from airflow.jobs.job import Job
    from airflow.models import DagModel
    from airflow.utils.session import create_session
    from sqlalchemy import delete

    def store(*jobs: str, ago: timedelta = timedelta(), dag: dict[str, Any] | None = None) -> None:
        with create_session() as session:
            for job_type in jobs:
                job = Job()
                job.job_type, job.state = job_type, "running"
                job.latest_heartbeat = datetime.now(UTC) - ago
                session.add(job)
            if dag is not None:
                if AIRFLOW_LINE.startswith("3"):
                    ensure_bundle(session)
                    dag = {**dag, "is_stale": False, "bundle_name": "dags-folder"}
                else:
                    dag = {**dag, "is_active": True}
                model = session.get(DagModel, "job_tracker") or DagModel(dag_id="job_tracker")
                for name, value in dag.items():
                    setattr(model, name, value)
                session.add(model)

    with create_session() as session:
        known = session.get(DagModel, "job_tracker") is not None
    yield store
    with create_session() as session:
        session.execute(delete(Job))
        if not known:
            session.execute(delete(DagModel).where(DagModel.dag_id == "job_tracker"))


def ensure_bundle(session: Any) -> None:
    from airflow.models.dagbundle import DagBundleModel

    if session.get(DagBundleModel, "dags-folder") is None:
        session.add(DagBundleModel(name="dags-folder"))
        session.flush()


ALIVE = ("SchedulerJob", "DagProcessorJob")


def test_processes_that_live_and_a_dag_that_runs_are_well(stored: Callable[..., None]) -> None:
    stored(*ALIVE, dag={"is_paused": False})
    found = list(doctor_airflow.check_metadata("airflow", stopped=False))
    assert bad(iter(found)) == []
    assert found[-1].message == "Airflow knows and runs job_tracker."


@pytest.mark.parametrize("command", ["airflow", "bin/airflow"])
def test_a_paused_dag_is_a_remark_that_names_the_command_which_runs_there(
    stored: Callable[..., None], command: str
) -> None:
    stored(*ALIVE, dag={"is_paused": True})
    assert [
        each.advice
        for each in doctor_airflow.check_metadata(command, stopped=False)
        if each.state == State.NOTE
    ] == [f"To start them: {command} dags unpause job_tracker"]
    state, words = only(doctor_airflow.check_metadata(command, stopped=False))
    assert (state, words) == (State.NOTE, "The DAG job_tracker is paused, so it starts no runs.")


def test_a_scheduler_without_a_heartbeat_is_a_problem_unless_it_is_stopped(
    stored: Callable[..., None],
) -> None:
    stored("SchedulerJob", ago=timedelta(hours=1), dag={"is_paused": False})
    stored("DagProcessorJob")
    state, words = only(doctor_airflow.check_metadata("airflow", stopped=False))
    assert state == State.PROBLEM
    assert "The scheduler is not alive since " in words
    assert bad(doctor_airflow.check_metadata("airflow", stopped=True)) == []


def test_a_metadata_database_that_cant_be_used_is_a_problem(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from airflow.utils import db
    from sqlalchemy.exc import OperationalError

    def refuse() -> None:
        raise OperationalError(f"connect {PLANTED}", {}, Exception(PLANTED))

    monkeypatch.setattr(db, "check", refuse)
    state, words = only(doctor_airflow.check_metadata("airflow", stopped=False))
    assert state == State.PROBLEM
    assert PLANTED not in words


# --- connections


def test_a_connection_that_is_not_there_is_told_from_one_that_is_not_valid(
    connections: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate()
    monkeypatch.delenv("AIRFLOW_CONN_MONGO", raising=False)
    assert (
        "There is no Airflow connection `mongo`"
        in only(doctor_connections.check_database(connections, []))[1]
    )
    for value in (f'{{"password": "{PLANTED}"', f'["{PLANTED}"]', f'{{"extra": "{PLANTED}"}}'):
        monkeypatch.setenv("AIRFLOW_CONN_MONGO", value)
        state, words = only(doctor_connections.check_database(connections, []))
        assert state == State.PROBLEM
        assert PLANTED not in words


def test_a_connection_that_cant_be_decrypted_is_told_from_one_that_is_not_there(
    connections: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate()
    from airflow.utils.session import create_session
    from sqlalchemy import text

    monkeypatch.delenv("AIRFLOW_CONN_MONGO", raising=False)
    columns = "conn_id, conn_type, host, password, is_encrypted, is_extra_encrypted"
    values = f"'mongo', 'mongo', 'db', '{PLANTED}', 1, 0"
    with create_session() as session:
        session.execute(text(f"INSERT INTO connection ({columns}) VALUES ({values})"))  # noqa: S608
    try:
        state, words = only(doctor_connections.check_database(connections, []))
    finally:
        with create_session() as session:
            session.execute(text("DELETE FROM connection WHERE conn_id = 'mongo'"))
    assert (state, "not be decrypted" in words) == (State.PROBLEM, True)


@pytest.mark.parametrize(
    "changes",
    [
        {"conn_type": "http"},
        {"extra": {"srv": True}},
        {"extra": {"noSuchOption": PLANTED}},
        {"extra": {"serverSelectionTimeoutMS": PLANTED}},
        {"host": f"mongodb://user:planted@{LOOPBACK}"},
        {"host": f"user:planted@{LOOPBACK}:x"},
        {"extra": {"tlsCAFile": f"/no/{PLANTED}.pem", "tls": True}},
    ],
    ids=str,
)
def test_a_mongo_connection_that_cant_be_used_is_a_problem_and_not_quoted(
    connections: Connections,
    connection: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    changes: dict[str, Any],
) -> None:
    assert bad(doctor_connections.check_database(connections, [MAILED])) == []
    monkeypatch.setenv("AIRFLOW_CONN_MONGO", json.dumps({**connection, **changes}))
    state, words = only(doctor_connections.check_database(connections, [MAILED]))
    assert state == State.PROBLEM
    assert PLANTED not in words


def test_usajobs_is_asked_over_its_connection(
    connections: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = {"login": "me@example.org", "password": f"{PLANTED}-key"}
    with served(today=datetime.now(UTC).date()) as sample:
        usajobs = {"conn_type": "http", "host": sample.address, **account}
        monkeypatch.setenv("AIRFLOW_CONN_USAJOBS", json.dumps(usajobs))
        found = list(doctor_connections.check_usajobs(connections, [MAILED]))
        asked = sample.control("GET", "requests").json()
    assert bad(iter(found)) == []
    assert [each["has_key"] for each in asked] == [True, False, False]
    assert "Requests to 127.0.0.1 go out directly" in found[0].message
    assert PLANTED not in str(found)


@pytest.mark.parametrize("extra", [{"srv_lookup": True}, {"X": f"{PLANTED}\nKEY"}], ids=str)
def test_a_connection_to_usajobs_that_asks_nothing_is_a_problem_and_not_quoted(
    connections: Connections, monkeypatch: pytest.MonkeyPatch, extra: dict[str, Any]
) -> None:
    account = {"login": "me@example.org", "password": PLANTED, "extra": extra}
    usajobs = {"conn_type": "http", "host": f"http://{LOOPBACK}:{free_port()}", **account}
    monkeypatch.setenv("AIRFLOW_CONN_USAJOBS", json.dumps(usajobs))
    found = bad(doctor_connections.check_usajobs(connections, []))
    assert "The Search API can't be asked" in found[0].message
    assert PLANTED not in str(found)


@pytest.mark.parametrize(
    ("host", "extra"),
    [
        ("http://data.example.org", {}),
        ("data.example.org", {}),
        (f"http://{LOOPBACK}:1", {"proxies": {"http": f"http://{LOOPBACK}:1"}}),
    ],
)
def test_the_key_is_not_sent_where_a_task_would_not_send_it(
    connections: Connections, monkeypatch: pytest.MonkeyPatch, host: str, extra: dict[str, Any]
) -> None:
    account = {"login": "me@example.org", "password": PLANTED, "extra": extra}
    usajobs = {"conn_type": "http", "host": host, **account}
    monkeypatch.setenv("AIRFLOW_CONN_USAJOBS", json.dumps(usajobs))
    monkeypatch.setattr(doctor_connections, "check_history", lambda *_: [])
    (found,) = bad(doctor_connections.check_usajobs(connections, []))
    assert found.state == State.PROBLEM
    assert "could read the API key" in found.message


@pytest.mark.parametrize("account", [{}, {"login": "me@example.org"}, {"password": PLANTED}])
def test_an_account_without_login_or_key_is_a_problem(
    connections: Connections, monkeypatch: pytest.MonkeyPatch, account: dict[str, str]
) -> None:
    usajobs = {"conn_type": "http", "host": f"http://{LOOPBACK}:{free_port()}", **account}
    monkeypatch.setenv("AIRFLOW_CONN_USAJOBS", json.dumps(usajobs))
    found = bad(doctor_connections.check_usajobs(connections, []))
    assert "of the Airflow connection `usajobs` is empty" in found[0].message
    assert PLANTED not in str(found)


# --- notifications


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[MailServer]:
    with mail_server() as server:
        monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", server.connection())
        yield server


def recipients(connections: Connections, *searches: SavedSearch) -> list[Finding]:
    return list(doctor_connections.check_recipients(connections, searches))


def test_the_mail_server_is_asked_and_gets_nothing(
    connections: Connections, server: MailServer
) -> None:
    (found,) = recipients(connections, MAILED)
    assert (found.state, found.message) == (
        State.OK,
        "The mail server 127.0.0.1 accepts the login; nothing was sent.",
    )
    assert server.taken == []


def test_without_recipients_no_server_is_asked(connections: Connections) -> None:
    (found,) = recipients(connections, SavedSearch())
    assert found.state == State.SKIPPED


MAIL: dict[str, tuple[dict[str, Any], str]] = {
    "a wrong password": ({"password": PLANTED}, "it refuses the login (status 535)"),
    "a closed port": ({"port": 1}, "the connection was refused"),
    "another kind of TLS": (
        {"extra": {"disable_tls": True, "timeout": 5, "retry_limit": 0, "from_email": "a@b.org"}},
        "agree on no secure connection",
    ),
    "no sender": (
        {"extra": {"disable_tls": True, "disable_ssl": True, "timeout": 5}},
        "names no sender",
    ),
    "a name that is not there": ({"host": "nowhere.invalid"}, "its name can't be resolved"),
}


@pytest.mark.parametrize("kind", MAIL)
def test_why_mail_cant_be_sent_is_said(
    connections: Connections, server: MailServer, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    changes, words = MAIL[kind]
    monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", server.connection(**changes))
    (found,) = recipients(connections, MAILED)
    assert (found.state, words in found.message) == (State.PROBLEM, True)
    assert PLANTED not in str(found)


APPRISE: dict[str, tuple[Any, State, str]] = {
    "one service": (
        {"config": {"path": f"ntfy://{LOOPBACK}/{PLANTED}"}},
        State.OK,
        "has 1 service (ntfy); nothing was sent.",
    ),
    "several": (
        {"config": [{"path": f"json://{LOOPBACK}"}, {"path": f"ntfy://{LOOPBACK}/{PLANTED}"}]},
        State.OK,
        "has 2 services (JSON, ntfy)",
    ),
    "one of two": (
        {"config": [{"path": f"nosuch://{PLANTED}"}, {"path": f"ntfy://{LOOPBACK}/x"}]},
        State.NOTE,
        "knows 1 of 2 services",
    ),
    "none that is known": (
        {"config": {"path": f"nosuch://{PLANTED}"}},
        State.PROBLEM,
        "has no service that Apprise knows",
    ),
    "no config": ({"path": PLANTED}, State.PROBLEM, "can't be used (KeyError)"),
    "a list of texts": ({"config": [PLANTED]}, State.PROBLEM, "can't be used (TypeError)"),
}


@pytest.mark.parametrize("kind", APPRISE)
def test_the_services_of_apprise_are_read(
    connections: Connections, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    extra, state, words = APPRISE[kind]
    value = json.dumps({"conn_type": "apprise", "extra": extra})
    monkeypatch.setenv("AIRFLOW_CONN_PHONE_OF_ADA", value)
    (found,) = recipients(connections, PHONED)
    assert (found.state, words in found.message) == (state, True)
    assert PLANTED not in str(found)


@pytest.mark.parametrize(
    ("connection", "state", "words"),
    [
        ({"host": "https://hc.example.org", "password": PLANTED}, State.OK, "nothing was sent"),
        ({"host": "hc.example.org", "password": PLANTED}, State.NOTE, "has no scheme"),
        (None, State.NOTE, "no Airflow connection `watch`"),
    ],
)
def test_the_address_of_a_monitoring_service_is_read(
    connections: Connections,
    monkeypatch: pytest.MonkeyPatch,
    connection: dict[str, str] | None,
    state: State,
    words: str,
) -> None:
    if connection:
        value = json.dumps({"conn_type": "http", **connection})
        monkeypatch.setenv("AIRFLOW_CONN_WATCH", value)
    found, _ = recipients(connections, SavedSearch(entry=Entry(ping="watch")))
    assert (found.state, words in found.message) == (state, True)
    assert PLANTED not in str(found)


# --- all of it


def planted(database: Database[dict[str, Any]]) -> dict[str, str]:
    """Return an environment with a secret everywhere."""
    assert database.client.address
    mongo = {"conn_type": "mongo", "host": LOOPBACK, "port": database.client.address[1]}
    return {
        "AIRFLOW_CONN_USAJOBS": json.dumps(
            {
                "conn_type": "http",
                "host": f"http://{LOOPBACK}:{free_port()}",
                "login": f"{PLANTED}@example.org",
                "password": f"{PLANTED}-key",
                "extra": {"proxies": {"http": f"http://u:planted-proxy@{LOOPBACK}:1"}},
            }
        ),
        "AIRFLOW_CONN_MONGO": json.dumps(
            {**mongo, "login": f"{PLANTED}-user", "password": f"{PLANTED}-mongo"}
        ),
        "HTTPS_PROXY": f"http://planted-name:planted-word@{LOOPBACK}:1",
        "HTTP_PROXY": f"socks9://planted-name:planted-word@{LOOPBACK}:1",
        "AIRFLOW__API__SECRET_KEY": f"{PLANTED}-api",
    }


def diagnosed(*arguments: str) -> list[dict[str, Any]]:
    output = io.StringIO()
    doctor.main(arguments, output)
    assert PLANTED not in output.getvalue()
    return [json.loads(line) for line in output.getvalue().splitlines()]


def test_no_secret_is_in_what_the_checks_write_while_all_fails(
    database: Database[dict[str, Any]], dags: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate()
    for name, value in planted(database).items():
        monkeypatch.setenv(name, value)
    (dags / "job_tracker_retention.py").write_text(
        f"from airflow import DAG\nraise ValueError('{PLANTED}-key')"
    )
    lines = diagnosed()
    assert lines[-1] == {"ends": True}
    begun = [line["begins"] for line in lines if "begins" in line]
    assert begun == [
        "Airflow", "Folders", "DAGs", "Processes", "MongoDB", "USAJOBS", "Notifications",
        "Pay tables",
    ]  # fmt: skip
    failed = {line["area"] for line in lines if line.get("state") == "problem"}
    assert failed == {"DAGs", "Processes", "MongoDB", "USAJOBS"}


def test_areas_can_be_left_out() -> None:
    lines = diagnosed(*[word for area in ("DAGs", "Processes", "MongoDB", "USAJOBS")
                        for word in ("--skip", area)])  # fmt: skip
    begun = [line["begins"] for line in lines if "begins" in line]
    assert begun == ["Airflow", "Folders", "Notifications", "Pay tables"]
