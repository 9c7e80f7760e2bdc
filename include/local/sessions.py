"""Ends sessions: a process that was started in a session of its own, with all that it started.

Unlike its children, the members of a session are still known after the process itself has died.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress

import psutil


def end_sessions(leaders: Iterable[int], grace: float) -> None:
    """Terminate these processes; after `grace` seconds, kill what is left of their sessions."""
    sessions = set(leaders)
    known = [member for leader in sessions for member in _members(leader)]
    for process in known:
        if process.pid in sessions:
            with suppress(psutil.NoSuchProcess):
                process.terminate()
    psutil.wait_procs([each for each in known if each.pid in sessions], timeout=grace)
    left = {each for each in known if each.is_running()}
    left.update(member for leader in sessions for member in _members(leader))
    for process in left:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs([each for each in left if not _is_dead(each)], timeout=5)


def _members(leader: int) -> list[psutil.Process]:
    """Return a process, the members of its session, and its descendants in other sessions."""
    members = {process for process in psutil.process_iter() if _is_in(process, leader)}
    for process in list(members):
        with suppress(psutil.NoSuchProcess):
            members.update(process.children(recursive=True))
    return [process for process in members if not _is_dead(process)]


def _is_in(process: psutil.Process, leader: int) -> bool:
    try:
        return leader in (process.pid, os.getsid(process.pid))
    except (ProcessLookupError, PermissionError):
        return False


def _is_dead(process: psutil.Process) -> bool:
    """Return whether the process has ended, although nobody may have asked for its status yet."""
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
