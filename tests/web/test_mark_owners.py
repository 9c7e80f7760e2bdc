"""Marks over the API, of accounts that have an id beside their name, as under FAB."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import pytest
from fastapi import Header
from fastapi.testclient import TestClient

from include.web.app import create_app
from include.web.host import User
from tests.support.rows import row
from tests.web.fake_host import FakeHost
from tests.web.stored import CHICAGO, MongoDatabase, store

IDS = {"ada": "1", "viewer": "2"}
DIGEST = f"/searches/{CHICAGO}/digest"


def account(login: Annotated[str, Header(include_in_schema=False)]) -> User:
    return User(IDS[login], login, None)


class FabHost(FakeHost):
    """A host whose accounts have numbers; Ada alone may run searches."""

    reader = staticmethod(account)


@pytest.fixture
def client(database: MongoDatabase, folder: Path) -> TestClient:
    store(database, row("1"), row("2"))
    return TestClient(create_app(FabHost(database), folder))


def ask(client: TestClient, user: str, path: str, **body: Any) -> dict[str, Any]:
    method = "PUT" if body else "GET"
    headers = {"Login": user, "Authorization": "Bearer token"}
    answer = client.request(method, path, json=body or None, headers=headers)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def text(client: TestClient) -> str | None:
    (preview,) = ask(client, "ada", DIGEST)["previews"]
    found: str | None = preview["text"]
    return found


def test_marks_are_found_by_name_and_by_the_id_of_an_earlier_version(
    client: TestClient, database: MongoDatabase
) -> None:
    for number, user in (("1", "ada"), ("2", "1")):
        mark = {"_id": f"{number}/{user}", "user": user, "control_number": number, "saved": True}
        database.marks.insert_one(mark)
    found = ask(client, "ada", "/stored_jobs?mark=saved")
    assert {job["control_number"] for job in found["jobs"]} == {"1", "2"}
    assert ask(client, "viewer", "/stored_jobs?mark=saved")["total"] == 0


def test_what_a_viewer_hides_stays_in_the_digest_and_what_ada_hides_does_not(
    client: TestClient,
) -> None:
    before = text(client)
    for mark in ({"hidden": True}, {"saved": True}):
        ask(client, "viewer", "/stored_jobs/1/mark", **mark)
        ask(client, "viewer", "/stored_jobs/2/mark", **mark)
    assert before
    assert text(client) == before
    ask(client, "ada", "/stored_jobs/1/mark", hidden=True)
    assert "job/1" not in (text(client) or "")
    assert "job/2" in (text(client) or "")


def test_a_viewers_marks_of_an_earlier_version_count_until_they_open_the_page(
    client: TestClient, database: MongoDatabase
) -> None:
    for number in ("1", "2"):
        mark = {"_id": f"{number}/2", "user": "2", "control_number": number, "hidden": True}
        database.marks.insert_one(mark)
    assert text(client) is None
    ask(client, "viewer", "/searches")
    assert "job/1" in (text(client) or "")
