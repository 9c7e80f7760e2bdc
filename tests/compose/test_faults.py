"""Servers that die while runs work: everything comes back by itself, and nothing is lost."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from tests.compose.compose_stack import OBSERVED, SEEN, ComposeStack
from tests.compose.conftest import Measured, Start

# Its postings stay the same, whatever the day.
DAY = "2026-11-20"
DEFAULT: dict[str, Any] = {}
# More than a thousand postings: so many that reading and writing them takes a while.
LARGE = {
    "keyword": "the",
    "location": "Washington, District of Columbia",
    "radius_miles": 500,
    "minimum_pay": 0,
    "years_of_experience": 10,
}
SLOW = {"kind": "slow", "seconds": 45, "path": "/api/Search"}


class Work(NamedTuple):
    """Two runs at the same time: one waits for USAJOBS, the other has much to do."""

    slow: str
    large: str


@pytest.fixture(scope="module")
def stack(start: Start) -> Iterator[ComposeStack]:
    with start("sample") as stack:
        stack.wait_for_runs()
        stack.sample_api("PUT", "today", {"today": DAY})
        yield stack


@pytest.fixture(scope="module")
def undisturbed(stack: ComposeStack, measured: Measured) -> dict[str, Any]:
    """What two runs store that nothing befalls."""
    stack.forget()
    began = time.monotonic()
    runs = Work(stack.start_run(**DEFAULT), stack.start_run(**LARGE))
    assert finished(stack, runs) == ["success", "success"]
    measured("two runs, undisturbed", f"{time.monotonic() - began:.0f} s")
    measured("memory, after them", stack.memory())
    return outcome(stack, runs)


def start_work(stack: ComposeStack) -> Work:
    """Return the runs as soon as USAJOBS is slow to answer the first one."""
    stack.sample_api("PUT", "faults", [SLOW])
    slow = stack.start_run(**DEFAULT)
    stack.wait(
        lambda: not stack.sample_api("GET", "faults"), lambda: "no request came", 60, every=0.2
    )
    return Work(slow, stack.start_run(**LARGE))


def wait_for_writes(stack: ComposeStack) -> None:
    """Return in the middle of the large run's writes, of which the first ones are there."""
    stack.mongo("(() => { while (!db.positions.findOne()) sleep(2) })()")


def finished(stack: ComposeStack, runs: Work) -> list[str]:
    states = stack.wait_for_runs(seconds=600)
    return [states[run] for run in runs]


def outcome(stack: ComposeStack, runs: Work) -> dict[str, Any]:
    """Return what the runs have stored, and the part of their receipts that both always share."""
    names = ("state", "api_total", "rows", "matches", "near_misses", "rejected")
    receipts = {receipt["run_id"]: receipt for receipt in stack.documents("runs")}
    assert receipts.keys() == {*runs}
    return {
        "receipts": [{name: receipts[run][name] for name in names} for run in runs],
        **stack.stored(without=OBSERVED + SEEN),
    }


@pytest.mark.parametrize(
    ("fault", "service", "task"),
    [
        ("restart", "mongo", "load"),
        ("kill", "mongo", "load"),
        ("kill", "postgres", "transform"),
        ("kill", "airflow-scheduler", "load"),
        ("kill", "airflow-apiserver", "transform"),
    ],
)
def test_a_server_that_dies_takes_nothing_with_it(
    stack: ComposeStack,
    undisturbed: dict[str, Any],
    measured: Measured,
    fault: str,
    service: str,
    task: str,
) -> None:
    stack.forget()
    runs = start_work(stack)
    stack.wait_for_task(runs.large, task)
    if task == "load":
        wait_for_writes(stack)
    assert stack.tasks(runs.slow)["extract"]["state"] == "running"

    began = time.monotonic()
    if fault == "kill":
        stack.kill(service)
    else:
        stack.do("restart", service)
    stack.wait_until_healthy()
    back = time.monotonic() - began
    states = finished(stack, runs)
    done = time.monotonic() - began

    assert states == ["success", "success"]
    assert outcome(stack, runs) == undisturbed
    tries = [
        stack.tasks(run)[name]["try_number"]
        for run, name in zip(runs, ("extract", task), strict=True)
    ]
    measured(
        f"{fault} {service}, while {task} works",
        f"all healthy after {back:.0f} s, both runs done after {done:.0f} s; tries {tries}",
    )
