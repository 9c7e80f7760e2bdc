"""The implementation of `include.web.host.Host` in the API server of Airflow 3.

Airflow's modules that only the API server needs take seconds to import, so each method imports its
own.
"""

from __future__ import annotations

import json
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from fastapi import Depends, HTTPException, Request

from include.airflow.notifiers import FAILURE, REASON
from include.airflow.page_url import page_url
from include.jobs import limits
from include.store.collections import DATABASE
from include.store.documents import Document
from include.web.host import CannotRun, LatestRun, NoDatabase, RunState, User

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from airflow.api_fastapi.auth.managers.base_auth_manager import ResourceMethod
    from airflow.models import DagRun
    from airflow.providers.mongo.hooks.mongo import MongoHook
    from pymongo import MongoClient
    from pymongo.database import Database
    from sqlalchemy.orm import Session

# The connection's extra takes precedence.
TIMEOUTS = {
    "serverSelectionTimeoutMS": limits.WEB_CONNECT_TIMEOUT_MILLISECONDS,
    "connectTimeoutMS": limits.WEB_CONNECT_TIMEOUT_MILLISECONDS,
    "socketTimeoutMS": limits.WEB_SOCKET_TIMEOUT_MILLISECONDS,
}


class AirflowHost:
    """The `Host` that is Airflow's API server."""

    def __init__(self) -> None:
        from airflow.api_fastapi.app import get_auth_manager
        from airflow.api_fastapi.auth.managers.models.resource_details import AccessView
        from airflow.api_fastapi.core_api import security
        from airflow.models.dagbag import DBDagBag

        from include.web.query_params import asked_dag

        shown_token = Depends(security.bearer_scheme)

        async def account_of(request: Request, token: Any = shown_token) -> Any:
            try:
                return await security.get_user(request, None, token)
            except HTTPException as refusal:
                # Airflow forbids everything (403) with the token of another Airflow, of an ended
                # session or of an old secret. It is no login, and a new one helps.
                raise HTTPException(401, refusal.detail) from None

        logged_in = Depends(account_of)
        requested_dag = Depends(asked_dag)

        def reader(account: Any = logged_in) -> User:
            view = AccessView.PLUGINS
            if not get_auth_manager().is_authorized_view(access_view=view, user=account):
                raise HTTPException(403, "Forbidden")
            return User(str(account.get_id()), str(account.get_name()), account)

        def run_permission(method: ResourceMethod) -> Callable[..., None]:
            def check(account: Any = logged_in, dag_id: str = requested_dag) -> None:
                if dag_id not in _permitted_dags(account, method, [dag_id]):
                    raise HTTPException(403, "Forbidden")

            return check

        self.reader = reader
        self.run_reader = run_permission("GET")
        self.updater = run_permission("POST")
        self._dags = DBDagBag(load_op_links=False)
        self._mongo = Mongo()

    def may_update(self, user: User, dag_ids: Iterable[str]) -> set[str]:
        """Return those of the DAGs that a user may trigger, by the same check as `updater`."""
        return _permitted_dags(user.account, "POST", dag_ids)

    def paused(self, dag_ids: Iterable[str]) -> set[str]:
        """Return those of the DAGs that are paused."""
        from airflow.models import DagModel
        from airflow.utils.session import create_session
        from sqlalchemy import select

        wanted = select(DagModel.dag_id).where(DagModel.dag_id.in_(list(dag_ids)))
        with create_session() as session:
            return set(session.scalars(wanted.where(DagModel.is_paused.is_(True))))

    def known(self, dag_ids: Iterable[str]) -> set[str]:
        """Return those of the DAGs that Airflow knows, also from a file that is gone."""
        from airflow.models import DagModel
        from airflow.utils.session import create_session
        from sqlalchemy import select

        with create_session() as session:
            wanted = select(DagModel.dag_id).where(DagModel.dag_id.in_(list(dag_ids)))
            return set(session.scalars(wanted))

    def database(self) -> Database[Document]:
        """Return the database that the tasks write to."""
        return self._mongo.database()

    def trigger(self, dag_id: str, parameters: dict[str, Any], user: User) -> str:
        """Start a run in the same way as Airflow's own API, and return its id.

        Raises:
            CannotRun: the run can't start, or would wait.
        """
        from airflow.api.common.trigger_dag import trigger_dag
        from airflow.exceptions import DagNotFound, DagRunAlreadyExists
        from airflow.utils.types import DagRunTriggeredByType
        from sqlalchemy.exc import IntegrityError

        _check_can_run(dag_id)
        try:
            run = trigger_dag(
                dag_id,
                triggered_by=DagRunTriggeredByType.REST_API,
                triggering_user_name=user.name,
                conf=parameters,
            )
        except DagNotFound:
            raise _unknown(dag_id) from None
        except (DagRunAlreadyExists, IntegrityError):
            raise CannotRun("Another update started at the same moment; try again.") from None
        if run is None:
            raise CannotRun(f"Airflow did not start {dag_id} and gives no reason; try again.")
        return str(run.run_id)

    def run(self, dag_id: str, run_id: str) -> RunState | None:
        """Return the state of a run, with the tasks of its DAG version; None if there is none."""
        from airflow.models import DagRun
        from airflow.utils.session import create_session
        from sqlalchemy import select

        wanted = select(DagRun).where(DagRun.dag_id == dag_id, DagRun.run_id == run_id)
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
                failure=_failure(run, session),
            )

    def latest_runs(self, dag_ids: Iterable[str]) -> dict[str, LatestRun]:
        """Return the run of each DAG that was created last, apart from backfills, by DAG."""
        from airflow.models import DagRun
        from airflow.utils.session import create_session
        from airflow.utils.types import DagRunType
        from sqlalchemy import func, select

        newest = (
            select(func.max(DagRun.id))
            .where(DagRun.dag_id.in_(list(dag_ids)), DagRun.run_type != DagRunType.BACKFILL_JOB)
            .group_by(DagRun.dag_id)
        )
        with create_session() as session:
            return {
                run.dag_id: LatestRun(run.run_id, run.state, run.end_date, _failure(run, session))
                for run in session.scalars(select(DagRun).where(DagRun.id.in_(newest)))
            }

    def run_address(self, dag_id: str, run_id: str) -> str:
        """Return the path of a run's page in Airflow."""
        return f"{self.dag_address(dag_id)}/runs/{quote(run_id, safe='')}"

    def dag_address(self, dag_id: str) -> str:
        """Return the path of a DAG's page in Airflow."""
        from airflow.api_fastapi.app import API_ROOT_PATH

        return f"{API_ROOT_PATH}dags/{dag_id}"

    def page_url(self) -> str:
        """Return the page's URL, as in the tasks' messages."""
        return page_url()

    def login_address(self, back_to: str) -> str:
        """Return the path of the auth manager's login; Airflow checks `back_to` itself."""
        from airflow.api_fastapi.app import API_ROOT_PATH

        return f"{API_ROOT_PATH}api/v2/auth/login?{urlencode({'next': back_to})}"


