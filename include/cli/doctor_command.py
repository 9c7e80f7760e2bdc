"""`bin/doctor`: checks all that a run needs, and says what to do about what is not well.

The checks run in a process like Airflow's own, `include.airflow.doctor`, with the same connections
and settings. This one says what it is about, bounds its time and shows what it found.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from tempfile import TemporaryFile
from threading import Thread
from typing import IO, Any

from rich.console import Console

from include.cli.airflow_command import local_environment
from include.cli.command import embedded_connections, exit_status
from include.cli.image import GIVEN_AIRFLOW, image_environment
from include.doctor.findings import Finding, State, note, problem, skipped
from include.doctor.redaction import Redaction
from include.jobs import limits
from include.local.airflow_settings import airflow_home
from include.local.connections import (
    Connections,
    choose_connections,
    read_mongo_connection,
    usajobs_connection,
)
from include.local.options import Options, parse_options
from include.local.ports import answers, refuse_taken_port
from include.local.proxies import is_proxy_variable, proxy_environment
from include.local.running import running_stack
from include.local.settings import PROJECT, local_directory, user_settings
from include.terminal.diagnosis import issue_block, show_area, show_finding, show_summary
from include.terminal.errors import CommandError, UsageError

USAGE = "Usage: bin/doctor [--json]"
HERE = "This machine"
MODULE = "include.airflow.doctor"
ENDS_SECONDS = 30
"""How long the process may take to start and to end, beyond the time of a check."""

ACCOUNT = ("USAJOBS_EMAIL", "USAJOBS_API_KEY")
MONGO = "AIRFLOW_CONN_MONGO"


@dataclass
class Plan:
    """How the checks run: their environment and arguments, and what was found so far."""

    environment: dict[str, str]
    arguments: list[str] = field(default_factory=list)
    found: list[Finding] = field(default_factory=list)

    def skip(self, area: str, finding: Finding) -> None:
        """Leave out the checks of an area, for the reason found."""
        self.arguments += ["--skip", area]
        self.found.append(finding)


def main(arguments: Sequence[str]) -> int:
    """Check everything; return 1 if a run would fail.

    Raises:
        UsageError: there are unknown arguments.
    """
    if [*arguments] not in ([], ["--json"]):
        raise UsageError(USAGE)
    as_json = bool(arguments)
    redaction = Redaction({**os.environ, **user_settings(os.environ)})
    console = Console(highlight=False, stderr=as_json)
    findings: list[Finding] = []
    area = ""
    with console.status("Checking …") as moving:
        for doing, finding in _all_checks(os.environ):
            moving.update(f"Checking: {doing} …")
            if finding is None:
                continue
            finding = Finding.from_json(redaction.json(finding.to_json()))
            findings.append(finding)
            if as_json:
                continue
            if finding.area != area:
                area = finding.area
                show_area(console, area)
            show_finding(console, finding)
    if as_json:
        print(json.dumps(_as_json(findings), indent=2))
    else:
        show_summary(console, findings)
    return int(_fails(findings))


def _fails(findings: Sequence[Finding]) -> bool:
    return any(finding.state == State.PROBLEM for finding in findings)


def _as_json(findings: Sequence[Finding]) -> dict[str, Any]:
    return {
        "ok": not _fails(findings),
        "findings": [finding.to_json() for finding in findings],
        "issue": issue_block(findings),
    }


def _all_checks(environ: Mapping[str, str]) -> Iterator[tuple[str, Finding | None]]:
    """Yield what is being checked, and what was found."""
    with ExitStack() as running:
        try:
            given = environ.get(GIVEN_AIRFLOW)
            plan = _in_an_airflow(environ) if given else _here(environ, running)
        except CommandError as error:  # nothing can be started
            yield HERE, problem(str(error), area=HERE)
            return
        for finding in plan.found:
            yield HERE, Finding(**{**vars(finding), "area": HERE})
        yield from _results(plan)


def _in_an_airflow(environ: Mapping[str, str]) -> Plan:
    """Return the plan for a container, or an Airflow of one's own."""
    found: list[Finding] = []
    usable = _usable(environ, found)
    environment = image_environment(usable)
    # bin/doctor has put the project first; the checks tell whether Airflow finds it without that.
    first, _, others = environment.get("PYTHONPATH", "").partition(os.pathsep)
    if first and Path(first).resolve() == PROJECT:
        environment["PYTHONPATH"] = others
    return Plan({**environment, "PYTHONSAFEPATH": ""}, found=found)


