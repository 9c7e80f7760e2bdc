"""A job-seeker's morning in a browser: from the digest's link to what became of an application."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import feedparser
import requests
from icalendar import Calendar
from playwright.sync_api import Page, expect

from include.digest.send import send_digest
from include.jobs.office_time import eastern_day
from include.store.outcomes import followed, record
from tests.digest.digest_runs import SEARCH, Mailbox
from tests.support.rows import row
from tests.web.conftest import Open, close_dialog
from tests.web.stored import MongoDatabase, in_a_month, store

REVIEWING = "reviewing applications"


def address_in_digest(database: MongoDatabase, page_url: str) -> str:
    """Send the digest, and return the first address of the page in it."""
    box = Mailbox()
    send_digest(database, SEARCH, box.send, datetime.now(UTC), page_url)
    ((_, message),) = box.messages
    found = re.search(rf'href="({re.escape(page_url)}[^"]*)"', message.html)
    assert found
    return found[1]


def new_address(page: Page, kind: str) -> str:
    page.get_by_role("button", name=f"New {kind} address").click()
    file = {"calendar": "calendar.ics", "feed": "matches.atom"}[kind]
    shown = page.get_by_label("The new address")
    expect(shown).to_have_value(re.compile(re.escape(file)))
    return shown.input_value()


def saved_deadlines(address: str) -> list[str]:
    answer = requests.get(address, timeout=30)
    assert answer.headers["content-type"].startswith("text/calendar")
    return [str(event["uid"]) for event in Calendar.from_ical(answer.content).walk("VEVENT")]


def test_a_morning(database: MongoDatabase, opened: Open) -> None:
    now = datetime.now(UTC)
    known, new = (row(n, PositionTitle=f"Data Engineer {n}", **in_a_month()) for n in "12")
    store(database, known, at=now - timedelta(days=2))
    store(database, known, new, at=now - timedelta(hours=1))
    page = opened("ada")
    page.set_viewport_size({"width": 1440, "height": 900})

    page.goto(address_in_digest(database, page.url))
    page.locator("[data-lane='new']").get_by_role("link", name="Data Engineer 2").click()
    job = page.locator("#job-body")
    expect(job.get_by_role("heading", name="Why it fits")).to_be_visible()
    page.keyboard.press("s")
    mine = page.locator("[data-lane='mine']")
    expect(mine).to_contain_text("Data Engineer 2 saved, in")

    page.get_by_role("link", name="Calendar and feeds").click()
    calendar, feed = new_address(page, "calendar"), new_address(page, "feed")
    assert saved_deadlines(calendar) == ["2@job-tracker"]
    entries = feedparser.parse(feed)
    assert (entries.bozo, [each.title for each in entries.entries[:1]]) == (
        False,
        ["Data Engineer 2"],
    )
    close_dialog(page)

    page.locator("#jobs [data-number='2'] h3 a").click()
    job.get_by_role("button", name="Applied").click()
    job.get_by_text("Day and history").click()
    yesterday = eastern_day(now) - timedelta(days=1)
    job.get_by_label("Applied since").fill(yesterday.isoformat())
    job.get_by_role("button", name="Correct the day").click()
    expect(job.locator(".state")).to_have_text("Applied yesterday")
    expect(mine).to_contain_text("applied yesterday")
    assert saved_deadlines(calendar) == []

    next_day = now + timedelta(days=1)
    assert [*followed(database, next_day).positions] == ["2"]
    record(database, ["2"], {"2": REVIEWING}, next_day)
    page.reload()
    expect(mine).to_contain_text(REVIEWING)
    page.get_by_role("link", name="Applications").click()
    expect(page.get_by_role("region", name="Applied")).to_contain_text(REVIEWING)
    close_dialog(page)

    page.get_by_role("link", name="Calendar and feeds").click()
    page.get_by_role("button", name="Take back: Calendar").click()
    expect(page.get_by_role("button", name="Take back")).to_have_count(1)
    assert [requests.get(each, timeout=30).status_code for each in (calendar, feed)] == [404, 200]
