"""What a browser makes of the page's own files, where the host is no Airflow."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import expect
from pymongo.errors import ServerSelectionTimeoutError

from include.pipeline.receipt import NOT_SHOWN
from include.web.host import RunState
from include.web.marks import MarkChange, set_mark
from tests.support.rows import CHICAGO, place, row
from tests.web.conftest import Open, close_dialog
from tests.web.fake_host import FakeHost
from tests.web.stored import (
    IN_GARY,
    MongoDatabase,
    in_a_month,
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
    page = opened("ada", charts=True)

    expect(page.locator("#jobs h3")).to_have_text(title)
    page.get_by_role("link", name="Details").click()
    expect(page.locator("#job-heading")).to_have_text(title)
    page.locator("#note").fill(MARKUP)
    page.get_by_role("button", name="Save note").click()
    expect(page.get_by_text("Note saved")).to_be_visible()
    close_dialog(page)
    expect(page.locator("#figures .main-svg").first).to_be_visible()

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
    expect(job.locator(".badges .register")).to_have_count(0)
    expect(register.locator(".score")).to_have_count(0)
    expect(register.locator(".badges .register")).to_have_text("Register")
    expect(register).to_contain_text("Register: collects applications for jobs that may come up")

    register.get_by_role("link", name="Details").click()
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
    expect(card).to_contain_text("Announced again: last time it was taken down after ")
    expect(card.locator(".badges")).to_have_text("Announced again")
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


@pytest.mark.parametrize("part", ["#job=", "#run="])
def test_an_address_that_names_nothing_finds_nothing(opened: Open, part: str) -> None:
    page = opened("ada", part)
    expect(page.locator("dialog .problem")).to_have_text("Not Found")


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
    page = opened("ada", charts=True)
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
    expect(receipt).to_contain_text("closes changed")
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
    page.get_by_label("Remote", exact=True).select_option("Remote only")
    expect(page.locator("#jobs article")).to_have_count(1)

    page.reload()
    expect(page.locator("#jobs article")).to_have_count(1)
    page.go_back()
    expect(page.locator("#jobs article")).to_have_count(2)
