"""Saved searches over the API: what it shows of them, their runs, and their next digests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from include.digest.send import send_digest
from include.searches.saved_searches import SavedSearch, read_saved_searches
from include.web.app import HEADERS, create_app
from include.web.host import LatestRun
from tests.digest.digest_runs import Mailbox
from tests.support.rows import row
from tests.web.fake_host import PAGE, FakeHost
from tests.web.stored import CHICAGO, IN_GARY, MongoDatabase, closing, store, store_saved

GARY_FILE = """\
location = "Gary, Indiana"
minimum_pay = 90_000
schedule = "0 12 * * 1-5"
timezone = "America/Chicago"
email = ["ada@example.org", "grace@example.org"]
apprise = ["chat"]
"""

Client = Callable[[str], TestClient]


@pytest.fixture
def folder(folder: Path) -> Path:
    """The folder, with one search besides the default one."""
    (folder / "gary.toml").write_text(GARY_FILE)
    return folder


@pytest.fixture
def client(host: FakeHost, folder: Path) -> Client:
    """A user's program: Ada may update, Bob may look."""
    app = create_app(host, folder)

    def client_of(user: str) -> TestClient:
        return TestClient(app, headers={"Login": user, "Authorization": "Bearer token"})

    return client_of


def gary(folder: Path) -> SavedSearch:
    _, found = read_saved_searches(folder).good
    return found


def test_the_wishes_of_a_search_are_told_and_taken_back_by_an_update_that_says_so(
    client: Client, folder: Path, host: FakeHost
) -> None:
    (folder / "gary.toml").write_text(GARY_FILE + 'clearance = "secret"\nexclude = ["Army"]\n')
    usual, wished = client("ada").get("/searches").json()["saved"]
    assert usual["wishes"] == []
    assert wished["wishes"] == ["clearance: at most “Secret”", "without “Army”"]
    for given in ({}, {"clearance": "any"}):
        sent = client("ada").post("/update_jobs?dag_id=job_tracker_gary", json=given)
        assert sent.status_code == 202
    kept, taken_back = (parameters for *_, parameters in host.started)
    assert (kept["clearance"], taken_back["clearance"]) == ("Secret", "any")
    assert kept["exclude"] == taken_back["exclude"] == ["Army"]


def an_hour_ago() -> datetime:
    return datetime.now(UTC) - timedelta(hours=1)


def open_row(number: str, **changes: Any) -> dict[str, Any]:
    return row(
        number, **{**closing(f"{datetime.now(UTC) + timedelta(days=30):%Y-%m-%d}"), **changes}
    )


def test_saved_searches_have_their_dag_and_schedule(client: Client, folder: Path) -> None:
    usual, saved = client("ada").get("/searches").json()["saved"]
    assert (usual["name"], usual["search"], usual["dag_id"]) == ("default", CHICAGO, "job_tracker")
    assert (usual["schedule"], usual["timezone"], usual["recipients"]) == ("@daily", "UTC", 0)
    assert usual["schedule_in_words"] == "daily"
    assert (saved["name"], saved["dag_id"]) == ("gary", "job_tracker_gary")
    assert saved["search"] == gary(folder).slug
    assert (saved["schedule"], saved["timezone"]) == ("0 12 * * 1-5", "America/Chicago")
    assert saved["schedule_in_words"] == "at 12:00, Monday through Friday"
    assert saved["parameters"] == gary(folder).parameters.model_dump()


def test_the_latest_run_is_shown_and_its_reason_to_those_who_may_update(
    client: Client, host: FakeHost
) -> None:
    ended_at = an_hour_ago()
    host.latest["job_tracker"] = LatestRun("manual__1", "failed", ended_at, "the key is refused")
    ada, bob = (client(user).get("/searches").json()["saved"] for user in ("ada", "bob"))
    assert [search["latest_run"] and search["latest_run"]["failure"] for search in ada] == [
        "the key is refused",
        None,
    ]
    run = bob[0]["latest_run"]
    assert (run["run_address"], run["state"], run["failure"]) == (
        "/job_tracker/runs/manual__1",
        "failed",
        None,
    )


def test_addresses_are_for_those_who_may_update(client: Client) -> None:
    shown = {user: client(user).get("/searches").json()["saved"][1] for user in ("ada", "bob")}
    assert shown["ada"]["addresses"] == [
        "email:ada@example.org",
        "email:grace@example.org",
        "apprise:chat",
    ]
    assert shown["bob"]["addresses"] is None
    assert [each["recipients"] for each in shown.values()] == [3, 3]
    assert [each["may_update"] for each in shown.values()] == [True, False]
    assert "example.org" not in client("bob").get("/searches").text


