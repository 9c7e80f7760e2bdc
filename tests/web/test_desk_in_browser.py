"""The seeker's desk in a browser: what the first screen shows, its keys, and its addresses."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from playwright.sync_api import Page, expect

from include.searches.page_links import page_link
from include.web.marks import MarkChange, set_mark
from tests.support.rows import pay, place, row
from tests.web.conftest import Open, open_details, open_filters
from tests.web.stored import (
    GARY,
    IN_GARY,
    MongoDatabase,
    closing,
    in_a_month,
    near_miss,
    store,
    store_now,
)

ROWS = "#jobs article.job"
SHIFTS = """
window.shifted = 0;
new PerformanceObserver((list) => {
  for (const { value, hadRecentInput } of list.getEntries())
    if (!hadRecentInput) window.shifted += value;
}).observe({ type: "layout-shift", buffered: true });
"""
WINDOWS = [(1440, 900, 10), (1024, 768, 6), (390, 844, 4), (320, 640, 1)]
"""Width and height, and how many jobs are seen whole at least."""

WHOLE_ROWS = f"""
[...document.querySelectorAll("{ROWS}")]
  .filter((row) => row.getBoundingClientRect().bottom <= innerHeight).length
"""
AURORA = place("Aurora, Illinois", 41.7606, -88.3201)


def as_in_life(number: int) -> dict[str, Any]:
    """Return a job with a title, an agency and a place of usual length; half are unusual."""
    return row(
        str(number),
        **in_a_month(),
        PositionTitle="IT Specialist (Data Management)",
        OrganizationName="Federal Acquisition Service",
        PositionLocation=[AURORA],
        PositionRemuneration=pay("100059", "154682"),
        details={
            "LowGrade": "12",
            "HighGrade": "12",
            "PromotionPotential": "13" if number % 2 else "12",
        },
    )


def numbers(page: Page) -> list[str | None]:
    return [each.get_attribute("data-number") for each in page.locator(ROWS).all()]


def focused(page: Page) -> Any:
    return page.evaluate("document.activeElement.closest('article')?.dataset.number ?? null")


def test_the_first_screen_shows_many_jobs_and_nothing_moves_while_it_loads(
    database: MongoDatabase, opened: Open
) -> None:
    store_now(database, *map(as_in_life, range(1, 15)), near_miss("90", **in_a_month()))
    warning = {"code": "short", "message": "USAJOBS lists far fewer postings than usual. " * 5}
    page = opened("ada")
    page.add_init_script(SHIFTS)
    for warnings in ([], [warning]):
        database.runs.update_many({}, {"$set": {"warnings": warnings, "quarantine_size": 3}})
        for width, height, jobs in WINDOWS:
            page.set_viewport_size({"width": width, "height": height})
            page.reload()
            expect(page.locator(ROWS)).to_have_count(14)
            expect(page.locator("#near-misses")).to_be_visible()
            expect(page.locator("[data-count='near_misses'] .number")).to_have_text("1")
            expect(page.locator("#warnings")).to_be_visible(visible=bool(warnings))
            assert page.evaluate(WHOLE_ROWS) >= jobs
            assert page.evaluate("shifted") < 0.05
            assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_nothing_moves_on_a_narrow_phone_of_who_may_only_look_before_the_first_run(
    opened: Open,
) -> None:
    page = opened("bob")
    page.add_init_script(SHIFTS)
    page.set_viewport_size({"width": 320, "height": 640})
    page.reload()
    expect(page.get_by_text("No search has run yet.")).to_be_visible()
    expect(page.locator("#no-update")).to_be_visible()
    assert page.evaluate("shifted") < 0.05


def test_a_job_that_is_hidden_is_counted_no_more_until_that_is_taken_back(
    database: MongoDatabase, opened: Open
) -> None:
    store_now(database, row("1", **in_a_month()), row("2", **in_a_month()))
    page = opened("ada")
    total = page.locator("#jobs .total")
    expect(total).to_have_text("2 jobs")
    page.locator(ROWS).first.get_by_role("button", name="Hide").click()
    expect(total).to_have_text("1 job")
    page.get_by_role("button", name="Undo").click()
    expect(total).to_have_text("2 jobs")


def test_a_row_and_its_details_say_what_only_they_can(
    database: MongoDatabase, opened: Open
) -> None:
    """The state after applying, also on a phone; and not the search's name, which stands above."""
    store_now(database, row("1", **in_a_month()))
    set_mark(database, "ada", "1", MarkChange(state="interview"), datetime.now(UTC))
    page = opened("ada")
    state = page.locator(ROWS).get_by_role("link", name="Interview")
    for width in (1440, 390, 320):
        page.set_viewport_size({"width": width, "height": 800})
        expect(state).to_be_visible()
        assert state.evaluate("it => parseFloat(getComputedStyle(it).fontSize)") > 10
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    open_details(page.locator(ROWS))
    standing = page.locator("#job-body .match-result p").first
    expect(standing).to_contain_text(re.compile(r"^Score \d+ Match, open; seen "))


