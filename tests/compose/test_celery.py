"""Past days on Celery workers, compared with the same days on the LocalExecutor."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.compose.compose_stack import DAG, OBSERVED, ComposeStack, Documents
from tests.compose.conftest import Measured, Start

FIRST, LAST, COUNT = "2026-09-01", "2026-09-20", 20
WORKER = "airflow-worker"

SLOW_DAY = "2026-09-10"
SLOW = {"kind": "slow", "seconds": 60, "path": "/api/historicjoa", "opening_day": SLOW_DAY}


def fill(stack: ComposeStack, *options: str) -> tuple[str, float]:
    """Fill the days, and return what was said and how many seconds it took."""
    began = time.monotonic()
    days = ("-s", FIRST, "-e", LAST, *options, "job_tracker")
    said = stack.execute("airflow-scheduler", "airflow", "dags", "backfill", *days)
    return said, time.monotonic() - began


def executor(stack: ComposeStack) -> str:
    command = ("airflow", "config", "get-value", "core", "executor")
    return stack.execute("airflow-scheduler", *command).split()[-1]


def backfill_states(stack: ComposeStack) -> list[str]:
    return [run["state"] for run in stack.runs() if run["run_type"] == "backfill"]


def tasks(stack: ComposeStack, **wanted: str) -> Documents:
    """Return the tasks of all days."""
    query = "&".join(f"{name}={value}" for name, value in wanted.items())
    answer = stack.get(f"{DAG}/dagRuns/~/taskInstances?limit=200&{query}")
    found: Documents = answer["task_instances"]
    return [task for task in found if task["dag_run_id"].startswith("backfill__")]


def days_stored(stack: ComposeStack) -> Any:
    """Return what the days have left, when they were seen included; today's run is forgotten."""
    return stack.stored(without=OBSERVED)


def slow_task(stack: ComposeStack) -> Documents:
    """Return the task that waits for the slow answer, once it has asked."""
    if stack.sample_api("GET", "faults"):
        return []
    working = tasks(stack, state="running", task_id="extract")
    return [task for task in working if task["logical_date"].startswith(SLOW_DAY)]


@pytest.fixture(scope="module")
def on_one_machine(start: Start, measured: Measured) -> Any:
    """What the LocalExecutor stores."""
    with start("sample") as stack:
        stack.forget()
        assert executor(stack) == "LocalExecutor"
        _, seconds = fill(stack)
        measured(f"{COUNT} days, LocalExecutor", f"{seconds:.0f} s")
        measured("memory, after them", stack.memory())
        return days_stored(stack)


@pytest.fixture(scope="module")
def stack(on_one_machine: Any, start: Start) -> Iterator[ComposeStack]:
    with start("celery", "sample", options=("--scale", f"{WORKER}=2")) as stack:
        stack.forget()
        yield stack


def test_a_worker_that_dies_leaves_no_day_unfilled(
    stack: ComposeStack, on_one_machine: Any, measured: Measured
) -> None:
    stack.sample_api("PUT", "faults", [SLOW])
    with ThreadPoolExecutor() as aside:
        filling = aside.submit(fill, stack)
        (working,) = stack.wait(lambda: slow_task(stack), lambda: "no task works on the day", 600)
        hosts = [worker["Config"]["Hostname"] for worker in stack.containers(WORKER)]
        stack.kill(WORKER, hosts.index(working["hostname"]))
        killed = time.monotonic()
        said, seconds = filling.result()
    measured(
        f"{COUNT} days, one of two workers killed in the middle",
        f"{seconds:.0f} s, {time.monotonic() - killed:.0f} s of them after the kill",
    )

    assert f"{COUNT} days filled" in said
    assert backfill_states(stack) == ["success"] * COUNT
    assert days_stored(stack) == on_one_machine
    stack.wait_until_healthy()


@pytest.fixture(scope="module")
def filled_again(stack: ComposeStack, measured: Measured) -> str:
    """What was said while the workers filled all days anew, undisturbed."""
    stack.forget()
    measured("memory with two workers, idle", stack.memory())
    said, seconds = fill(stack, "--reset-dagruns")
    measured(f"{COUNT} days over again, two Celery workers", f"{seconds:.0f} s")
    measured("memory with two workers, after them", stack.memory())
    return said


def test_both_workers_have_part_in_the_days(stack: ComposeStack, filled_again: str) -> None:
    assert executor(stack) == "CeleryExecutor"
    assert f"{COUNT} days filled" in filled_again
    assert backfill_states(stack) == ["success"] * COUNT
    worked = {task["hostname"] for task in tasks(stack) if task["hostname"]}
    assert worked == {worker["Config"]["Hostname"] for worker in stack.containers(WORKER)}


def test_workers_store_the_same_as_one_machine(
    stack: ComposeStack, filled_again: str, on_one_machine: Any
) -> None:
    assert on_one_machine["positions"]
    assert days_stored(stack) == on_one_machine
