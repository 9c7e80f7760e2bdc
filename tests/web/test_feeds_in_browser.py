from __future__ import annotations

import re

import requests
from playwright.sync_api import Page, expect

from tests.support.rows import row
from tests.web.conftest import Open
from tests.web.stored import MongoDatabase, in_a_month, store_now


def made(page: Page, kind: str, file: str) -> str:
    page.get_by_role("button", name=f"New {kind} address").click()
    shown = page.get_by_label("The new address")
    expect(shown).to_have_value(re.compile(f"/{file}[?]token="))
    address = shown.input_value()
    assert requests.get(address, timeout=30).status_code == 200
    return address


def test_addresses_are_made_shown_once_and_taken_back(
    database: MongoDatabase, opened: Open
) -> None:
    store_now(database, row("1", **in_a_month()))
    page = opened("ada", "#feeds")
    dialog = page.get_by_role("dialog", name="Calendar and feeds")
    expect(dialog.get_by_role("listitem")).to_have_count(0)

    calendar = made(page, "calendar", "calendar.ics")
    expect(dialog.get_by_role("listitem")).to_have_count(1)
    feed = made(page, "feed", "matches.atom")
    assert calendar not in dialog.inner_html()
    expect(dialog.get_by_role("listitem")).to_have_count(2)

    page.get_by_role("button", name="Take back: Calendar").click()
    expect(dialog.get_by_role("listitem")).to_have_count(1)
    assert [requests.get(each, timeout=30).status_code for each in (calendar, feed)] == [404, 200]
    # What is shown once is not shown by a second visit.
    page.reload()
    expect(dialog.get_by_role("listitem")).to_have_count(1)
    expect(page.get_by_label("The new address")).to_have_count(0)


def test_what_is_refused_is_said_in_the_dialog(database: MongoDatabase, opened: Open) -> None:
    store_now(database, row("1"))
    page = opened("ada", "#feeds")
    button = page.get_by_role("button", name="New calendar address")
    expect(button).to_be_visible()
    page.route("**/feeds", lambda route: route.fulfill(status=409, json={"detail": "Too many."}))
    button.click()
    expect(page.get_by_role("alert").filter(has_text="Too many.")).to_be_visible()
