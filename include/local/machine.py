"""What this machine must have before anything is started."""

from __future__ import annotations

import multiprocessing
import resource
import shutil
from contextlib import suppress

from include.local.options import Options
from include.local.settings import PROJECT
from include.terminal.errors import UsageError

ENOUGH_FILES = 4096
NEEDED_MEGABYTES = 100


def check_machine(options: Options) -> None:
    """Raise the limit of open files, and check what would end Airflow or MongoDB later.

    Raises:
        UsageError: the disk is full, or the machine has no shared memory.
    """
    _allow_open_files()
    free = shutil.disk_usage(PROJECT).free // 1_000_000
    if free < NEEDED_MEGABYTES:
        raise UsageError(
            f"The disk with {PROJECT} has {free} MB left; at least {NEEDED_MEGABYTES} MB are "
            "needed. Free some space first."
        )
    if not options.once:
        _check_shared_memory()


def _allow_open_files() -> None:
    """Raise this process's limit, which its children inherit; macOS begins with 256."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = ENOUGH_FILES if hard == resource.RLIM_INFINITY else min(ENOUGH_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _check_shared_memory() -> None:
    try:
        multiprocessing.Lock()
    except (OSError, ImportError) as error:
        raise UsageError(
            f"This machine has no shared memory ({error}), which Airflow's scheduler needs. Mount "
            "a tmpfs at /dev/shm, or use ./run.sh --once."
        ) from error
