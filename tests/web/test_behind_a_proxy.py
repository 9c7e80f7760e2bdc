"""A browser that reaches the page through a proxy which rewrites the host, over plain http."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.responses import HTMLResponse
from playwright.sync_api import Page, expect, sync_playwright

from include.sample_api.running import running
from include.store.collections import MARKS
from include.web.app import create_app
from tests.support.rows import row
from tests.web.fake_host import FakeHost
from tests.web.stored import in_a_month, store_now

PAGE = "http://airflow.lan"
OTHER_SITE = "http://evil.lan/"
FORGE = f"""async () => {{
  const send = (path, options) => fetch("{PAGE}" + path, {{ credentials: "include", ...options }});
  const json = {{ "Content-Type": "application/json" }};
  await Promise.allSettled([
    send("/stored_jobs/1/mark", {{ method: "PUT", headers: json, body: '{{"saved": true}}' }}),
    send("/update_jobs", {{ method: "POST", headers: json, body: "{{}}" }}),
    send("/update_jobs", {{ method: "POST", mode: "no-cors", body: "{{}}" }}),
    send("/update_jobs", {{ method: "POST", mode: "no-cors", body: new URLSearchParams("a=1") }}),
  ]);
}}"""


@pytest.fixture
def sent() -> list[tuple[str, dict[str, str]]]:
    """Method and headers of each request that the server got."""
    return []


@pytest.fixture
def window(host: FakeHost, folder: Path, sent: list[tuple[str, dict[str, str]]]) -> Iterator[Page]:
    """A window of a logged-in user, for whom `airflow.lan` is that proxy."""
    app = create_app(host, folder)
    host.base = "http://127.0.0.1:8080"

    async def rewriting(scope: Any, receive: Any, send: Any) -> None:
        if (b"host", b"evil.lan") in scope["headers"]:
            await HTMLResponse("<title>Another site</title>")(scope, receive, send)
            return
        headers = [(name, value) for name, value in scope["headers"] if name != b"host"]
        sent.append((scope["method"], {name.decode(): value.decode() for name, value in headers}))
        # The login stands for the cookie, which a browser may send with requests of any site.
        changed = [(b"host", b"127.0.0.1:8080"), (b"login", b"ada")]
        await app({**scope, "headers": [*headers, *changed]}, receive, send)

    # On a busy machine a page takes its time.
    expect.set_options(timeout=30_000)
    executable = shutil.which("chromium")
    if not executable:
        pytest.skip("there is no chromium on PATH (Debian: apt-get install chromium)")
    with running(rewriting) as address, sync_playwright() as playwright:
        names = f"--host-resolver-rules=MAP *.lan {address.removeprefix('http://')}"
        browser = playwright.chromium.launch(
            executable_path=executable, args=["--no-sandbox", "--no-proxy-server", names]
        )
        # Nothing is routed: Playwright would consent in the server's place.
        yield browser.new_page()
        browser.close()


def test_marks_and_updates_work(
    window: Page, host: FakeHost, sent: list[tuple[str, dict[str, str]]]
) -> None:
    store_now(host.stored, row("1", **in_a_month()))
    window.goto(f"{PAGE}/")
    save = window.locator("[data-mark='saved']")
    save.click()
    expect(save).to_have_attribute("aria-pressed", "true")
    window.get_by_role("button", name="Update now").click()
    window.get_by_role("button", name="Start the update").click()
    expect(window.locator("#run-dialog")).to_be_visible()

    assert [user for user, _, _ in host.started] == ["ada"]
    changing = [headers for method, headers in sent if method in ("PATCH", "POST")]
    assert {headers["origin"] for headers in changing} == {PAGE}
    # Else this would be no such browser.
    assert not any("sec-fetch-site" in headers for headers in changing)


def test_another_site_changes_nothing(
    window: Page, host: FakeHost, sent: list[tuple[str, dict[str, str]]]
) -> None:
    store_now(host.stored, row("1", **in_a_month()))
    window.goto(OTHER_SITE)
    window.evaluate(FORGE)
    assert {"POST", "OPTIONS"} <= {method for method, _ in sent}
    assert host.stored[MARKS].count_documents({}) == 0
    assert host.started == []
