"""A whole `./run.sh` of a copy of the project, on free ports and without the user's settings."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from include.local.ports import free_port

pytest.importorskip("airflow")

LINE = "2.11" if version("apache-airflow").startswith("2.") else "3.3"


def environment() -> dict[str, str]:
    inherited = {
        n: v for n, v in os.environ.items() if not n.startswith(("AIRFLOW", "USAJOBS", "JOB_"))
    }
    return {**inherited, "JOB_TRACKER_AIRFLOW": LINE, "COLUMNS": "100"}


def start(project: Path, *options: str) -> subprocess.Popen[str]:
    ports = {
        f"JOB_TRACKER_{name}": str(free_port()) for name in ("PORT", "MONGO_PORT", "SAMPLE_PORT")
    }
    return subprocess.Popen(
        [sys.executable, "-m", "include.local", *options],
        cwd=project,
        env={**environment(), **ports},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def output_until_it_is_up(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    lines = []
    for line in process.stdout:
        lines.append(line)
        if line.startswith("Ctrl-C"):
            break
    return "".join(lines)
