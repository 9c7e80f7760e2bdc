"""Airflow's metadata database of a local run, and on Airflow 2 the user in it."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

from include.local.airflow_settings import USER, airflow_command, airflow_home, make_password
from include.local.services import last_words, run_to_end
from include.local.settings import PROJECT, local_directory
from include.local.trouble import Trouble

PERSON = ("--role", "Admin", "--email", "admin@example.org", "--firstname", "Local")


def prepare_metadata_database(
    line: str, environment: Mapping[str, str], project: Path = PROJECT
) -> None:
    """Make the database fit this Airflow; nothing is left to do if that was done before."""
    done = _preparation(line, project)
    airflow_version = version("apache-airflow")
    exists = (airflow_home(line, project) / "airflow.db").is_file() and done.is_file()
    if exists and done.read_text() == airflow_version:
        return
    logs = local_directory(project) / "logs"
    _airflow(logs, environment, "db", "migrate")
    password = make_password(line, project)
    if line.startswith("2."):
        # Asked for twice, and never among the arguments, which every process can read.
        answers = f"{password}\n{password}\n"
        user = ("users", "create", "--username", USER, "--lastname", "User", *PERSON)
        _airflow(logs, environment, *user, answers=answers)
    done.write_text(airflow_version)


def prepare_again(line: str) -> None:
    """Forget that the database was prepared, because somebody is about to change it."""
    _preparation(line, PROJECT).unlink(missing_ok=True)


def _preparation(line: str, project: Path) -> Path:
    return airflow_home(line, project) / "prepared"


def _airflow(
    logs: Path, environment: Mapping[str, str], *arguments: str, answers: str = ""
) -> None:
    log = logs / f"{'-'.join(arguments[:2])}.log"
    status = run_to_end(
        airflow_command(*arguments), environment=environment, log=log, answers=answers
    )
    if status:
        raise Trouble(f"airflow {' '.join(arguments[:2])} failed. {last_words(log)}")
