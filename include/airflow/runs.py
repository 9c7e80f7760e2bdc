"""What callbacks and tasks are told of their run."""

from __future__ import annotations

from typing import Any


def run_type(context: Any) -> str:
    """Return Airflow's name of a run's type, such as "scheduled"."""
    named = context["dag_run"].run_type
    # In tasks of Airflow 3 it is an enumeration, whose `str` begins with the name of its class.
    return str(getattr(named, "value", named))
