"""The searches side by side, and the next digest of one, in a browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from include.digest.send import send_digest
from include.searches.parameters import SearchParameters
from include.searches.saved_searches import Entry, SavedSearch, read_saved_searches
from include.web.host import LatestRun, RunState
from tests.digest.digest_runs import Mailbox
from tests.support.rows import row
from tests.web.conftest import Open, close_dialog, open_details
from tests.web.fake_host import PAGE, FakeHost
from tests.web.stored import (
    CHICAGO,
    MongoDatabase,
    closing,
    near_miss,
    store,
    store_saved,
    store_suspicious,
)

HOUR = timedelta(hours=1)
MARKUP = "<img src=x onerror=alert(1)><script>alert(2)</script>"
FRIEND = """\
location = "Gary, Indiana"
minimum_pay = 90_000
schedule = "0 12 * * 1-5"
timezone = "America/Chicago"
email = ["friend@example.org"]
"""
WINDOWS: list[tuple[int, Any]] = [(1280, "light"), (1280, "dark"), (800, "light"), (320, "light")]


def open_row(number: str, days: int = 30, **changes: Any) -> dict[str, Any]:
    return row(number, **closing(f"{datetime.now(UTC) + timedelta(days=days):%Y-%m-%d}"), **changes)


@pytest.fixture
def friend(folder: Path) -> SavedSearch:
    """The saved search of a friend."""
    (folder / "friend.toml").write_text(FRIEND)
    _, saved = read_saved_searches(folder).good
    return saved


@pytest.fixture
def both_have_run(database: MongoDatabase, friend: SavedSearch) -> None:
    """The default search found one match and a near miss, the friend's two matches."""
    now = datetime.now(UTC)
    far = closing(f"{now + timedelta(days=30):%Y-%m-%d}")
    store(database, open_row("1"), near_miss("3", **far), at=now - 30 * HOUR, run_id="scheduled")
    store(database, open_row("1"), near_miss("3", **far), at=now - 2 * HOUR, run_id="scheduled")
    store_saved(database, friend, open_row("1"), open_row("2", days=3), at=now - HOUR)


def windows(page: Page) -> Iterator[str]:
    """Show a page in each window, in which it fits, and yield the window's name."""
    for width, scheme in WINDOWS:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        yield f"{scheme}-{width}"


def view(page: Page) -> Locator:
    page.get_by_role("link", name="Searches").click()
    return page.get_by_role("dialog", name="Searches")


def row_of(shown: Page | Locator, search: str) -> Locator:
    return shown.locator(f"tr[data-search='{search}']")


def numbers(row: Locator) -> list[str]:
    expect(row.locator("[data-counted]").first).to_have_text(re.compile(r"\d"))
    return row.locator("[data-counted]").all_inner_texts()


def tiles(page: Page) -> list[str]:
    names = ("matches", "near_misses", "new", "closing_soon")
    shown = [page.locator(f".tile[data-count='{name}'] .number") for name in names]
    expect(shown[0]).to_have_text(re.compile(r"\d"))
    return [each.inner_text() for each in shown]


@pytest.mark.usefixtures("both_have_run")
def test_two_searches_stand_side_by_side_with_the_numbers_that_each_has_by_itself(
    opened: Open, friend: SavedSearch
) -> None:
    page = opened("ada")
    assert tiles(page) == ["1", "1", "0", "0"]
    shown = view(page)
    usual, theirs = row_of(shown, CHICAGO), row_of(shown, friend.slug)
    assert numbers(usual) == ["1", "1", "0", "0"]
    assert numbers(theirs) == ["2", "0", "2", "1"]
    expect(theirs.get_by_role("rowheader")).to_contain_text(
        "data engineering near Gary, Indiana, within 50 miles"
    )
    expect(theirs.get_by_role("rowheader")).to_contain_text("at least $90,000 a year")
    expect(theirs).to_contain_text("at 12:00, Monday through Friday, America/Chicago")
    expect(theirs).to_contain_text("friend@example.org")
    expect(theirs).to_contain_text("1 h ago")
    expect(usual.get_by_role("button", name="default")).to_have_attribute("aria-current", "true")

    theirs.get_by_role("button", name="friend").click()
    expect(shown).to_be_hidden()
    expect(page.locator("#jobs article")).to_have_count(2)
    expect(page.get_by_label("Search", exact=True)).to_have_value(friend.slug)
    expect(page.locator(".tile[data-count='matches'] .number")).to_have_text("2")
    assert tiles(page) == ["2", "0", "2", "1"]


