"""A running docker-compose.yaml: a copy of the project, under a name and on ports of its own.

Only commands that docker compose v2 and docker-compose 1.29 both have.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shlex
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import pytest
import requests
import yaml
from bson import json_util

from include.local.ports import free_port
from include.local.settings import PROJECT, parse_env_file

T = TypeVar("T")
Documents = list[dict[str, Any]]
Said = subprocess.CompletedProcess[str]

INIT = "airflow-init"
IMAGE = "job-tracker:tests"
DAG = "/api/v2/dags/job_tracker"
# What runs in any order leave the same.
STORED = ("positions", "position_versions")
FINISHED = ("success", "failed")
# When a run read something, and when it was first and last there to be read.
OBSERVED = ("observed_at", "first_observed_at", "last_observed_at")
SEEN = ("first_seen_at", "last_seen_at")

# Where there is no git: what is no part of the project.
MADE_HERE = shutil.ignore_patterns(".git", ".venv*", ".local", ".env", "__pycache__", ".*_cache")
OWN_SETTINGS = ("AIRFLOW", "COMPOSE_", "JOB_", "MONGO_", "POSTGRES_", "USAJOBS_", "VALKEY_")

# mongosh by itself gives up after two seconds.
PATIENT = "mongodb://127.0.0.1/?serverSelectionTimeoutMS=60000"

# Users of MongoDB: the database that knows them, and where the container has their password.
MONGO_USERS = {
    "root": ("admin", "MONGO_INITDB_ROOT_PASSWORD"),
    "job_tracker": ("job_tracker", "MONGO_PASSWORD"),
    "mongo_express": ("job_tracker", "MONGO_EXPRESS_MONGO_PASSWORD"),
}


class ComposeStack:
    """The services of the docker-compose.yaml in a directory.

    `command` is the program, such as ["docker", "compose"]; `profiles` are started on top, as .env
    says then.
    """

    def __init__(self, command: Sequence[str], project: Path, *profiles: str) -> None:
        self.command = [*command]
        self.project = project
        self.profiles = profiles
        self.name = f"job-tracker-test-{secrets.token_hex(4)}"
        self._tokens: dict[str, str] = {}

    # --- settings

    def make_settings(self) -> None:
        """Make .env as a user does, with an image and with ports of the stack's own."""
        fill_env = subprocess.run(
            [self.project / "bin" / "fill-env"], capture_output=True, text=True, check=False
        )
        assert fill_env.returncode == 0, fill_env.stderr
        self.set("COMPOSE_PROFILES", ",".join(self.profiles))
        self.set("JOB_TRACKER_TAG", "tests")
        self.set("JOB_TRACKER_PORT", str(free_port()))
        self.set("JOB_TRACKER_MONGO_EXPRESS_PORT", str(free_port()))

    def set(self, name: str, value: str) -> None:
        """Change a setting in .env."""
        file = self.project / ".env"
        lines = file.read_text().splitlines(keepends=True)
        kept = [line for line in lines if not line.startswith(f"{name}=")]
        file.write_text("".join([*kept, f"{name}={value}\n"]))

    @property
    def settings(self) -> dict[str, str]:
        """What stands in .env."""
        return parse_env_file((self.project / ".env").read_text())

    def secrets(self) -> dict[str, str]:
        """Return the settings that nobody may see."""
        secret = ("_PASSWORD", "_KEY", "_SECRET")
        return {name: v for name, v in self.settings.items() if v and name.endswith(secret)}

    # --- compose

    def run(self, *arguments: str, seconds: float = 600) -> Said:
        """Run a command of compose, and return how it ended."""
        inherited = {n: v for n, v in os.environ.items() if not n.startswith(OWN_SETTINGS)}
        return subprocess.run(
            [*self.command, *arguments],
            cwd=self.project,
            env={**inherited, "COMPOSE_PROJECT_NAME": self.name},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )

    def do(self, *arguments: str, seconds: float = 600) -> str:
        """Run a command of compose that has to succeed, and return its output."""
        done = self.run(*arguments, seconds=seconds)
        assert done.returncode == 0, (
            f"{shlex.join(arguments)} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
        )
        return done.stdout

    def execute(self, service: str, *command: str, seconds: float = 600) -> str:
        """Run a command in a service's container, and return its output."""
        return self.do("exec", "-T", service, *command, seconds=seconds)

    def build(self) -> None:
        """Build the image once; the services that share it would each build it."""
        self.do("build", INIT)

    def up(self, *options: str) -> None:
        """Start all services and wait until they are healthy."""
        self.do("up", "-d", "--no-build", *options)
        self.wait_until_healthy()

    def down(self) -> None:
        """End and remove everything, also what is stored."""
        self.do("down", "--volumes", "--remove-orphans")

    def logs(self, *services: str, lines: int | str = "all") -> str:
        """Return what services have printed."""
        return self.run("logs", "--no-color", f"--tail={lines}", *services).stdout

    # --- containers

    def services(self) -> list[str]:
        """Return the names of the services that the profiles start."""
        text = (self.project / "docker-compose.yaml").read_text("utf-8")
        services = yaml.safe_load(text)["services"]
        # docker-compose 1.29 also lists those of other profiles.
        return [
            name
            for name, service in services.items()
            if not service.get("profiles") or {*service["profiles"]} & {*self.profiles}
        ]

    def containers(self, service: str | None = None) -> list[dict[str, Any]]:
        """Return what the engine knows of the containers of a service, or of all."""
        labels = [f"label=com.docker.compose.project={self.name}"]
        labels += [f"label=com.docker.compose.service={service}"] if service else []
        filters = [word for label in labels for word in ("--filter", label)]
        ids = docker("ps", "--all", "--quiet", *filters).split()
        found: list[dict[str, Any]] = json.loads(docker("inspect", *ids)) if ids else []
        return found

    def wait_until_healthy(self, seconds: float = 300) -> None:
        """Wait until the healthchecks of all services pass and the first one has ended well."""
        services = self.services()

        def all_healthy() -> bool:
            standing = {name: [_health(c) for c in self.containers(name)] for name in services}
            late.clear()
            late.update({n: s for n, s in standing.items() if not s or set(s) != {"healthy"}})
            return not late

        late: dict[str, list[str]] = {}
        self.wait(all_healthy, lambda: f"not healthy: {late}", seconds)

    def wait(
        self,
        condition: Callable[[], T],
        problem: Callable[[], str],
        seconds: float,
        every: float = 1,
    ) -> T:
        """Return the condition as soon as it is true; services may be away meanwhile."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                if found := condition():
                    return found
                trouble = problem()
            except (requests.RequestException, AssertionError) as error:
                trouble = str(error)
            if time.monotonic() > deadline:
                pytest.fail(f"After {seconds:.0f} s: {trouble}\n{self.logs(lines=30)}")
            time.sleep(every)

    def kill(self, service: str, number: int = 0) -> None:
        """Kill a container's first process as lack of memory does, and wait for the next one.

        `docker kill` would be taken for somebody's wish, and the container would not come back.
        """

        def first_process() -> int:
            return int(self.containers(service)[number]["State"]["Pid"])

        killed = first_process()
        os.kill(killed, signal.SIGKILL)
        self.wait(
            lambda: first_process() not in (0, killed),
            lambda: f"{service} did not come back",
            seconds=60,
            every=0.2,
        )

    # --- Airflow

    @property
    def address(self) -> str:
        """Where Airflow's API server answers; people may have another address, of the same path."""
        path = urlsplit(self.settings["JOB_TRACKER_URL"]).path.rstrip("/")
        return f"http://127.0.0.1:{self.settings['JOB_TRACKER_PORT']}{path}"

    def log_in(self, user: str, password: str) -> requests.Response:
        """Ask for the token of a user, and keep it for `ask`."""
        login = {"username": user, "password": password}
        answer = requests.post(f"{self.address}/auth/token", json=login, timeout=30)
        if answer.ok:
            self._tokens[user] = answer.json()["access_token"]
        return answer

    def ask(self, method: str, path: str, user: str = "admin", **request: Any) -> requests.Response:
        """Send a request to the API server, as a program of the user's."""
        if user not in self._tokens:
            self.log_in(user, self.settings["AIRFLOW_PASSWORD"])
        shown = {"Authorization": f"Bearer {self._tokens[user]}"}
        return requests.request(
            method, f"{self.address}{path}", headers=shown, timeout=60, **request
        )

    def get(self, path: str) -> Any:
        """Return what the API server says to the admin."""
        answer = self.ask("GET", path)
        assert answer.ok, f"{path}: {answer.status_code} {answer.text:.500}"
        return answer.json()

    def start_run(self, **parameters: Any) -> str:
        """Start a run of the DAG, as the page does, and return its id."""
        answer = self.ask("POST", "/job-tracker/update_jobs", json=parameters)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["run_id"])

    def runs(self) -> Documents:
        """Return the runs of the DAG."""
        found: Documents = self.get(f"{DAG}/dagRuns?limit=100")["dag_runs"]
        return found

    def tasks(self, run_id: str) -> dict[str, dict[str, Any]]:
        """Return the tasks of a run, by their names."""
        tasks = self.get(f"{DAG}/dagRuns/{run_id}/taskInstances?limit=100")["task_instances"]
        return {task["task_id"]: task for task in tasks}

    def wait_for_task(self, run_id: str, task: str, seconds: float = 120) -> None:
        """Wait until a task works."""
        self.wait(
            lambda: self.tasks(run_id)[task]["state"] == "running",
            lambda: f"{task} of {run_id} does not run",
            seconds,
            every=0.1,
        )

    def wait_for_runs(self, seconds: float = 120) -> dict[str, str]:
        """Wait until there are runs and all are finished, and return their states by their ids."""

        def all_finished() -> dict[str, str] | None:
            states.update({run["dag_run_id"]: run["state"] for run in self.runs()})
            return states if states and set(states.values()) <= set(FINISHED) else None

        states: dict[str, str] = {}
        found = self.wait(all_finished, lambda: f"runs: {states}", seconds)
        assert found is not None
        return found

    # --- MongoDB

    def mongosh(self, script: str, user: str | None = "root") -> Said:
        """Have mongosh print what an expression yields, as a user of MongoDB or as nobody."""
        login = ""
        if user:
            database, password = MONGO_USERS[user]
            login = f"db.getSiblingDB('{database}').auth('{user}', process.env.{password});"
        whole = f"{login} db = db.getSiblingDB('job_tracker'); EJSON.stringify({script})"
        return self.run("exec", "-T", "mongo", "mongosh", PATIENT, "--quiet", "--eval", whole)

    def mongo(self, script: str, user: str | None = "root") -> Any:
        """Return what an expression of mongosh yields."""
        done = self.mongosh(script, user)
        assert done.returncode == 0, f"{script}: {done.stdout}{done.stderr}"
        return json_util.loads(done.stdout)

    def documents(self, collection: str) -> Documents:
        """Return what is stored in a collection, in order of the ids."""
        found: Documents = self.mongo(f"db.{collection}.find().sort({{_id: 1}}).toArray()")
        return found

    def stored(self, *, without: Collection[str]) -> dict[str, Any]:
        """Return what runs in any order leave the same, without fields of these names."""
        return {name: _without(without, self.documents(name)) for name in STORED}

    def forget(self) -> None:
        """Empty the collections, once no run works on them any more."""
        self.wait_for_runs()
        for name in (*STORED, "runs"):
            self.mongo(f"db.{name}.deleteMany({{}})")

    def sample_api(self, method: str, path: str, what: object = None) -> Any:
        """Tell the sample API how to be, or ask it."""
        body = ["-H", "content-type: application/json", "-d", json.dumps(what)] if what else []
        curl = ["curl", "--fail", "--silent", "-X", method, *body]
        return json.loads(self.execute("sample-api", *curl, f"http://127.0.0.1:8090/sample/{path}"))

    def processor_seconds(self) -> dict[str, float]:
        """Return how much time of a processor each running container has taken so far."""
        return {
            _service(each): _cpu_seconds(each["Id"])
            for each in self.containers()
            if each["State"]["Running"]
        }

    def memory(self) -> str:
        """Return how much memory each container uses now."""
        running = {c["Id"]: _service(c) for c in self.containers() if c["State"]["Running"]}
        form = "{{.ID}} {{.MemUsage}}"
        lines = docker("stats", "--no-stream", "--no-trunc", "--format", form, *running)
        used = dict(line.split()[:2] for line in lines.splitlines())
        return ", ".join(f"{service} {used[id_]}" for id_, service in running.items())


