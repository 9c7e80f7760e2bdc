"""Start the stack, run the DAG, show what it found, and stop everything."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

from rich.console import Console
from rich.text import Text

from include.local import airflow_settings
from include.local.airflow_api import FINISHED, AirflowApi, airflow_api
from include.local.airflow_settings import USER, airflow_command, airflow_home
from include.local.connections import (
    Connections,
    choose_connections,
    server_version,
)
from include.local.machine import check_machine
from include.local.metadata_database import prepare_metadata_database
from include.local.mongod import embedded_mongod, end_left_behind
from include.local.one_run import (
    OneRun,
    check_run,
    is_of_the_dag,
    note_unread,
    report,
    run_to_outcome,
)
from include.local.options import Options
from include.local.ports import LOOPBACK, answers, refuse_taken_port
from include.local.running import stack_of, the_only_stack
from include.local.services import (
    Service,
    end,
    ending_together,
    last_words,
    service,
    wait_until,
)
from include.local.settings import PROJECT, local_directory, make_private
from include.local.task_log import failed_task_error, last_error
from include.searches.saved_searches import DAG_ID
from include.terminal.errors import CommandError
from include.terminal.progress import complain, step

LOCAL = local_directory()
LOGS = LOCAL / "logs"
START_SECONDS = 180
UNPAUSE = f"To run it: bin/airflow dags unpause {DAG_ID}, or its switch in Airflow"
TRIGGERER = "triggerer"
"""No task here is deferred, but without this server Airflow's home page shows a red one."""

DUE_SECONDS = 20
"""How long the scheduler may take to start a run that is due."""


@dataclass(frozen=True)
class Plan:
    """Everything that is decided before the first service starts."""

    options: Options
    connections: Connections
    console: Console
    environment: Mapping[str, str] = field(repr=False)
    """The environment of Airflow's processes."""


def run_once(plan: Plan) -> int:
    """Run the DAG without Airflow's servers and return its exit status.

    Raises:
        CommandError: a service does not start, or stops.
    """
    with the_only_stack(LOCAL, stack_of(plan.options)), _stores(plan) as services:
        _prepare(plan)
        run = OneRun(conf=plan.options.conf)
        log = LOGS / "dags-test.log"

        def check() -> None:
            for each in services:
                each.check()

        outcome = run_to_outcome(run, plan.console, plan.environment, log, check)
        if outcome.status:
            complain(plan.console, outcome.reason)
            plan.console.print(Text(f"The whole output is in {log}.", "dim"))
        else:
            report(run, plan.console, plan.connections.mongo, outcome.run_id)
        return outcome.status


def stay_up(plan: Plan) -> None:
    """Run the DAG in a full Airflow, and keep that running until a signal arrives.

    Raises:
        CommandError: a service does not start, or stops.
    """
    line, port = plan.options.airflow, plan.options.port
    began = datetime.now(UTC)
    with the_only_stack(LOCAL, stack_of(plan.options)), ExitStack() as servers:
        refuse_taken_port(port, "Airflow's pages", "--port")
        services = servers.enter_context(_stores(plan))
        _prepare(plan)
        password = airflow_settings.make_password(line)

        def start(name: str) -> Service:
            command, log = airflow_command(*airflow_servers(line)[name]), LOGS / f"{name}.log"
            server = service(name, command, environment=plan.environment, log=log)
            services.append(servers.enter_context(server))
            return services[-1]

        asked, *asking = [name for name in airflow_servers(line) if name != TRIGGERER]
        start(asked)
        # It ends after those that ask it, so that tasks can say how they ended.
        with ending_together() as together, ExitStack() as at_once:
            together.extend(map(start, asking))
            with closing(airflow_api(line, port, password)) as api:
                _wait_for_airflow(plan, api, services)
                watch_run(plan, api, services, began)
                with suppress(CommandError):  # The services are checked below.
                    errors = api.import_errors()
                    note_unread(
                        plan.console, {file: last_error(errors[file]) or "" for file in errors}
                    )
            if TRIGGERER in airflow_servers(line):
                # It has nothing to do, so the first run need not share the processor with it.
                # Asked to end, it may notice only after ten seconds that its own child has ended.
                at_once.callback(end, start(TRIGGERER).process, grace=0)
            _invite(plan, password)
            while True:
                for each in services:
                    each.check()
                    each.bound_log()
                time.sleep(0.5)


