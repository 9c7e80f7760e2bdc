"""What a browser makes of the page's own files, where the host is no Airflow."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Route, expect
from pymongo.errors import ServerSelectionTimeoutError

from include.pipeline.receipt import NOT_SHOWN
from include.store.outcomes import record
from include.web.host import LatestRun, RunState
from include.web.marks import MarkChange, set_mark
from tests.support.rows import CHICAGO, pay, place, row
from tests.web.conftest import Open, close_dialog, open_details, open_filters
from tests.web.fake_host import FakeHost
from tests.web.stored import (
    IN_GARY,
    MongoDatabase,
    closing,
    in_a_month,
    near_miss,
    store,
    store_now,
    store_suspicious,
)

MARKUP = "<img src=x onerror=alert(1)><script>alert(2)</script>"
WINDOWS: list[tuple[int, Any]] = [(390, "light"), (1280, "dark"), (1280, "light")]


def test_markup_in_a_posting_and_in_a_note_is_shown_as_text(
    database: MongoDatabase, opened: Open
) -> None:
    title = f"Data Engineer {MARKUP}"
    store_now(database, row("1", PositionTitle=title, OrganizationName=MARKUP, **in_a_month()))
    page = opened("ada")

    expect(page.locator("#jobs h3")).to_have_text(title)
    open_details(page.locator("#jobs article"))
    expect(page.locator("#job-heading")).to_have_text(title)
    page.locator("#note").fill(MARKUP)
    page.get_by_role("button", name="Save note").click()
    expect(page.get_by_text("Note saved")).to_be_visible()
    close_dialog(page)
    expect(page.locator("#figures svg").first).to_be_visible()

    page.reload()
    expect(page.locator("#jobs .noted")).to_have_text(MARKUP)
    assert page.locator("main img, main script").count() == 0


def test_a_register_has_a_badge_for_a_score_and_its_details_say_what_that_is_made_of(
    database: MongoDatabase, opened: Open
) -> None:
    towns = [place(f"Town {n}, Iowa", 42 + n / 100, -93) for n in range(60)]
    notice = row("1", PositionLocation=[CHICAGO, *towns], **in_a_month())
    store_now(database, notice, row("2", **in_a_month()))
    page = opened("ada")

    job, register = (page.locator("#jobs article").nth(at) for at in (0, 1))
    expect(job.locator(".score")).to_have_text(re.compile(r"Score \d+"))
    expect(job.locator(".unusual .register")).to_have_count(0)
    expect(register.locator(".score")).to_have_count(0)
    expect(register.locator(".unusual .register")).to_have_text("register")

    open_details(register)
    expect(page.locator("#job-body")).to_contain_text("Register: collects applications for jobs")
    expect(page.locator(".match-result")).to_contain_text("of 40, grade 25 of 25, pay")
    expect(page.locator(".match-result")).to_contain_text("register -100")


def test_a_note_is_its_users_own(database: MongoDatabase, opened: Open) -> None:
    store_now(database, row("1", **in_a_month()))
    page = opened("ada", "#job=1")
    page.locator("#note").fill("Ask Grace")
    page.get_by_role("button", name="Save note").click()
    expect(page.get_by_text("Note saved")).to_be_visible()

    expect(opened("ada", "#job=1").locator("#note")).to_have_value("Ask Grace")
    expect(opened("bob", "#job=1").locator("#note")).to_have_value("")


def hidden_before(database: MongoDatabase) -> None:
    """Store a job that Ada and Bob hid, and that is announced again."""
    store(database, row("1", **in_a_month()), at=datetime.now(UTC) - timedelta(days=2))
    for user in ("ada", "bob"):
        set_mark(database, user, "1", MarkChange(hidden=True), datetime.now(UTC))
    store_now(database, row("2", PositionID="TR-26-2", **in_a_month()))


def test_a_job_that_was_hidden_before_is_hidden_again_if_its_user_says_so(
    database: MongoDatabase, opened: Open
) -> None:
    hidden_before(database)
    page = opened("ada")
    card = page.locator("#jobs article")
    expect(card.locator(".unusual")).to_have_text("announced again")
    card.get_by_role("button", name="Yes").click()
    expect(page.locator("#jobs .taken-away")).to_contain_text("is hidden")
    page.get_by_role("button", name="Undo").click()
    expect(card.locator(".question")).to_have_count(0)
    assert opened("carol").locator(".question").count() == 0


def test_a_user_who_says_no_is_not_asked_again(database: MongoDatabase, opened: Open) -> None:
    hidden_before(database)
    page = opened("ada", "#job=2")
    question = page.locator("#job-body .question")
    expect(question).to_contain_text("You hid this job when it was announced in ")
    expect(page.locator("#job-body")).to_contain_text(
        "Announced again: last time it was taken down after "
    )
    expect(page.locator("#job-body .earlier")).to_contain_text("TR-26-1, announced Nov 2, 2026")
    question.get_by_role("button", name="No").click()
    expect(page.locator(".question")).to_have_count(0)
    close_dialog(page)
    expect(page.locator("#jobs article")).to_have_count(1)

    page.reload()
    expect(page.locator("#jobs article")).to_have_count(1)
    expect(page.locator(".question")).to_have_count(0)
    expect(opened("bob").locator(".question")).to_have_count(1)


def test_without_a_run_the_page_says_what_to_do_first(host: FakeHost, opened: Open) -> None:
    page = opened("ada")
    expect(page.get_by_text("No search has run yet.")).to_be_visible()

    page.get_by_role("button", name="Update now").click()
    page.get_by_role("button", name="Start the update").click()
    expect(page.locator(".headline.queued")).to_be_visible()
    assert [user for user, *_ in host.started] == ["ada"]


@pytest.mark.parametrize(
    ("state", "advice", "logs"),
    [
        ("failed", "Task extract failed: its log says why and what to do.", 1),
        ("success", "No task failed: the run was ended from outside.", 0),
    ],
)
def test_a_run_that_failed_leads_to_the_log_of_the_task_that_did(
    host: FakeHost,
    opened: Open,
    monkeypatch: pytest.MonkeyPatch,
    state: str,
    advice: str,
    logs: int,
) -> None:
    tasks = {"extract": state, "load": "upstream_failed"}
    monkeypatch.setattr(host, "run", lambda *_: RunState("failed", tasks, None, None, None))
    page = opened("ada", "#run=manual__1")
    expect(page.locator("#run-body .problem")).to_have_text(advice)
    expect(page.locator("a[href='/job_tracker/runs/manual__1/tasks/extract']")).to_have_count(logs)


def test_a_run_that_failed_says_why_and_what_to_do(
    host: FakeHost, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks = {"extract": "failed", "load": "upstream_failed"}
    failed = RunState("failed", tasks, None, None, None, "The key of `usajobs` is refused.")
    monkeypatch.setattr(host, "run", lambda *_: failed)
    page = opened("ada", "#run=manual__1")
    expect(page.locator("#run-body .problem")).to_have_text(
        "Task extract failed: The key of usajobs is refused. Open its log."
    )
    expect(page.locator("#run-body")).to_contain_text("What was stored before is kept.")
    # Before the tasks, which the reason makes understood.
    expect(page.locator(".headline + .problem + p + .tasks")).to_have_count(1)


@pytest.mark.parametrize(
    ("part", "answer"),
    [
        ("#job=", "Not Found"),
        ("#run=", "Not Found"),
        ("#job=1#job=2", "There is nothing at this address."),
        ("#run=%01", "There is nothing at this address."),
    ],
)
def test_an_address_that_names_nothing_finds_nothing(opened: Open, part: str, answer: str) -> None:
    page = opened("ada", part)
    expect(page.locator("dialog .problem").first).to_contain_text(answer)


def test_a_suspicious_response_to_the_latest_run_is_shown_beside_the_jobs(
    database: MongoDatabase,
    host: FakeHost,
    opened: Open,
    monkeypatch: pytest.MonkeyPatch,
    pytestconfig: pytest.Config,
) -> None:
    hour = timedelta(hours=1)
    store(database, row("2", **in_a_month()), at=datetime.now(UTC) - 2 * hour, **IN_GARY)
    store_suspicious(database, row("1", **in_a_month()), at=datetime.now(UTC) - hour, run_id="now")
    (warning,) = database.runs.distinct("warnings.message")
    done = RunState("success", {"load": "success"}, None, None, None)
    monkeypatch.setattr(host, "run", lambda *_: done)
    page = opened("ada")
    banner = page.get_by_role("status").filter(
        has_text="The response to the latest run is suspicious"
    )
    expect(banner).to_contain_text(warning.replace("`", ""))
    expect(banner).to_contain_text("Because of it, nothing counts as no longer listed.")
    expect(page.locator("#updated")).to_contain_text("complete, with 1 warning")
    expect(page.locator("#quarantine")).to_contain_text("3 unreadable rows in quarantine")
    expect(page.locator("#jobs article")).to_have_count(1)
    for width, scheme in WINDOWS:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        if folder := pytestconfig.getoption("--screenshots"):
            page.screenshot(path=f"{folder}/warning-{scheme}-{width}.png")

    banner.get_by_text("is suspicious").click()
    banner.get_by_role("link", name="See its receipt").click()
    receipt = page.locator("#run-dialog")
    expect(receipt.locator(".headline")).to_contain_text("Complete, with 1 warning: 1 new")
    expect(receipt.locator(".warnings")).to_contain_text(warning.replace("`", ""))
    expect(receipt.locator(".receipt")).to_contain_text("job_tracker_reprocess")
    close_dialog(page)

    page.get_by_label("Search", exact=True).select_option(
        label="data engineering near Gary, Indiana, within 50 miles"
    )
    expect(banner).to_be_hidden()
    expect(page.locator("#updated a")).to_have_text("complete")


def test_a_latest_run_that_failed_is_said_to_have_above_the_jobs_of_the_one_before(
    database: MongoDatabase, host: FakeHost, folder: Path, opened: Open
) -> None:
    (folder / "default.toml").touch()
    store_now(database, row("1", **in_a_month()))
    ended = datetime.now(UTC) - timedelta(minutes=5)
    host.latest = {"job_tracker": LatestRun("late", "failed", ended, "`usajobs` says no.")}
    page = opened("ada")
    expect(page.locator("#warnings")).to_have_text(
        "The latest run failed 5 min ago: usajobs says no."
        "What is shown was read 1 h ago. See what to do"
    )
    expect(page.locator("#updated")).to_have_text("Updated 1 h ago, the latest run failed")
    expect(page.locator("#updated a")).to_have_attribute("href", "#run=job_tracker/late")
    expect(page.locator("#jobs article")).to_have_count(1)


def test_a_run_with_nothing_wrong_is_shown_without_a_warning(
    database: MongoDatabase, opened: Open
) -> None:
    store_now(database, row("1", **in_a_month()))
    database.runs.update_many({}, {"$unset": {"warnings": "", "quarantine_size": ""}})
    page = opened("ada", "#run=manual__1")
    expect(page.locator("#updated a")).to_have_text("complete")
    expect(page.locator("#warnings")).to_be_hidden()
    assert page.locator("#quarantine").inner_text() == ""


def test_a_receipt_that_had_no_room_for_values_is_shown_all_the_same(
    database: MongoDatabase, host: FakeHost, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    store_suspicious(database, row("1"), at=datetime.now(UTC), run_id="large")
    changed = {"control_number": "1", "fields": {"closes_at": NOT_SHOWN}}
    no_room = {"changed": [changed], "quarantined.0.kept": False}
    database.runs.update_many({}, {"$set": no_room})
    done = RunState("success", {"load": "success"}, None, None, None)
    monkeypatch.setattr(host, "run", lambda *_: done)
    receipt = opened("ada", "#run=large").locator(".receipt")
    expect(receipt).to_contain_text("deadline changed")
    expect(receipt.get_by_text("(not kept)")).to_have_count(1)


def test_markup_in_a_warning_is_shown_as_text(database: MongoDatabase, opened: Open) -> None:
    store_suspicious(database, at=datetime.now(UTC))
    database.runs.update_many({}, {"$set": {"warnings.0.message": f"`{MARKUP}` {MARKUP}"}})
    page = opened("ada")
    expect(page.locator("#warnings li")).to_have_text(f"{MARKUP} {MARKUP}")
    assert page.locator("main img, main script").count() == 0


def test_a_user_who_may_not_update_is_shown_why(opened: Open) -> None:
    page = opened("bob")
    expect(page.get_by_text("You may look at the jobs but not update them")).to_be_visible()
    expect(page.get_by_role("button", name="Update now")).to_be_disabled()


def test_while_mongodb_is_away_the_page_says_so_and_recovers(
    database: MongoDatabase, host: FakeHost, opened: Open
) -> None:
    store_now(database, row("1", **in_a_month()))
    host.problem = ServerSelectionTimeoutError("nobody there")
    page = opened("ada")
    expect(page.locator("#problems")).to_contain_text("MongoDB does not answer")

    host.problem = None
    page.get_by_role("button", name="Try again").first.click()
    expect(page.locator("#jobs article")).to_have_count(1)
    expect(page.locator("#problems")).to_be_hidden()


def test_a_filter_is_kept_by_a_reload_and_taken_back_by_back(
    database: MongoDatabase, opened: Open
) -> None:
    remote: Any = {"details": {"RemoteIndicator": True}}
    store_now(database, row("1", **in_a_month()), row("2", **in_a_month(), **remote))
    page = opened("ada")
    expect(page.locator("#jobs article")).to_have_count(2)
    open_filters(page)
    page.get_by_label("Remote", exact=True).select_option("Remote only")
    expect(page.locator("#jobs article")).to_have_count(1)

    page.reload()
    expect(page.locator("#jobs article")).to_have_count(1)
    page.go_back()
    expect(page.locator("#jobs article")).to_have_count(2)


def store_charted(database: MongoDatabase) -> None:
    """Store what gives each chart something to show."""
    yesterday = datetime.now(UTC) - timedelta(days=1)
    closed = row("9", **closing(f"{yesterday:%Y-%m-%d}"))
    store(database, closed, at=datetime.now(UTC) - timedelta(days=9))
    cheap = {"PositionRemuneration": pay("60000", "91000")}
    long_names = {"PositionTitle": "Data Engineer " * 20, "OrganizationName": "Office of the " * 20}
    store_now(
        database,
        row("1", **in_a_month()),
        row("2", **in_a_month(), **long_names),
        row("3", **in_a_month(), **cheap),
        near_miss("4", **in_a_month()),
    )
    for number in "129":
        set_mark(database, "ada", number, MarkChange(applied=True), datetime.now(UTC))
    record(database, [*"129"], dict.fromkeys("129", "candidate selected"), datetime.now(UTC))


def test_charts_fit_a_narrow_phone_and_say_their_numbers_by_keyboard_and_as_a_table(
    database: MongoDatabase, opened: Open
) -> None:
    store_charted(database)
    page = opened("ada")
    page.set_viewport_size({"width": 320, "height": 700})
    page.locator("#charts").scroll_into_view_if_needed()
    pictures = page.locator("#figures svg")
    expect(pictures).to_have_count(6)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    too_wide = page.evaluate(
        """[...document.querySelectorAll("#figures svg text")].filter((text) =>
        text.getBoundingClientRect().right > text.ownerSVGElement.getBoundingClientRect().right + 4
        ).map(({textContent}) => textContent)"""
    )
    assert too_wide == []

    pay_chart = page.locator("#figures figure").first
    pay_chart.locator("svg").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("End")
    said = pay_chart.locator(".said")
    expect(said).to_contain_text("$97,079 to $126,198 a year")
    page.keyboard.press("Tab")
    expect(said).to_be_empty()

    # A screen reader has it all the time.
    table = pay_chart.get_by_role("table")
    expect(table.get_by_role("row")).to_have_count(3)
    expect(table.get_by_role("columnheader")).to_have_text(
        ["Job", "From", "Up to", "Against your minimum"]
    )
    show = pay_chart.get_by_role("button", name="Show the table")
    expect(show).to_be_focused()
    page.keyboard.press("Enter")
    expect(table).to_be_in_viewport()
    table.get_by_role("link", name="Data Engineer", exact=True).click()
    expect(page.locator("#job-heading")).to_have_text("Data Engineer")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_the_charts(
    database: MongoDatabase, opened: Open, scheme: Any
) -> None:
    store_charted(database)
    page = opened("ada")
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.locator("#charts").scroll_into_view_if_needed()
    expect(page.locator("#figures svg")).to_have_count(6)
    for show in page.locator("#figures button").all():
        show.click()
    page.locator("#figures svg").first.focus()
    page.keyboard.press("ArrowRight")
    found = Axe().run(page, context="#charts").response
    assert {problem["id"]: problem["nodes"] for problem in found["violations"]} == {}
    assert len(found["passes"]) > 10


def test_nothing_moves_while_the_charts_are_loaded(database: MongoDatabase, opened: Open) -> None:
    store_charted(database)
    page = opened("ada")
    page.set_viewport_size({"width": 390, "height": 844})
    held: list[Route] = []
    page.route("**/pictures*", lambda route: held.append(route))
    page.reload()
    expect(page.locator("#near-misses")).to_be_visible()
    page.locator("#charts").scroll_into_view_if_needed()
    expect(page.locator("#figures .kept").first).to_be_visible()
    page.evaluate(
        """window.moved = 0; new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) window.moved += entry.value;
        }).observe({type: "layout-shift"})"""
    )
    for route in held:
        route.continue_()
    expect(page.locator("#figures svg")).to_have_count(6)
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert page.evaluate("window.moved") < 0.05
