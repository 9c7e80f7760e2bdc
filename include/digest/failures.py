"""A failed run as a message."""

from __future__ import annotations

from typing import NamedTuple

from include.digest.message import Message
from include.digest.rendering import template
from include.words import plain

LONGEST_ERROR = 1_500


class Failure(NamedTuple):
    """What is known of a failed task; `error` and `log_address` may be empty."""

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
        subject=plain(f"{failure.dag_id} failed in {failure.task_id}"),
        text=template("failure.txt").render(shown),
        html=template("failure.html").render(shown),
    )
