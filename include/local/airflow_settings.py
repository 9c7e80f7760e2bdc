"""Airflow's settings on this machine, for Airflow 2 and 3 and all their processes.

Everything listens on 127.0.0.1 and keeps its files under `.local/`.
"""

from __future__ import annotations

import getpass
import json
import os
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path

from include.local.kept_files import kept_secret
from include.local.ports import LOOPBACK
from include.local.proxies import is_proxy_variable, proxy_environment
from include.local.settings import PROJECT, local_directory

USER = "admin"
SIGNING_KEY_LENGTH = 64

# Variables that are inherited although they begin like those of another Airflow …
KEPT = ("AIRFLOW_CONN_", "AIRFLOW_VAR_")
# … and the beginnings of those that are not: what they set is set here, or would disturb.
FOREIGN = (
    *("AIRFLOW", "_AIRFLOW", "USAJOBS_", "PYTHON"),
    *("FLASK_", "GUNICORN_", "UVICORN_", "WEB_CONCURRENCY", "FORWARDED_ALLOW_IPS"),
)

# Warnings about what isn't needed here.
NOISE = ("Could not import graphviz", "Using `httpx` with `starlette.testclient`")


def airflow_home(line: str, project: Path = PROJECT) -> Path:
    """Return AIRFLOW_HOME for an Airflow version: each has its own metadata database."""
    return local_directory(project) / f"airflow-{line}"


def airflow_command(*arguments: str) -> list[str]:
    """Return the command line that runs this environment's Airflow, whatever is on PATH."""
    # -P: a file in the current directory is not imported in place of a package.
    return [sys.executable, "-P", "-m", "include.local.airflow_process", *arguments]


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

    Raises:
        UsageError: a proxy variable or a kept secret can't be used.
    """
    return {
        **_inherited(inherited),
        **proxy_environment(inherited),
        **_user_name(),
        **_common(line, project),
        **(_airflow_2(port) if line.startswith("2.") else _airflow_3(port, project)),
        **_signing(line, project),
        **connections,
    }


def project_folders(project: Path = PROJECT) -> dict[str, str]:
    """Return where Airflow finds the project, wherever it keeps its own files."""
    return {
        "PYTHONPATH": str(project),
        "AIRFLOW__CORE__DAGS_FOLDER": str(project / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(project / "plugins"),
    }


def password_file(line: str, project: Path = PROJECT) -> Path:
    """Return the file with the password of the user, in the form `{"admin": "…"}`."""
    return airflow_home(line, project) / "passwords.json"


def make_password(line: str, project: Path = PROJECT) -> str:
    """Return the password of the user, generating it on the first call."""
    kept = kept_secret(
        password_file(line, project),
        lambda: json.dumps({USER: secrets.token_urlsafe(12)}),
        lambda text: bool(_password_in(text)),
    )
    return _password_in(kept)


def _password_in(text: str) -> str:
    """Return the password of the user in a password file, empty if it has none."""
    try:
        password = json.loads(text)[USER]
    except (ValueError, TypeError, KeyError):
        return ""
    return password if isinstance(password, str) else ""


def _common(line: str, project: Path) -> dict[str, str]:
    home = airflow_home(line, project)
    return {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        **project_folders(project),
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        # DAGs start unpaused; one that the user pauses stays paused, also over a restart.
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__PARALLELISM": "4",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'airflow.db'}",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONNECT_ARGS": "include.local.sqlite.CONNECT_ARGS",
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(home / "logs"),
        "AIRFLOW__SCHEDULER__ENABLE_HEALTH_CHECK": "False",
        # A task follows the one before it after a quarter of a second, not a whole one. It costs
        # about 3 % of a core while nothing runs, which one machine can spare.
        "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.25",
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
        # Not the full name, for which some machines wait for their name server, or fail.
        "AIRFLOW__CORE__HOSTNAME_CALLABLE": "socket.gethostname",
        "TZ": "UTC",
        "PYTHONUTF8": "1",
        "PYTHONWARNINGS": ",".join(f"ignore:{words}" for words in NOISE),
    }


def _airflow_3(port: int, project: Path) -> dict[str, str]:
    address = f"http://{LOOPBACK}:{port}"
    return {
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        # In seconds; this is also how often Airflow checks whether a skipped task has ended.
        "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
        # A task that gives up asking whether it may begin has failed: on a slow machine, or where
        # the scheduler continues a run before the API server is up.
        "AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT": "60",
        "AIRFLOW__WORKERS__EXECUTION_API_RETRIES": "8",
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
    key = kept_secret(
        airflow_home(line, project) / "signing_key",
        lambda: secrets.token_urlsafe(48),
        # What Airflow 3 signs with needs 64 bytes.
        lambda text: len(text) == SIGNING_KEY_LENGTH and text.isascii() and text.isprintable(),
    )
    if line.startswith("2."):
        return {"AIRFLOW__WEBSERVER__SECRET_KEY": key}
    return {"AIRFLOW__API__SECRET_KEY": key, "AIRFLOW__API_AUTH__JWT_SECRET": key}


def _user_name() -> dict[str, str]:
    """Return a name for a user who has none, as in some containers; Airflow asks for one."""
    try:
        getpass.getuser()
    except (KeyError, OSError):
        return {"LOGNAME": USER}
    return {}


def _inherited(environ: Mapping[str, str]) -> dict[str, str]:
    """Return what isn't meant for another Airflow, server or Python."""
    return {
        name: value
        for name, value in environ.items()
        if name.startswith(KEPT) or not (name.startswith(FOREIGN) or is_proxy_variable(name))
    }
