"""What the README promises of the stack, in the order in which somebody meets it."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Iterator

import pytest
import requests
import yaml

from tests.compose.compose_stack import INIT, ComposeStack, docker
from tests.compose.conftest import Measured, NewStack
from tests.test_fill_env import ASKED_FOR

# What a service prints of an error, by the ways in which these do.
ERROR = re.compile(
    r'\b(ERROR|CRITICAL|FATAL|PANIC|Traceback|Permission denied|Read-only file system)\b|"s":"[EF]"'
)
IDLE_SECONDS = 60
STORED = '{"conn_type": "http", "host": "https://example.org", "password": "kept-in-airflow"}'


@pytest.fixture(scope="module")
def stack(new_stack: NewStack) -> Iterator[ComposeStack]:
    """A stack that was just started, as the README says, and is not waited for."""
    stack = new_stack("sample")
    try:
        stack.build()
        stack.do("up", "--detach", "--no-build")
        yield stack
    finally:
        stack.down()


@pytest.fixture(scope="module")
def first_report(stack: ComposeStack) -> str:
    return stack.execute("airflow-scheduler", "report", "--wait")


def test_the_first_report_can_be_asked_for_straight_after_the_start(first_report: str) -> None:
    assert re.search(r"^\d+ matches", first_report, re.MULTILINE)
    assert "What this run wrote" in first_report


def test_a_healthy_run_prints_no_errors_and_no_word_of_each_connection(
    stack: ComposeStack, first_report: str, measured: Measured
) -> None:
    stack.wait_until_healthy()
    stack.wait_for_runs()
    before = stack.processor_seconds()
    time.sleep(IDLE_SECONDS)
    after = stack.processor_seconds()
    used = {name: 100 * (after[name] - before[name]) / IDLE_SECONDS for name in before}
    measured("processor, idle", ", ".join(f"{name} {x:.1f} %" for name, x in used.items()))
    measured("processor, idle, all", f"{sum(used.values()):.1f} % of one")
    measured("memory, idle", stack.memory())

    assert [line for line in stack.logs().splitlines() if ERROR.search(line)] == []
    assert "Connection accepted" not in stack.logs("mongo")


def test_mongo_express_is_unhealthy_while_mongodb_is_away(
    stack: ComposeStack, first_report: str
) -> None:
    def health() -> str:
        (container,) = stack.containers("mongo-express")
        return str(container["State"]["Health"]["Status"])

    stack.do("stop", "mongo")
    stack.wait(lambda: health() == "unhealthy", lambda: f"mongo-express is {health()}", 300)
    stack.do("start", "mongo")
    stack.wait_until_healthy()


def run_again(stack: ComposeStack) -> None:
    run_id = stack.start_run()
    assert stack.wait_for_runs(seconds=300)[run_id] == "success"


def test_passwords_that_were_changed_in_the_settings_are_taken_over_by_the_next_start(
    stack: ComposeStack, first_report: str
) -> None:
    names = sorted(name for name in ASKED_FOR if name.endswith("PASSWORD"))
    for name in names:
        stack.set(name, f"changed-by-hand-{name}")
    stack.do("up", "--detach", "--no-build")
    stack.wait_until_healthy()

    assert stack.log_in("admin", "changed-by-hand-AIRFLOW_PASSWORD").ok
    assert "The password of admin is the new AIRFLOW_PASSWORD" in stack.logs(INIT)
    for user in ("root", "job_tracker", "mongo_express"):
        assert stack.mongo("1", user) == 1
    port = stack.settings["JOB_TRACKER_MONGO_EXPRESS_PORT"]
    login = ("admin", "changed-by-hand-MONGO_EXPRESS_PASSWORD")
    page = requests.get(f"http://127.0.0.1:{port}/db/job_tracker/", auth=login, timeout=30)
    assert "position_versions" in page.text
    run_again(stack)


def test_every_secret_can_be_rotated(stack: ComposeStack, first_report: str) -> None:
    airflow = ("airflow-scheduler", "airflow", "connections")
    stack.execute(*airflow, "add", "kept", "--conn-json", STORED)
    before = stack.secrets()
    inherited = {n: v for n, v in os.environ.items() if not n.startswith(("AIRFLOW", "COMPOSE_"))}
    rotated = subprocess.run(
        [stack.project / "bin" / "rotate-secret", *ASKED_FOR],
        env={**inherited, "COMPOSE_PROJECT_NAME": stack.name},
        capture_output=True,
        text=True,
        check=False,
    )
    assert rotated.returncode == 0, rotated.stdout + rotated.stderr
    stack.wait_until_healthy()

    after = stack.secrets()
    assert {name for name in before if before[name] != after[name]} == ASKED_FOR
    assert not any(value in rotated.stdout + rotated.stderr for value in after.values())
    assert stack.log_in("admin", after["AIRFLOW_PASSWORD"]).ok
    assert "kept-in-airflow" in stack.execute(*airflow, "get", "kept", "--output", "json")
    run_again(stack)


def test_a_key_that_does_not_fit_what_is_stored_is_refused_by_name(
    stack: ComposeStack, first_report: str
) -> None:
    settings = (stack.project / ".env").read_text()
    # The key that everybody knows from examples: nothing here is encrypted with it.
    stack.set("AIRFLOW_FERNET_KEY", 43 * "A" + "=")
    try:
        refused = stack.run("up", "--detach", "--no-build")
        assert refused.returncode != 0
        assert "AIRFLOW_FERNET_KEY in .env has changed" in stack.logs(INIT)
    finally:
        (stack.project / ".env").write_text(settings)
    stack.up()


def test_down_leaves_nothing_of_any_profile(stack: ComposeStack, first_report: str) -> None:
    stack.do("down")
    assert stack.containers() == []


def test_two_clones_build_images_of_their_own(new_stack: NewStack, stack: ComposeStack) -> None:
    def images(each: ComposeStack) -> set[str]:
        lines = (each.project / ".env").read_text().splitlines(keepends=True)
        (each.project / ".env").write_text(
            "".join(line for line in lines if not line.startswith("JOB_TRACKER_TAG="))
        )
        subprocess.run([each.project / "bin" / "fill-env"], check=True, capture_output=True)
        services = yaml.safe_load(each.do("config"))["services"]
        return {service["image"] for name, service in services.items() if "airflow" in name}

    (one,), (other,) = images(stack), images(new_stack("sample"))
    assert one != other


def test_an_image_of_yours_that_is_not_there_is_refused_and_not_built(
    new_stack: NewStack,
) -> None:
    stack = new_stack("sample")
    # Nobody can answer at this address.
    stack.set("JOB_TRACKER_IMAGE", "127.0.0.1:9/of-mine/job-tracker")
    for command in (["up", "--detach"], ["up", "--detach", "--build"], ["build"]):
        try:
            refused = stack.run(*command)
        finally:
            stack.down()
        assert refused.returncode != 0
        # The Dockerfile of that name is what is missing.
        assert "127.0.0.1:9" in refused.stdout + refused.stderr
    assert docker("images", "--quiet", "127.0.0.1:9/of-mine/job-tracker") == ""
