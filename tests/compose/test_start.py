"""The stack from nothing to the jobs on the page, and what it lets in and out."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from typing import Any

import psutil
import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from include.local.ports import answers
from tests.compose.compose_stack import IMAGE, INIT, ComposeStack, docker
from tests.compose.conftest import Measured, Start

GIBIBYTE = 1024**3
# Milliseconds, for a busy machine.
PATIENCE = 300_000
JOBS = "/job-tracker"
# Roles of Airflow's own login; a user of each has the role's name.
ROLES = ("Viewer", "User", "Public")
PASSWORD = "let-me-in-please"  # noqa: S105 - made up for this stack


@pytest.fixture(scope="module")
def stack(start: Start, measured: Measured) -> Iterator[ComposeStack]:
    with start("sample") as stack:
        measured("memory, idle", stack.memory())
        for role in ROLES:
            name = role.lower()
            person = ["-f", role, "-l", role, "-e", f"{name}@example.org"]
            login = ["-u", name, "-p", PASSWORD, "-r", role]
            stack.execute("airflow-apiserver", "airflow", "users", "create", *login, *person)
            assert stack.log_in(name, PASSWORD).ok
        yield stack


@pytest.fixture(scope="module")
def first_run(stack: ComposeStack) -> str:
    """The run that the stack began with."""
    (run_id,) = stack.wait_for_runs()
    return run_id


def status(answer: requests.Response) -> int:
    return answer.status_code


def mongo_express(stack: ComposeStack, path: str = "", **request: Any) -> requests.Response:
    port = stack.settings["JOB_TRACKER_MONGO_EXPRESS_PORT"]
    return requests.get(f"http://127.0.0.1:{port}/{path}", timeout=30, **request)


# --- the start


def test_the_first_run_begins_by_itself_and_stores_what_the_page_lists(
    stack: ComposeStack, first_run: str
) -> None:
    assert first_run.startswith("scheduled__")
    assert stack.wait_for_runs() == {first_run: "success"}
    (receipt,) = stack.documents("runs")
    stored = stack.get(f"{JOBS}/stored_jobs?level=match&status=any")

    assert (receipt["run_id"], receipt["state"]) == (first_run, "complete")
    assert receipt["rows"] == receipt["api_total"]
    assert stored["total"] == len(receipt["matches"]) > 3
    kept = {*receipt["matches"], *receipt["near_misses"]}
    assert {position["_id"] for position in stack.documents("positions")} == kept


def test_what_prepares_the_others_ends_well_and_says_what_it_found(stack: ComposeStack) -> None:
    (container,) = stack.containers(INIT)
    assert container["State"]["ExitCode"] == 0
    assert re.search(r"MongoDB \d.*sample API.*LocalExecutor", stack.logs(INIT))


def test_a_person_logs_in_and_sees_the_jobs_within_airflow(
    stack: ComposeStack, first_run: str, chromium: Browser
) -> None:
    with chromium.new_context() as context:
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(stack.address)
        log_in(page, "admin", "guessed")
        expect(page.get_by_text("Invalid")).to_be_visible()
        log_in(page, "admin", stack.settings["AIRFLOW_PASSWORD"])
        page.get_by_role("link", name="Job Tracker").click()
        jobs = page.frame_locator("iframe[title='Job Tracker']").locator("#jobs article")
        expect(jobs.first).to_be_visible(timeout=PATIENCE)
        within = jobs.count()
        page.goto(f"{stack.address}{JOBS}/")
        expect(page.locator("#jobs article")).to_have_count(within)


def log_in(page: Page, user: str, password: str) -> None:
    page.locator("input[name=username]").fill(user)
    page.locator("input[name=password]").fill(password)
    page.locator("[type=submit]").click()


# --- who may do what


def test_nobody_sees_anything_without_a_login(stack: ComposeStack) -> None:
    for path in (f"{JOBS}/", f"{JOBS}/stored_jobs", "/api/v2/dags"):
        assert status(requests.get(f"{stack.address}{path}", timeout=30)) == 401
    assert status(stack.log_in("admin", "guessed")) == 401


@pytest.mark.parametrize(
    ("user", "looks", "updates"),
    [("viewer", 200, 403), ("user", 200, 202), ("admin", 200, 202), ("public", 403, 403)],
)
def test_a_role_decides_who_looks_and_who_updates(
    stack: ComposeStack, first_run: str, user: str, looks: int, updates: int
) -> None:
    job = stack.get(f"{JOBS}/stored_jobs?status=any")["jobs"][0]["control_number"]

    def ask(method: str, path: str, **request: Any) -> int:
        return status(stack.ask(method, f"{JOBS}{path}", user, **request))

    assert ask("GET", "/") == looks
    assert ask("GET", "/stored_jobs") == looks
    assert ask("PUT", f"/stored_jobs/{job}/mark", json={"saved": True}) == looks
    assert ask("POST", "/update_jobs", json={}) == updates


def test_a_viewer_changes_nothing_of_airflow(stack: ComposeStack) -> None:
    assert status(stack.ask("GET", "/api/v2/dags", "viewer")) == 200
    pause = {"json": {"is_paused": True}}
    assert status(stack.ask("PATCH", "/api/v2/dags/job_tracker", "viewer", **pause)) == 403
    assert status(stack.ask("GET", "/api/v2/connections", "viewer")) == 403


def test_ports_are_open_to_this_machine_only(stack: ComposeStack) -> None:
    published = [
        (port["HostIp"], port["HostPort"])
        for container in stack.containers()
        for ports in container["NetworkSettings"]["Ports"].values()
        for port in ports or []
    ]
    names = ("JOB_TRACKER_PORT", "JOB_TRACKER_MONGO_EXPRESS_PORT")
    ours = {stack.settings[name] for name in names}

    assert sorted(published) == sorted(("127.0.0.1", port) for port in ours)
    for port in map(int, ours):
        assert answers(port)
        assert listening(port) == {"127.0.0.1"}


def listening(port: int) -> set[str]:
    """Return the addresses of this machine at which somebody listens at the port."""
    sockets = psutil.net_connections("tcp")
    ours = [each for each in sockets if each.laddr and each.laddr.port == port]
    return {each.laddr.ip for each in ours if each.status == psutil.CONN_LISTEN}


def test_mongo_express_asks_for_its_password_and_shows_the_collections(
    stack: ComposeStack, first_run: str
) -> None:
    login = ("admin", stack.settings["MONGO_EXPRESS_PASSWORD"])

    assert status(mongo_express(stack)) == 401
    assert status(mongo_express(stack, auth=("admin", "pass"))) == 401
    shown = mongo_express(stack, "db/job_tracker/", auth=login)
    assert status(shown) == 200
    assert "position_versions" in shown.text


@pytest.mark.parametrize(
    ("user", "script", "outcome"),
    [
        ("job_tracker", "db.tried.insertOne({_id: 1}).insertedId", 1),
        ("job_tracker", "db.tried.drop()", True),
        ("mongo_express", "db.runs.findOne().state", "complete"),
    ],
)
def test_a_user_of_mongodb_does_its_own_work(
    stack: ComposeStack, first_run: str, user: str, script: str, outcome: object
) -> None:
    assert stack.mongo(script, user) == outcome


@pytest.mark.parametrize(
    ("user", "script"),
    [
        ("job_tracker", "db.getSiblingDB('other').tried.insertOne({_id: 1})"),
        ("job_tracker", "db.getSiblingDB('other').tried.findOne()"),
        ("job_tracker", "db.getSiblingDB('admin').getUsers()"),
        ("job_tracker", "db.adminCommand({shutdown: 1})"),
        ("mongo_express", "db.runs.insertOne({_id: 1})"),
        ("mongo_express", "db.positions.drop()"),
        (None, "db.runs.findOne()"),
        (None, "db.adminCommand({listDatabases: 1})"),
    ],
)
def test_a_user_of_mongodb_does_nothing_else(
    stack: ComposeStack, first_run: str, user: str | None, script: str
) -> None:
    refused = stack.mongosh(script, user)
    assert refused.returncode != 0
    assert re.search("not authorized|requires authentication", refused.stderr)


# --- the containers


def test_nobody_is_root_or_can_become_another_or_changes_the_image(stack: ComposeStack) -> None:
    containers = [c for c in stack.containers() if c["State"]["Running"]]
    assert len(containers) == len(stack.services()) - 1
    for container in containers:
        processes = docker("top", container["Id"], "-eo", "uid,pid").splitlines()[1:]
        (user,) = {process.split()[0] for process in processes}
        assert user == container["Config"]["User"].partition(":")[0] != "0"
        limits = container["HostConfig"]
        assert limits["SecurityOpt"] == ["no-new-privileges:true"]
        assert limits["CapDrop"] == ["ALL"]
        assert limits["ReadonlyRootfs"]
        assert limits["PidsLimit"] > 0
        assert limits["NanoCpus"] > 0


def test_mongo_express_reaches_mongodb_and_nothing_else(stack: ComposeStack) -> None:
    ask = "nc -w 5 {} {} </dev/null"
    stack.execute("mongo-express", "sh", "-c", ask.format("mongo", 27017))
    for service, port in (("postgres", 5432), ("airflow-apiserver", 8080), ("sample-api", 8090)):
        networks = stack.containers(service)[0]["NetworkSettings"]["Networks"].values()
        for host in (service, *(network["IPAddress"] for network in networks)):
            asked = stack.run("exec", "-T", "mongo-express", "sh", "-c", ask.format(host, port))
            assert asked.returncode != 0


def test_memory_and_logs_have_limits_that_a_small_machine_can_bear(stack: ComposeStack) -> None:
    containers = stack.containers()
    stay = [c for c in containers if c["State"]["Running"]]
    limits = [container["HostConfig"]["Memory"] for container in stay]

    assert len(containers) == len(stack.services())
    assert all(container["HostConfig"]["Memory"] for container in containers)
    assert sum(limits) < 8 * GIBIBYTE
    for container in containers:
        written = container["HostConfig"]["LogConfig"]
        assert written["Type"] == "json-file"
        assert {"max-size", "max-file"} <= written["Config"].keys()


def test_no_secret_is_in_any_log(stack: ComposeStack, first_run: str) -> None:
    logs = stack.logs() + stack.execute("airflow-scheduler", "grep", "-r", "", "/opt/airflow/logs")
    assert first_run in logs
    assert [name for name, value in stack.secrets().items() if value in logs] == []


def test_no_secret_is_in_the_image(stack: ComposeStack) -> None:
    values = [*stack.secrets().values()]
    made = docker("history", "--no-trunc", IMAGE) + docker("inspect", IMAGE)

    assert [value for value in values if value in made] == []
    assert "/opt/airflow/include/cli/compose.py" in files_of_image_with("USAJOBS_EMAIL")
    assert files_of_image_with(*values) == []


def files_of_image_with(*texts: str) -> list[str]:
    folders = ("/etc", "/home", "/opt", "/root", "/tmp", "/var")  # noqa: S108 - folders to search
    grep = ("--entrypoint=grep", IMAGE, "-rlF", *(f"-e{text}" for text in texts))
    found = subprocess.run(
        ["docker", "run", "--rm", "--user=0", "--network=none", *grep, *folders],
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode in (0, 1), found.stderr
    return found.stdout.splitlines()


# --- the walk-through of the README


def test_past_days_are_filled_and_a_jobs_history_is_told(
    stack: ComposeStack, first_run: str, measured: Measured
) -> None:
    days = ["-s", "2026-09-01", "-e", "2026-09-03"]
    filled = stack.execute("airflow-scheduler", "airflow", "dags", "backfill", *days, "job_tracker")
    listed = stack.execute("airflow-scheduler", "airflow", "dags", "list-runs", "job_tracker")
    measured("memory, after a backfill", stack.memory())

    assert "3 days filled" in filled
    assert len(re.findall(r"backfill__.*success", listed)) == 3
    assert first_run in listed
    position = stack.documents("positions")[0]
    told = stack.execute("airflow-scheduler", "history", position["_id"])
    assert " ".join(position["PositionTitle"].split()) in " ".join(told.split())


def test_another_up_leaves_everything_as_it_runs(stack: ComposeStack, first_run: str) -> None:
    def standing() -> set[tuple[str, str]]:
        found = [c for c in stack.containers() if c["State"]["Running"]]
        return {(container["Id"], container["State"]["StartedAt"]) for container in found}

    before = standing(), stack.wait_for_runs()
    stack.up()
    assert (standing(), stack.wait_for_runs()) == before


@pytest.mark.parametrize(
    "commands", [[["restart"]], [["down"], ["up", "-d", "--no-build"]]], ids=["restart", "down-up"]
)
def test_what_is_stored_outlives_the_containers(
    stack: ComposeStack, first_run: str, commands: list[list[str]]
) -> None:
    def stored() -> tuple[Any, ...]:
        collections = ("positions", "position_versions", "runs", "marks")
        return stack.wait_for_runs(), *(stack.documents(name) for name in collections)

    before = stored()
    for command in commands:
        stack.do(*command)
    stack.wait_until_healthy()

    assert stored() == before
    assert status(stack.ask("GET", f"{JOBS}/stored_jobs", "viewer")) == 200
