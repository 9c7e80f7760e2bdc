"""That a stack runs, and where: `.local/state.json`, for `bin/airflow` and a second `./run.sh`.

    python -m include.local.running

prints the Airflow line that `bin/airflow` is to use; it needs the standard library only.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from include.local.options import AIRFLOW_LINES, Options
from include.local.settings import local_directory, user_settings
from include.local.trouble import Refusal


@dataclass(frozen=True)
class RunningStack:
    """What `state.json` says. It holds no secret."""

    airflow: str
    port: int
    mongo_port: int
    sample_port: int
    pid: int


def stack_of(options: Options) -> RunningStack:
    """Return what this process runs."""
    return RunningStack(
        options.airflow, options.port, options.mongo_port, options.sample_port, os.getpid()
    )


@contextmanager
def the_only_stack(local: Path, stack: RunningStack) -> Iterator[None]:
    """Be the one stack of this directory while the block runs; a second one is refused."""
    local.mkdir(parents=True, exist_ok=True)
    local.chmod(0o700)
    with (local / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            other = running_stack(local)
            raise Refusal(
                "./run.sh is running in this directory already"
                + (f" (process {other.pid})" if other else "")
                + ". Use that one, with bin/airflow for its command line, or stop it first."
            ) from None
        state = local / "state.json"
        try:
            state.write_text(json.dumps(asdict(stack), indent=2) + "\n")
            yield
        finally:
            state.unlink(missing_ok=True)


def running_stack(local: Path) -> RunningStack | None:
    """Return what runs in this directory now; what a killed run has left behind is not."""
    try:
        stack = RunningStack(**json.loads((local / "state.json").read_text()))
        os.kill(stack.pid, 0)
    except (OSError, ValueError, TypeError):
        return None
    return stack if _is_locked(local / "lock") else None


def _is_locked(file: Path) -> bool:
    try:
        with file.open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def main() -> None:
    """Print the Airflow line of what runs, else the one that is set, else the default."""
    stack = running_stack(local_directory())
    line = user_settings(os.environ).get("JOB_TRACKER_AIRFLOW", AIRFLOW_LINES[0])
    print(stack.airflow if stack else line)


if __name__ == "__main__":
    main()
