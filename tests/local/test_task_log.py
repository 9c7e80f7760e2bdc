from __future__ import annotations

import json
from pathlib import Path

import pytest

from include.local.one_run import reason_of_failure, run_id_of, running_task, waits
from include.local.task_log import (
    TRACEBACK,
    failed_task,
    failed_task_error,
    first_error,
    import_failures,
    last_error,
    task_error,
)

TEXT = """\
[2026-11-23T13:53:56.544+0000] {taskinstance.py:3337} ERROR - Task failed with exception
Traceback (most recent call last):
  File "client.py", line 3, in get
    raise OSError("reset")
OSError: reset

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "extract.py", line 17, in extract
    raise ValueError("USAJOBS refused the key")
usajobs.FatalApiError: USAJOBS refused the key (401):
check the connection
[2026-11-23T13:53:57.557+0000] {dagrun.py:823} ERROR - Marking run failed
"""


def test_the_last_error_of_a_text_log_is_the_outermost_one_whole() -> None:
    assert (
        last_error(TEXT)
        == "usajobs.FatalApiError: USAJOBS refused the key (401): check the connection"
    )


def test_the_last_error_of_a_json_log_is_the_one_that_was_raised_last() -> None:
    details = [
        {"exc_type": "FatalApiError", "exc_value": "USAJOBS refused the key"},
        {"exc_type": "OSError", "exc_value": "reset"},
    ]
    log = "\n".join(
        json.dumps(entry)
        for entry in (
            {"event": "start"},
            {"event": "failed", "error_detail": details},
            {"event": "end"},
        )
    )

    assert last_error(log) == "FatalApiError: USAJOBS refused the key"


def test_the_first_error_of_a_text_log_is_what_the_others_follow_from() -> None:
    assert first_error(TEXT) == "OSError: reset"


CALLBACK = """\
[2026-11-23T13:53:58.100+0000] {dagrun.py:1504} ERROR - Callback failed for job_tracker
Traceback (most recent call last):
  File "templater.py", line 80, in get_template_env
AttributeError: 'SerializedDAG' object has no attribute 'get_template_env'
"""


def test_the_error_of_a_task_is_not_that_of_a_callback_that_failed_later() -> None:
    details = [{"exc_type": "ValueError", "exc_value": "no such place"}]
    later = [{"exc_type": "OSError", "exc_value": "no mail"}]
    log = "\n".join(
        json.dumps(entry)
        for entry in (
            {"event": "Task failed with exception", "error_detail": details},
            {"event": "Failed to run task callback", "error_detail": later},
        )
    )

    assert task_error(log) == "ValueError: no such place"
    assert str(task_error(TEXT + CALLBACK)).startswith("usajobs.FatalApiError: USAJOBS refused")
    assert str(task_error(CALLBACK)).startswith("AttributeError")


def attempt(task: str, error: str | None) -> str:
    """What `airflow dags test` prints about an attempt of a task, on Airflow 3."""
    failure = (
        "2026-11-25T20:50:52.822019Z [error    ] Task failed with exception     [task] loc=x.py:1\n"
        'Traceback (most recent call last):\n  File "x.py", line 1, in execute\n'
        f"airflow.sdk.exceptions.AirflowFailException: {error}\n"
    )
    return (
        f"2026-11-25T20:50:49.445593Z [info     ] [DAG TEST] starting task_id={task} map_index=-1\n"
        f"{failure if error else ''}"
        f"2026-11-25T20:50:53.865753Z [info     ] [DAG TEST] end task task_id={task} map_index=-1\n"
    )


@pytest.mark.parametrize(
    ("attempts", "failed"),
    [
        ([("extract", "lost"), ("extract", "lost again")], ("extract", "lost again")),
        ([("extract", "lost"), ("extract", None), ("load", "full")], ("load", "full")),
        ([("load", None), ("digest", "no mail"), ("check", None)], ("digest", "no mail")),
        ([("extract", "lost"), ("extract", None)], None),
        ([], None),
    ],
)
def test_the_task_that_failed_is_the_one_whose_last_attempt_did(
    attempts: list[tuple[str, str | None]], failed: tuple[str, str] | None
) -> None:
    assert failed_task("".join(attempt(*each) for each in attempts) + CALLBACK) == failed


@pytest.mark.parametrize(
    "title",
    [
        "2026-11-25T20:50:52.8Z [error    ] Failed to import: /a b/dags/foo.py"
        " [airflow.dag_processing.importers.python_importer.PythonDagImporter] loc=x.py:244",
        "[2026-11-25T20:50:52.822+0000] {dagbag.py:387} ERROR - Failed to import: /a b/dags/foo.py",
    ],
)
def test_a_dag_file_that_cannot_be_read_is_told_from_what_ended_the_command(title: str) -> None:
    output = (
        f'{title}\n{TRACEBACK}\n  File "foo.py", line 1, in <module>\n'
        "ModuleNotFoundError: No module named 'pandas'\n"
        f'{TRACEBACK}\n  File "airflow", line 1, in <module>\n'
        "ParamValidationError: 'far' is not of type 'integer'\n"
    )

    assert import_failures(output) == [
        ("/a b/dags/foo.py", "ModuleNotFoundError: No module named 'pandas'")
    ]
    assert (
        reason_of_failure(output)
        == "job_tracker did not run: ParamValidationError: 'far' is not of type 'integer'"
    )
    ours = output.replace("foo.py", "job_tracker.py")
    assert reason_of_failure(ours) == (
        "job_tracker did not run: ModuleNotFoundError: No module named 'pandas'"
    )


def test_a_log_without_an_error_has_none() -> None:
    assert last_error('{"event": "done"}\n{half a line') is None


def test_the_newest_attempt_of_the_failed_task_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "dag_id=job_tracker" / "run_id=manual__1" / "task_id=extract"
    folder.mkdir(parents=True)
    (folder / "attempt=1.log").write_text(TEXT)

    assert "refused the key" in str(
        failed_task_error(tmp_path, "job_tracker", "manual__1", "extract")
    )
    assert failed_task_error(tmp_path, "job_tracker", "manual__1", "load") is None


def test_the_output_of_dags_test_tells_the_task_the_run_and_a_wait() -> None:
    output = (
        "[DAG TEST] starting task_id=extract map_index=-1\n"
        "[DAG TEST] running task"
        " <TaskInstance: job_tracker.extract manual__2026-11-23T13:53:55+00:00 [scheduled]>\n"
        "[DAG TEST] starting task_id=load map_index=-1\n"
    )

    assert running_task(output) == "load"
    assert run_id_of(output) == "manual__2026-11-23T13:53:55+00:00"
    assert not waits(output)
    assert waits(
        f"{output}No tasks to run. {{<TaskInstance: job_tracker.load x [up_for_retry]>}}\n"
    )
    assert running_task("nothing yet") is None
