"""Ports of 127.0.0.1."""

from __future__ import annotations

import socket

from include.local.trouble import Refusal

LOOPBACK = "127.0.0.1"


def refuse_taken_port(port: int, what: str, option: str) -> None:
    """Refuse politely when somebody else has the port; `option` is the one that changes it."""
    if not _is_taken(port):
        return
    variable = f"JOB_TRACKER_{option.removeprefix('--').upper().replace('-', '_')}"
    other = next((n for n in range(port + 1, min(port + 100, 65536)) if not _is_taken(n)), "N")
    raise Refusal(
        f"Port {port}, meant for {what}, is taken by another program on this machine. "
        f"Choose another: ./run.sh {option} {other}, or set {variable}={other}."
    )


def free_port() -> int:
    """Return a port that is free now."""
    with socket.socket() as listener:
        listener.bind((LOOPBACK, 0))
        return int(listener.getsockname()[1])


def answers(port: int) -> bool:
    """Tell whether somebody listens at the port."""
    with socket.socket() as client:
        client.settimeout(1)
        return client.connect_ex((LOOPBACK, port)) == 0


def _is_taken(port: int) -> bool:
    # A listener on all addresses leaves 127.0.0.1 free to bind on some systems: ask it as well.
    if answers(port):
        return True
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((LOOPBACK, port))
        except OSError:
            return True
    return False
