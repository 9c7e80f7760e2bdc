"""Airflow's metadata database of a local run, and on Airflow 2 the user in it."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

from include.local.airflow_settings import USER, airflow_command, airflow_home, make_password
from include.local.kept_files import write_whole
from include.local.services import last_words, run_to_end
from include.local.settings import PROJECT, local_directory
from include.terminal.errors import CommandError

PERSON = ("--role", "Admin", "--email", "admin@example.org", "--firstname", "Local")


def prepare_metadata_database(
    line: str, environment: Mapping[str, str], project: Path = PROJECT
) -> None:
    """Create or migrate the database for this Airflow version, unless that was done before.

    Raises:
        CommandError: Airflow's command failed.
    """
    done = _preparation(line, project)
    password = make_password(line, project)
    state = version("apache-airflow")
    if line.startswith("2."):
        # Airflow 2 keeps the password in its database: a new one has to be set there.
        state = f"{state} {sha256(password.encode()).hexdigest()}"
    exists = (airflow_home(line, project) / "airflow.db").is_file() and done.is_file()
    if exists and done.read_text() == state:
        return
    logs = local_directory(project) / "logs"
    _airflow(logs, environment, "db", "migrate")
    if line.startswith("2."):
        # Creating a user leaves one that exists as it is, and Airflow 2.11's own command to reset
        # a password fails on the command line.
        if exists:
            _airflow(logs, environment, "users", "delete", "--username", USER, may_fail=True)
        # The command asks for it twice; arguments would be visible to every process.
        user = ("users", "create", "--username", USER, "--lastname", "User", *PERSON)
        _airflow(logs, environment, *user, stdin_text=f"{password}\n{password}\n")
    write_whole(done, state)


def prepare_again(line: str) -> None:
    """Prepare the database again the next time, because it is about to be changed by hand."""
    _preparation(line, PROJECT).unlink(missing_ok=True)


def _preparation(line: str, project: Path) -> Path:
    return airflow_home(line, project) / "prepared"


def _airflow(
    logs: Path,
    environment: Mapping[str, str],
    *arguments: str,
    stdin_text: str = "",
    may_fail: bool = False,
) -> None:
    log = logs / f"{'-'.join(arguments[:2])}.log"
    status = run_to_end(
        airflow_command(*arguments), environment=environment, log=log, stdin_text=stdin_text
    )
    if status and not may_fail:
        raise CommandError(f"airflow {' '.join(arguments[:2])} failed. {last_words(log)}")
