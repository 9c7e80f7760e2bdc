"""What is noted of processes: their environment, their limit and their peak of memory."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import psutil
import pytest

from benchmarks.local_airflow import _Peak
from benchmarks.processes import MB, measured

HOLD_MEMORY = "held = b'x' * (80 << 20); input()"


def test_work_has_the_environment_that_it_is_given() -> None:
    found = measured(os.getenv, "OF_THE_WORK", environment={"OF_THE_WORK": "here"})
    assert found.result == "here"
    assert found.peak > 0
    assert "OF_THE_WORK" not in os.environ


def test_work_that_allocates_more_than_its_limit_fails() -> None:
    with pytest.raises(MemoryError):
        measured(bytearray, 300 * MB, limit=200 * MB)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps a process's peak")
def test_the_peak_is_that_of_what_a_process_starts_meanwhile() -> None:
    command = [sys.executable, "-c", HOLD_MEMORY]
    before = subprocess.Popen(command, stdin=subprocess.PIPE)
    with _Peak([psutil.Process()]) as peak:
        assert peak.megabytes == 0
        started = subprocess.Popen(command, stdin=subprocess.PIPE)
        patience = time.monotonic() + 60
        while peak.megabytes < 80 and time.monotonic() < patience:
            time.sleep(0.05)
        started.communicate(b"\n")
    before.communicate(b"\n")
    assert peak.megabytes >= 80
