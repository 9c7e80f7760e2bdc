"""A small client for the REST APIs of Airflow 2 and 3, to start and watch a run."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import requests

from include.local.airflow_settings import USER
from include.local.ports import LOOPBACK
from include.terminal.errors import CommandError

TIMEOUT = 60
FINISHED = ("success", "failed")

Json = dict[str, Any]


class AirflowApi(ABC):
    """A client. Airflow 2 and 3 differ in paths, in the login and in the body that starts a run.

    Its methods raise `CommandError` if Airflow doesn't answer, or refuses a request.
    """

    version: str
    health_path: str
    task_health_path = ""
    due_field: str
    """The field of a DAG with the earliest start of its next run."""

    def __init__(self, port: int, password: str) -> None:
        self.address = f"http://{LOOPBACK}:{port}"
        self.password = password
        self.session = requests.Session()
        self.session.trust_env = False  # no proxy, no .netrc: this is our own machine

    @abstractmethod
    def log_in(self) -> None:
        """Authenticate this session.

        Raises:
            CommandError: Airflow refuses the login.
        """

    @abstractmethod
    def trigger_body(self, conf: Mapping[str, Any]) -> Json:
        """Return the request body that starts a run now with these parameters."""

    def is_healthy(self) -> bool:
        """Return whether the server, its metadata database and a scheduler are running.

        That includes the part of the server that tasks ask.
        """
        try:
            if self.task_health_path:
                # Airflow makes this part for the first request, while others are still starting.
                path = f"{self.address}{self.task_health_path}"
                self.session.get(path, timeout=TIMEOUT).raise_for_status()
            health = self.session.get(f"{self.address}{self.health_path}", timeout=TIMEOUT).json()
            return all(
                health[part]["status"] == "healthy" for part in ("metadatabase", "scheduler")
            )
        except (requests.RequestException, KeyError, TypeError):
            return False

    def knows(self, dag_id: str) -> bool:
        """Return whether the DAG has been parsed."""
        return self._ask("GET", f"dags/{dag_id}", missing_is_none=True) is not None

    def import_errors(self) -> dict[str, str]:
        """Return the stack trace of each DAG file that cannot be read."""
        found = self._ask("GET", "importErrors") or {}
        return {each["filename"]: each["stack_trace"] for each in found.get("import_errors", [])}

    def is_paused(self, dag_id: str) -> bool:
        """Return whether the DAG is paused: nothing starts or continues its runs."""
        return bool((self._ask("GET", f"dags/{dag_id}") or {}).get("is_paused"))

    def unpause(self, dag_id: str) -> None:
        """Unpause the DAG."""
        self._ask("PATCH", f"dags/{dag_id}", {"is_paused": False})

    def trigger(self, dag_id: str, conf: Mapping[str, Any]) -> str:
        """Start a run and return its id.

        Raises:
            CommandError: Airflow refuses it, for example because of `conf`.
        """
        run = self._ask("POST", f"dags/{dag_id}/dagRuns", self.trigger_body(conf))
        return str((run or {})["dag_run_id"])

    def is_due(self, dag_id: str) -> bool:
        """Return whether the scheduler is about to start a scheduled run."""
        due = (self._ask("GET", f"dags/{dag_id}") or {}).get(self.due_field)
        return due is not None and datetime.fromisoformat(due) <= datetime.now(UTC)

    def begun_by_itself(self, dag_id: str, since: datetime) -> str | None:
        """Return the newest run if it is a scheduled one that is new or still running."""
        newest = f"dags/{dag_id}/dagRuns?order_by=-id&limit=1"
        for run in (self._ask("GET", newest) or {}).get("dag_runs", []):
            at_work, started = run["state"] not in FINISHED, run["start_date"]
            is_new = at_work or (started and datetime.fromisoformat(started) >= since)
            if run["run_type"] == "scheduled" and is_new:
                return str(run["dag_run_id"])
        return None

    def run_state(self, dag_id: str, run_id: str) -> str:
        """Return the state of the run; a finished one is in FINISHED."""
        return str((self._ask("GET", self._run_path(dag_id, run_id)) or {}).get("state"))

    def task_states(self, dag_id: str, run_id: str) -> dict[str, str]:
        """Return the state of each task of the run; "waiting" if it has none yet."""
        found = self._ask("GET", f"{self._run_path(dag_id, run_id)}/taskInstances") or {}
        return {each["task_id"]: each["state"] or "waiting" for each in found["task_instances"]}

    def close(self) -> None:
        """Close the connections to the server."""
        self.session.close()

    def _send(self, method: str, path: str, body: Json | None) -> requests.Response:
        try:
            return self.session.request(method, f"{self.address}{path}", json=body, timeout=TIMEOUT)
        except requests.RequestException as error:
            raise CommandError(f"Airflow at {self.address} does not answer: {error}") from error

    @staticmethod
    def _run_path(dag_id: str, run_id: str) -> str:
        return f"dags/{dag_id}/dagRuns/{quote(run_id, safe='')}"

    def _ask(
        self, method: str, path: str, body: Json | None = None, *, missing_is_none: bool = False
    ) -> Json | None:
        response = self._send(method, f"/api/{self.version}/{path}", body)
        if missing_is_none and response.status_code == 404:
            return None
        if not response.ok:
            raise CommandError(f"Airflow refuses: {_detail(response)}")
        return dict(response.json())


class Airflow3Api(AirflowApi):
    """REST API v2, with a token from the simple auth manager."""

    version = "v2"
    health_path = "/api/v2/monitor/health"
    task_health_path = "/execution/health"
    due_field = "next_dagrun_run_after"

    def log_in(self) -> None:
        """Exchange the password for a token, which is valid for a day."""
        response = self._send("POST", "/auth/token", {"username": USER, "password": self.password})
        if not response.ok:
            raise CommandError(f"Airflow refuses the login of {USER}: {_detail(response)}")
        self.session.headers["Authorization"] = f"Bearer {response.json()['access_token']}"

    def trigger_body(self, conf: Mapping[str, Any]) -> Json:
        """Return the body for a run now; Airflow 3 requires an explicit null as logical date."""
        return {"logical_date": None, "conf": dict(conf)}


class Airflow2Api(AirflowApi):
    """REST API v1, with the password in every request."""

    version = "v1"
    health_path = "/api/v1/health"
    due_field = "next_dagrun_create_after"

    def log_in(self) -> None:
        """Check the password."""
        self.session.auth = (USER, self.password)
        self._ask("GET", "version")
        self._ask("GET", "dags?limit=1")

    def trigger_body(self, conf: Mapping[str, Any]) -> Json:
        """Return the body for a run now."""
        return {"conf": dict(conf)}


def airflow_api(line: str, port: int, password: str) -> AirflowApi:
    """Return the client for an Airflow version; it still has to log in."""
    return (Airflow2Api if line.startswith("2.") else Airflow3Api)(port, password)


def _detail(response: requests.Response) -> str:
    try:
        detail = response.json()["detail"]
    except (ValueError, KeyError, TypeError):
        detail = response.reason
    return f"{detail} (HTTP {response.status_code})"
