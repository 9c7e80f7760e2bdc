"""What was measured last, part by part, in `benchmarks/results.json`.

Each part is kept with the machine and the day, so that one can be measured anew without the others.
"""

from __future__ import annotations

import json
import os
import platform
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil
from pymongo import MongoClient

from benchmarks.part import Line

FILE = Path(__file__).with_name("results.json")

BUSY = 0.15
"""The share of the processor that others may take before figures are not to be trusted."""


@dataclass(frozen=True)
class Machine:
    """What figures depend on; nothing that tells one machine from another of its kind."""

    cores: int
    memory_gb: int
    system: str
    python: str
    mongodb: str
    airflow: str

    def __str__(self) -> str:
        return (
            f"{self.cores} cores, {self.memory_gb} GB of memory, {self.system}; Python "
            f"{self.python}, MongoDB {self.mongodb}, Airflow {self.airflow}"
        )


@dataclass(frozen=True)
class Result:
    """The lines of a part, and how they were measured."""

    day: str
    machine: Machine
    sizes: dict[str, int]
    quick: bool
    busy: float
    """The share of the processor that others took before it began."""
    lines: list[Line]

    @property
    def caveat(self) -> str:
        """Why the figures are not the last word; empty if they are."""
        reasons = ["with small sizes"] * self.quick
        reasons += [f"while others took {self.busy:.0%} of the processor"] * (self.busy > BUSY)
        return " and ".join(reasons)


def this_machine(mongo_port: int) -> Machine:
    """Return what this machine is, with the version of the MongoDB on that port."""
    with MongoClient[dict[str, Any]]("127.0.0.1", mongo_port) as client:
        mongodb = client.server_info()["version"]
    return Machine(
        cores=os.cpu_count() or 1,
        memory_gb=round(psutil.virtual_memory().total / 2**30),
        system=f"{platform.system()} {platform.machine()}",
        python=platform.python_version(),
        mongodb=mongodb,
        airflow=version("apache-airflow"),
    )


def busy(seconds: float = 3) -> float:
    """Return the share of the processor that is taken now, while nothing is measured.

    Unlike the load average, it does not hold what was measured just before.
    """
    return float(psutil.cpu_percent(interval=seconds)) / 100


def read_results(file: Path | None = None) -> dict[str, Result]:
    """Return the kept results by the names of their parts."""
    file = file or FILE
    if not file.is_file():
        return {}
    return {name: _result(**kept) for name, kept in json.loads(file.read_text("utf-8")).items()}


def keep_result(name: str, result: Result, file: Path | None = None) -> None:
    """Keep the result of a part in place of its earlier one."""
    file = file or FILE
    known = read_results(file) | {name: result}
    written = {name: asdict(each) for name, each in sorted(known.items())}
    for name, each in known.items():
        written[name]["lines"] = [line._asdict() for line in each.lines]
    text = json.dumps(written, indent=2, ensure_ascii=False)
    file.write_text(f"{text}\n", encoding="utf-8")


def _result(machine: dict[str, Any], lines: list[dict[str, Any]], **kept: Any) -> Result:
    return Result(machine=Machine(**machine), lines=[Line(**line) for line in lines], **kept)
