"""MongoDB fails at any point of a load: nothing half true is left, and the next try completes it.

`--requests N` tries N cases of each fault class instead of a few.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest
from pymongo import MongoClient

from include.jobs import limits
from include.store.collections import POSITIONS, VERSIONS
from tests.faults.chain import MongoDatabase
from tests.faults.loads import FIRST, NEXT, ORDERS, SECOND, Loads
from tests.faults.oracle import restore, stored
from tests.faults.own_mongod import OwnMongod, own_mongod
from tests.faults.proxy import LOOPBACK, Breakdown, Proxy, proxy_before

NAME = "faults_of_mongo"


@pytest.fixture(autouse=True)
def small_bulk_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let 36 rows take several bulk writes, as thousands do."""
    monkeypatch.setattr(limits, "WRITE_BATCH_SIZE_DOCUMENTS", 7)


@contextmanager
def impatient(port: int, patience: float = 5, **options: Any) -> Iterator[MongoDatabase]:
    """The database as a client sees it that waits no longer than `patience` seconds."""
    timeout = int(patience * 1000)
    with MongoClient[dict[str, Any]](
        LOOPBACK,
        port,
        directConnection=True,
        serverSelectionTimeoutMS=timeout,
        connectTimeoutMS=timeout,
        socketTimeoutMS=timeout,
        **options,
    ) as client:
        yield client[NAME]


@pytest.fixture(scope="module")
def direct(mongod_port: int) -> Iterator[MongoDatabase]:
    with MongoClient[dict[str, Any]](LOOPBACK, mongod_port, tz_aware=True) as client:
        yield client[NAME]
        client.drop_database(NAME)


@pytest.fixture
def proxy(mongod_port: int) -> Iterator[Proxy]:
    with proxy_before(mongod_port) as proxy:
        yield proxy


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("how", ["reset", "cut", "stall"])
@pytest.mark.parametrize("direction", ["up", "down"])
def test_the_connection_breaks_at_any_byte(
    direct: MongoDatabase,
    proxy: Proxy,
    cases: int,
    count: Callable[[str], None],
    order: str,
    how: Any,
    direction: Any,
) -> None:
    loads = Loads(direct, *ORDERS[order])
    loads.begin()
    with impatient(proxy.port) as database:
        assert loads.disturb(database)
    total = proxy.passed[direction]
    for number in range(cases):
        rng = Random(f"{order} {how} {direction} {number}")
        # What an earlier stall holds back must not arrive later.
        proxy.go_away()
        proxy.come_back()
        loads.begin()
        proxy.inject(
            Breakdown(how, rng.randrange(total), direction, rng.choice((1, None)), away=number % 2)
        )
        with impatient(proxy.port, 0.3) as database:
            loaded = loads.disturb(database)
        loads.check(loaded=loaded)
        count(f"MongoDB: {how} at a random byte {direction}wards")


def test_the_server_is_away_before_the_load(
    direct: MongoDatabase, proxy: Proxy, count: Callable[[str], None]
) -> None:
    loads = Loads(direct, FIRST, SECOND)
    loads.begin()
    proxy.go_away()
    with impatient(proxy.port, 0.3) as database:
        assert not loads.disturb(database)
    loads.check(loaded=False)
    count("MongoDB: away before the load")


@pytest.fixture(scope="module")
def replica_set(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnMongod]:
    with own_mongod(tmp_path_factory.mktemp("replica-set"), replica_set=True) as server:
        yield server


ERRORS = {
    "OutOfDiskSpace": 14031,
    "NotWritablePrimary": 10107,
    "PrimarySteppedDown": 189,
    "InterruptedAtShutdown": 11600,
    "MaxTimeMSExpired": 50,
    "Unauthorized": 13,
    "WriteConflict": 112,
    "LockTimeout": 24,
    "InternalError": 1,
}
COMMANDS = ("update", "find", "createIndexes")


@pytest.mark.parametrize("error", ERRORS)
def test_the_server_answers_with_an_error_at_any_command(
    replica_set: OwnMongod, cases: int, count: Callable[[str], None], error: str
) -> None:
    with replica_set.client() as client:
        loads = Loads(client[NAME], FIRST, SECOND)
        for number in range(cases):
            rng = Random(f"{error} {number}")
            loads.begin()
            mode = rng.choice(({"skip": rng.randrange(20)}, {"times": rng.randint(1, 3)}))
            commands = rng.sample(COMMANDS, rng.randint(1, 3))
            replica_set.fail(commands, "disturbed", mode, errorCode=ERRORS[error])
            with impatient(replica_set.port, 1, appname="disturbed") as database:
                loaded = loads.disturb(database)
            loads.check(loaded=loaded)
            count(f"MongoDB: error {error}")