def test_what_the_words_are_looked_for_in_is_read_on_a_narrow_phone(opened: Open) -> None:
    page = opened("ada")
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate(
        """() => {
          document.querySelector("main").classList.remove("nothing-yet");
          document.querySelector("#further").hidden = false;
          const field = document.querySelector("#filter-text");
          const style = getComputedStyle(field);
          const pen = document.createElement("canvas").getContext("2d");
          pen.font = `${style.fontSize} ${style.fontFamily}`;
          const room = field.clientWidth - 2 * parseFloat(style.paddingLeft);
          return pen.measureText(field.placeholder).width <= room;
        }"""
    )


def test_a_tile_chooses_filter_and_order_and_the_button_says_which(
    database: MongoDatabase, opened: Open
) -> None:
    later = closing("2026-12-24")
    store_now(database, row("1", **in_a_month()), row("2", **later), near_miss("3", **later))
    page = opened("ada")
    button = page.get_by_role("button", name="Filters")
    expect(button).to_have_text("Filters")
    page.locator("[data-count='closing_soon']").click()
    expect(button).to_have_text("Filters: closing within 7 days")
    expect(page.get_by_label("Sort")).to_have_value("closing")
    page.locator("[data-count='near_misses']").click()
    expect(page.locator(ROWS)).to_have_count(1)
    expect(page.locator(ROWS).locator(".reasons")).to_contain_text("Milwaukee")
    assert page.evaluate("location.search") == "?level=near_miss"
    page.get_by_role("button", name="Reset").click()
    expect(button).to_have_text("Filters")
    expect(page.locator(ROWS)).to_have_count(2)


def test_every_view_has_an_address_that_can_be_shared(
    database: MongoDatabase, opened: Open
) -> None:
    remote: Any = {"details": {"RemoteIndicator": True}}
    store_now(database, row("1", **in_a_month()))
    store_now(database, row("1", **in_a_month()))
    store(database, row("1", **in_a_month()), row("2", **in_a_month(), **remote), **IN_GARY)
    page = opened("ada", f"?search={GARY}")
    expect(page.get_by_label("Search", exact=True)).to_have_value(GARY)
    open_filters(page)
    page.get_by_label("Remote", exact=True).select_option("Remote only")
    page.get_by_label("Sort").select_option("Best paid")
    expect(page.locator(ROWS)).to_have_count(1)
    open_details(page.locator(ROWS))
    expect(page.locator("#job-heading")).to_have_text("Data Engineer")
    address = page.evaluate("location.search + location.hash")
    assert address == f"?search={GARY}&remote=true&sort=pay#job=2"

    other = opened("bob", address)
    expect(other.locator("#job-heading")).to_have_text("Data Engineer")
    expect(other.locator(f"{ROWS}[aria-current]")).to_have_attribute("data-number", "2")
    expect(other.get_by_role("button", name="Filters")).to_have_text("Filters: remote only")
    expect(other.get_by_label("Sort")).to_have_value("pay")

    page.get_by_label("Remote", exact=True).select_option("Either")
    expect(page.locator(ROWS)).to_have_count(2)
    expect(page.locator("#job-dialog")).to_be_visible()
    for _ in range(2):
        page.go_back()
    expect(page.locator("#job-dialog")).to_be_hidden()
    expect(page.locator(ROWS)).to_have_count(1)


def test_the_links_of_a_digest_open_its_search_and_just_what_they_are_about(
    database: MongoDatabase, opened: Open
) -> None:
    store_now(database, row("1", **in_a_month()), row("2", **in_a_month()))
    jobs = [row(number, **in_a_month()) for number in "234"]
    store(database, *jobs, near_miss("5", **in_a_month()), **IN_GARY)
    page = opened("ada", page_link("./", GARY, numbers="none"))
    expect(page.locator(ROWS)).to_have_count(3)
    every = {"level": "any", "status": "any"}
    page = opened("ada", page_link("./", GARY, numbers="2,4", **every))
    expect(page.locator(ROWS)).to_have_count(2)
    assert {*numbers(page)} == {"2", "4"}
    button = page.get_by_role("button", name="Filters")
    expect(button).to_have_text("Filters: 2 jobs of a digest")
    page.get_by_role("button", name="Reset").click()
    expect(page.locator(ROWS)).to_have_count(3)
    expect(page.get_by_label("Search", exact=True)).to_have_value(GARY)
    page = opened("ada", page_link("./", GARY, "2"))
    expect(page.locator("#job-heading")).to_have_text("Data Engineer")
    expect(page.locator("#job-body .fits").first).to_contain_text("from Gary, Indiana")
    expect(page.get_by_label("Search", exact=True)).to_have_value(GARY)


