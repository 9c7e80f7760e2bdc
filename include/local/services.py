"""Child processes that never outlive the run: not its end, a failure, a signal or its death."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import psutil

from include.local.trouble import Trouble

ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
GRACE = 15.0

LARGEST_LOG = 20 * 1024 * 1024
"""Bytes of a service's output that are kept in one file; the file before it is kept too."""

_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
_PR_SET_PDEATHSIG = 1


class Interrupted(BaseException):
    """The user or the system wants the run to end; like KeyboardInterrupt, it is no Exception."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.status = 128 + number


@dataclass(frozen=True)
class Service:
    """A running process and the file its output goes to."""

    name: str
    process: psutil.Process
    log: Path

    def check(self) -> None:
        """Raise Trouble with the end of its output if the process is gone."""
        if ended(self.process):
            raise Trouble(f"{self.name} stopped by itself. {last_words(self.log)}")

    def bound_log(self) -> None:
        """Begin the file anew once it is large; what it held is kept beside it, as `….log.1`."""
        # A file that somebody deleted, or a full disk, is no reason to stop what runs.
        with suppress(OSError):
            if self.log.stat().st_size > LARGEST_LOG:
                shutil.copyfile(self.log, self.log.with_name(f"{self.log.name}.1"))
                os.truncate(self.log, 0)


def interrupt_on_signals() -> None:
    """Turn Ctrl-C, termination and a closed terminal into `Interrupted`, so that all is stopped."""
    for number in ENDING_SIGNALS:
        signal.signal(number, _interrupt)


@contextmanager
def service(
    name: str, command: Sequence[str], *, environment: Mapping[str, str], log: Path
) -> Iterator[Service]:
    """Run a command while the block runs, and end it with everything it started."""
    process = None
    try:
        with uninterrupted():
            process = _start(command, environment, log)
        yield Service(name, process, log)
    finally:
        if process:
            end(process)


def run_to_end(
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    log: Path,
    watch: Callable[[], None] = lambda: None,
    answers: str = "",
) -> int:
    """Run a command, calling `watch` now and then, and return its exit status.

    `answers` is what it reads from standard input, for what must not stand in its arguments.
    """
    process = None
    try:
        with uninterrupted():
            process = _start(command, environment, log, answers)
        while not ended(process):
            watch()
            time.sleep(0.1)
        watch()
        return process.wait() or 0
    finally:
        if process:
            end(process)


def wait_until(
    ready: Callable[[], bool], services: Sequence[Service], *, what: str, seconds: float
) -> None:
    """Wait until `ready()`; a service that dies meanwhile, or too long a wait, is Trouble."""
    deadline = time.monotonic() + seconds
    while not ready():
        for each in services:
            each.check()
        if time.monotonic() > deadline:
            words = " ".join(last_words(each.log) for each in services)
            raise Trouble(f"{what} was not ready after {seconds:.0f} seconds. {words}")
        time.sleep(0.2)


def ended(process: psutil.Process) -> bool:
    """Tell whether the process is gone."""
    try:
        process.wait(timeout=0)
    except psutil.TimeoutExpired:
        return False
    return True


def end(process: psutil.Process, grace: float = GRACE) -> None:
    """Ask the process to stop, and kill what is left of it and its descendants after `grace`."""
    with uninterrupted():
        family = _family(process)
        with suppress(psutil.NoSuchProcess):
            process.terminate()
        _, alive = psutil.wait_procs([process], timeout=grace)
        left = {*alive, *(each for each in family if each.is_running()), *_family(process)}
        for each in left:
            with suppress(psutil.NoSuchProcess):
                each.kill()
        psutil.wait_procs(list(left), timeout=5)


def last_words(log: Path, lines: int = 5) -> str:
    """Return where a service's output is, and how it ends."""
    text = log.read_text(encoding="utf-8", errors="replace") if log.is_file() else ""
    tail = "\n".join(text.rstrip().splitlines()[-lines:])
    return f"Its output is in {log}" + (f" and ends with:\n{tail}" if tail else ", and empty.")


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Hold signals back until the block is done: no process is half started or half stopped."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    held: list[int] = []
    before = {n: signal.signal(n, lambda number, _: held.append(number)) for n in ENDING_SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if held:
        signal.raise_signal(held[0])


def _interrupt(number: int, _: FrameType | None) -> None:
    # Stopping takes some seconds. No print: the signal may have come in the middle of one.
    with suppress(OSError):
        os.write(2, b"\nStopping everything ...\n")
    raise Interrupted(number)


def _start(
    command: Sequence[str], environment: Mapping[str, str], log: Path, answers: str = ""
) -> psutil.Process:
    log.parent.mkdir(parents=True, exist_ok=True)
    log.unlink(missing_ok=True)
    # What is appended goes to the end of the file, also after it was cut.
    with log.open("ab") as output:
        process = psutil.Popen(
            command,
            env=dict(environment),
            stdin=subprocess.PIPE if answers else subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            # Ctrl-C is ours to handle: it reaches no child directly, and all stop in order.
            start_new_session=True,
            preexec_fn=_die_with_parent if _LIBC else None,
        )
    if answers:
        process.stdin.write(answers.encode())
        process.stdin.close()
    return process


def _die_with_parent() -> None:
    if _LIBC:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _family(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.NoSuchProcess:
        return []
