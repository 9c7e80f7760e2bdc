"""Child processes that never outlive this one, however it ends."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import psutil

from include.jobs import limits
from include.local.guard import guard, release, start_guard
from include.local.sessions import end_sessions
from include.terminal.errors import CommandError

ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
GRACE = 15.0


class Interrupted(BaseException):
    """A signal to stop; like KeyboardInterrupt, it is not a subclass of Exception."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.status = 128 + number


@dataclass(frozen=True)
class Service:
    """A running process and the log file with its output."""

    name: str
    process: psutil.Process
    log: Path

    def check(self) -> None:
        """Check that the process is running.

        Raises:
            CommandError: it is not; the message has the end of its output.
        """
        if ended(self.process):
            raise CommandError(
                f"{self.name} stopped unexpectedly{_killed(self.process)}, so everything was "
                f"stopped. {last_words(self.log)}"
            )

    def bound_log(self) -> None:
        """Rotate the log file if it is too large; the old content is kept as `….log.1`."""
        # A deleted file or a full disk is no reason to stop the services.
        with suppress(OSError):
            if self.log.stat().st_size > limits.MAX_LOG_BYTES:
                shutil.copyfile(self.log, self.log.with_name(f"{self.log.name}.1"))
                os.truncate(self.log, 0)


def interrupt_on_signals() -> None:
    """Turn SIGINT, SIGTERM and SIGHUP into `Interrupted`, so that everything is stopped.

    SIGHUP stays ignored if it is: `nohup ./run.sh &` outlives its terminal.
    """
    for number in ENDING_SIGNALS:
        if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)


@contextmanager
def service(
    name: str, command: Sequence[str], *, environment: Mapping[str, str], log: Path
) -> Iterator[Service]:
    """Run a command for the duration of the block, then stop it with all its descendants."""
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
    stdin_text: str = "",
) -> int:
    """Run a command, calling `watch` regularly, and return its exit status.

    `stdin_text` is its standard input, for secrets that must not be in its arguments.
    """
    process = None
    try:
        with uninterrupted():
            process = _start(command, environment, log, stdin_text)
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
    """Wait until `ready()` is true.

    Raises:
        CommandError: a service stopped, or the time is up.
    """
    deadline = time.monotonic() + seconds
    while not ready():
        for each in services:
            each.check()
        if time.monotonic() > deadline:
            words = " ".join(last_words(each.log) for each in services)
            raise CommandError(f"{what} was not ready after {seconds:.0f} seconds. {words}")
        time.sleep(0.2)


def ended(process: psutil.Process) -> bool:
    """Return whether the process has ended."""
    try:
        process.wait(timeout=0)
    except psutil.TimeoutExpired:
        return False
    return True


def end(process: psutil.Process, grace: float = GRACE) -> None:
    """Terminate the process; after `grace` seconds, kill it and all that it started."""
    end_together([process], grace)


def end_together(processes: Iterable[psutil.Process], grace: float = GRACE) -> None:
    """End several processes at once, so that it takes as long as the slowest one."""
    known = list(processes)
    with uninterrupted():
        end_sessions([each.pid for each in known], grace)
        for each in known:
            ended(each)
            release(each.pid)


@contextmanager
def ending_together() -> Iterator[list[Service]]:
    """Yield an empty list; the services in it at the end of the block are ended at once."""
    services: list[Service] = []
    try:
        yield services
    finally:
        end_together([each.process for each in services])


def last_words(log: Path, lines: int = 5) -> str:
    """Return a text with the path of a service's log and its last lines."""
    text = log.read_text(encoding="utf-8", errors="replace") if log.is_file() else ""
    tail = "\n".join(text.rstrip().splitlines()[-lines:])
    return f"Its output is in {log}" + (f" and ends with:\n{tail}" if tail else ", and empty.")


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Defer signals until the block is done, so that no process is half started or stopped."""
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
    # Stopping takes some seconds. Not with print: the signal may have interrupted one.
    with suppress(OSError):
        os.write(2, b"\nStopping everything ...\n")
    raise Interrupted(number)


def _start(
    command: Sequence[str], environment: Mapping[str, str], log: Path, stdin_text: str = ""
) -> psutil.Process:
    log.parent.mkdir(parents=True, exist_ok=True)
    log.unlink(missing_ok=True)
    start_guard()
    # In append mode, writing continues at the end of the file even after it was truncated.
    with log.open("ab") as output:
        process = psutil.Popen(
            command,
            env=dict(environment),
            stdin=subprocess.PIPE if stdin_text else subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            # Ctrl-C does not reach children directly, so that they are stopped in order.
            start_new_session=True,
        )
    guard(process.pid)
    if stdin_text:
        process.stdin.write(stdin_text.encode())
        process.stdin.close()
    return process


def _killed(process: psutil.Process) -> str:
    status = process.wait(timeout=0)
    if status is None or status >= 0:
        return ""
    name = signal.Signals(-status).name
    lack = ", perhaps for lack of memory" if name == "SIGKILL" else ""
    return f" (it was killed by {name}{lack})"
