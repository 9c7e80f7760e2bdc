from __future__ import annotations

import socket

import pytest

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


def test_a_free_port_is_accepted() -> None:
    refuse_taken_port(free_port(), "Airflow's pages", "--port")
