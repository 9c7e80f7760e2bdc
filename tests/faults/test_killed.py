"""The process of a run is killed at any moment: what it began, its next tries finish."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from pymongo import MongoClient

from include.sample_api.faults import Fault
from tests.faults.chain import Client
from tests.faults.fault_env import LATER, SECOND_DAY, FaultEnv, run_at
from tests.faults.oracle import check_half_way, check_stored, stored
from tests.faults.proxy import LOOPBACK

PRELOADED = ["tests.faults.test_killed", "tests.faults.loads"]
MOST_TRIES = 60


def run_in_this_process(address: str, port: int, name: str) -> None:
    with MongoClient[dict[str, Any]](LOOPBACK, port) as mongo:
        run_at(Client(address, SECOND_DAY), 25, mongo[name])


@pytest.fixture(scope="module")
def processes() -> Any:
    """Starts processes that have the program loaded, so that a kill meets it at work."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    return context


def test_the_process_is_killed_again_and_again_until_it_gets_through(
    fault_env: FaultEnv,
    mongod_port: int,
    processes: Any,
    few_cases: int,
    count: Callable[[str], None],
) -> None:
    right = fault_env.undisturbed(25, SECOND_DAY)
    completed = fault_env.undisturbed(25, SECOND_DAY, LATER)
    arguments = fault_env.address, mongod_port, fault_env.database.name
    for number in range(few_cases):
        rng = Random(number)
        fault_env.begin_again()
        # Now and then the extraction takes its time, so that it is met as well.
        fault_env.api.faults.inject(
            Fault(kind="slow", seconds=rng.choice((0.001, 0.1)), times=None)
        )
        for _ in range(MOST_TRIES):
            process = processes.Process(target=run_in_this_process, args=arguments)
            process.start()
            process.join(rng.uniform(0, 1))
            process.kill()
            process.join()
            check_half_way(stored(fault_env.database), fault_env.before, right)
            if process.exitcode == 0:
                break
        else:
            pytest.fail(f"not once through in {MOST_TRIES} tries")
        check_stored(fault_env.database, right)
        fault_env.api.faults.inject()
        run_at(Client(fault_env.address, LATER), 25, fault_env.database)
        check_stored(fault_env.database, completed)
        count("kill -9 of the process of a run, until it gets through")
