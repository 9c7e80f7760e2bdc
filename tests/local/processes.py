"""Looking at processes from outside."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import psutil


def listening_addresses(processes: Iterable[psutil.Process]) -> set[tuple[str, int]]:
    return {
        (connection.laddr.ip, connection.laddr.port)
        for process in processes
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }


def processes_of(project: Path) -> list[psutil.Process]:
    """Return what runs for a project: processes that have its path in arguments or environment."""
    return [process for process in psutil.process_iter() if _is_of(process, str(project))]


def _is_of(process: psutil.Process, project: str) -> bool:
    try:
        words = [*process.cmdline(), process.environ().get("PYTHONPATH", "")]
    except psutil.Error:
        return False
    return any(project in word for word in words)
