"""Ends what a killed process leaves running: `python -m include.local.guard`.

A process that is killed can't stop its services. Its guard can: it reads the ids of their sessions
from a pipe, and the pipe closes when that process ends, however it ends.
"""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from typing import IO, cast

from include.local.sessions import end_sessions
from include.local.settings import PROJECT

GRACE = 5.0


def start_guard() -> None:
    """Start the guard of this process, so that it doesn't begin with the first session."""
    _pipe()


def guard(session: int) -> None:
    """End this session if this process ends before `release(session)`."""
    _say(f"+{session}")


def release(session: int) -> None:
    """Forget a session that was ended; another program may get its id."""
    _say(f"-{session}")


def guarded(lines: Iterable[str]) -> list[int]:
    """Return the sessions that were guarded and not released."""
    sessions: dict[int, None] = {}
    for line in lines:
        if line.startswith("+"):
            sessions[int(line[1:])] = None
        else:
            sessions.pop(int(line[1:]), None)
    return list(sessions)


def _say(words: str) -> None:
    with suppress(BrokenPipeError):  # Somebody ended the guard; it is only needed after a kill.
        print(words, file=_pipe(), flush=True)


@cache
def _pipe() -> IO[str]:
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "include.local.guard"],
        env={"PATH": os.environ.get("PATH", os.defpath), "PYTHONPATH": str(PROJECT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        # Neither Ctrl-C nor the end of the terminal reaches it.
        start_new_session=True,
        text=True,
    )
    atexit.register(process.communicate)
    return cast("IO[str]", process.stdin)


if __name__ == "__main__":
    end_sessions(guarded(sys.stdin), GRACE)
