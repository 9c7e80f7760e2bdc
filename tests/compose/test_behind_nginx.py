"""The stack behind nginx, as docs/compose.md says: TLS, a path, and a host that nginx rewrites."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from include.local.ports import answers, free_port
from include.local.settings import PROJECT
from tests.compose.compose_stack import ComposeStack
from tests.compose.conftest import Start
from tests.compose.test_start import log_in

# On a busy machine, Airflow's own page takes more than a minute.
PATIENCE = 300_000
PASSES_THE_HOST_ON = "proxy_set_header Host "
WITHOUT_A_WORD = "host rewritten, and nothing said of it"


def documented() -> str:
    """The server that the documentation has users write."""
    text = (PROJECT / "docs" / "compose.md").read_text(encoding="utf-8")
    (server,) = re.findall(r"^```nginx\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return str(server)


def test_the_documented_server_names_what_is_replaced_here() -> None:
    server = documented()
    for text in ("listen 443 ssl;", "http://127.0.0.1:8080;", PASSES_THE_HOST_ON, "/airflow/"):
        assert text in server


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def people(port: int) -> str:
    """The address that people type in."""
    return f"https://127.0.0.1:{port}/airflow"


@pytest.fixture(scope="module")
def stack(start: Start, people: str) -> Iterator[ComposeStack]:
    if not shutil.which("nginx"):
        pytest.skip("there is no nginx on PATH (Debian: apt-get install nginx-light)")
    with start("sample", JOB_TRACKER_URL=f"{people}/") as stack:
        yield stack


@pytest.fixture(scope="module")
def first_run(stack: ComposeStack) -> None:
    """Tasks reach the API server under its path, too."""
    assert set(stack.wait_for_runs().values()) == {"success"}


@pytest.fixture(params=["host passed on", "host rewritten", WITHOUT_A_WORD])
def nginx(
    request: pytest.FixtureRequest, stack: ComposeStack, port: int, tmp_path: Path
) -> Iterator[None]:
    """The documented server, or one that shows Airflow another host than people typed in."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1"]
    subprocess.run([*made, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    server = documented().replace("listen 443 ssl;", f"listen 127.0.0.1:{port} ssl;")
    server = server.replace("127.0.0.1:8080", f"127.0.0.1:{stack.settings['JOB_TRACKER_PORT']}")
    server = re.sub(r"(ssl_certificate) .*;", rf"\1 {certificate};", server)
    server = re.sub(r"(ssl_certificate_key) .*;", rf"\1 {key};", server)
    if request.param == "host rewritten":
        server = server.replace(PASSES_THE_HOST_ON, "proxy_set_header X-Forwarded-Host ")
    if request.param == WITHOUT_A_WORD:
        server = re.sub(r" *proxy_set_header .*\n", "", server)
    temporary = "".join(
        f"{kind}_temp_path {tmp_path}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    whole = f"pid {tmp_path}/pid;\nevents {{}}\nhttp {{\naccess_log off;\n{temporary}{server}}}\n"
    (tmp_path / "nginx.conf").write_text(whole)
    command = ["nginx", "-p", tmp_path, "-e", tmp_path / "error.log", "-c", "nginx.conf"]
    with subprocess.Popen([*command, "-g", "daemon off;"]) as process:
        stack.wait(lambda: answers(port), lambda: "nginx does not answer", 30, every=0.1)
        yield
        process.terminate()


@pytest.fixture
def window(nginx: None, first_run: None, chromium: Browser) -> Iterator[Page]:
    with chromium.new_context(ignore_https_errors=True) as context:
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        yield page


def test_a_person_logs_in_marks_and_updates(window: Page, stack: ComposeStack, people: str) -> None:
    window.goto(f"{people}/")
    log_in(window, "admin", stack.settings["AIRFLOW_PASSWORD"])
    window.get_by_role("link", name="Job Tracker").click()
    jobs = window.frame_locator("iframe[title='Job Tracker']").locator("#jobs article")
    expect(jobs.first).to_be_visible(timeout=PATIENCE)
    assert window.url.startswith(f"{people}/")

    window.goto(f"{people}/job-tracker")
    assert window.url.startswith(f"{people}/job-tracker/")
    save = window.locator("[data-mark='saved']").first
    before = save.get_attribute("aria-pressed")
    save.click()
    expect(save).to_have_attribute("aria-pressed", "false" if before == "true" else "true")
    known = {run["dag_run_id"] for run in stack.runs()}
    window.get_by_role("button", name="Update now").click()
    window.get_by_role("button", name="Start the update").click()
    expect(window.locator("#run-dialog")).to_be_visible()
    stack.wait(
        lambda: {run["dag_run_id"] for run in stack.runs()} - known, lambda: "no run began", 60
    )
    assert set(stack.wait_for_runs(seconds=300).values()) == {"success"}
