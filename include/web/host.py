"""The interface between the page and the Airflow that it runs in."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from pymongo.database import Database

from include.store.documents import Document


class CannotRun(RuntimeError):
    """The DAG can't be run now; the message says why and what to do."""


class NoDatabase(RuntimeError):
    """The connection `mongo` can't be used; the message says what to do, without secrets."""


class User(NamedTuple):
    """The logged-in user: marks belong to the `name`, and runs are started in it.

    Earlier versions stored marks under the `id`. The `account` is the host's own object for the
    user.
    """

    id: str
    name: str
    account: Any


class RunState(NamedTuple):
    """The state of a run of the DAG.

    `state` is Airflow's (queued, running, success, failed). So are the states in `tasks`, by task
    id in the order of the chain; None for a task that has not started. `failure` is why it failed,
    if a task could still say so.
    """

    state: str
    tasks: dict[str, str | None]
    queued_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    failure: str | None = None


class LatestRun(NamedTuple):
    """How the latest run of a DAG stands, in the same terms."""

    run_id: str
    state: str
    ended_at: datetime | None
    failure: str | None


class Host(Protocol):
    """The Airflow that the page runs in: its login, runs and connection `mongo`.

    The first three attributes are FastAPI dependencies, which answer 401 without a login and 403
    without the permission.
    """

    reader: Callable[..., User]
    """Requires permission to see plugins."""

    run_reader: Callable[..., None]
    """Requires permission to see runs of the DAG that `asked_dag` returns."""

    updater: Callable[..., None]
    """Requires permission to trigger the DAG that `asked_dag` returns."""

    def may_update(self, user: User, dag_ids: Iterable[str]) -> set[str]:
        """Return those of the DAGs that a user may trigger."""

    def paused(self, dag_ids: Iterable[str]) -> set[str]:
        """Return those of the DAGs that are paused, so that nobody expects a run."""

    def known(self, dag_ids: Iterable[str]) -> set[str]:
        """Return those of the DAGs that the host knows, also from a file that is gone."""

    def database(self) -> Database[Document]:
        """Return the database of the connection `mongo`; its operations time out after seconds.

        Raises:
            NoDatabase: the connection is missing or not valid. The server is not contacted.
        """

    def trigger(self, dag_id: str, parameters: dict[str, Any], user: User) -> str:
        """Start a run of the DAG in the user's name and return its id.

        Raises:
            CannotRun: the run can't start.
        """

    def run(self, dag_id: str, run_id: str) -> RunState | None:
        """Return the state of a run of the DAG, or None if there is none."""

    def latest_runs(self, dag_ids: Iterable[str]) -> dict[str, LatestRun]:
        """Return the run of each DAG that was created last, apart from backfills, by DAG."""

    def run_address(self, dag_id: str, run_id: str) -> str:
        """Return the path of a run's page in Airflow, relative to the server's root."""

    def dag_address(self, dag_id: str) -> str:
        """Return the path of a DAG's page in Airflow, relative to the server's root."""

    def page_url(self) -> str:
        """Return the page's URL, as in messages; empty if it is unknown."""

    def login_address(self, back_to: str) -> str:
        """Return the path of the login, which redirects to `back_to` afterwards."""
