from __future__ import annotations

import errno
import os
import socket

import pytest

from include.local import ports
from include.local.ports import free_port, refuse_taken_port
from include.terminal.errors import UsageError


@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0"])  # noqa: S104 - a stranger's
def test_a_taken_port_is_refused_with_the_option_that_changes_it(address: str) -> None:
    with socket.socket() as listener:
        listener.bind((address, 0))
        listener.listen()
        port = listener.getsockname()[1]

        with pytest.raises(UsageError) as refusal:
            refuse_taken_port(port, "the embedded MongoDB", "--mongo-port")

    message = str(refusal.value)
    assert f"Port {port}, needed for the embedded MongoDB, is taken" in message
    assert "./run.sh --mongo-port " in message
    assert "JOB_TRACKER_MONGO_PORT=" in message
    assert refusal.value.status == 2


def test_the_program_that_listens_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, pytest.raises(UsageError) as refusal:
        refuse_taken_port(listener.getsockname()[1], "Airflow's pages", "--port")

    assert f"process {os.getpid()}, started in {os.getcwd()})" in str(refusal.value)


@pytest.mark.parametrize(
    ("error", "problem"),
    [
        (PermissionError(errno.EACCES, "Permission denied"), "can only be opened by root"),
        (
            OSError(errno.EADDRNOTAVAIL, "Cannot assign requested address"),
            "127.0.0.1 can't be used on this machine: Cannot assign requested address",
        ),
    ],
)
def test_a_port_that_cannot_be_opened_for_another_reason_is_not_called_taken(
    monkeypatch: pytest.MonkeyPatch, error: OSError, problem: str
) -> None:
    def bind(self: socket.socket, address: tuple[str, int]) -> None:
        if address[1] < 1024:
            raise error

    monkeypatch.setattr(ports, "answers", lambda port: False)
    monkeypatch.setattr(socket.socket, "bind", bind)
    with pytest.raises(UsageError) as refusal:
        refuse_taken_port(81, "Airflow's pages", "--port")
    assert problem in str(refusal.value)


def test_a_free_port_is_accepted() -> None:
    refuse_taken_port(free_port(), "Airflow's pages", "--port")
