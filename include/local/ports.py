"""Ports on 127.0.0.1."""

from __future__ import annotations

import socket

from include.terminal.errors import UsageError

LOOPBACK = "127.0.0.1"


def refuse_taken_port(port: int, what: str, option: str) -> None:
    """Check that a port is free; `option` is the one that changes it.

    Raises:
        UsageError: the port is taken; the message suggests a free one.
    """
    if not _is_taken(port):
        return
    variable = f"JOB_TRACKER_{option.removeprefix('--').upper().replace('-', '_')}"
    other = next((n for n in range(port + 1, min(port + 100, 65536)) if not _is_taken(n)), "N")
    raise UsageError(
        f"Port {port}, needed for {what}, is taken by another program on this machine. "
        f"Choose another one: ./run.sh {option} {other}, or set {variable}={other}."
    )


def free_port() -> int:
    """Return a port that is free now."""
    with socket.socket() as listener:
        listener.bind((LOOPBACK, 0))
        return int(listener.getsockname()[1])


def answers(port: int) -> bool:
    """Return whether a program is listening on the port."""
    with socket.socket() as client:
        client.settimeout(1)
        return client.connect_ex((LOOPBACK, port)) == 0


def _is_taken(port: int) -> bool:
    # On some systems 127.0.0.1 can be bound although a program listens on all addresses.
    if answers(port):
        return True
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((LOOPBACK, port))
        except OSError:
            return True
    return False
