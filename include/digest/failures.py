"""Messages about failed runs."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from include.digest.message import Message
from include.digest.rendering import template
from include.jobs import limits
from include.jobs.formatting import count, plain


class Failure(NamedTuple):
    """What is known about a failed run; `error` and `log_address` may be empty.

    `task_id` names the failed task; it is empty if Airflow ended the whole run. What a run for a
    past day missed, no later run reads by itself.
    """

    dag_id: str
    run_id: str
    task_id: str
    error: str
    log_address: str
    is_for_past_day: bool = False

    @property
    def reason(self) -> str:
        """The error, or what the absence of one means."""
        return self.error or "Its process ended without a word, as when it is killed."

    @property
    def subject(self) -> str:
        """What failed."""
        return plain(f"{self.dag_id} failed{self.task_id and ' in '}{self.task_id}")

    @property
    def in_one_line(self) -> str:
        """What failed, and the first line of the reason."""
        first_line = self.reason.splitlines()[0][: limits.MAX_ERROR_CHARACTERS]
        return f"{self.subject}: {plain(first_line)}"


def failure_message(failure: Failure) -> Message:
    """Return the message about a failed run."""
    error = failure.reason
    if len(error) > limits.MAX_ERROR_CHARACTERS:
        error = f"{error[: limits.MAX_ERROR_CHARACTERS]}…"
    lines = [plain(line) for line in error.splitlines()]
    shown = {**failure._asdict(), "error": lines}
    return Message(
        key=f"failed/{failure.dag_id}/{failure.run_id}/{failure.task_id}",
        subject=failure.subject,
        text=template("failure.txt").render(shown),
        html=template("failure.html").render(shown),
        links=frozenset({failure.log_address}),
    )


def not_done_within(longest: timedelta) -> str:
    """Return why Airflow ended a task that ran for too long."""
    return f"It was not done within {count(round(longest / timedelta(hours=1)), 'hour')}."


def ended_by_airflow(reason: str) -> str:
    """Return why a run failed although no task did; `reason` is Airflow's."""
    return f"Airflow ended it: {reason.replace('_', ' ') or 'it gives no reason'}."
