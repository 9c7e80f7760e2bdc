"""What the project's DAGs have in common."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

TAGS = ["jobs", "usajobs", "mongodb"]

TASK_DEFAULTS: dict[str, Any] = {
    "owner": "job-tracker",
    "retries": 3,
    "retry_delay": timedelta(minutes=2),
    "retry_exponential_backoff": True,
    "max_retry_delay": timedelta(minutes=30),
    "execution_timeout": timedelta(hours=1),
    # The values that tasks hand on are long; they can be looked at as XComs.
    "show_return_value_in_logs": False,
}
