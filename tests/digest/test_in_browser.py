"""The digest as a mail program shows it, on a phone and on a desktop."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from include.digest.message import Message
from include.digest.send import send_digest
from tests.digest.digest_runs import PAGE_URL, DigestRuns, MongoDatabase, day, match, near_miss
from tests.support.rows import pay, place

WIDTHS = {"phone": 390, "desktop": 1000}


@pytest.fixture
def message(database: MongoDatabase) -> Message:
    """A digest with something under every heading."""
    digest_runs = DigestRuns(database)
    long = "Supervisory Interdisciplinary Data Engineer/Data Scientist (Direct Hire Authority)"
    rows = [
        match("840000001", closes="2026-11-30", PositionTitle="Data Engineer"),
        match("840000002", closes="2026-12-31", PositionTitle="IT Specialist (Data Management)"),
        match("840000003", closes="2026-11-12", PositionTitle="Data Architect"),
        match("840000004", PositionTitle="Data Engineer (Platform)"),
    ]
    digest_runs.run_and_send(0, *rows)
    digest_runs.mark(["840000004", "840000003"], saved=True)
    earlier = match("840000001", closes="2026-11-20", PositionTitle="Data Engineer")
    better_paid = match(
        "840000002",
        PositionTitle="IT Specialist (Data Management)",
        PositionRemuneration=pay("110000", "150000"),
    )
    new = [
        match("840000005", closes="2026-11-20", PositionTitle=long),
        match("840000006", PositionTitle="Data Engineer", OrganizationName="National Park Service"),
        match(
            "840000007",
            PositionTitle="Analytics Engineer",
            PositionLocation=[place("Evanston, Illinois", 42.0411, -87.69)] * 2,
        ),
        near_miss("840000008"),
        near_miss("840000009"),
    ]
    digest_runs.run(4, earlier, better_paid, rows[2], *new)
    send_digest(database, digest_runs.search, digest_runs.mailbox.send, day(4), PAGE_URL)
    return digest_runs.mailbox.messages[-1][1]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_digest_fits_the_screen(
    message: Message, chromium: Browser, request: pytest.FixtureRequest, width: str, scheme: str
) -> None:
    page = chromium.new_page(
        viewport={"width": WIDTHS[width], "height": 800},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page.set_content(message.html)
    assert page.evaluate("document.documentElement.scrollWidth") <= WIDTHS[width]
    assert page.locator("h2").all_inner_texts() == [
        "1 closing within a week",
        "3 new matches",
        "2 amended jobs",
        "1 you saved, no longer listed",
    ]
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (background == "rgb(255, 255, 255)") is (scheme == "light")
    if (folder := request.config.getoption("--screenshots")) and scheme == "light":
        page.screenshot(path=Path(folder, f"digest-{width}.png"), full_page=True)
    page.close()


def test_every_position_is_a_link_to_its_posting(message: Message, chromium: Browser) -> None:
    page = chromium.new_page()
    page.set_content(message.html)
    links = page.locator(".title a").evaluate_all("links => links.map(link => link.href)")
    assert sorted(links) == [f"https://www.usajobs.gov/job/84000000{n}" for n in range(1, 8)]
    page.close()
