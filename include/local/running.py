"""The running stack, recorded in `.local/state.json` for `bin/airflow` and a second `./run.sh`.

    python -m include.local.running

prints the Airflow version for `bin/airflow`; it needs the standard library only.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from include.local.kept_files import write_whole
from include.local.options import Options, parse_options
from include.local.settings import local_directory, make_private, user_settings
from include.terminal.errors import UsageError, ending_the_program

# Commands that borrow another one's server are brief.
BORROWED_SECONDS = 60.0


class AlreadyRunningError(UsageError):
    """Another stack is running in this directory."""


@dataclass(frozen=True)
class RunningStack:
    """The content of `state.json`, without secrets."""

    airflow: str
    port: int
    mongo_port: int
    sample_port: int
    pid: int


def stack_of(options: Options) -> RunningStack:
    """Return the stack that this process runs."""
    return RunningStack(
        options.airflow, options.port, options.mongo_port, options.sample_port, os.getpid()
    )


@contextmanager
def the_only_stack(local: Path, stack: RunningStack) -> Iterator[None]:
    """Hold the lock on this directory and record the stack for the duration of the block.

    Raises:
        AlreadyRunningError: another stack is running in this directory.
    """
    make_private(local)
    with (local / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            other = running_stack(local)
            raise AlreadyRunningError(
                "./run.sh is already running in this directory"
                + (f" (process {other.pid})" if other else "")
                + ". Use that one (bin/airflow is its command line), or stop it first."
            ) from None
        state = local / "state.json"
        try:
            write_whole(state, json.dumps(asdict(stack), indent=2) + "\n")
            yield
        finally:
            state.unlink(missing_ok=True)


def running_stack(local: Path) -> RunningStack | None:
    """Return the stack that is running in this directory; what a killed run left doesn't count."""
    try:
        stack = RunningStack(**json.loads((local / "state.json").read_text()))
        os.kill(stack.pid, 0)
    except (OSError, ValueError, TypeError, OverflowError):
        return None
    return stack if is_locked(local / "lock") else None


@contextmanager
def borrowed_stack(local: Path) -> Iterator[RunningStack | None]:
    """Yield the running stack, which no other command ends during the block; None without one."""
    make_private(local)
    with (local / "borrowed").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        yield running_stack(local)


@contextmanager
def not_borrowed(local: Path) -> Iterator[None]:
    """Let nobody borrow the stack during the block, which waits for those who do, for a minute."""
    make_private(local)
    patience = time.monotonic() + BORROWED_SECONDS
    with (local / "borrowed").open("w") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > patience:
                    break
                time.sleep(0.05)
        yield


def is_locked(file: Path) -> bool:
    """Return whether a process holds the file's lock for itself."""
    try:
        with file.open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def main() -> None:
    """Print the Airflow version of the running stack, or else of the settings, or the default."""
    stack = running_stack(local_directory())
    with ending_the_program():
        line = parse_options([], user_settings(os.environ)).airflow if not stack else stack.airflow
    print(line)


if __name__ == "__main__":
    main()
