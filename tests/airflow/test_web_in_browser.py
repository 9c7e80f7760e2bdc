"""The page as a person uses it: a whole Airflow, a real browser, the sample API's postings."""

from __future__ import annotations

import json
import re
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, Route, expect

from include.local.airflow_settings import USER, password_file
from include.local.settings import PROJECT
from tests.local.local_stack import LINE, output_until_it_is_up, start

SECOND = 1000

# Nobody defines a mail server, so what there is to say stays unsaid.
FRIEND = """\
location = "Gary, Indiana"
email = ["friend@example.org"]
"""


class Stack(NamedTuple):
    """A running `./run.sh`, in a copy of the project."""

    address: str
    password: str


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    project = tmp_path_factory.mktemp("project")
    for part in ("dags", "include", "plugins"):
        shutil.copytree(
            PROJECT / part, project / part, ignore=shutil.ignore_patterns("__pycache__")
        )
    (project / "dags" / "searches" / "friend.toml").write_text(FRIEND)
    with start(project) as process:
        try:
            said = output_until_it_is_up(process)
            assert process.poll() is None, said
            password = json.loads(password_file(LINE, project).read_text())[USER]
            yield Stack(re.findall(r"^Airflow\s+(http\S+)$", said, re.MULTILINE)[0], password)
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=60)


@pytest.fixture(scope="module")
def login(chromium: Browser, stack: Stack) -> Any:
    """What a browser keeps of a login through Airflow's form."""
    with chromium.new_context() as context:
        page = context.new_page()
        page.goto(stack.address)
        log_in(page, stack)
        expect(page.get_by_role("link", name="Job Tracker")).to_be_visible(timeout=30 * SECOND)
        return context.storage_state()


@pytest.fixture
def airflow(chromium: Browser, stack: Stack, login: Any) -> Iterator[Page]:
    """A browser's window in which somebody is logged in to Airflow."""
    size: Any = {"width": 1280, "height": 900}
    with chromium.new_context(viewport=size, storage_state=login) as context:
        # Nothing leaves this machine: what is asked for elsewhere is answered here.
        context.route(lambda address: not address.startswith(stack.address), _answer_here)
        page = context.new_page()
        page.goto(stack.address)
        yield page


def _answer_here(route: Route) -> None:
    route.fulfill(body=f"<title>{route.request.url}</title>", content_type="text/html")


def log_in(page: Page, stack: Stack) -> None:
    """Fill in Airflow's form."""
    page.locator("input[name=username]").fill(USER)
    page.locator("input[name=password]").fill(stack.password)
    page.locator("button[type=submit]").click()


def in_frame(airflow: Page) -> FrameLocator:
    """Open the page from Airflow's navigation, and return the frame that shows it."""
    airflow.get_by_role("link", name="Job Tracker").click()
    frame = airflow.frame_locator("iframe[title='Job Tracker']")
    expect(frame.locator("#jobs article").first).to_be_visible(timeout=30 * SECOND)
    return frame


def shown(frame: FrameLocator | Page) -> list[str]:
    """Return the control numbers of the jobs in the list."""
    cards = frame.locator("#jobs article")
    return [str(card.get_attribute("data-number")) for card in cards.all()]


def total(frame: FrameLocator | Page) -> int:
    text = frame.locator("#jobs .total").inner_text()
    return int(re.sub(r"\D", "", text))


def test_matches_are_shown_best_first_and_filtered(airflow: Page) -> None:
    frame = in_frame(airflow)

    scores = [int(text.split()[-1]) for text in frame.locator("#jobs .score").all_inner_texts()]
    found = total(frame)
    registers = frame.locator("#jobs article", has=frame.locator(".unusual .register")).count()
    assert len(scores) + registers == found > 3
    assert scores == sorted(scores, reverse=True)

    frame.get_by_role("button", name="Filters").click()
    frame.get_by_label("Words").fill("no posting has these words")
    expect(frame.get_by_text("No job fits this filter.")).to_be_visible()
    frame.get_by_label("Words").fill("data")
    expect(frame.locator("#jobs article").first).to_be_visible()
    assert 0 < total(frame) <= found


def test_a_posting_opens_from_within_the_frame_and_on_its_own(airflow: Page, stack: Stack) -> None:
    frame = in_frame(airflow)
    first = frame.locator("#jobs article").first
    posting = f"https://www.usajobs.gov/job/{first.get_attribute('data-number')}"

    with airflow.context.expect_page() as opened:
        first.get_by_role("link", name="Posting on USAJOBS").click()
    expect(opened.value).to_have_title(posting)

    airflow.goto(f"{stack.address}/job-tracker/")
    with airflow.context.expect_page() as opened:
        airflow.get_by_role("link", name="Posting on USAJOBS").first.click()
    expect(opened.value).to_have_title(posting)


def spoil_the_login(airflow: Page, stack: Stack) -> None:
    """Leave a cookie as another Airflow on this machine does."""
    airflow.context.clear_cookies()
    airflow.context.add_cookies([{"name": "_token", "value": "garbage", "url": stack.address}])


def test_a_stale_cookie_leads_to_the_login_and_back_to_the_same_place(
    airflow: Page, stack: Stack
) -> None:
    spoil_the_login(airflow, stack)
    airflow.goto(f"{stack.address}/job-tracker/#searches")
    airflow.wait_for_url("**/auth/login?next=*")
    log_in(airflow, stack)
    airflow.wait_for_url("**/job-tracker/#searches")
    expect(airflow.locator("#searches-dialog")).to_be_visible()

    airflow.goto(stack.address)
    frame = in_frame(airflow)
    place = airflow.url
    # A request that is still to come would lead to the login before the click does.
    expect(frame.locator("#figures svg").first).to_be_visible(timeout=30 * SECOND)
    airflow.wait_for_load_state("networkidle")
    spoil_the_login(airflow, stack)
    frame.locator("[data-count='closing_soon']").click()
    airflow.wait_for_url("**/auth/login?next=*")
    log_in(airflow, stack)
    airflow.wait_for_url(place)
    expect(frame.locator("#jobs article").first).to_be_visible(timeout=30 * SECOND)


