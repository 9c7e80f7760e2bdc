"""A new search over the API: tried on what is stored, and saved as a file."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from include.jobs import limits
from include.searches.saved_searches import read_saved_searches
from include.web.app import create_app
from tests.support.damage import POSITION_DAMAGE
from tests.support.rows import row
from tests.web.fake_host import FakeHost
from tests.web.stored import (
    MongoDatabase,
    in_a_month,
    near_miss,
    store_now,
)

NAMED = {"name": "milwaukee", "parameters": {"location": "Milwaukee, Wisconsin"}}


@pytest.fixture
def ada(host: FakeHost, folder: Path) -> TestClient:
    return client_of("ada", host, folder)


def client_of(user: str, host: FakeHost, folder: Path) -> TestClient:
    return TestClient(
        create_app(host, folder), headers={"Login": user, "Authorization": "Bearer token"}
    )


def tried(client: TestClient, **parameters: Any) -> dict[str, Any]:
    answer = client.post("/searches/trial", json=parameters)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def counted(found: dict[str, Any]) -> tuple[int, int, int]:
    return found["stored"], found["matches"], found["near_misses"]


def test_a_near_miss_of_one_search_is_tried_as_a_match_of_another(
    ada: TestClient, database: MongoDatabase, folder: Path
) -> None:
    store_now(database, row("1", **in_a_month()), near_miss("2", **in_a_month()))
    assert counted(tried(ada)) == (2, 1, 1)
    there = tried(ada, location="Milwaukee, Wisconsin")
    assert counted(there) == (2, 1, 1)
    assert [job["control_number"] for job in there["best"]] == ["2"]
    assert there["in_words"] == (
        "Among the 2 stored jobs whose deadline has not passed, it would match 1 and just miss 1."
    )
    assert counted(tried(ada, location="Milwaukee, Wisconsin", radius_miles=150)) == (2, 2, 0)
    assert counted(tried(ada, minimum_pay=900_000)) == (2, 0, 1)
    assert not [*folder.iterdir()]


def test_what_was_read_of_the_topic_holds_for_a_search_for_the_same_words(
    ada: TestClient, database: MongoDatabase
) -> None:
    """What the duties said is not stored, and the title alone says nothing."""
    duties = {"MajorDuties": ["Builds data pipelines, an ETL process and a data lakehouse."]}
    plain = row("1", PositionTitle="Computer Scientist", details=duties, **in_a_month())
    store_now(database, plain)
    assert counted(tried(ada, radius_miles=60)) == (1, 1, 0)
    assert counted(tried(ada, keyword="Data  Engineering")) == (1, 1, 0)
    assert counted(tried(ada, keyword="nursing")) == (1, 0, 0)


def test_wishes_and_facts_count_in_a_trial(ada: TestClient, database: MongoDatabase) -> None:
    store_now(database, row("1", **in_a_month()))
    assert counted(tried(ada, exclude=["title: Data Engineer"])) == (1, 0, 1)


def test_what_has_closed_is_not_tried(ada: TestClient, database: MongoDatabase) -> None:
    yesterday = f"{datetime.now(UTC) - timedelta(days=2):%Y-%m-%d}"
    store_now(database, row("1", ApplicationCloseDate=yesterday))
    found = tried(ada)
    assert counted(found) == (0, 0, 0)
    assert "nothing to try it on" in found["in_words"]


def test_a_trial_ends_at_its_limits_and_says_so(
    ada: TestClient, database: MongoDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    store_now(database, *(row(str(number), **in_a_month()) for number in (1, 2, 3)))
    monkeypatch.setattr(limits, "TRIAL_POSITIONS", 2)
    found = tried(ada)
    assert (counted(found), found["judged"]) == ((3, 2, 0), 2)
    assert "Among 2 of the 3 stored jobs" in found["in_words"]
    monkeypatch.setattr(limits, "TRIAL_SECONDS", -1)
    assert tried(ada)["judged"] == 0


def test_a_damaged_document_costs_a_trial_only_itself(
    ada: TestClient, database: MongoDatabase
) -> None:
    store_now(database, row("1", **in_a_month()), row("2", **in_a_month()))
    positions = database["positions"]
    whole = positions.find_one({"_id": "1"})
    assert whole
    for name, damage in POSITION_DAMAGE.items():
        positions.replace_one({"_id": "1"}, whole)
        positions.update_one({"_id": "1"}, damage)
        assert tried(ada)["matches"] in (1, 2), name


def test_a_search_is_saved_paused_and_listed(ada: TestClient, folder: Path) -> None:
    sent = ada.post("/searches", json={**NAMED, "schedule": "0 7 * * *", "timezone": "US/Central"})
    assert sent.status_code == 201
    made = sent.json()
    _, saved = read_saved_searches(folder).good
    assert made["text"] == (folder / "milwaukee.toml").read_text()
    assert (made["written"], made["dag_id"], made["search"]) == (True, saved.dag_id, saved.slug)
    assert "starts paused" in made["in_words"]
    assert "DAG processor" in made["in_words"]
    assert (saved.entry.schedule, saved.entry.timezone) == ("0 7 * * *", "US/Central")
    assert saved.entry.starts_paused is True
    assert ada.get("/searches").json()["saved"][1]["name"] == "milwaukee"


def test_where_the_folder_cannot_be_written_the_text_is_shown(
    host: FakeHost, tmp_path: Path, folder: Path
) -> None:
    sent = client_of("ada", host, tmp_path / "missing").post("/searches", json=NAMED)
    assert sent.status_code == 200
    made = sent.json()
    assert made["written"] is False
    assert "`dags/searches/milwaukee.toml` yourself" in made["in_words"]
    (folder / "milwaukee.toml").write_text(made["text"])
    _, saved = read_saved_searches(folder).good
    assert (saved.slug, saved.entry.starts_paused) == (made["search"], True)


@pytest.mark.parametrize(
    "name",
    [
        *(
            "",
            "Denver",
            "denver.toml",
            "../denver",
            "a/b",
            ".a",
            "a-b",
            "a__b",
            "a\n",
            "ä",
            "a" * 51,
        ),
        *("default", "outcomes", "reprocess", "retention", "searches", "con\x00"),
    ],
)
def test_a_name_that_no_search_can_have_is_refused(
    ada: TestClient, folder: Path, name: str
) -> None:
    assert ada.post("/searches", json={**NAMED, "name": name}).status_code == 422
    assert not [*folder.iterdir()]


@pytest.mark.parametrize(
    "changed",
    [
        {"parameters": {"location": "Nowhere, Illinois"}},
        {"parameters": {"colour": "red"}},
        {"schedule": "0 0 31 2 *"},
        {"schedule": "often"},
        {"timezone": "../../etc/passwd"},
        {"timezone": "Chicago"},
        {"email": ["ada@example.org"]},
        {"starts_paused": False},
    ],
    ids=str,
)
def test_what_the_reader_of_files_would_refuse_is_not_saved(
    ada: TestClient, folder: Path, changed: dict[str, Any]
) -> None:
    assert ada.post("/searches", json=NAMED | changed).status_code == 422
    assert not [*folder.iterdir()]


def test_nothing_that_is_there_is_replaced(ada: TestClient, folder: Path, host: FakeHost) -> None:
    file = folder / "milwaukee.toml"
    file.write_text("location = ")
    assert ada.post("/searches", json=NAMED).status_code == 409
    assert file.read_text() == "location = "
    host.known_dags = {"job_tracker_evanston"}
    known = ada.post("/searches", json={"name": "evanston"})
    assert (known.status_code, "delete that DAG" in known.json()["detail"]) == (409, True)


def test_the_page_saves_only_so_many(
    ada: TestClient, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MAX_SAVED_SEARCHES", 2)
    assert ada.post("/searches", json=NAMED).status_code == 201
    assert ada.post("/searches", json={"name": "evanston"}).status_code == 409


def test_who_may_not_run_the_dag_neither_tries_nor_saves(host: FakeHost, folder: Path) -> None:
    bob = client_of("bob", host, folder)
    assert bob.post("/searches/trial", json={}).status_code == 403
    assert bob.post("/searches", json=NAMED).status_code == 403
    assert not [*folder.iterdir()]


def test_a_paused_search_is_shown_as_such(ada: TestClient, host: FakeHost) -> None:
    host.paused_dags = {"job_tracker"}
    (usual,) = ada.get("/searches").json()["saved"]
    assert (usual["paused"], usual["dag_address"]) == (True, "/dags/job_tracker")
