"""Ports on 127.0.0.1."""

from __future__ import annotations

import errno
import socket

import psutil

from include.terminal.errors import UsageError

LOOPBACK = "127.0.0.1"


def refuse_taken_port(port: int, what: str, option: str) -> None:
    """Check that a port is free; `option` is the one that changes it.

    Raises:
        UsageError: the port can't be opened; the message says why, and suggests a free one.
    """
    if not (problem := _problem(port)):
        return
    variable = f"JOB_TRACKER_{option.removeprefix('--').upper().replace('-', '_')}"
    candidates = range(max(port + 1, 1024), min(port + 1100, 65536))
    other = next((n for n in candidates if not _problem(n)), "N")
    raise UsageError(
        f"Port {port}, needed for {what}, {problem}. "
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


def _problem(port: int) -> str | None:
    """Return why this port can't be opened."""
    # On some systems 127.0.0.1 can be bound although a program listens on all addresses.
    if answers(port):
        return f"is taken by another program on this machine{_listener(port)}"
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((LOOPBACK, port))
        except PermissionError:
            return "can only be opened by root"
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return f"is taken by another program on this machine{_listener(port)}"
            raise UsageError(
                f"The address {LOOPBACK} can't be used on this machine: {error.strerror}. "
                "Everything here listens on it: set up the loopback interface (ip addr show lo)."
            ) from error
    return None


def _listener(port: int) -> str:
    """Return which process listens on the port, where this user may know it."""
    try:
        for each in psutil.net_connections("tcp"):
            address = each.laddr
            if each.status == psutil.CONN_LISTEN and each.pid and address and address.port == port:
                process = psutil.Process(each.pid)
                return f" ({process.name()}, process {each.pid}, started in {process.cwd()})"
    except (psutil.Error, OSError):
        pass
    return ""