def make_plan(options: Options, settings: dict[str, str], console: Console) -> Plan:
    """Choose the API and the database, and check what everything else depends on.

    Raises:
        UsageError: the settings, the search's file or the run's location are not valid, or this
            machine lacks something.
    """
    check_machine(options)
    check_run(OneRun(conf=options.conf))
    connections = choose_connections(
        settings, mongo_port=options.mongo_port, sample_port=options.sample_port
    )
    make_private(LOCAL)
    airflow_settings.make_password(options.airflow)
    environment = airflow_settings.airflow_environment(
        options.airflow, options.port, connections.environment()
    )
    return Plan(options, connections, console, environment)


@contextmanager
def _stores(plan: Plan) -> Iterator[list[Service]]:
    """Run the DAG's services: MongoDB and, without a USAJOBS account, the sample API."""
    connections = plan.connections
    with ExitStack() as running:
        # It needs no other service, so it starts beside MongoDB.
        services = [_start_sample_api(plan, running)] if connections.sample_api else []
        if connections.embedded_mongod:
            services.append(_start_mongod(plan, running))
        else:
            with step(plan.console, "Connecting to your MongoDB") as it:
                it.done(f"MongoDB {server_version(connections.mongo)}, yours (AIRFLOW_CONN_MONGO)")
        if connections.sample_api:
            _wait_for_sample_api(plan, services)
        else:
            plan.console.print(Text("  ✓ USAJOBS, with your account"))
        yield services


def _start_mongod(plan: Plan, running: ExitStack) -> Service:
    data, port = LOCAL / "mongo", plan.options.mongo_port
    with step(plan.console, "Starting MongoDB") as it:
        end_left_behind(data)
        refuse_taken_port(port, "the embedded MongoDB", "--mongo-port")
        server = running.enter_context(embedded_mongod(data, port))
        version = server_version(plan.connections.mongo)
        it.done(f"MongoDB {version} on {LOOPBACK}:{server.port}, data in .local/mongo")
    return server.service


def _start_sample_api(plan: Plan, running: ExitStack) -> Service:
    port = plan.options.sample_port
    refuse_taken_port(port, "the sample API", "--sample-port")
    return running.enter_context(
        service(
            "the sample API",
            [sys.executable, "-m", "include.sample_api", "--port", str(port)],
            environment={"PATH": os.environ.get("PATH", os.defpath), "PYTHONPATH": str(PROJECT)},
            log=LOGS / "sample-api.log",
        )
    )


def _wait_for_sample_api(plan: Plan, services: list[Service]) -> None:
    port = plan.options.sample_port
    with step(plan.console, "Starting the sample API") as it:
        wait_until(lambda: answers(port), services, what="The sample API", seconds=60)
        it.done(f"Sample API on {LOOPBACK}:{port}: its postings are made up")
    plan.console.print(
        Text("    For real postings set USAJOBS_EMAIL and USAJOBS_API_KEY (see README.md).")
    )


def _prepare(plan: Plan) -> None:
    line = plan.options.airflow
    with step(plan.console, f"Preparing Airflow {line}'s metadata database") as it:
        prepare_metadata_database(line, plan.environment)
        it.done(f"Airflow {line}'s metadata database, in .local/{airflow_home(line).name}")


def airflow_servers(line: str) -> dict[str, list[str]]:
    """Return the arguments of Airflow's servers by name, first of the one that the others ask.

    None of them opens a port to serve logs.
    """
    scheduler = ["scheduler", "--skip-serve-logs"]
    if line.startswith("2."):
        return {"webserver": ["webserver"], "scheduler": scheduler}
    return {
        "api-server": ["api-server"],
        "scheduler": scheduler,
        "dag-processor": ["dag-processor"],
        TRIGGERER: [TRIGGERER, "--skip-serve-logs"],
    }


