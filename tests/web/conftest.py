"""The page without Airflow, also in a browser, and a database with much in it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page
from pymongo import MongoClient

from include.sample_api.running import running
from include.web.app import create_app
from tests.web.explained_queries import Command, recorded
from tests.web.fake_host import FakeHost
from tests.web.stored import MongoDatabase, store_many

Open = Callable[..., Page]


@pytest.fixture
def host(database: MongoDatabase) -> FakeHost:
    return FakeHost(database)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder for saved searches, without any."""
    return tmp_path


def close_dialog(page: Page) -> None:
    """Close the dialog by keyboard, and wait until its address is left: "back" takes a moment."""
    address = page.evaluate("location.hash")
    page.keyboard.press("Escape")
    page.wait_for_function("address => location.hash !== address", arg=address)


def open_details(job: Locator) -> None:
    """Open a job's details by its title."""
    job.get_by_role("heading").get_by_role("link").click()


def open_filters(page: Page) -> None:
    """Show the filters, which are behind a button."""
    page.get_by_role("button", name="Filters").click()


@pytest.fixture
def opened(host: FakeHost, folder: Path, chromium: Browser) -> Iterator[Open]:
    """Open the page as a user: `opened("ada")`. No script that a text brings may run in it."""
    with running(create_app(host, folder)) as address, chromium.new_context() as context:
        alerts: list[str] = []
        context.on("dialog", lambda dialog: alerts.append(dialog.message))

        def open_page(user: str, part: str = "") -> Page:
            context.set_extra_http_headers({"Login": user})
            page = context.new_page()
            page.goto(f"{address}/{part}")
            return page

        yield open_page
        assert alerts == []


@pytest.fixture(scope="session")
def many_stored(mongod_port: int) -> Iterator[str]:
    """The name of a database with enough in it for MongoDB to choose between its indexes.

    No test changes it.
    """
    name = f"test_{uuid.uuid4().hex}"
    with MongoClient("127.0.0.1", mongod_port, tz_aware=True) as client:
        store_many(client[name], 1500)
        yield name
        client.drop_database(name)


@pytest.fixture
def many(mongod_port: int, many_stored: str) -> Iterator[tuple[MongoDatabase, list[Command]]]:
    """That database, and the list to which each command that reads from it is added."""
    with recorded(mongod_port, many_stored) as watched:
        yield watched
