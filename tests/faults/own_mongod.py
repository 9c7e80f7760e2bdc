"""A mongod that a test may kill, restart, fill up and make step down."""

from __future__ import annotations

import resource
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from include.local.mongod import mongod_program
from include.local.ports import LOOPBACK, free_port

READY_WITHIN = 60


class OwnMongod:
    """A server on files of its own, always on the same port.

    As a replica set of one node it can step down. It takes the test command `configureFailPoint`.
    """

    def __init__(self, folder: Path, *, replica_set: bool = False) -> None:
        self.port = free_port()
        self._folder = folder
        self._replica_set = replica_set
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start on the files that are there, and wait until it takes writes."""
        self.launch()
        self.wait_until_writable()

    def launch(self) -> None:
        """Start on the files that are there."""
        command = [
            *(str(mongod_program()), "--dbpath", str(self._folder), "--port", str(self.port)),
            *("--bind_ip", LOOPBACK, "--nounixsocket", "--setParameter", "enableTestCommands=1"),
            *("--wiredTigerCacheSizeGB", "0.25", "--oplogSize", "16"),
            *("--wiredTigerEngineConfigString", "log=(prealloc=false,file_max=16MB)"),
            *(("--replSet", "one") if self._replica_set else ()),
        ]
        self._process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={"LC_ALL": "C"}
        )

    def kill(self) -> None:
        """End it as a power cut would."""
        assert self._process
        self._process.kill()
        self._process.wait()

    @property
    def has_died(self) -> bool:
        """Whether it ended by itself."""
        assert self._process
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(10)
        return self._process.poll() is not None

    def limit_files(self, size: int) -> None:
        """Let no file grow beyond that many bytes: to a database it is a full disk."""
        assert self._process
        resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE, (size, size))

    @contextmanager
    def client(self, **options: Any) -> Iterator[MongoClient[dict[str, Any]]]:
        """A client of it, past any proxy."""
        with MongoClient[dict[str, Any]](
            LOOPBACK, self.port, directConnection=True, tz_aware=True, **options
        ) as client:
            yield client

    def fail(self, commands: Sequence[str], application: str, mode: Any, **data: Any) -> None:
        """Let those commands of an application fail, as `configureFailPoint` says."""
        about = {"failCommands": list(commands), "appName": application, **data}
        with self.client() as client:
            client.admin.command("configureFailPoint", "failCommand", mode=mode, data=about)

    def wait_until_writable(self) -> None:
        """Wait until it takes writes."""
        deadline = time.monotonic() + READY_WITHIN
        with self.client(serverSelectionTimeoutMS=200) as client:
            while True:
                try:
                    if client.admin.command("hello")["isWritablePrimary"]:
                        return
                    if self._replica_set:
                        members = [{"_id": 0, "host": f"{LOOPBACK}:{self.port}"}]
                        client.admin.command("replSetInitiate", {"_id": "one", "members": members})
                except PyMongoError:
                    assert time.monotonic() < deadline, "mongod did not become ready"
                time.sleep(0.05)


@contextmanager
def own_mongod(folder: Path, *, replica_set: bool = False) -> Iterator[OwnMongod]:
    """Run such a server while the block runs."""
    server = OwnMongod(folder, replica_set=replica_set)
    server.start()
    try:
        yield server
    finally:
        server.kill()