def test_a_job_stands_beside_the_list_where_there_is_room_and_fills_a_phone(
    database: MongoDatabase, opened: Open
) -> None:
    store_now(database, row("1", **in_a_month()))
    page = opened("ada", "#job=1")
    dialog = page.locator("#job-dialog")
    page.set_viewport_size({"width": 1440, "height": 900})
    expect(page.locator("#job-body .actions")).to_be_visible()
    assert not dialog.evaluate("dialog => dialog.matches(':modal')")
    list_box, job_box = page.locator(".lists").bounding_box(), dialog.bounding_box()
    assert list_box
    assert job_box
    assert list_box["x"] + list_box["width"] < job_box["x"]
    expect(page.locator("#charts")).to_be_hidden()

    page.set_viewport_size({"width": 390, "height": 844})
    expect(page.locator("#job-dialog:modal")).to_be_visible()
    assert dialog.bounding_box() == {"x": 0, "y": 0, "width": 390, "height": 844}
    page.get_by_role("button", name="Close").click()
    expect(dialog).to_be_hidden()
    expect(page).not_to_have_url(re.compile("#"))


def test_the_slow_answer_to_an_earlier_change_does_not_undo_a_later_one(
    database: MongoDatabase, opened: Open
) -> None:
    store_now(database, row("1", **in_a_month()))
    page = opened("ada", "#job=1")
    page.set_viewport_size({"width": 1440, "height": 900})
    expect(page.locator("#job-body .actions")).to_be_visible()

    page.evaluate(ANSWER_A_NOTE_LATE)
    page.locator("#note").fill("ask Grace")
    page.locator("#job-body [data-mark='hidden']").click()
    expect(page.locator("#job-body .note .said")).to_have_text("Note saved")
    expect(page.locator("#jobs .taken-away")).to_contain_text("is hidden")


ANSWER_A_NOTE_LATE = """() => {
    const send = window.fetch;
    window.fetch = async (address, options = {}) => {
        const answer = await send(address, options);
        const isNote = (options.body ?? "").includes("note");
        if (isNote) await new Promise((resolve) => setTimeout(resolve, 500));
        return answer;
    };
}"""


def test_the_list_is_used_by_keyboard(database: MongoDatabase, opened: Open) -> None:
    store_now(database, *(row(str(n), **in_a_month()) for n in (1, 2, 3)))
    page = opened("ada")
    page.set_viewport_size({"width": 1440, "height": 900})
    expect(page.locator(ROWS)).to_have_count(3)
    first, second, third = numbers(page)

    for key, expected in (("j", first), ("j", second), ("k", first), ("k", first), ("j", second)):
        page.keyboard.press(key)
        assert focused(page) == expected
    page.keyboard.press("s")
    saved = page.locator(f"{ROWS}[data-number='{second}'] [data-mark='saved']")
    expect(saved).to_have_attribute("aria-pressed", "true")
    expect(page.locator("[data-count='mine'] .number")).to_have_text("1")

    page.keyboard.press("Enter")
    expect(page.locator("#job-body")).to_have_attribute("data-number", str(second))
    page.keyboard.press("j")
    expect(page.locator("#job-body")).to_have_attribute("data-number", str(third))
    expect(page.locator("#job-body .actions")).to_be_visible()
    page.keyboard.press("a")
    expect(page.locator("#job-body [data-mark='applied']")).to_have_attribute(
        "aria-pressed", "true"
    )
    page.locator("#note").fill("jjsah?")
    expect(page.locator("#job-body")).to_have_attribute("data-number", str(third))
    page.keyboard.press("Escape")
    expect(page.locator("#job-dialog")).to_be_hidden()
    expect(page.locator("#charts")).to_be_visible()
    expect(page.locator(f"{ROWS}[data-number='{third}'] h3 a")).to_be_focused()

    page.keyboard.press("h")
    expect(page.locator("#jobs .taken-away")).to_contain_text("is hidden")
    expect(page.get_by_role("button", name="Undo")).to_be_focused()
    page.keyboard.press("k")
    assert focused(page) == second
    page.keyboard.press("?")
    help_dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(help_dialog).to_contain_text("next job, previous job")
    help_dialog.get_by_role("button", name="Switch the keys off").click()
    page.keyboard.press("Escape")
    expect(help_dialog).to_be_hidden()
    page.keyboard.press("j")
    page.keyboard.press("f")
    expect(page.locator("#further")).to_be_hidden()
