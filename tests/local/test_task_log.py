from __future__ import annotations

import json
from pathlib import Path

from include.local.stack import run_id_of, running_task, waits
from include.local.task_log import failed_task_error, first_error, last_error

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
