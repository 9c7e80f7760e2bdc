"""What one waits for at a terminal: installation, start, stop and commands, from outside.

    python -m benchmarks.start [--turns 2]

In a fresh clone of the last commit, with free ports, no settings of the user's and an empty cache,
the packages are downloaded and installed once. Then `./run.sh` until it says that it is up, Ctrl-C
until none of its processes is left, `./run.sh --once` and `bin/airflow dags list` take turns with
`airflow version`, which is about the shortest that Airflow's command line takes; the medians count.
"""

from __future__ import annotations

import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Timer

import psutil
from rich.console import Console
from rich.progress import track

from benchmarks.local_airflow import LINE
from benchmarks.part import Line, Part, Size
from include.local.ports import free_port
from include.local.settings import PROJECT

UP = "Ctrl-C stops everything"
"""The last that `./run.sh` says while it starts."""

PATIENCE_SECONDS = 900
VENV = ".venv" if LINE.startswith("3.") else f".venv-{LINE}"
INSTALL = ("requirements-local.txt", f"constraints/airflow-{LINE}.txt")

RUN = "./run.sh, until it is up"
STOP = "Ctrl-C, until all is stopped"
ONCE = "./run.sh --once"
LIST = "bin/airflow dags list"
BARE = "airflow version"


@dataclass(frozen=True)
class Clone:
    """A fresh clone of the project, and the environment of commands in it."""

    folder: Path
    environment: Mapping[str, str]

    def seconds(self, *command: str) -> float:
        """Return what a command takes; AssertionError with its last words if it fails."""
        began = time.perf_counter()
        with self._started(command) as process:
            output, _ = process.communicate()
        took = time.perf_counter() - began
        assert process.returncode == 0, f"{' '.join(command)}: {output[-2000:]}"
        return took

    def start_and_stop(self, *command: str) -> tuple[float, float]:
        """Return the seconds until a command says that it is up, and from Ctrl-C to its end."""
        began = time.perf_counter()
        with self._started(command) as process:
            up_after = _until_up(process, began)
            family = [psutil.Process(process.pid)]
            family += family[0].children(recursive=True)
            pressed = time.perf_counter()
            os.killpg(process.pid, signal.SIGINT)
            process.communicate()
            _, left = psutil.wait_procs(family, timeout=60)
            assert not left, f"{' '.join(command)} left {left} running"
        return up_after, time.perf_counter() - pressed

    def _started(self, command: Sequence[str]) -> _Patient:
        return _Patient(
            command,
            cwd=self.folder,
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            # As a terminal does, Ctrl-C is to reach the whole group, and not this process.
            start_new_session=True,
        )


class _Patient(subprocess.Popen[str]):
    """A process that is interrupted when its time is up."""

    def __enter__(self) -> _Patient:
        self._timer = Timer(PATIENCE_SECONDS, self.send_signal, [signal.SIGINT])
        self._timer.daemon = True
        self._timer.start()
        return self

    def __exit__(self, kind: object, value: object, trace: object) -> None:
        self._timer.cancel()
        if kind and self.poll() is None:
            self.send_signal(signal.SIGINT)
        super().__exit__(None, None, None)


def _until_up(process: subprocess.Popen[str], began: float) -> float:
    assert process.stdout
    lines = []
    for line in process.stdout:
        lines.append(line)
        if line.startswith(UP):
            return time.perf_counter() - began
    raise AssertionError(f"It did not come up: {''.join(lines)[-2000:]}")


def lines(turns: int) -> Iterator[Line]:
    """Yield the seconds of each."""
    with tempfile.TemporaryDirectory() as name:
        clone = fresh_clone(Path(name))
        Console(stderr=True).print("Downloading and installing packages into a fresh clone")
        install = (sys.executable, "-P", "-m", "include.local.environment", VENV, *INSTALL)
        yield Line(
            "first installation, with its download",
            f"{clone.seconds(*install):.1f} s",
            "none: it depends on the network",
            None,
        )
        first, _ = clone.start_and_stop("./run.sh")
        took = [turn(clone) for _ in track(range(turns), "Starting and stopping")]
        seconds = {what: statistics.median(one[what] for one in took) for what in took[0]}
        bare = seconds.pop(BARE)
        for what, ours in {"the first ./run.sh, until it is up": first, **seconds}.items():
            yield Line(what, f"{ours:.1f} s", f"{BARE} {bare:.1f} s", ours / bare)


def turn(clone: Clone) -> dict[str, float]:
    """Return the seconds of each command."""
    up_after, stopped_after = clone.start_and_stop("./run.sh")
    return {
        RUN: up_after,
        STOP: stopped_after,
        ONCE: clone.seconds("./run.sh", "--once"),
        LIST: clone.seconds("bin/airflow", "dags", "list"),
        BARE: clone.seconds(f"{VENV}/bin/airflow", "version"),
    }


def fresh_clone(folder: Path) -> Clone:
    """Return a clone of the last commit, in which nothing is installed."""
    project = folder / "job-tracker"
    # A path as an address: else the clone would share files with the project.
    git = shutil.which("git") or "git"
    subprocess.run([git, "clone", "--quiet", PROJECT.as_uri(), project], check=True)
    ours = ("AIRFLOW", "USAJOBS", "JOB_", "PYTHON", "VIRTUAL_ENV")
    environment = {n: v for n, v in os.environ.items() if not n.startswith(ours)}
    ports = ("PORT", "MONGO_PORT", "SAMPLE_PORT")
    return Clone(
        project,
        {
            **environment,
            **{f"JOB_TRACKER_{name}": str(free_port()) for name in ports},
            "JOB_TRACKER_AIRFLOW": LINE,
            "JOB_TRACKER_PYTHON": sys.executable,
            "PYTHONPATH": str(project),
            "PIP_CACHE_DIR": str(folder / "cache"),
            "AIRFLOW_HOME": str(folder / "bare"),
        },
    )


PART = Part("benchmarks.start", __doc__, lines, {"turns": Size(2, quick=1)})

if __name__ == "__main__":
    PART.main()
