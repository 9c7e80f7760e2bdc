"""Notes on skipped tasks, which say why without a look into the log.

A task can't write a note itself: since Airflow 3 it has no access to Airflow's database, and the
API that it has instead knows no notes. So it pushes its reason as an XCom, and a listener in the
scheduler, which has the database, writes the note when the run ends.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

from airflow.listeners import hookimpl
from airflow.providers.common.compat.version_compat import AIRFLOW_V_3_0_PLUS

from include.airflow.xcom import TaskInstance
from include.searches.saved_searches import is_ours

if TYPE_CHECKING:
    from airflow.models.dagrun import DagRun
    from sqlalchemy.orm import Session

CHECK = "check"
"""The task whose reason becomes its note."""

REASON = "reason"
"""The key of the XCom."""

MAX_NOTE_CHARACTERS = 1000
"""The most that Airflow stores."""


def push_reason(task_instance: TaskInstance, reason: str) -> None:
    """Hand on why a task is about to be skipped."""
    task_instance.xcom_push(REASON, {REASON: reason})


class Notes:
    """Writes the notes when a run ends; Airflow logs what goes wrong in here."""

    @hookimpl
    def on_dag_run_success(self, dag_run: DagRun) -> None:
        """Write the notes of a successful run."""
        write_note(dag_run)

    @hookimpl
    def on_dag_run_failed(self, dag_run: DagRun) -> None:
        """Write those of a failed run."""
        write_note(dag_run)


def write_note(dag_run: DagRun) -> None:
    """Make the reason of a skipped task its note, unless it has one already."""
    # Imported here, because every Airflow process imports this file.
    from airflow.utils.session import create_session
    from sqlalchemy.orm import object_session

    if is_ours(dag_run.dag_id):
        # The scheduler's own session, because another one would wait for it; `dag.test` has none.
        scheduling = object_session(dag_run)
        with nullcontext(scheduling) if scheduling else create_session() as session:
            _write_note(dag_run, session)


def _write_note(dag_run: DagRun, session: Session) -> None:
    instance = dag_run.get_task_instance(CHECK, session=session)
    if instance is None or instance.state != "skipped" or instance.note:
        return
    pushed = instance.xcom_pull(CHECK, key=REASON, session=session)
    if isinstance(pushed, dict):
        if not AIRFLOW_V_3_0_PLUS:
            # Its scheduler does not know the table of users, to which notes refer.
            import airflow.providers.fab.auth_manager.models  # noqa: F401
        instance.note = pushed[REASON][:MAX_NOTE_CHARACTERS]