def test_a_write_is_not_taken_by_the_majority(
    replica_set: OwnMongod, cases: int, count: Callable[[str], None]
) -> None:
    trouble = {"code": 64, "codeName": "WriteConcernFailed", "errmsg": "waiting timed out"}
    with replica_set.client() as client:
        loads = Loads(client[NAME], FIRST, SECOND)
        for number in range(cases):
            loads.begin()
            mode = {"skip": Random(number).randrange(12)}
            replica_set.fail(["update"], "disturbed", mode, writeConcernError=trouble)
            with impatient(replica_set.port, 1, appname="disturbed") as database:
                loaded = loads.disturb(database)
            loads.check(loaded=loaded)
            count("MongoDB: a write concern that is not met")


def test_the_server_is_slow(
    replica_set: OwnMongod, cases: int, count: Callable[[str], None]
) -> None:
    with replica_set.client() as client:
        loads = Loads(client[NAME], FIRST, SECOND)
        for number in range(cases):
            rng = Random(number)
            loads.begin()
            slowness = {"blockConnection": True, "blockTimeMS": rng.choice((5, 20, 400))}
            replica_set.fail(["update"], "disturbed", {"skip": rng.randrange(12)}, **slowness)
            with impatient(replica_set.port, 0.2, appname="disturbed") as database:
                loaded = loads.disturb(database)
            # What the server was still at when its client gave up, it goes on with.
            replica_set.fail([], "disturbed", "off")
            loads.check(loaded=loaded)
            count("MongoDB: slower than the timeout, or merely slow")


def test_the_primary_steps_down(
    replica_set: OwnMongod, few_cases: int, count: Callable[[str], None]
) -> None:
    with replica_set.client() as client:
        loads = Loads(client[NAME], FIRST, SECOND)
        for number in range(few_cases):
            loads.begin()
            step_down = {"replSetStepDown": 1, "force": True}
            moment = Random(number).uniform(0, 0.1)
            later = threading.Timer(moment, client.admin.command, [step_down])
            with impatient(replica_set.port) as database:
                later.start()
                loaded = loads.disturb(database)
            later.join()
            replica_set.wait_until_writable()
            loads.check(loaded=loaded)
            count("MongoDB: the primary steps down")


def test_the_server_is_killed_and_restarted_on_its_files(
    tmp_path: Path, few_cases: int, count: Callable[[str], None]
) -> None:
    with own_mongod(tmp_path) as server:
        for number in range(few_cases):
            with server.client() as client:
                loads = Loads(client[NAME], FIRST, SECOND)
                loads.begin()
            kill = threading.Timer(Random(number).uniform(0, 0.15), server.kill)
            with impatient(server.port, 0.5) as database:
                kill.start()
                loaded = loads.disturb(database)
            kill.join()
            server.start()
            with server.client() as client:
                loads.database = client[NAME]
                loads.check(loaded=loaded)
            count("MongoDB: kill -9 of the server")


def test_the_disk_is_full(tmp_path: Path, few_cases: int, count: Callable[[str], None]) -> None:
    with own_mongod(tmp_path) as server:
        for number in range(few_cases):
            with server.client() as client:
                loads = Loads(client[NAME], FIRST, SECOND)
                loads.begin()
            journal = max(tmp_path.glob("journal/WiredTigerLog.*"), key=os.path.getmtime)
            server.limit_files(journal.stat().st_size + Random(number).randrange(100_000))
            with impatient(server.port, 0.5) as database:
                loaded = loads.disturb(database)
            assert loaded or server.has_died
            server.kill()
            server.start()
            with server.client() as client:
                loads.database = client[NAME]
                loads.check(loaded=loaded)
            count("MongoDB: the disk is full")


def test_the_same_run_loads_twice_at_once(
    direct: MongoDatabase, cases: int, count: Callable[[str], None]
) -> None:
    loads = Loads(direct, FIRST, SECOND)
    for _ in range(cases):
        loads.begin()
        with ThreadPoolExecutor(3) as pool:
            futures = [pool.submit(loads.disturb, direct) for _ in range(3)]
        assert all(future.result() for future in futures)
        loads.check(loaded=True)
        count("MongoDB: the same run three times at once")


def test_different_runs_load_at_once(
    direct: MongoDatabase, cases: int, count: Callable[[str], None]
) -> None:
    right = None
    for number in range(cases + 1):
        restore(direct, {})
        with ThreadPoolExecutor(1 if number == 0 else 3) as pool:
            for index, each in enumerate((FIRST, SECOND, NEXT)):
                pool.submit(each.load, direct, f"run {index}")
        found = {name: stored(direct)[name] for name in (POSITIONS, VERSIONS)}
        right = right or found
        assert found == right
        count("MongoDB: three runs at once")