def _here(environ: Mapping[str, str], running: ExitStack) -> Plan:
    """Return the plan for `./run.sh`, whether it runs now or not."""
    found: list[Finding] = []
    usable = _usable(environ, found)
    settings, stack = user_settings(usable), running_stack(local_directory())
    options = parse_options([], settings)
    connections = _connections(settings, stack or options)
    plan = Plan(local_environment(usable), ["--local"], found)
    if connections.sample_api:
        found.append(
            note(
                "Runs read the sample API, whose postings are made up.",
                "For real ones, set USAJOBS_EMAIL and USAJOBS_API_KEY: see README.md.",
            )
        )
    if stack:
        if not answers(stack.port):
            plan.arguments.append("--stopped")
            found.append(skipped("./run.sh is running here without Airflow's servers."))
    else:
        _without_stack(plan, options, connections, usable, running)
    _check_metadata_database(plan, options)
    return plan


def _connections(settings: Mapping[str, str], ports: Any) -> Connections:
    return choose_connections(settings, mongo_port=ports.mongo_port, sample_port=ports.sample_port)


def _usable(environ: Mapping[str, str], found: list[Finding]) -> dict[str, str]:
    """Return the environment without the settings that are not valid, which are added to `found`.

    An empty variable also hides what is in `.env`.
    """
    usable = dict(environ)
    settings = user_settings(environ)
    try:
        usajobs_connection(settings)
    except UsageError as error:
        found.append(problem(str(error)))
        usable |= dict.fromkeys(ACCOUNT, "")
    if environ.get(GIVEN_AIRFLOW):
        return usable
    try:
        proxy_environment(environ)
    except UsageError as error:
        found.append(problem(str(error)))
        usable = {name: value for name, value in usable.items() if not is_proxy_variable(name)}
    if MONGO in settings:
        try:
            read_mongo_connection(settings[MONGO])
        except UsageError as error:
            found.append(problem(str(error)))
            usable[MONGO] = ""
    return usable


def _without_stack(
    plan: Plan,
    options: Options,
    connections: Connections,
    environ: Mapping[str, str],
    running: ExitStack,
) -> None:
    """Check what `./run.sh` would need, and start MongoDB for the checks as it would."""
    plan.arguments.append("--stopped")
    plan.found.append(skipped("No ./run.sh is running here, so Airflow's servers aren't."))
    ports = [(options.port, "Airflow's pages", "--port")]
    if connections.embedded_mongod:
        ports.append((options.mongo_port, "the embedded MongoDB", "--mongo-port"))
    if connections.sample_api:
        ports.append((options.sample_port, "the sample API", "--sample-port"))
        plan.skip("USAJOBS", skipped("The sample API, which ./run.sh starts, is not asked."))
    for port in ports:
        try:
            refuse_taken_port(*port)
        except UsageError as error:
            plan.found.append(problem(str(error)))
    if connections.embedded_mongod:
        try:
            plan.environment[MONGO] = running.enter_context(embedded_connections(environ)).mongo
        except CommandError as error:
            plan.skip("MongoDB", problem(f"MongoDB does not start: {error}"))


def _check_metadata_database(plan: Plan, options: Options) -> None:
    """Leave out what is in Airflow's metadata database if `./run.sh` has not created it yet."""
    if (airflow_home(options.airflow) / "airflow.db").is_file():
        return
    plan.skip(
        "Processes",
        skipped("Airflow's metadata database doesn't exist yet; ./run.sh creates it."),
    )
    # Else looking for a connection there would create an empty one.
    plan.environment["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] = "sqlite:////dev/null/none.db"


def _results(plan: Plan) -> Iterator[tuple[str, Finding | None]]:
    """Run the checks in their own process; yield what it is about and what it finds."""
    area = "Airflow"
    yield area, None
    with TemporaryFile() as errors, _process(plan, errors) as lines:
        while True:
            try:
                line = lines.get(timeout=limits.DOCTOR_CHECK_SECONDS + ENDS_SECONDS)
            except Empty:
                yield area, problem("The checks hang, so they were ended.", area=area)
                return
            values = _values(line)
            if line is None or "ends" in values:
                break
            if "begins" in values:
                area = str(values["begins"])
                yield area, None
            elif values:
                yield area, Finding.from_json(values)
        if line is None:
            yield area, problem(f"The checks broke off. {_last_line(errors)}", area=area)


def _values(line: str | None) -> dict[str, Any]:
    with suppress(ValueError):
        return dict(json.loads(line or "{}"))
    return {}


def _last_line(errors: IO[bytes]) -> str:
    errors.seek(0)
    lines = errors.read().decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else ""


@contextmanager
def _process(plan: Plan, errors: IO[bytes]) -> Iterator[SimpleQueue[str | None]]:
    """Run the process for the duration of the block; yield its lines, then None."""
    process = subprocess.Popen(  # noqa: S603 - this Python, without a shell
        [sys.executable, "-m", MODULE, *plan.arguments],
        env=plan.environment,
        cwd=PROJECT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=errors,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    lines: SimpleQueue[str | None] = SimpleQueue()

    def read() -> None:
        for line in process.stdout or ():
            lines.put(line)
        lines.put(None)

    Thread(target=read, daemon=True).start()
    try:
        yield lines
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


if __name__ == "__main__":
    sys.exit(exit_status(main, sys.argv[1:]))