def _wait_for_airflow(plan: Plan, api: AirflowApi, services: list[Service]) -> None:
    with step(plan.console, "Starting Airflow's servers") as it:
        wait_until(api.is_healthy, services, what="Airflow", seconds=START_SECONDS)
        api.log_in()
        it.now(f"Waiting until Airflow has read the DAG {DAG_ID}")
        wait_until(_dag_is_read(api), services, what=f"The DAG {DAG_ID}", seconds=START_SECONDS)
        it.done(f"Airflow {plan.options.airflow} at {api.address}, with the DAG {DAG_ID}")


def _dag_is_read(api: AirflowApi) -> Callable[[], bool]:
    def is_read() -> bool:
        for file, trace in api.import_errors().items():
            if is_of_the_dag(file, trace):
                raise CommandError(f"Airflow cannot read {file}: {last_error(trace) or trace}")
        return api.knows(DAG_ID)

    return is_read


def watch_run(plan: Plan, api: AirflowApi, services: list[Service], began: datetime) -> None:
    """Run the DAG and show what it found, or why it failed."""
    try:
        with step(plan.console, f"Running {DAG_ID}") as it:
            if api.is_paused(DAG_ID):
                it.failed(f"{DAG_ID} is paused, so it was not run. {UNPAUSE}")
                return
            run_id = begin(plan, api, began)
            while (state := api.run_state(DAG_ID, run_id)) not in FINISHED:
                it.now(f"Running {DAG_ID}: {_states(api.task_states(DAG_ID, run_id))}")
                if api.is_paused(DAG_ID):
                    it.failed(f"{DAG_ID} was paused, so its run {run_id} waits. {UNPAUSE}")
                    return
                for each in services:
                    each.check()
                time.sleep(0.25)
            (it.done if state == "success" else it.failed)(f"{DAG_ID}: {state}")
    except CommandError as error:
        for each in services:
            each.check()
        complain(plan.console, str(error))
        return
    if state == "success":
        report(OneRun(), plan.console, plan.connections.mongo, run_id)
    else:
        complain(plan.console, _failure(plan, api, run_id))


def begin(plan: Plan, api: AirflowApi, began: datetime) -> str:
    """Return the id of the run to watch: today's scheduled run if there is one, else a new one.

    A second run besides today's would find nothing new.
    """
    if not plan.options.conf:
        patience = time.monotonic() + DUE_SECONDS
        while api.is_due(DAG_ID) and time.monotonic() < patience:
            time.sleep(0.2)
        if run_id := api.begun_by_itself(DAG_ID, began):
            return run_id
    return api.trigger(DAG_ID, plan.options.conf)


def _states(tasks: dict[str, str]) -> str:
    return ", ".join(f"{task} {state}" for task, state in tasks.items() if state != "skipped")


def _failure(plan: Plan, api: AirflowApi, run_id: str) -> str:
    logs = airflow_home(plan.options.airflow) / "logs"
    for task, state in api.task_states(DAG_ID, run_id).items():
        if state == "failed":
            error = failed_task_error(logs, DAG_ID, run_id, task) or _error_of_scheduler()
            return f"The task {task} failed: {error}"
    return f"The run {run_id} failed; its page in Airflow says why."


def _error_of_scheduler() -> str:
    """Return why a task without an error of its own failed: perhaps it could not be started."""
    log = LOGS / "scheduler.log"
    text = log.read_text(encoding="utf-8", errors="replace") if log.is_file() else ""
    error = last_error(text)
    return f"it left no error. The last one in {log} is: {error}" if error else last_words(log)


def _invite(plan: Plan, password: str) -> None:
    address = f"http://{LOOPBACK}:{plan.options.port}"
    page = f"{address}/job-tracker/"
    plan.console.print()
    if not plan.options.airflow.startswith("2."):
        plan.console.print(Text.assemble("Jobs     ", (page, f"bold link {page}")))
    plan.console.print(Text.assemble("Airflow  ", (address, f"bold link {address}")))
    plan.console.print(Text(f"Login    {USER} / {password}"))
    plan.console.print(Text("Command  bin/airflow dags list-runs job_tracker", "dim"))
    plan.console.print(Text("Ctrl-C stops everything; the data stay in .local."))
