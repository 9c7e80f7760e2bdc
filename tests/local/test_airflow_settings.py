from __future__ import annotations

import stat
from pathlib import Path

import pytest

from include.local.airflow_settings import airflow_environment, make_password, password_file

LINES = ("3.3", "2.11")


def settings(line: str, project: Path, inherited: dict[str, str] | None = None) -> dict[str, str]:
    connections = {"AIRFLOW_CONN_MONGO": "ours"}
    return airflow_environment(line, 8081, connections, project=project, inherited=inherited or {})


@pytest.mark.parametrize("line", LINES)
def test_all_files_of_airflow_are_in_the_project(tmp_path: Path, line: str) -> None:
    environment = settings(line, tmp_path)

    assert environment["AIRFLOW_HOME"] == str(tmp_path / ".local" / f"airflow-{line}")
    assert environment["AIRFLOW__CORE__DAGS_FOLDER"] == str(tmp_path / "dags")
    assert environment["PYTHONPATH"] == str(tmp_path)
    assert str(tmp_path) in environment["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"]
    assert str(tmp_path) in environment["AIRFLOW__COMMON_IO__XCOM_OBJECTSTORAGE_PATH"]


@pytest.mark.parametrize("line", LINES)
def test_servers_listen_on_loopback_and_nothing_is_reported_home(tmp_path: Path, line: str) -> None:
    environment = settings(line, tmp_path)

    hosts = {n: v for n, v in environment.items() if n.endswith("_HOST") or n.endswith("API__HOST")}
    assert set(hosts.values()) == {"127.0.0.1"}
    assert environment["AIRFLOW__USAGE_DATA_COLLECTION__ENABLED"] == "False"
    assert not any("ALL_ADMINS" in name for name in environment)


@pytest.mark.parametrize("line", LINES)
def test_settings_for_another_airflow_are_not_inherited(tmp_path: Path, line: str) -> None:
    inherited = {
        "AIRFLOW__CORE__UNIT_TEST_MODE": "True",
        "AIRFLOW_CONFIG": "/elsewhere/airflow.cfg",
        "AIRFLOW_CONN_MONGO": "theirs",
        "AIRFLOW_CONN_MAIL": "kept",
        "USAJOBS_API_KEY": "hush",
        "AIRFLOW__SECRETS__BACKEND": "theirs.Backend",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_CMD": "echo elsewhere",
        "_AIRFLOW_DB_MIGRATE": "true",
        "PYTHONWARNINGS": "error",
        "PYTHONHOME": "/elsewhere",
        "GUNICORN_CMD_ARGS": "--bind=0.0.0.0",
        "TZ": "Nowhere/Nowhere",
        "HOME": "/home/seeker",
    }

    environment = settings(line, tmp_path, inherited)

    foreign = {"AIRFLOW_CONFIG", "PYTHONHOME", "GUNICORN_CMD_ARGS", "_AIRFLOW_DB_MIGRATE"}
    assert not foreign & set(environment)
    assert not any(
        name.endswith(("_CMD", "BACKEND", "TEST_MODE"))
        for name in {*environment} - {"AIRFLOW__CORE__XCOM_BACKEND"}
    )
    assert environment["PYTHONWARNINGS"].startswith("ignore:Could not import graphviz")
    assert environment["TZ"] == "UTC"
    assert "hush" not in environment.values()
    assert environment["AIRFLOW_CONN_MONGO"] == "ours"
    assert environment["AIRFLOW_CONN_MAIL"] == "kept"
    assert environment["HOME"] == "/home/seeker"


@pytest.mark.parametrize("error", [KeyError("uid not found"), OSError("No username set")])
def test_a_user_without_a_name_gets_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    assert "LOGNAME" not in settings("3.3", tmp_path)

    def nobody() -> str:
        raise error

    monkeypatch.setattr("getpass.getuser", nobody)
    assert settings("3.3", tmp_path)["LOGNAME"] == "admin"


@pytest.mark.parametrize("line", LINES)
def test_password_and_signing_key_stay_the_same_and_are_the_owners_to_read(
    tmp_path: Path, line: str
) -> None:
    password = make_password(line, tmp_path)

    assert make_password(line, tmp_path) == password
    assert settings(line, tmp_path) == settings(line, tmp_path)
    for file in (
        password_file(line, tmp_path),
        password_file(line, tmp_path).parent / "signing_key",
    ):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
