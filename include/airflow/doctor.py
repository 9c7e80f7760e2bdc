"""What `bin/doctor` runs in the environment of an Airflow process.

    python -m include.airflow.doctor [--local] [--stopped] [--skip AREA]...

prints one JSON object a line: which check begins, what it found, and that it ends. With
`--local`, it is the Airflow of `./run.sh`; with `--stopped`, its servers are not expected to run.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import IO, TYPE_CHECKING

from include.doctor.findings import Check, Finding, findings, problem
from include.doctor.pay_tables import check_pay_tables
from include.doctor.redaction import Redaction
from include.jobs import limits
from include.searches.saved_searches import SavedSearch

if TYPE_CHECKING:
    from include.airflow.doctor_connections import Connections

Runs = Callable[[], Iterable[Finding]]


def main(arguments: Sequence[str], output: IO[str]) -> None:
    """Run all checks, and write each finding without secrets."""
    redaction = Redaction(os.environ)

    def write(values: dict[str, object]) -> None:
        output.write(json.dumps(redaction.json(values)) + "\n")
        output.flush()

    left_out = {area for name, area in pairwise(arguments) if name == "--skip"}
    command = "bin/airflow" if "--local" in arguments else "airflow"
    for check in _checks(redaction, command, stopped="--stopped" in arguments):
        if check.area not in left_out:
            write({"begins": check.area})
            for finding in findings(check):
                write(finding.to_json())
    write({"ends": True})


def _checks(redaction: Redaction, command: str, *, stopped: bool) -> Iterator[Check]:
    """Yield the checks; Airflow is imported by the first, so that even this may fail or hang."""

    def check(area: str, run: Runs) -> Check:
        return Check(area, run, limits.DOCTOR_CHECK_SECONDS)

    def airflow() -> Iterator[Finding]:
        try:
            from include.airflow import doctor_airflow
        except ImportError as error:
            yield problem(
                f"The package {error.name} can't be imported by {sys.executable}.",
                "Install requirements.txt there, or put the Python of your Airflow first on PATH.",
            )
            return
        yield from doctor_airflow.check_settings()

    yield check("Airflow", airflow)
    try:
        from include.airflow import doctor_airflow, doctor_connections
    except ImportError:
        return
    connections = doctor_connections.Connections(redaction)
    yield check("Folders", doctor_airflow.check_folders)
    yield check("DAGs", doctor_airflow.check_dag_files)
    yield check("Processes", lambda: doctor_airflow.check_metadata(command, stopped=stopped))

    def searches() -> list[SavedSearch]:
        return doctor_airflow.saved_searches().good

    def check_of(run: Callable[[Connections, list[SavedSearch]], Iterator[Finding]]) -> Runs:
        return lambda: run(connections, searches())

    yield check("MongoDB", check_of(doctor_connections.check_database))
    yield check("USAJOBS", check_of(doctor_connections.check_usajobs))
    yield check("Notifications", check_of(doctor_connections.check_recipients))
    yield check("Pay tables", lambda: check_pay_tables(datetime.now(UTC)))


def _own_output() -> IO[str]:
    """Return the standard output for findings alone; what else prints goes to standard error."""
    own = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return own


if __name__ == "__main__":
    # Connections in the metadata database are read only by what calls itself a server.
    os.environ["_AIRFLOW_PROCESS_CONTEXT"] = "server"
    logging.disable(logging.CRITICAL)
    main(sys.argv[1:], _own_output())
    # A check whose time was up may still be waiting.
    sys.stderr.flush()
    os._exit(0)
