"""What axe-core finds in the views of the page: nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from include.web.host import RunState
from include.web.marks import MarkChange, set_mark
from tests.support.rows import row
from tests.web.conftest import Open
from tests.web.fake_host import FakeHost
from tests.web.stored import CHICAGO, MongoDatabase, in_a_month, near_miss, store_now

VIEWS = {
    "": "#jobs article",
    "?level=near_miss": "#jobs article",
    "?text=nothing": "#jobs .empty",
    "#job=1": "#job-body .actions",
    "#searches": "#searches-body tr",
    "#update": "#update-form input",
    "#newsearch": "#new-search-body input",
    "#run=job_tracker/run": "#run-body .headline",
    "#keys": "#keys-body dl",
    "#applications": "#applications-body > *",
    "#feeds": "#feeds-body button",
    f"#digest={CHICAGO}": "#digest-body > *",
}
"""The part of the address that asks for a view, and what shows that it is there."""


@pytest.mark.parametrize(
    ("width", "scheme", "views"),
    [
        (1440, "light", [*VIEWS]),
        (390, "dark", ["", "#job=1", "#applications", "#searches", "#newsearch"]),
    ],
)
def test_axe_finds_nothing_in_any_view(
    database: MongoDatabase,
    host: FakeHost,
    opened: Open,
    monkeypatch: pytest.MonkeyPatch,
    width: int,
    scheme: Any,
    views: list[str],
) -> None:
    done = RunState("success", {"load": "success"}, None, None, None)
    monkeypatch.setattr(host, "run", lambda *_: done)
    store_now(database, row("1", **in_a_month()), near_miss("2", **in_a_month()))
    set_mark(database, "ada", "1", MarkChange(applied=True), datetime.now(UTC))
    page = opened("ada")
    page.set_viewport_size({"width": width, "height": 844})
    page.emulate_media(color_scheme=scheme)
    address = page.url
    for view in views:
        page.goto("about:blank")
        page.goto(f"{address}{view}")
        expect(page.locator(VIEWS[view]).first).to_be_visible()
        found = Axe().run(page, options={"iframes": False}).response
        assert {each["id"]: each["nodes"] for each in found["violations"]} == {}, view
