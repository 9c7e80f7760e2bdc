"""Private addresses over the API: made, read without a login, and taken back."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import feedparser
import pytest
import requests
from fastapi.testclient import TestClient
from httpx import Response
from icalendar import Calendar

from include.jobs import limits
from include.sample_api.running import running
from include.store.feeds import digest
from include.web.app import create_app
from tests.support.rows import row
from tests.web.fake_host import PAGE, FakeHost
from tests.web.stored import CHICAGO, MongoDatabase, in_a_month, near_miss, store_now

CALENDAR = {"kind": "calendar"}
MATCHES = {"kind": "matches", "search": CHICAGO}


@pytest.fixture
def client(host: FakeHost, folder: Path) -> TestClient:
    store_now(host.stored, row("1", **in_a_month()), row("2", **in_a_month()), near_miss("3"))
    return TestClient(create_app(host, folder))


def ask(client: TestClient, method: str, path: str, user: str = "ada", **sent: Any) -> Response:
    headers = {"Login": user, "Authorization": "Bearer token"}
    return client.request(method, path, headers=headers, **sent)


def made(client: TestClient, what: dict[str, str], user: str = "ada") -> dict[str, Any]:
    answer = ask(client, "POST", "/feeds", user, json=what)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def save(client: TestClient, number: str, user: str = "ada", **mark: bool) -> None:
    sent = ask(client, "PUT", f"/stored_jobs/{number}/mark", user, json=mark or {"saved": True})
    assert sent.status_code == 200


def uids(calendar: bytes) -> set[str]:
    return {str(event["uid"]) for event in Calendar.from_ical(calendar).walk("VEVENT")}


def test_programs_read_a_calendar_and_a_feed_without_a_login(
    host: FakeHost, client: TestClient, folder: Path
) -> None:
    save(client, "1")
    addresses = {kind: made(client, what)["path"] for kind, what in KINDS.items()}
    with running(create_app(host, folder)) as server:
        calendar = requests.get(f"{server}/{addresses['calendar']}", timeout=30)
        feed = feedparser.parse(f"{server}/{addresses['matches']}")
    (event,) = Calendar.from_ical(calendar.content).walk("VEVENT")
    assert (str(event["uid"]), event.errors) == ("1@job-tracker", [])
    assert (feed.status, feed.bozo, feed.version) == (200, False, "atom10")
    assert [entry.id for entry in feed.entries] == [f"tag:job-tracker,2026:{n}" for n in "12"]
    assert not calendar.cookies
    assert "set-cookie" not in feed.headers


KINDS = {"calendar": CALENDAR, "matches": MATCHES}


def test_there_is_no_address_until_one_is_asked_for(client: TestClient) -> None:
    assert ask(client, "GET", "/feeds").json() == {"feeds": []}


def test_only_the_answer_that_makes_an_address_has_its_token(
    client: TestClient, database: MongoDatabase
) -> None:
    new = made(client, MATCHES)
    token = new["path"].partition("token=")[2]
    assert len(token) == 43
    assert new["address"] == f"{PAGE}{new['path']}"
    assert client.get(new["path"]).status_code == 200
    (listed,) = ask(client, "GET", "/feeds").json()["feeds"]
    assert (listed["id"], listed["search"]) == (new["id"], CHICAGO)
    assert listed["last_read_at"]
    assert token not in str([listed, *database.feeds.find()])
    assert database.feeds.find_one({}, {"_id": True}) == {"_id": digest(token)}


def test_an_address_gives_nothing_but_its_own_users_entries(client: TestClient) -> None:
    save(client, "1", "ada")
    save(client, "2", "viewer")
    note = {"note": "ask Maria", "applied": False}
    ask(client, "PUT", "/stored_jobs/1/mark", json=note)
    addresses = [made(client, CALENDAR, user)["path"] for user in ("ada", "viewer")]
    calendars = [client.get(address).content for address in addresses]
    assert [uids(each) for each in calendars] == [{"1@job-tracker"}, {"2@job-tracker"}]
    assert b"Maria" not in calendars[0]


def test_what_is_hidden_or_a_near_miss_is_not_in_the_feed(client: TestClient) -> None:
    save(client, "1", hidden=True)
    mine, theirs = (
        feedparser.parse(client.get(made(client, MATCHES, user)["path"]).content)
        for user in ("ada", "viewer")
    )
    assert [entry.link[-6:] for entry in mine.entries] == ["/job/2"]
    assert len(theirs.entries) == 2


def test_what_was_taken_back_answers_like_what_never_was(
    client: TestClient, database: MongoDatabase
) -> None:
    for what in (CALENDAR, MATCHES):
        new = made(client, what)
        file = new["path"].partition("?")[0]
        other = made(client, what)["path"]
        assert ask(client, "DELETE", f"/feeds/{new['id']}").json()["id"] == new["id"]
        never = f"{file}?token={secrets.token_urlsafe(32)}"
        taken, guessed = (client.get(path) for path in (new["path"], never))
        assert (taken.status_code, taken.content) == (404, guessed.content)
        assert {**taken.headers} == {**guessed.headers}
        assert client.get(other).status_code == 200
        # Its document stays, so that no older backup revives it.
        assert database.feeds.find_one({"_id": new["id"]})["taken_back_at"]  # type: ignore[index]
        assert ask(client, "DELETE", f"/feeds/{new['id']}").status_code == 404


def test_what_is_no_token_opens_nothing(client: TestClient) -> None:
    for what in (CALENDAR, MATCHES):
        new = made(client, what)
        file, _, token = new["path"].partition("?token=")
        wrong = ["", "%00", "%ff", "x" * 5000, new["id"], token[:-1], f"{token}=", f"+{token}"]
        tried = ["", "?token[$gt]=", f"?id={new['id']}", *(f"?token={each}" for each in wrong)]
        answers = [ask(client, "GET", file + each) for each in tried]
        assert {answer.status_code for answer in answers} == {404}
        assert {answer.content for answer in answers} == {client.get(file).content}


def test_a_token_opens_its_own_kind_only(client: TestClient) -> None:
    token = made(client, CALENDAR)["path"].partition("=")[2]
    assert client.get(f"/calendar.ics?token={token}").status_code == 200
    assert client.get(f"/matches.atom?token={token}").status_code == 404
    assert client.get(f"/stored_jobs?token={token}").status_code == 401


def test_nobody_sees_or_takes_back_the_address_of_another(client: TestClient) -> None:
    new = made(client, CALENDAR, "ada")
    assert ask(client, "GET", "/feeds", "viewer").json() == {"feeds": []}
    assert ask(client, "DELETE", f"/feeds/{new['id']}", "viewer").status_code == 404
    assert client.get(new["path"]).status_code == 200


def test_an_address_can_be_read_and_nothing_else(client: TestClient) -> None:
    for what in (CALENDAR, MATCHES):
        path = made(client, what)["path"]
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            assert client.request(method, path).status_code == 405
        head, got = client.head(path), client.get(path)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["etag"] == got.headers["etag"]
        assert got.headers["cache-control"] == "private, no-cache"
        assert got.headers["referrer-policy"] == "no-referrer"


def test_what_has_not_changed_is_not_sent_again(client: TestClient) -> None:
    save(client, "1")
    for what in (CALENDAR, MATCHES):
        path = made(client, what)["path"]
        first = client.get(path)
        tag = first.headers["etag"]
        for known in (tag, f'"x", {tag}', "*", f"W/{tag}"):
            again = client.get(path, headers={"If-None-Match": known})
            assert (again.status_code, again.content) == (304, b"")
            assert again.headers["etag"] == tag
        assert client.get(path, headers={"If-None-Match": '"x"'}).content == first.content
        save(client, "2", saved=True, hidden=what is MATCHES)
        assert client.get(path, headers={"If-None-Match": tag}).status_code == 200


def test_what_is_no_feed_is_not_made(client: TestClient, database: MongoDatabase) -> None:
    refused: list[tuple[dict[str, str], int]] = [
        ({}, 422),
        ({"kind": "everything"}, 422),
        ({"kind": "matches"}, 422),
        ({"kind": "calendar", "search": CHICAGO}, 422),
        ({"kind": "matches", "search": "a.b"}, 422),
        ({"kind": "calendar", "user": "viewer"}, 422),
        ({"kind": "matches", "search": "never-ran"}, 404),
    ]
    for what, status in refused:
        assert ask(client, "POST", "/feeds", json=what).status_code == status
    assert database.feeds.count_documents({}) == 0


def test_a_user_has_so_many_addresses_until_one_is_taken_back(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MAX_FEEDS_OF_A_USER", 2)
    first, _ = made(client, CALENDAR), made(client, CALENDAR)
    refused = ask(client, "POST", "/feeds", json=CALENDAR)
    assert (refused.status_code, "take one back" in refused.json()["detail"]) == (409, True)
    made(client, CALENDAR, "viewer")
    ask(client, "DELETE", f"/feeds/{first['id']}")
    made(client, CALENDAR)


def test_an_address_that_is_read_too_often_has_to_wait_and_no_other(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "FEED_READS_PER_MINUTE", 1)
    monkeypatch.setattr("include.web.feed_routes.time.monotonic", lambda: 60.0)
    often, seldom = made(client, CALENDAR)["path"], made(client, CALENDAR)["path"]
    assert [client.get(often).status_code for _ in range(2)] == [200, 429]
    assert client.get(often).headers["retry-after"] == "60"
    assert client.get(seldom).status_code == 200
    monkeypatch.setattr("include.web.feed_routes.time.monotonic", lambda: 120.0)
    assert client.get(often).status_code == 200


def test_a_damaged_document_opens_nothing(client: TestClient, database: MongoDatabase) -> None:
    path = made(client, CALENDAR)["path"]
    database.feeds.update_one({}, {"$set": {"user": {"$gt": ""}}})
    assert client.get(path).status_code == 404


@pytest.fixture(autouse=True)
def no_token_in_the_log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield
    ours = [each for each in caplog.records if not each.name.startswith(("httpx", "urllib3"))]
    assert not [each for each in ours if "token=" in each.getMessage()]