def docker(*arguments: str) -> str:
    """Run a command of the engine that has to succeed, and return its output."""
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"docker {shlex.join(arguments)}: {done.stderr}"
    return done.stdout


def _cpu_seconds(container: str) -> float:
    """Return the processor time of a container's control group, of version 2 or 1."""
    for group in Path("/sys/fs/cgroup").glob(f"**/*{container}*"):
        if (file := group / "cpu.stat").exists() and "usage_usec" in file.read_text():
            return int(re.findall(r"usage_usec (\d+)", file.read_text())[0]) / 1e6
        if (file := group / "cpuacct.usage").exists():
            return int(file.read_text()) / 1e9
    return 0.0


def copy_project(target: Path) -> Path:
    """Copy what belongs to the project, so that its settings and its stack are left alone."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode != 0:
        shutil.copytree(PROJECT, target, ignore=MADE_HERE)
        return target
    for name in listed.stdout.split("\0"):
        source = PROJECT / name
        if source.is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target / name)
    return target


def _health(container: dict[str, Any]) -> str:
    """Return how a container stands; `healthy` is also one that is done."""
    state = container["State"]
    if state["Status"] == "exited" and state["ExitCode"] == 0:
        return "healthy" if _service(container) == INIT else "exited"
    return str(state.get("Health", {}).get("Status", state["Status"]))


def _service(container: dict[str, Any]) -> str:
    return str(container["Config"]["Labels"]["com.docker.compose.service"])


def _without(names: Collection[str], value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without(names, each) for name, each in value.items() if name not in names}
    return [_without(names, each) for each in value] if isinstance(value, list) else value