def test_what_is_wrong_with_a_file_is_shown_in_full_to_those_who_may_update(
    client: Client, folder: Path
) -> None:
    (folder / "bad.toml").write_text('# a friend\nemail = "friend@example.org"\n')
    ada, bob = (client(user).get("/searches").json() for user in ("ada", "bob"))
    (problem,) = ada["problems"]
    assert (problem["file"], problem["line"]) == ("bad.toml", 2)
    assert "email = 'friend@example.org'" in problem["message"]
    assert bob["problems"] == [{"file": "bad.toml", "line": 2, "message": None}]
    assert [each["name"] for each in ada["saved"]] == ["default", "gary"]


def test_the_api_shows_whether_a_saved_search_has_run(
    client: Client, folder: Path, database: MongoDatabase
) -> None:
    store_saved(database, gary(folder), open_row("1"), at=an_hour_ago())
    answer = client("ada").get("/searches").json()
    assert [each["has_run"] for each in answer["saved"]] == [False, True]
    (ran,) = answer["searches"]
    assert (ran["search"], ran["dag_id"]) == (gary(folder).slug, "job_tracker_gary")
    assert ran["run_address"] == "/job_tracker_gary/runs/scheduled"


def test_a_search_that_nobody_saved_is_listed_as_one_that_ran(
    client: Client, database: MongoDatabase
) -> None:
    store(database, open_row("1"), at=an_hour_ago(), **IN_GARY)
    answer = client("ada").get("/searches").json()
    assert [each["search"] for each in answer["searches"]] == ["data-engineering-gary-indiana-50"]
    assert not any(each["has_run"] for each in answer["saved"])


def test_a_file_that_is_added_or_fixed_is_seen_without_a_restart(
    client: Client, folder: Path
) -> None:
    (folder / "denver.toml").write_text("location = ")
    assert len(client("ada").get("/searches").json()["problems"]) == 1
    (folder / "denver.toml").write_text('location = "Denver, Colorado"')
    answer = client("ada").get("/searches").json()
    assert answer["problems"] == []
    assert [each["name"] for each in answer["saved"]] == ["default", "denver", "gary"]


def test_the_default_search_is_the_one_of_its_file(
    client: Client, folder: Path, database: MongoDatabase
) -> None:
    store(database, open_row("1"), at=an_hour_ago(), run_id="usual")
    store(database, open_row("1"), at=an_hour_ago() - timedelta(hours=1), **IN_GARY)
    assert client("ada").get("/stored_jobs").json()["search"] == CHICAGO
    (folder / "default.toml").write_text('location = "Gary, Indiana"')
    for path in ("/stored_jobs", "/analytics"):
        assert client("ada").get(path).json()["search"] == "data-engineering-gary-indiana-50"


def test_a_bad_default_file_is_not_replaced_by_the_default_parameters(
    client: Client, host: FakeHost, folder: Path, database: MongoDatabase
) -> None:
    store(database, open_row("1"), at=an_hour_ago() - timedelta(hours=1))
    store(database, open_row("1"), at=an_hour_ago(), **IN_GARY)
    (folder / "default.toml").write_text("radius_miles = 0")
    ran_last = "data-engineering-gary-indiana-50"
    assert client("ada").get("/stored_jobs").json()["search"] == ran_last
    refused = client("ada").post("/update_jobs", json={})
    assert refused.status_code == 404
    assert "default.toml, line 1: radius_miles = 0" in refused.json()["detail"]
    assert host.started == []


def test_a_folder_that_cannot_be_read_is_a_problem_without_a_line(
    host: FakeHost, tmp_path: Path
) -> None:
    file = tmp_path / "no folder"
    file.touch()
    ada = TestClient(create_app(host, file), headers={"Login": "ada"})
    answer = ada.get("/searches").json()
    assert answer["saved"] == []
    assert [(each["file"], each["line"]) for each in answer["problems"]] == [("no folder", None)]


def test_a_list_shows_whether_its_search_has_run(
    client: Client, folder: Path, database: MongoDatabase
) -> None:
    store(database, at=an_hour_ago())
    shown = [
        client("ada").get("/stored_jobs", params={"search": search}).json()
        for search in (CHICAGO, gary(folder).slug)
    ]
    assert [(each["total"], each["has_run"]) for each in shown] == [(0, True), (0, False)]


def test_an_update_runs_the_dag_of_the_search_with_its_own_parameters(
    client: Client, host: FakeHost, folder: Path
) -> None:
    started = client("ada").post("/update_jobs?dag_id=job_tracker_gary", json={"radius_miles": 30})
    assert (started.status_code, started.json()["dag_id"]) == (202, "job_tracker_gary")
    ((_, dag_id, parameters),) = host.started
    wanted = {**gary(folder).parameters.model_dump(), "radius_miles": 30}
    assert (dag_id, parameters) == ("job_tracker_gary", wanted)


@pytest.mark.parametrize(
    ("dag_id", "status"),
    [
        ("job_tracker_denver", 404),
        ("job_tracker_retention", 404),
        ("job_tracker_", 422),
        ("somebody_elses", 422),
        ("job_trackers", 422),
        ("job_tracker_gary/runs", 422),
        ("~", 422),
        ("", 422),
    ],
)
def test_no_other_dag_is_run(client: Client, host: FakeHost, dag_id: str, status: int) -> None:
    refused = client("ada").post("/update_jobs", params={"dag_id": dag_id}, json={})
    assert refused.status_code == status
    assert host.started == []