@pytest.mark.usefixtures("both_have_run")
def test_the_search_called_shown_is_the_one_whose_jobs_are_shown_however_late_they_come(
    opened: Open, friend: SavedSearch
) -> None:
    page = opened("ada", "#searches")
    held: list[Route] = []
    page.route("**/stored_jobs?*", lambda route: held.append(route))
    with page.expect_response("**/searches"):
        page.reload()
    page.wait_for_timeout(500)
    for route in held:
        route.continue_()
    usual, theirs = row_of(page, CHICAGO), row_of(page, friend.slug)
    expect(usual.get_by_role("button", name="default")).to_have_attribute("aria-current", "true")
    expect(theirs.get_by_role("button", name="friend")).not_to_have_attribute(
        "aria-current", "true"
    )


@pytest.mark.usefixtures("both_have_run")
def test_the_view_is_used_by_keyboard_and_left_by_back(opened: Open, friend: SavedSearch) -> None:
    page = opened("ada", "?level=near_miss#searches")
    chosen = row_of(page, friend.slug).get_by_role("button", name="friend")
    chosen.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#jobs")).to_be_focused()
    expect(page.get_by_label("Show", exact=True)).to_have_value("match")

    view(page)
    close_dialog(page)
    expect(page.locator("#searches-dialog")).to_be_hidden()
    view(page)
    page.go_back()
    expect(page.locator("#searches-dialog")).to_be_hidden()
    expect(page.locator("#jobs article")).to_have_count(2)


@pytest.mark.usefixtures("both_have_run")
def test_the_best_match_leads_to_its_detail_and_back(opened: Open, friend: SavedSearch) -> None:
    page = opened("ada")
    shown = view(page)
    best = row_of(shown, friend.slug).get_by_role("link", name="Data Engineer")
    expect(row_of(shown, friend.slug).locator("[data-best]")).to_contain_text("$")
    best.click()
    expect(page.locator("#job-heading")).to_have_text("Data Engineer")
    page.get_by_role("button", name="Close").click()
    expect(shown).to_be_visible()


