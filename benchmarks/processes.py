"""Work in a process of its own, under a limit of memory."""

from __future__ import annotations

import logging
import multiprocessing
import os
import resource
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

MB = 1024 * 1024
LIMIT = 512 * MB
"""What a process may allocate here: a task should need no larger worker."""


class Measured(NamedTuple):
    """What a process returned, and its peak in MB of memory."""

    result: Any
    peak: int


def measured(
    work: Callable[..., Any],
    *arguments: Any,
    environment: Mapping[str, str] | None = None,
    limit: int = LIMIT,
) -> Measured:
    """Do something in a fresh process that may not allocate more than the limit, in bytes.

    Its environment has these variables besides. Raises what it raised there, such as MemoryError.
    """
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(
        target=_send, args=(sender, dict(environment or {}), limit, work, *arguments)
    )
    process.start()
    sender.close()
    try:
        outcome: Measured | Exception = receiver.recv()
    except EOFError:
        outcome = MemoryError(f"{work} ended without a word")
    process.join()
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


def _send(
    sender: Any,
    environment: Mapping[str, str],
    limit: int,
    work: Callable[..., Any],
    *arguments: Any,
) -> None:
    os.environ.update(environment)
    logging.disable(logging.WARNING)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    try:
        outcome: Measured | Exception = Measured(work(*arguments), _peak())
    except Exception as error:
        outcome = error
    sender.send(outcome)


def peak_of(pid: int | str) -> int:
    """Return a process's peak of resident memory in MB, as Linux keeps it.

    Raises:
        OSError: it has ended, or this is no Linux.
    """
    status = Path(f"/proc/{pid}/status").read_text()
    found = next((line for line in status.splitlines() if line.startswith("VmHWM")), "VmHWM 0")
    return int(found.split()[1]) // 1024


def _peak() -> int:
    """Return this process's peak of resident memory in MB."""
    # `ru_maxrss` also counts what the parent held when this process was made.
    with suppress(OSError):
        return peak_of("self")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // (MB if sys.platform == "darwin" else 1024)