def test_marks_are_found_again_after_a_reload(airflow: Page) -> None:
    frame = in_frame(airflow)
    applied, hidden, *rest = shown(frame)

    def card(number: str) -> Any:
        return frame.locator(f"#jobs article[data-number='{number}']")

    card(applied).get_by_role("button", name="Applied").click()
    expect(card(applied).get_by_role("button", name="Applied")).to_have_attribute(
        "aria-pressed", "true"
    )
    card(hidden).get_by_role("button", name="Hide").click()
    expect(card(hidden)).to_have_count(0)
    expect(frame.get_by_role("button", name="Undo")).to_be_visible()
    airflow.reload()

    expect(card(applied)).to_be_visible(timeout=30 * SECOND)
    assert shown(frame) == [applied, *rest]
    expect(card(applied).get_by_role("button", name="Applied")).to_have_attribute(
        "aria-pressed", "true"
    )


def test_an_update_is_followed_to_its_receipt_and_leads_to_its_run(airflow: Page) -> None:
    frame = in_frame(airflow)

    frame.get_by_role("button", name="Update now").click()
    frame.get_by_role("button", name="Start the update").click()
    run = frame.locator("#run-dialog")
    expect(run.locator(".task").first).to_be_visible(timeout=30 * SECOND)
    expect(run.locator(".headline.success")).to_be_visible(timeout=120 * SECOND)
    expect(run.get_by_text(re.compile(r"\d+ postings of \d+ on 1 page"))).to_be_visible()

    run.get_by_role("link", name="Open the run in Airflow").click()
    airflow.wait_for_url("**/dags/job_tracker/runs/manual__*")


def test_another_search_stands_beside_with_its_next_digest(airflow: Page, stack: Stack) -> None:
    airflow.goto(f"{stack.address}/job-tracker/#searches")
    theirs = airflow.locator("tr[data-search$='-friend']")
    expect(theirs).to_contain_text("daily, UTC")
    for _ in range(60):
        if theirs.get_by_role("link", name="ago").count():
            break
        airflow.wait_for_timeout(2 * SECOND)
        airflow.reload()
        expect(theirs).to_be_visible()

    airflow.goto(stack.address)
    frame = in_frame(airflow)
    frame.get_by_role("link", name="Searches").click()
    usual = frame.locator("tr[data-search]").first
    expect(usual.locator("[data-counted='matches']")).to_have_text(str(total(frame)))
    frame.get_by_role("link", name="Preview for friend").click()
    mail = frame.frame_locator("iframe.message")
    expect(mail.get_by_role("heading", level=1)).to_have_text("data engineering near Gary, Indiana")
    expect(mail.locator(".title").first).to_have_css("font-weight", "600")


def test_the_task_that_loads_leads_to_its_receipt(airflow: Page, stack: Stack) -> None:
    airflow.goto(f"{stack.address}/job-tracker/")
    address = airflow.locator("#updated a").get_attribute("href")
    airflow.goto(f"{stack.address}{address}/tasks/load/details")

    airflow.locator("a[href*='#run=']").click()

    expect(airflow.locator("#run-dialog")).to_contain_text("Receipt")


def test_the_page_is_used_by_keyboard(airflow: Page, stack: Stack) -> None:
    airflow.goto(f"{stack.address}/job-tracker/")
    link = airflow.locator("#jobs article").first.get_by_role("heading").get_by_role("link")
    link.focus()
    airflow.keyboard.press("Enter")
    expect(airflow.locator("#job-dialog")).to_be_visible()
    airflow.keyboard.press("Escape")

    expect(airflow.locator("#job-dialog")).to_be_hidden()
    expect(link).to_be_focused()


def test_the_page_breaks_no_rule_of_its_own_security_policy(airflow: Page, stack: Stack) -> None:
    complaints: list[str] = []
    airflow.on("console", lambda message: complaints.append(f"{message.text} ({message.location})"))
    airflow.on("pageerror", lambda error: complaints.append(str(error)))

    airflow.goto(f"{stack.address}/job-tracker/")
    airflow.locator("#charts").scroll_into_view_if_needed()
    expect(airflow.locator("#figures svg").first).to_be_visible(timeout=30 * SECOND)
    airflow.goto(f"{stack.address}/job-tracker/docs")
    expect(airflow.get_by_text("/update_jobs/{run_id}").first).to_be_visible()

    assert complaints == []


@pytest.mark.parametrize(
    ("name", "width", "scheme"),
    [("light", 1280, "light"), ("dark", 1280, "dark"), ("phone", 390, "light")],
)
def test_the_page_fits_its_window(
    airflow: Page,
    stack: Stack,
    name: str,
    width: int,
    scheme: Any,
    pytestconfig: pytest.Config,
) -> None:
    airflow.emulate_media(color_scheme=scheme)
    airflow.set_viewport_size({"width": width, "height": 900})
    airflow.goto(f"{stack.address}/job-tracker/")
    expect(airflow.locator("#jobs article").first).to_be_visible()
    airflow.locator("#charts").scroll_into_view_if_needed()
    expect(airflow.locator("#figures svg").first).to_be_visible(timeout=30 * SECOND)

    assert airflow.evaluate("document.documentElement.scrollWidth") <= width
    if folder := pytestconfig.getoption("--screenshots"):
        airflow.evaluate("window.scrollTo(0, 0)")
        airflow.screenshot(path=Path(folder) / f"page-{name}.png")
