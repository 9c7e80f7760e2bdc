"""Airflow as the page sees it.

Every Airflow process, of Airflow 2 too, imports all files of this folder. What only the API server
of Airflow 3 needs takes seconds to import, so each method does that for itself.
"""

from __future__ import annotations

import json
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from include.documents import DATABASE, Document
from include.page.host import CannotRun, NoDatabase, RunState, User

if TYPE_CHECKING:
    from airflow.providers.mongo.hooks.mongo import MongoHook
    from pymongo import MongoClient
    from pymongo.database import Database

DAG_ID = "job_tracker"
UNKNOWN = (
    f"Airflow does not know the DAG {DAG_ID}: check that its file is in the DAG folder and that "
    "the DAG processor runs, then try again."
)

# What the connection's extra says goes before.
PATIENCE = {"serverSelectionTimeoutMS": 3000, "connectTimeoutMS": 3000, "socketTimeoutMS": 20_000}


class AirflowHost:
    """The `Host` that is Airflow's API server."""

    def __init__(self) -> None:
        from airflow.api_fastapi.auth.managers.models.resource_details import (
            AccessView,
            DagAccessEntity,
        )
        from airflow.api_fastapi.core_api import security
        from airflow.models.dagbag import DBDagBag
        from fastapi import Depends

        logged_in = Depends(security.get_user)
        may_see_plugins = Depends(security.requires_access_view(AccessView.PLUGINS))

        def reader(account: Any = logged_in, _: Any = may_see_plugins) -> User:
            return User(str(account.get_id()), account.get_name(), account)

        self.reader = reader
        self.run_reader = security.requires_access_dag("GET", DagAccessEntity.RUN, DAG_ID)
        self.updater = security.requires_access_dag("POST", DagAccessEntity.RUN, DAG_ID)
        self._dags = DBDagBag(load_op_links=False)
        self._mongo = Mongo()

    def may_update(self, user: User) -> bool:
        """Ask what `updater` asks."""
        from airflow.api_fastapi.app import get_auth_manager
        from airflow.api_fastapi.auth.managers.models.resource_details import (
            DagAccessEntity,
            DagDetails,
        )
        from airflow.models import DagModel

        return get_auth_manager().is_authorized_dag(
            method="POST",
            access_entity=DagAccessEntity.RUN,
            details=DagDetails(id=DAG_ID, team_name=DagModel.get_team_name(DAG_ID)),
            user=user.account,
        )

    def database(self) -> Database[Document]:
        """Return the database that the tasks write to."""
        return self._mongo.database()

    def trigger(self, parameters: dict[str, Any], user: User) -> str:
        """Start a run as Airflow's own API does."""
        from airflow.api.common.trigger_dag import trigger_dag
        from airflow.exceptions import DagNotFound, DagRunAlreadyExists
        from airflow.utils.types import DagRunTriggeredByType
        from sqlalchemy.exc import IntegrityError

        _refuse_what_would_wait()
        try:
            run = trigger_dag(
                DAG_ID,
                triggered_by=DagRunTriggeredByType.REST_API,
                triggering_user_name=user.name,
                conf=parameters,
            )
        except DagNotFound:
            raise CannotRun(UNKNOWN) from None
        except (DagRunAlreadyExists, IntegrityError):
            raise CannotRun("Another update started in the same instant; try again.") from None
        return str(run.run_id)

    def run(self, run_id: str) -> RunState | None:
        """Return how a run stands, with the tasks that the DAG had then."""
        from airflow.models import DagRun
        from airflow.utils.session import create_session
        from sqlalchemy import select

        wanted = select(DagRun).where(DagRun.dag_id == DAG_ID, DagRun.run_id == run_id)
        with create_session() as session:
            run = session.scalar(wanted)
            if run is None:
                return None
            states = {task.task_id: task.state for task in run.get_task_instances(session=session)}
            dag = self._dags.get_dag_for_run(run, session)
            chain = dag.task_group.topological_sort() if dag else []
            return RunState(
                state=run.state,
                tasks={task.node_id: states.get(task.node_id) for task in chain} or states,
                queued_at=run.queued_at,
                started_at=run.start_date,
                ended_at=run.end_date,
            )

    def run_address(self, run_id: str) -> str:
        """Return the path under which Airflow's own page shows a run."""
        from airflow.api_fastapi.app import API_ROOT_PATH

        return f"{API_ROOT_PATH}dags/{DAG_ID}/runs/{quote(run_id, safe='')}"

    def login_address(self, back_to: str) -> str:
        """Return the path that leads to any auth manager's login, after a check of `back_to`."""
        from airflow.api_fastapi.app import API_ROOT_PATH

        return f"{API_ROOT_PATH}api/v2/auth/login?{urlencode({'next': back_to})}"


def _refuse_what_would_wait() -> None:
    from airflow.models import DagModel
    from airflow.utils.session import create_session

    with create_session() as session:
        dag = session.get(DagModel, DAG_ID)
        if dag is None or dag.is_stale:
            raise CannotRun(UNKNOWN)
        if dag.has_import_errors:
            raise CannotRun(
                f"Airflow cannot read the file of the DAG {DAG_ID}: its list of DAGs shows the "
                "import error."
            )
        if dag.is_paused:
            raise CannotRun(
                f"{DAG_ID} is paused, so the run would wait: unpause it in Airflow (its page has "
                "the switch), then try again."
            )


class Mongo:
    """The connection `mongo` with one pool of sockets, made anew when the connection changes."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._content: tuple[str, str, bool] | None = None
        self._client: MongoClient[Document]

    def database(self) -> Database[Document]:
        """Return the connection's database; raises `NoDatabase`."""
        from airflow.providers.mongo.hooks.mongo import MongoHook

        try:
            hook = MongoHook("mongo")
            hook.extras = {**PATIENCE, **hook.extras}
            return self._client_of(hook)[hook.connection.schema or DATABASE]
        except Exception as error:
            # Its text may repeat what stands in the connection.
            raise NoDatabase(
                "The Airflow connection `mongo` is missing or can't be used "
                f"({type(error).__name__}): define it under Admin → Connections, as type MongoDB "
                "with a host and, as schema, the database."
            ) from None

    def _client_of(self, hook: MongoHook) -> MongoClient[Document]:
        content = hook.uri, json.dumps(hook.extras, sort_keys=True), hook.allow_insecure
        with self._lock:
            if content != self._content:
                # Requests may still read through the old one, which closes with the last of them.
                self._client, self._content = hook.get_conn(), content
            return self._client
