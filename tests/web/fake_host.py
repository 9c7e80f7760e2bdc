"""A host without Airflow, which lets in whoever gives a name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

from fastapi import Header, HTTPException

from include.web.host import LatestRun, RunState, User

PAGE = "http://airflow.test/job-tracker/"


def reader(login: Annotated[str, Header(include_in_schema=False)] = "") -> User:
    if not login:
        raise HTTPException(401, "Not authenticated")
    return User(login, login, None)


def allow() -> None:
    """Let anybody do it."""


class FakeHost:
    """A host with the database given; `problem` is raised in place of what it is asked for.

    Ada may update whatever there is.
    """

    reader = staticmethod(reader)
    run_reader = staticmethod(allow)
    updater = staticmethod(allow)

    def __init__(self, database: Any = None) -> None:
        self.stored = database
        self.problem: Exception | None = None
        self.paused_dags: set[str] = set()
        self.known_dags: set[str] = set()
        self.latest: dict[str, LatestRun] = {}
        self.base = "http://airflow.test"
        self.started: list[tuple[str, str, dict[str, Any]]] = []

    def may_update(self, user: User, dag_ids: Iterable[str]) -> set[str]:
        return {*dag_ids} if user.name == "ada" else set()

    def paused(self, dag_ids: Iterable[str]) -> set[str]:
        return self.paused_dags & {*dag_ids}

    def known(self, dag_ids: Iterable[str]) -> set[str]:
        return self.known_dags & {*dag_ids}

    def database(self) -> Any:
        if self.problem:
            raise self.problem
        return self.stored

    def trigger(self, dag_id: str, parameters: dict[str, Any], user: User) -> str:
        if self.problem:
            raise self.problem
        self.started.append((user.name, dag_id, parameters))
        return "manual__1"

    def latest_runs(self, dag_ids: Iterable[str]) -> dict[str, LatestRun]:
        return {dag_id: run for dag_id, run in self.latest.items() if dag_id in {*dag_ids}}

    def run(self, dag_id: str, run_id: str) -> RunState | None:
        return RunState("queued", {"load": None}, None, None, None) if self.started else None

    def run_address(self, dag_id: str, run_id: str) -> str:
        return f"/{dag_id}/runs/{run_id}"

    def dag_address(self, dag_id: str) -> str:
        return f"/dags/{dag_id}"

    def page_url(self) -> str:
        return f"{self.base}/job-tracker/"

    def login_address(self, back_to: str) -> str:
        return f"/login?next={back_to}&x='\"<"