def test_a_dag_whose_file_cannot_be_used_is_not_run(
    client: Client, host: FakeHost, folder: Path
) -> None:
    (folder / "gary.toml").write_text("radius_miles = 0")
    refused = client("ada").post("/update_jobs?dag_id=job_tracker_gary", json={})
    assert refused.status_code == 404
    assert "job_tracker_gary" in refused.json()["detail"]
    assert host.started == []


def test_runs_of_two_dags_with_one_id_have_receipts_of_their_own(
    client: Client, host: FakeHost, folder: Path, database: MongoDatabase
) -> None:
    store(database, open_row("1"), open_row("2"), at=an_hour_ago(), run_id="scheduled")
    store_saved(database, gary(folder), open_row("1"), at=datetime.now(UTC))
    client("ada").post("/update_jobs", json={})

    def found(**query: str) -> tuple[str, str, int]:
        run = client("ada").get("/update_jobs/scheduled", params=query).json()
        return run["dag_id"], run["receipt"]["search"], run["counts"]["rows"]

    assert found() == found(dag_id="job_tracker") == ("job_tracker", CHICAGO, 2)
    assert found(dag_id="job_tracker_gary") == ("job_tracker_gary", gary(folder).slug, 1)
    other = client("ada").get("/update_jobs/scheduled?dag_id=job_tracker_denver").json()
    assert other["receipt"] is None


def test_a_preview_says_what_the_mail_will_say(
    client: Client, folder: Path, database: MongoDatabase
) -> None:
    store_saved(database, gary(folder), open_row("1"), at=an_hour_ago())
    stored = {name: list(database[name].find()) for name in database.list_collection_names()}
    shown = client("ada").get(f"/searches/{gary(folder).slug}/digest").json()
    assert {
        name: list(database[name].find()) for name in database.list_collection_names()
    } == stored

    mailbox = Mailbox()
    send_digest(database, gary(folder), mailbox.send, datetime.now(UTC), PAGE)
    sent = [message for _, message in mailbox.messages]
    assert [(each["subject"], each["text"], each["html"]) for each in shown["previews"]] == [
        (message.subject, message.text, message.html) for message in sent
    ]
    assert "1 new match" in sent[0].subject


def test_what_was_said_is_not_in_the_next_digest(
    client: Client, folder: Path, database: MongoDatabase
) -> None:
    store_saved(database, gary(folder), open_row("1"), at=an_hour_ago())
    send_digest(database, gary(folder), Mailbox().send, datetime.now(UTC), PAGE)
    address = f"/searches/{gary(folder).slug}/digest"
    previews = client("ada").get(address).json()["previews"]
    assert [each["subject"] for each in previews] == [None, None, None]
    assert client("ada").get(f"{address}/0").text == ""


def test_before_its_first_run_a_search_has_nothing_to_say(client: Client) -> None:
    (preview,) = client("ada").get(f"/searches/{CHICAGO}/digest").json()["previews"]
    assert preview == {
        "channel": "log", "address": None, "subject": None, "text": None, "html": None
    }  # fmt: skip


def test_a_preview_is_for_those_who_may_update(
    client: Client, folder: Path, database: MongoDatabase
) -> None:
    store_saved(database, gary(folder), open_row("1"), at=an_hour_ago())
    address = f"/searches/{gary(folder).slug}/digest"
    seen = client("ada").get(address).json()["previews"]
    assert [each["address"] for each in seen] == ["ada@example.org", "grace@example.org", "chat"]
    for path in (address, f"{address}/0"):
        assert client("ada").get(path).status_code == 200
        refused = client("bob").get(path)
        assert refused.status_code == 403
        assert "may run job_tracker_gary" in refused.json()["detail"]


def test_the_html_of_a_preview_may_bring_styles_and_nothing_else(
    client: Client, folder: Path, database: MongoDatabase
) -> None:
    store_saved(database, gary(folder), open_row("1"), at=an_hour_ago())
    address = f"/searches/{gary(folder).slug}/digest"
    page = client("ada").get(f"{address}/0")
    shown = client("ada").get(address).json()["previews"][0]["html"]
    assert page.text.replace('<base target="_blank">', "") == shown != page.text
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    policy = page.headers["content-security-policy"].split("; ")
    assert {"default-src 'none'", "style-src 'unsafe-inline'", "sandbox"} <= {*policy}
    assert "script-src" not in page.headers["content-security-policy"]
    others = {name: value for name, value in HEADERS.items() if "Policy" not in name}
    assert others.items() <= {name: page.headers[name] for name in others}.items()


@pytest.mark.parametrize("path", ["no-such-search/digest", f"{CHICAGO}/digest/1"])
def test_what_has_no_digest_is_not_found(client: Client, path: str) -> None:
    assert client("ada").get(f"/searches/{path}").status_code == 404