def test_the_latest_run_of_each_leads_to_the_receipt_of_its_own_dag(
    database: MongoDatabase,
    host: FakeHost,
    opened: Open,
    friend: SavedSearch,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = datetime.now(UTC)
    store_suspicious(database, open_row("1"), at=now - HOUR, run_id="scheduled")
    store_saved(database, friend, open_row("1"), open_row("2"), at=now - 2 * HOUR)
    asked = []

    def run(dag_id: str, run_id: str) -> RunState:
        asked.append((dag_id, run_id))
        return RunState("success", {"load": "success"}, None, None, None)

    monkeypatch.setattr(host, "run", run)
    page = opened("ada", "#searches")
    expect(row_of(page, CHICAGO).locator(".warned")).to_have_text("complete, with 1 warning")
    expect(row_of(page, friend.slug).locator(".warned")).to_have_count(0)
    for search, matches in ((CHICAGO, "1 match"), (friend.slug, "2 matches")):
        row_of(page, search).get_by_role("link", name="h ago").click()
        expect(page.locator("#run-dialog .headline")).to_contain_text(matches)
        close_dialog(page)
    assert asked == [("job_tracker", "scheduled"), ("job_tracker_friend", "scheduled")]


def test_a_failed_run_is_shown_with_its_reason_and_how_old_the_jobs_are(
    database: MongoDatabase, host: FakeHost, opened: Open, friend: SavedSearch
) -> None:
    now = datetime.now(UTC)
    store(database, open_row("1"), at=now - 24 * HOUR)
    store_saved(database, friend, open_row("1"), at=now - 2 * HOUR)
    host.latest = {
        "job_tracker": LatestRun("later", "failed", now - HOUR, "The key of `usajobs` is refused."),
        "job_tracker_friend": LatestRun("scheduled", "success", now - HOUR, None),
    }
    page = opened("ada", "#searches")
    failed = row_of(page, CHICAGO)
    expect(failed.locator(".problem")).to_have_text("failed: The key of usajobs is refused.")
    expect(failed).to_contain_text("What is shown was read 24 h ago.")
    expect(row_of(page, friend.slug)).to_contain_text("complete")
    failed.get_by_role("link", name="1 h ago").click()
    expect(page).to_have_url(re.compile("#run=job_tracker/later$"))


def test_a_search_that_has_not_run_is_shown_as_such_and_updated_by_its_own_dag(
    database: MongoDatabase, host: FakeHost, opened: Open, friend: SavedSearch
) -> None:
    store(database, open_row("1"), at=datetime.now(UTC) - HOUR)
    page = opened("ada")
    theirs = row_of(view(page), friend.slug)
    expect(theirs).to_contain_text("not yet")
    theirs.get_by_role("button", name="friend").click()
    expect(page.get_by_text("This search has not run yet.")).to_be_visible()

    page.get_by_role("button", name="Update now").click()
    expect(page.locator("#update-dialog")).to_contain_text("Runs the DAG job_tracker_friend")
    page.get_by_role("button", name="Start the update").click()
    expect(page.locator(".headline.queued")).to_be_visible()
    assert host.started == [("ada", "job_tracker_friend", friend.parameters.model_dump())]
    assert page.evaluate("location.hash") == "#run=job_tracker_friend/manual__1"


@pytest.mark.usefixtures("both_have_run")
def test_a_place_that_is_not_known_is_answered_with_what_may_be_meant(
    host: FakeHost, opened: Open
) -> None:
    page = opened("ada")
    page.get_by_role("button", name="Update now").click()
    location, start = page.get_by_label("Location"), page.get_by_text("Start the update")
    location.fill("Chicgo, Illinois")
    start.click()
    alert = page.locator("#update-dialog").get_by_role("alert")
    expect(alert).to_contain_text("did you mean Chicago, Illinois?")
    assert host.started == []
    location.fill("milwaukee, wi; remote")
    start.click()
    expect(page.locator(".headline.queued")).to_be_visible()
    assert host.started[0][2]["location"] == "Milwaukee, Wisconsin"


@pytest.mark.usefixtures("both_have_run")
def test_wishes_are_set_in_the_form_and_a_wrong_one_is_answered(
    host: FakeHost, opened: Open
) -> None:
    page = opened("ada")
    page.get_by_role("button", name="Update now").click()
    clearance = page.get_by_label("Security clearance")
    expect(clearance).to_have_value("any")
    clearance.select_option("Secret")
    page.get_by_label("Telework").check()
    exclude, start = page.get_by_label("Exclude"), page.get_by_text("Start the update")
    exclude.fill("Army\n\nagency: Departmnt of Energy\n")
    start.click()
    alert = page.locator("#update-dialog").get_by_role("alert")
    expect(alert).to_contain_text("did you mean Department of Energy")
    assert host.started == []
    exclude.fill("Army\nintern")
    start.click()
    expect(page.locator(".headline.queued")).to_be_visible()
    ((_, _, parameters),) = host.started
    assert parameters == (
        SearchParameters().model_dump()
        | {"clearance": "Secret", "telework": True, "exclude": ["Army", "intern"]}
    )


@pytest.mark.usefixtures("both_have_run")
def test_no_other_search_can_be_updated_while_the_selected_one_is_read(
    host: FakeHost, opened: Open, friend: SavedSearch
) -> None:
    page = opened("ada")
    page.get_by_role("button", name="Update now").click()
    start = page.get_by_role("button", name="Start the update")
    expect(start).to_be_visible()
    close_dialog(page)
    held: list[Route] = []
    page.route("**/searches", lambda route: held.append(route))
    row_of(view(page), friend.slug).get_by_role("button", name="friend").click()
    page.get_by_role("button", name="Update now").click()
    expect(page.locator("#update-dialog")).to_contain_text("Loading…")
    expect(start).to_have_count(0)
    for route in held:
        route.continue_()
    start.click()
    expect(page.locator(".headline.queued")).to_be_visible()
    assert host.started == [("ada", "job_tracker_friend", friend.parameters.model_dump())]


@pytest.mark.usefixtures("both_have_run")
def test_no_other_job_is_shown_while_the_searches_are_read(
    opened: Open, friend: SavedSearch
) -> None:
    page = opened("ada")

    def job(number: str) -> Locator:
        return page.locator(f"#jobs article[data-number='{number}']")

    open_details(job("1"))
    expect(page.locator("#job-body .actions")).to_be_visible()
    close_dialog(page)
    held: list[Route] = []
    page.route("**/searches", lambda route: held.append(route))
    row_of(view(page), friend.slug).get_by_role("button", name="friend").click()
    expect(page.locator("#jobs article")).to_have_count(2)
    open_details(job("2"))
    expect(page.locator("#job-body")).to_have_attribute("data-number", "2")
    expect(page.locator("#job-body .actions")).to_have_count(0)
    for route in held:
        route.continue_()
    expect(page.locator("#job-body .actions")).to_be_visible()


@pytest.mark.usefixtures("friend")
def test_a_search_that_nobody_saved_is_there_too_and_updated_by_the_dag_that_ran_it(
    database: MongoDatabase, host: FakeHost, opened: Open
) -> None:
    now = datetime.now(UTC)
    runs = {"default": "job_tracker", "friend": "job_tracker_friend", "gone": "job_tracker"}
    others = [
        SavedSearch(name, Entry(location="Gary, Indiana", radius_miles=60 + number))
        for number, name in enumerate(runs)
    ]
    store(database, open_row("1"), at=now - 2 * HOUR)
    for other in others:
        store_saved(database, other, open_row("1"), at=now - HOUR)
    page = opened("ada")
    for other in others:
        unsaved = row_of(view(page), other.slug)
        expect(unsaved).to_contain_text("not saved")
        assert numbers(unsaved)[0] == "1"
        expect(unsaved.get_by_role("link", name="Preview")).to_have_count(0)
        unsaved.get_by_role("button").click()
        page.get_by_role("button", name="Update now").click()
        page.get_by_role("button", name="Start the update").click()
        expect(page.locator(".headline.queued")).to_be_visible()
        close_dialog(page)
    assert host.started == [
        ("ada", dag_id, other.parameters.model_dump())
        for other, dag_id in zip(others, runs.values(), strict=True)
    ]


def test_what_is_wrong_with_a_file_is_shown_beside_the_others(
    folder: Path, opened: Open, friend: SavedSearch
) -> None:
    (folder / "bad.toml").write_text(f'# a friend\nlocation = "{MARKUP}"\n')
    page = opened("ada")
    expect(page.locator("#to-searches")).to_have_text("Searches, 1 problem")
    shown = view(page)
    expect(shown.locator(".problems li")).to_contain_text("bad.toml, line 2: location = ")
    expect(row_of(shown, friend.slug)).to_be_visible()
    expect(opened("bob", "#searches").locator(".problems li")).to_have_text("bad.toml, line 2")


def test_while_the_numbers_cannot_be_read_the_searches_are_there_all_the_same(
    opened: Open, friend: SavedSearch
) -> None:
    page = opened("ada")
    page.route("**/comparison", lambda route: route.abort())
    shown = view(page)
    expect(shown.get_by_role("status").last).to_contain_text("Airflow's server can't be reached.")
    expect(row_of(shown, friend.slug)).to_be_visible()
    page.unroute("**/comparison")
    shown.get_by_role("button", name="Try again").click()
    expect(shown.get_by_text("can't be reached")).to_be_hidden()


@pytest.mark.usefixtures("both_have_run")
def test_the_view_fits_its_window(folder: Path, opened: Open, pytestconfig: pytest.Config) -> None:
    (folder / "bad.toml").write_text("radius_miles = 0")
    page = opened("ada")
    shown = view(page)
    numbers(shown.locator("tbody tr").first)
    sheet = shown.locator(".sheet")
    for name in windows(page):
        assert sheet.evaluate("sheet => sheet.scrollWidth <= sheet.clientWidth"), name
        # Cards keep the roles of a table.
        expect(shown.get_by_role("table").get_by_role("row")).to_have_count(3)
        if pictures := pytestconfig.getoption("--screenshots"):
            page.screenshot(path=f"{pictures}/searches-{name}.png")


@pytest.mark.usefixtures("both_have_run")
def test_the_next_digest_is_shown_as_its_mail_looks_and_as_text(
    opened: Open, friend: SavedSearch, pytestconfig: pytest.Config
) -> None:
    complaints: list[str] = []
    page = opened("ada")
    page.on("console", lambda message: complaints.append(message.text))
    row_of(view(page), friend.slug).get_by_role("link", name="Preview for friend").click()
    shown = page.get_by_role("dialog", name="Next digest")
    expect(shown.get_by_role("heading", name="E-mail: friend@example.org")).to_be_visible()
    expect(shown.locator(".subject")).to_contain_text("2 new matches")
    mail = shown.frame_locator("iframe[sandbox='']")
    for name in windows(page):
        expect(mail.get_by_role("heading", level=1)).to_have_css("font-size", "20px")
        expect(mail.locator(".title").first).to_have_css("font-weight", "600")
        if pictures := pytestconfig.getoption("--screenshots"):
            page.screenshot(path=f"{pictures}/digest-{name}.png")

    as_text = shown.get_by_role("button", name="As text")
    as_text.click()
    expect(as_text).to_have_attribute("aria-pressed", "true")
    for heading in ("1 NEW MATCH TO APPLY FOR SOON", "1 NEW MATCH\n"):
        expect(shown.locator("pre")).to_contain_text(heading)
    expect(shown.locator("iframe")).to_be_hidden()
    assert complaints == []
    page.go_back()
    expect(page.get_by_role("dialog", name="Searches")).to_be_visible()


@pytest.mark.usefixtures("both_have_run")
def test_the_links_of_a_preview_lead_nowhere(opened: Open, friend: SavedSearch) -> None:
    page = opened("ada", f"#digest={friend.slug}")
    mail = page.frame_locator("iframe")
    expect(mail.get_by_role("link")).to_have_count(5)
    complaints: list[str] = []
    page.context.on("console", lambda said: complaints.append(said.text))
    for _ in range(40):  # a click is lost while the frame is still loading
        mail.get_by_role("link").first.click()
        page.wait_for_timeout(250)
        if any("allow-popups" in each for each in complaints):
            break
    assert any("allow-popups" in each for each in complaints)
    expect(mail.get_by_role("link")).to_have_count(5)
    assert len(page.context.pages) == 1


@pytest.mark.usefixtures("both_have_run")
def test_a_digest_with_nothing_new_says_so(
    database: MongoDatabase, opened: Open, friend: SavedSearch
) -> None:
    send_digest(database, friend, Mailbox().send, datetime.now(UTC), PAGE)
    shown = opened("ada", f"#digest={friend.slug}").locator("#digest-body")
    expect(shown.get_by_text("Nothing is new now.")).to_be_visible()
    expect(shown.get_by_role("heading", name="E-mail")).to_have_text("E-mail: friend@example.org")
    expect(shown.locator("iframe")).to_have_count(0)


@pytest.mark.parametrize(
    ("part", "shown"), [("#update", "#parameter-keyword"), ("#searches", "tr[data-search]")]
)
def test_a_dialog_without_the_searches_offers_to_read_them_again(
    database: MongoDatabase, opened: Open, part: str, shown: str
) -> None:
    store(database, open_row("1"))
    page = opened("ada")
    page.route("**/searches", lambda route: route.fulfill(status=503, json={"detail": "Not now."}))
    page.reload()
    page.evaluate("part => location.hash = part", part)
    dialog = page.locator("dialog:modal")
    expect(dialog.get_by_role("alert")).to_contain_text("The searches can't be read now")
    expect(page.get_by_role("button", name="Start the update")).to_have_count(0)
    page.unroute("**/searches")
    dialog.get_by_role("button", name="Try again").click()
    expect(dialog.locator(shown).first).to_be_visible()


@pytest.mark.usefixtures("both_have_run")
def test_addresses_and_digests_are_shown_to_those_who_may_update(
    opened: Open, friend: SavedSearch
) -> None:
    page = opened("bob", "#searches")
    theirs = row_of(page, friend.slug)
    expect(theirs).to_contain_text("1 recipient")
    expect(theirs).not_to_contain_text("@")
    expect(theirs.get_by_role("link", name="Preview")).to_have_count(0)
    page.evaluate("hash => location.hash = hash", f"#digest={friend.slug}")
    shown = page.locator("#digest-body")
    expect(shown.get_by_role("alert")).to_contain_text("who may run job_tracker_friend")
    expect(shown.locator("iframe")).to_have_count(0)


def test_markup_in_a_posting_is_text_in_the_preview_too(
    database: MongoDatabase, opened: Open, friend: SavedSearch
) -> None:
    title = f"Data Engineer {MARKUP}"
    now = datetime.now(UTC)
    store_saved(database, friend, open_row("1", PositionTitle=title), at=now - HOUR)
    mail = opened("ada", f"#digest={friend.slug}").frame_locator("iframe")
    expect(mail.locator(".title").first).to_have_text(title)
    expect(mail.locator("img, script")).to_have_count(0)


@pytest.mark.usefixtures("both_have_run")
def test_a_new_search_is_tried_and_saved_by_keyboard_in_a_narrow_window(
    opened: Open, folder: Path
) -> None:
    page = opened("ada", "#searches")
    page.set_viewport_size({"width": 320, "height": 700})
    page.get_by_role("link", name="New search").press("Enter")
    shown = page.get_by_role("dialog", name="New search")
    location = shown.get_by_label("Location")
    location.fill("Milwaukee, Wisconsin")
    location.press("Enter")
    expect(shown.get_by_role("status").last).to_contain_text("it would match 1")
    assert [*folder.iterdir()] == [folder / "friend.toml"]
    shown.get_by_role("status").last.get_by_role("link").click()
    expect(page.get_by_role("dialog", name="Data Engineer")).to_be_visible()
    page.go_back()
    expect(location).to_have_value("Milwaukee, Wisconsin")

    name = shown.get_by_label("Name", exact=True)
    name.fill("friend")
    name.press("Enter")
    expect(shown.get_by_role("alert")).to_contain_text("The name is taken")
    name.fill("milwaukee")
    name.press("Enter")
    expect(shown).to_contain_text("The search is saved. It starts paused")
    expect(shown).to_contain_text('location = "Milwaukee, Wisconsin"')
    expect(shown.get_by_role("heading", name="New search")).to_be_focused()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert read_saved_searches(folder).good[-1].parameters.location == "Milwaukee, Wisconsin"
    close_dialog(page)
    expect(row_of(page, read_saved_searches(folder).good[-1].slug)).to_be_visible()


@pytest.mark.usefixtures("both_have_run")
def test_who_may_not_run_the_dag_is_offered_no_new_search(opened: Open) -> None:
    page = opened("bob", "#searches")
    expect(row_of(page, CHICAGO)).to_be_visible()
    expect(page.get_by_role("link", name="New search")).to_have_count(0)
