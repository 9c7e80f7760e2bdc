"""The task `check` shows what the quality checks of a run found, and fails nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from include.airflow.notes import write_note
from include.sample_api.running import running
from include.sample_api.server import create_app
from tests.support.rows import row

GOOD = [row(str(900_000_000 + number)) for number in range(3)]
ODD = [*GOOD, *({"MatchedObjectId": str(number)} for number in range(3))]
REASON = "3 of 6 rows hold what this program does not know, or can't be read"


@pytest.fixture
def run_of(dag: Any, connections: Any, run: Callable[..., str]) -> Callable[..., Any]:
    """Run the DAG over these rows, and return its run, which succeeded."""

    def run_over(rows: list[Any]) -> Any:
        from airflow.models import DagRun

        with running(create_app(rows=rows)) as url:
            connections(url)
            assert run() == "success"
        return max(DagRun.find(dag_id=dag.dag_id), key=lambda found: found.start_date)

    return run_over


def checked(dag_run: Any) -> tuple[str, str | None]:
    """Return the state of the task `check` and its note."""
    from airflow.utils.session import create_session

    with create_session() as session:
        instance = dag_run.get_task_instance("check", session=session)
        return str(instance.state), instance.note


def test_a_plausible_response_is_a_success_without_a_note(run_of: Callable[..., Any]) -> None:
    assert checked(run_of(GOOD)) == ("success", None)


def test_a_suspicious_response_skips_it_with_the_reason_in_its_log_and_note(
    run_of: Callable[..., Any], written: Callable[[], str]
) -> None:
    state, note = checked(run_of(ODD))
    assert state == "skipped"
    assert note
    assert note.startswith(REASON)
    assert REASON in written()


def test_a_note_of_a_user_is_kept(run_of: Callable[..., Any]) -> None:
    from airflow.utils.session import create_session

    dag_run = run_of(ODD)
    with create_session() as session:
        dag_run.get_task_instance("check", session=session).note = "Known: they told us"
    write_note(dag_run)
    assert checked(dag_run) == ("skipped", "Known: they told us")
