"""The state of an application and the board, in a browser."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from playwright.sync_api import Locator, Page, expect

from include.jobs.office_time import eastern_day
from include.web.marks import MarkChange, set_mark
from tests.support.rows import row
from tests.web.conftest import Open, close_dialog
from tests.web.stored import MongoDatabase, in_a_month, store_now

MARKUP = "<img src=x onerror=alert(1)>"


def state(page: Page, name: str) -> Locator:
    """Return the button of a state in the details."""
    return page.locator(".states button", has_text=name)


def pressed(page: Page, name: str) -> None:
    expect(state(page, name)).to_have_attribute("aria-pressed", "true")


def test_a_state_is_set_corrected_and_taken_back_in_the_details(
    database: MongoDatabase, opened: Open
) -> None:
    store_now(database, row("1", **in_a_month()))
    page = opened("ada")
    page.locator("#jobs [data-mark='saved']").click()
    expect(page.locator("#jobs [data-mark='saved']")).to_have_attribute("aria-pressed", "true")
    page.evaluate("location.hash = 'job=1'")
    body = page.locator("#job-body")
    pressed(page, "Saved")

    state(page, "Applied").click()
    expect(body.locator(".state")).to_have_text("Applied today")
    pressed(page, "Applied")
    expect(page.locator("#jobs [data-mark='applied']")).to_have_attribute("aria-pressed", "true")
    three_days_ago = eastern_day(datetime.now(UTC)) - timedelta(days=3)
    body.get_by_text("Day and history").click()
    body.get_by_label("Applied since").fill(three_days_ago.isoformat())
    body.get_by_role("button", name="Correct the day").click()
    expect(body.locator(".state")).to_have_text("Applied 3 days ago")
    body.get_by_label("Applied since").fill("2001-01-01")
    body.get_by_role("button", name="Correct the day").click()
    expect(body.get_by_role("alert")).to_contain_text("when the job was announced, to today")

    state(page, "Rejected").press("Enter")
    expect(state(page, "Rejected")).to_be_focused()
    expect(page.locator("#jobs [data-mark='applied']")).to_have_text("Rejected")
    body.get_by_role("button", name="Undo").click()
    expect(body.locator(".state")).to_have_text("Applied 3 days ago")
    expect(body.locator(".states-history li")).to_have_count(5)

    state(page, "Applied").click()
    expect(body.locator(".state")).to_have_count(0)
    body.get_by_role("button", name="Undo").click()
    expect(body.locator(".state")).to_have_text("Applied 3 days ago")
    expect(page.locator("#jobs [data-mark='applied']")).to_have_text("I applied")


def test_the_board_has_a_card_in_the_column_of_its_state(
    database: MongoDatabase, opened: Open
) -> None:
    now = datetime.now(UTC)
    store_now(database, row("1", PositionTitle=f"Data {MARKUP}", **in_a_month()), row("2"))
    assert opened("ada", "#applications").get_by_text("No application yet.").count() <= 1
    set_mark(database, "ada", "1", MarkChange(state="applied", note=MARKUP), now)
    set_mark(database, "bob", "2", MarkChange(state="offer"), now)
    page = opened("ada")
    page.get_by_role("link", name="Applications").click()
    board = page.locator("#applications-body")
    card = board.locator(".application")
    expect(card).to_have_count(1)
    applied, interview = (board.get_by_role("region", name=n) for n in ("Applied", "Interview"))
    expect(applied.locator(".application")).to_contain_text("applied today")
    expect(card).to_contain_text(f"Data {MARKUP}")

    card.get_by_role("combobox").focus()
    card.get_by_role("combobox").select_option("Interview")
    expect(interview.locator(".application")).to_contain_text("invited to an interview today")
    expect(card.get_by_role("combobox")).to_be_focused()
    board.get_by_role("button", name="Undo").click()
    expect(applied.locator(".application")).to_contain_text("applied today")
    card.get_by_role("link").click()
    pressed(page, "Applied")
    close_dialog(page)
