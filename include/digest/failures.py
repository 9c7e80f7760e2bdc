"""A failed run as a message."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from include.digest.message import Message
from include.digest.rendering import template
from include.words import count, plain

LONGEST_ERROR = 1_500


class Failure(NamedTuple):
    """What is known of a failed run; `error` and `log_address` may be empty.

    `task_id` is that of the task that failed, and empty where Airflow ended the run as a whole.
    """

    dag_id: str
    run_id: str
    task_id: str
    error: str
    log_address: str


def failure_message(failure: Failure) -> Message:
    """Return what is sent."""
    error = failure.error or "Its process ended without a word, as when it is killed."
    if len(error) > LONGEST_ERROR:
        error = f"{error[:LONGEST_ERROR]}…"
    lines = [plain(line) for line in error.splitlines()]
    shown = {**failure._asdict(), "error": lines}
    return Message(
        key=f"failed/{failure.dag_id}/{failure.run_id}/{failure.task_id}",
        subject=plain(f"{failure.dag_id} failed{failure.task_id and ' in '}{failure.task_id}"),
        text=template("failure.txt").render(shown),
        html=template("failure.html").render(shown),
    )


def ended_by_airflow(reason: str, longest: timedelta | None) -> str:
    """Return in words why Airflow ended a run of which no task failed.

    `reason` is Airflow's, and `longest` what the run may take at most.
    """
    if reason == "timed_out" and longest:
        hours = count(round(longest / timedelta(hours=1)), "hour")
        return f"It was not done within {hours}, so Airflow ended it and skipped what was left."
    return f"Airflow ended it: {reason.replace('_', ' ') or 'it gives no reason'}."
