"""A host without Airflow, which lets in whoever gives a name."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Header, HTTPException

from include.page.host import RunState, User


def reader(login: Annotated[str, Header(include_in_schema=False)] = "") -> User:
    if not login:
        raise HTTPException(401, "Not authenticated")
    return User(login, login, None)


def allow() -> None:
    """Let anybody do it."""


class FakeHost:
    """A host with the database given; `problem` is raised in place of what it is asked for."""

    reader = staticmethod(reader)
    run_reader = staticmethod(allow)
    updater = staticmethod(allow)

    def __init__(self, database: Any = None) -> None:
        self.stored = database
        self.problem: Exception | None = None
        self.started: list[tuple[str, dict[str, Any]]] = []

    def may_update(self, user: User) -> bool:
        return user.name == "ada"

    def database(self) -> Any:
        if self.problem:
            raise self.problem
        return self.stored

    def trigger(self, parameters: dict[str, Any], user: User) -> str:
        if self.problem:
            raise self.problem
        self.started.append((user.name, parameters))
        return "manual__1"

    def run(self, run_id: str) -> RunState | None:
        return RunState("queued", {"load": None}, None, None, None) if self.started else None

    def run_address(self, run_id: str) -> str:
        return f"/runs/{run_id}"

    def login_address(self, back_to: str) -> str:
        return f"/login?next={back_to}&x='\"<"