def _failure(run: DagRun, session: Session) -> str | None:
    """Return why a run failed, as its task's callback left it."""
    from airflow.models.xcom import XComModel

    if run.state != "failed":
        return None
    left = XComModel.get_many(run_id=run.run_id, dag_ids=run.dag_id, key=FAILURE, limit=1)
    found = session.scalar(left)
    value = XComModel.deserialize_value(found) if found else None
    return str(value[REASON]) if isinstance(value, dict) and REASON in value else None


def _permitted_dags(account: Any, method: ResourceMethod, dag_ids: Iterable[str]) -> set[str]:
    """Return the DAGs whose runs an account may read (`GET`) or start (`POST`)."""
    from airflow.api_fastapi.app import get_auth_manager
    from airflow.api_fastapi.auth.managers.models.resource_details import (
        DagAccessEntity,
        DagDetails,
    )
    from airflow.models import DagModel

    requested = list(dag_ids)
    teams = DagModel.get_dag_id_to_team_name_mapping(requested)
    return {
        dag_id
        for dag_id in requested
        if get_auth_manager().is_authorized_dag(
            method=method,
            access_entity=DagAccessEntity.RUN,
            details=DagDetails(id=dag_id, team_name=teams.get(dag_id)),
            user=account,
        )
    }


def _unknown(dag_id: str) -> CannotRun:
    return CannotRun(
        f"Airflow does not know the DAG {dag_id}: check that its file is in the DAG folder and "
        "that the DAG processor runs, then try again."
    )


def _check_can_run(dag_id: str) -> None:
    """Raise `CannotRun` for a DAG whose run would not start."""
    from airflow.models import DagModel
    from airflow.utils.session import create_session

    with create_session() as session:
        dag = session.get(DagModel, dag_id)
        if dag is None or dag.is_stale:
            raise _unknown(dag_id)
        if dag.has_import_errors:
            raise CannotRun(
                f"Airflow cannot read the file of the DAG {dag_id}: its list of DAGs shows the "
                "import error."
            )
        if dag.is_paused:
            raise CannotRun(
                f"{dag_id} is paused, so the run would not start: unpause it on its page in "
                "Airflow, then try again."
            )


class Mongo:
    """The connection `mongo` with one connection pool, recreated when the connection changes."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._content: tuple[str, str, bool] | None = None
        self._client: MongoClient[Document]

    def database(self) -> Database[Document]:
        """Return the connection's database.

        Raises:
            NoDatabase: the connection is missing or not valid.
        """
        from airflow.providers.mongo.hooks.mongo import MongoHook

        try:
            hook = MongoHook("mongo")
            hook.extras = {**TIMEOUTS, **hook.extras}
            return self._client_of(hook)[hook.connection.schema or DATABASE]
        except Exception as error:
            # The error's text may quote the connection.
            raise NoDatabase(
                "The Airflow connection `mongo` is missing or can't be used "
                f"({type(error).__name__}): define it under Admin → Connections, as type MongoDB "
                "with a host and, as schema, the database."
            ) from None

    def _client_of(self, hook: MongoHook) -> MongoClient[Document]:
        content = hook.uri, json.dumps(hook.extras, sort_keys=True), hook.allow_insecure
        with self._lock:
            if content != self._content:
                # Requests may still use the old client; it closes when the last one is done.
                self._client, self._content = hook.get_conn(), content
            return self._client
