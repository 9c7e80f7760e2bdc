"""How the page leads to the login and back, in a browser that has none, or had one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from include.sample_api.running import running
from include.web.app import create_app
from tests.support.rows import row
from tests.web.conftest import open_details
from tests.web.fake_host import FakeHost
from tests.web.stored import in_a_month, store_now

FRAME = "<title>Airflow</title><iframe sandbox='allow-scripts allow-same-origin' src='/'></iframe>"
LOGIN = re.compile(r"/login\?")


@pytest.fixture
def window(host: FakeHost, folder: Path, chromium: Browser) -> Iterator[Page]:
    """A window without a login."""
    with (
        running(create_app(host, folder)) as address,
        chromium.new_context(base_url=address) as context,
    ):
        context.route(LOGIN, _show("<title>The login</title>"))
        context.route("**/around*", _show(FRAME))
        yield context.new_page()


def _show(page: str) -> Callable[[Route], None]:
    def answer(route: Route) -> None:
        route.fulfill(body=page, content_type="text/html")

    return answer


def way_back(window: Page) -> str:
    """Return where the login leads back to, once the window is there."""
    window.wait_for_url(LOGIN)
    (address,) = parse_qs(urlsplit(window.url).query)["next"]
    return address


@pytest.mark.parametrize("place", ["/", "/docs", "/?level=any#run=job_tracker/manual__1%2B00"])
def test_without_a_login_the_page_leads_there_and_back_to_the_same_place(
    window: Page, place: str
) -> None:
    window.goto(place)
    assert way_back(window) == place


def test_a_login_that_did_not_help_is_not_tried_again_and_again(window: Page) -> None:
    window.goto("/")
    way_back(window)

    window.goto("/#job=1")
    window.get_by_role("link", name="Log in to Airflow").click()
    assert way_back(window) == "/#job=1"


def test_in_airflows_frame_the_document_around_goes_to_the_login(window: Page) -> None:
    window.goto("/around?theme=dark#top")
    assert way_back(window) == "/around?theme=dark#top"


def test_when_the_login_ends_while_the_page_is_open_it_leads_to_the_login(
    window: Page, host: FakeHost
) -> None:
    store_now(host.stored, row("1", **in_a_month()))
    window.goto("/")
    way_back(window)
    window.set_extra_http_headers({"Login": "ada"})
    window.goto("/")
    card = window.locator("#jobs article").first
    expect(card).to_be_visible()
    # They are read last, and without a login would lead to it by themselves.
    expect(window.locator("#figures figcaption").first).to_be_visible()
    window.set_extra_http_headers({})

    card.locator("[data-mark='saved']").click()
    expect(card.get_by_role("alert")).to_contain_text("not logged in any more")
    open_details(card)
    assert way_back(window).startswith("/#job=")


def test_a_note_that_is_not_saved_is_not_lost_to_the_login(window: Page, host: FakeHost) -> None:
    store_now(host.stored, row("1", **in_a_month()))
    window.set_extra_http_headers({"Login": "ada"})
    window.goto("/")
    expect(window.locator("#figures figcaption").first).to_be_visible()
    open_details(window.locator("#jobs article").first)
    note = window.locator("#note")
    note.fill("ask Maria")
    window.set_extra_http_headers({})

    window.get_by_role("button", name="Save note").click()
    expect(window.locator(".note .problem")).to_contain_text("not logged in any more")
    window.keyboard.press("Escape")
    window.locator("[data-count='new']").click()
    expect(window.locator("#problems")).to_contain_text("not logged in any more")
    expect(note).to_have_value("ask Maria")
