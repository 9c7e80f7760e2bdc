"""What the page needs of the Airflow that it runs in."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from pymongo.database import Database

from include.documents import Document


class CannotRun(RuntimeError):
    """The DAG can't be run now; the message says why and what to do."""


class NoDatabase(RuntimeError):
    """The connection `mongo` can't be used; the message says what to do, and no secrets."""


class User(NamedTuple):
    """Who is logged in: marks belong to the `id`, a run is started in the `name`.

    The `account` is whatever the host knows the user by.
    """

    id: str
    name: str
    account: Any


class RunState(NamedTuple):
    """How a run of the DAG stands.

    `state` is Airflow's (queued, running, success, failed), and so are those of the `tasks`, by
    task id in the chain's order, null for one that has not begun.
    """

    state: str
    tasks: dict[str, str | None]
    queued_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None


class Host(Protocol):
    """The Airflow around the page: its login, its runs, its connection `mongo`.

    The first three are FastAPI dependencies, which answer 401 without a login and 403 without the
    permission.
    """

    reader: Callable[..., User]
    """Lets in who may see plugins."""

    run_reader: Callable[..., None]
    """Lets in who may see runs of the DAG that `asked_dag` returns."""

    updater: Callable[..., None]
    """Lets in who may trigger the DAG that `asked_dag` returns."""

    def may_update(self, user: User, dag_ids: Iterable[str]) -> set[str]:
        """Return those of the DAGs that a user who was let in may trigger."""

    def database(self) -> Database[Document]:
        """Return the database of the connection `mongo`; reading gives up after some seconds.

        Raises `NoDatabase`, but does not ask whether the server answers.
        """

    def trigger(self, dag_id: str, parameters: dict[str, Any], user: User) -> str:
        """Start a run of the DAG in the user's name and return its id; raises `CannotRun`."""

    def run(self, dag_id: str, run_id: str) -> RunState | None:
        """Return how a run of the DAG stands, None if there is none."""

    def run_address(self, dag_id: str, run_id: str) -> str:
        """Return the path of a run's page in Airflow, from the root of the server."""

    def page_address(self) -> str:
        """Return the address of the page as messages name it; empty where nobody knows it."""

    def login_address(self, back_to: str) -> str:
        """Return the path at which to log in, and from which to be sent back to a path."""
