"""Airflow's settings on this machine, for Airflow 2 and 3 and all their processes.

Everything listens on 127.0.0.1 and keeps its files under `.local/`.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from include.local.ports import LOOPBACK
from include.local.settings import PROJECT, local_directory

USER = "admin"


def airflow_home(line: str, project: Path = PROJECT) -> Path:
    """Return AIRFLOW_HOME for an Airflow version: each has its own metadata database."""
    return local_directory(project) / f"airflow-{line}"


def airflow_command(*arguments: str) -> list[str]:
    """Return the command line that runs this environment's Airflow, whatever is on PATH."""
    return [sys.executable, "-m", "airflow", *arguments]


def airflow_environment(
    line: str,
    port: int,
    connections: Mapping[str, str],
    *,
    project: Path = PROJECT,
    inherited: Mapping[str, str] = os.environ,
) -> dict[str, str]:
    """Return the whole environment of an Airflow process; `port` is that of its web server.

    Settings of another Airflow on this machine are not inherited, except for connections and
    variables; neither is the API key.
    """
    return {
        **_inherited(inherited),
        **_common(line, project),
        **(_airflow_2(port) if line.startswith("2.") else _airflow_3(port, project)),
        **_signing(line, project),
        **connections,
    }


def password_file(line: str, project: Path = PROJECT) -> Path:
    """Return the file with the password of the user, in the form `{"admin": "…"}`."""
    return airflow_home(line, project) / "passwords.json"


def make_password(line: str, project: Path = PROJECT) -> str:
    """Return the password of the user, generating it on the first call."""
    kept = _kept_secret(
        password_file(line, project), lambda: json.dumps({USER: secrets.token_urlsafe(12)})
    )
    return str(json.loads(kept)[USER])


def _common(line: str, project: Path) -> dict[str, str]:
    home = airflow_home(line, project)
    return {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "PYTHONPATH": str(project),
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(project / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(project / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        # DAGs start unpaused; one that the user pauses stays paused.
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__PARALLELISM": "4",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'airflow.db'}",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONNECT_ARGS": "include.local.sqlite.CONNECT_ARGS",
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(home / "logs"),
        "AIRFLOW__SCHEDULER__ENABLE_HEALTH_CHECK": "False",
        # The rows of a run are too large for the metadata database.
        "AIRFLOW__CORE__XCOM_BACKEND": (
            "airflow.providers.common.io.xcom.backend.XComObjectStorageBackend"
        ),
        "AIRFLOW__COMMON_IO__XCOM_OBJECTSTORAGE_PATH": (
            f"file://{local_directory(project) / 'xcom'}"
        ),
        "AIRFLOW__COMMON_IO__XCOM_OBJECTSTORAGE_THRESHOLD": str(10 * 1024),
        "AIRFLOW__COMMON_IO__XCOM_OBJECTSTORAGE_COMPRESSION": "gzip",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "SCARF_ANALYTICS": "false",
        "DO_NOT_TRACK": "1",
        # Processes on this machine talk to each other directly, even if a proxy is set.
        "NO_PROXY": f"{LOOPBACK},localhost",
        "no_proxy": f"{LOOPBACK},localhost",
    }


def _airflow_3(port: int, project: Path) -> dict[str, str]:
    address = f"http://{LOOPBACK}:{port}"
    return {
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        # In seconds; this is also how often Airflow checks whether a skipped task has ended.
        "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{address}/execution/",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(password_file("3.3", project)),
        "AIRFLOW__API__HOST": LOOPBACK,
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": address,
        "AIRFLOW__API__WORKERS": "1",
    }


def _airflow_2(port: int) -> dict[str, str]:
    return {
        # The only executor that Airflow 2 supports with SQLite.
        "AIRFLOW__CORE__EXECUTOR": "SequentialExecutor",
        "AIRFLOW__API__AUTH_BACKENDS": ",".join(
            f"airflow.{name}"
            for name in (
                "providers.fab.auth_manager.api.auth.backend.basic_auth",
                "api.auth.backend.session",
            )
        ),
        "AIRFLOW__WEBSERVER__WEB_SERVER_HOST": LOOPBACK,
        "AIRFLOW__WEBSERVER__WEB_SERVER_PORT": str(port),
        "AIRFLOW__WEBSERVER__BASE_URL": f"http://{LOOPBACK}:{port}",
        "AIRFLOW__WEBSERVER__WORKERS": "1",
    }


def _signing(line: str, project: Path) -> dict[str, str]:
    key = _kept_secret(
        airflow_home(line, project) / "signing_key", lambda: secrets.token_urlsafe(48)
    )
    if line.startswith("2."):
        return {"AIRFLOW__WEBSERVER__SECRET_KEY": key}
    return {"AIRFLOW__API__SECRET_KEY": key, "AIRFLOW__API_AUTH__JWT_SECRET": key}


def _inherited(environ: Mapping[str, str]) -> dict[str, str]:
    kept = ("AIRFLOW_CONN_", "AIRFLOW_VAR_")
    return {
        name: value
        for name, value in environ.items()
        if name.startswith(kept) or not name.startswith(("AIRFLOW", "_AIRFLOW", "USAJOBS_"))
    }


def _kept_secret(file: Path, generate: Callable[[], str]) -> str:
    """Return the content of a file that only its owner may read, creating it the first time."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError), open(file, "x", opener=_private) as new:
            new.write(generate())
    return file.read_text()


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, mode=0o600)
