"""The page beside damaged documents: each costs itself only, and its number is told."""

from __future__ import annotations

import csv
import io
import logging
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from bson.datetime_ms import DatetimeMS
from fastapi.testclient import TestClient

from include.web.app import create_app
from tests.support.damage import NOT_HIDDEN, POSITION_DAMAGE
from tests.support.rows import row
from tests.web.fake_host import FakeHost
from tests.web.stored import CHICAGO, GARY, IN_GARY, NOW, MongoDatabase, store

Get = Callable[[str], Any]

ROUTES = (
    "stored_jobs",
    "stored_jobs?status=any&text=data",
    *(f"stored_jobs?sort={sort}" for sort in ("closing", "pay", "published", "new", "distance")),
    "stored_jobs?format=csv",
    "stored_jobs?mark=hidden",
    "stored_jobs?state=applied",
    "applications",
    "stored_jobs/0",
    f"stored_jobs/0?search={GARY}",
    "analytics",
    "pictures",
    "searches",
    "comparison",
    f"searches/{CHICAGO}/digest",
    "update_jobs/manual__1",
)


@pytest.fixture
def get(database: MongoDatabase, folder: Path) -> Get:
    host = FakeHost(database)
    host.started.append(("ada", "job_tracker", {}))
    headers = {"Login": "ada", "Authorization": "Bearer token"}
    client = TestClient(create_app(host, folder), headers=headers, raise_server_exceptions=False)

    def get(path: str) -> Any:
        answer = client.get(f"/{path}")
        assert answer.status_code == 200, f"{path}: {answer.text}"
        is_json = answer.headers["content-type"] == "application/json"
        return (
            answer.json()
            if is_json
            else list(csv.DictReader(io.StringIO(answer.text.lstrip("\ufeff"))))
        )

    return get


def all_of(get: Get, **asked: Any) -> tuple[set[str], set[str], int]:
    """Return the numbers on all pages, those that can't be shown, and the total."""
    shown: set[str] = set()
    damaged: set[str] = set()
    for page in range(1, 40):
        query = "&".join(f"{name}={value}" for name, value in asked.items())
        found = get(f"stored_jobs?per_page=7&page={page}&{query}")
        shown |= {job["control_number"] for job in found["jobs"]}
        damaged |= set(found["damaged"])
        if not found["jobs"] and not found["damaged"]:
            return shown, damaged, found["total"]
    raise AssertionError("the pages never end")


@pytest.fixture
def damaged(database: MongoDatabase) -> dict[str, str]:
    """A position with each kind of damage beside a sound one, and the kinds by number."""
    kinds = dict(enumerate(POSITION_DAMAGE, 1))
    now = datetime.now(UTC)
    rows = [
        row(str(each), ApplicationCloseDate=f"{now + timedelta(days=9):%Y-%m-%d}")
        for each in [0, *kinds]
    ]
    store(database, *rows, at=now - timedelta(hours=1), run_id="manual__1")
    store(database, *rows, at=now - timedelta(hours=1), **IN_GARY)
    for number, kind in kinds.items():
        database.positions.update_one({"_id": str(number)}, POSITION_DAMAGE[kind])
    return {str(number): kind for number, kind in kinds.items()}


def test_a_damaged_position_costs_no_other_in_any_answer(
    get: Get, damaged: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    for route in ROUTES:
        get(route)
    for sort, status in (("score", "any"), ("closing", "any"), ("pay", "open"), ("new", "open")):
        shown, hidden, total = all_of(get, status=status, sort=sort)
        assert "0" in shown
        assert not shown & hidden
        assert len(shown) + len(hidden) == total
        kinds = {damaged[number] for number in hidden}
        assert {"title number", "score NaN", "pay infinite", "location text"} <= kinds
        assert hidden | shown == {"0", *damaged}
    with caplog.at_level(logging.WARNING):
        table = get("stored_jobs?format=csv&status=any")
    assert {line["control number"] for line in table} == shown
    assert all(re.search(rf"\b{number}\b", caplog.text) for number in hidden)
    (preview,) = get(f"searches/{CHICAGO}/digest")["previews"]
    assert "usajobs.gov/job/0" in preview["text"]
    assert get("analytics")["counts"]["matches"] >= 1


def test_a_damaged_position_is_named_with_what_is_damaged(
    database: MongoDatabase, folder: Path, damaged: dict[str, str]
) -> None:
    client = TestClient(create_app(FakeHost(database), folder), headers={"Login": "ada"})
    for number, kind in damaged.items():
        answer = client.get(f"/stored_jobs/{number}")
        assert answer.status_code in (200, 409), kind
        if answer.status_code == 409:
            assert f"The job {number} can't be shown" in answer.json()["detail"]
            assert "matches" in answer.json()["detail"] or kind.split()[0] in (
                *("title", "address", "closes_at", "published_at", "observed_at", "content_hash"),
                *("source", "guard", "first_seen_at", "last_seen_at", "pay", "grade", "location"),
                *("coordinates", "remuneration"),
            )


def test_a_job_without_its_hash_is_shown(get: Get, database: MongoDatabase) -> None:
    store(database, row("0"), at=datetime.now(UTC))
    database.positions.update_one({}, NOT_HIDDEN["content_hash missing"])
    assert get("stored_jobs?status=any")["damaged"] == []
    assert get("stored_jobs/0")["control_number"] == "0"


BESIDE: dict[str, list[dict[str, Any]]] = {
    "runs": [
        {"search": 5},
        {"read_at": "x", "observed_at": "x"},
        {"read_at": DatetimeMS(568_971_820_800_000)},
        {"observed_at": DatetimeMS(568_971_820_800_000)},
        {"matches": "x", "near_misses": 5},
        {"rejected": [], "warnings": "none", "drift": None},
        {"changed": [5, {"control_number": ["0"], "fields": 1}]},
        {"changed": [{"control_number": "0", "fields": {"summary": {"before": float("nan")}}}]},
        {"parameters": {"odd": float("nan")}},
    ],
    "marks": [
        {"_id": "0/ada", "user": "ada", "control_number": ["0"], "hidden": True, "note": 5},
        {"_id": "0/ada", "user": "ada", "saved": "often", "updated_at": "yesterday"},
        {"_id": "0/ada", "user": "ada", "control_number": "0", "may_run": 5, "hidden": "no"},
        {"_id": 5, "user": "ada", "hidden": True},
        {"_id": "0/ada", "user": "ada", "control_number": "0", "saved": True, "history": 5},
        {"_id": "0/ada", "user": "ada", "control_number": "0", "applied": True, "history": [
            5, {"state": "hired", "since": "2026-11-20", "recorded_at": NOW},
            {"state": "saved", "since": "2026-13-20", "recorded_at": NOW},
            {"state": "saved", "since": None, "recorded_at": DatetimeMS(568_971_820_800_000)}]},
    ],
    "position_versions": [
        {"content": "x"},
        {"first_observed_at": "x"},
        {"first_observed_at": DatetimeMS(568_971_820_800_000)},
        {"content_hash": None, "source": 5},
    ],
    "notifications": [
        {"_id": f"{CHICAGO}/log/match:0", "search": CHICAGO, "recipient": "log",
         "control_number": "0", "observed_at": "x"},
        {"_id": f"{CHICAGO}/log/match:0", "search": CHICAGO, "recipient": "log",
         "control_number": "0", "key": 5, "tries": "x", "claimed_at": None},
    ],
    "quarantine": [{"_id": "x", "raw": 5, "runs": "y"}, {"_id": 5}],
}  # fmt: skip


@pytest.mark.parametrize("name", BESIDE)
def test_other_damaged_documents_cost_no_answer(
    get: Get, database: MongoDatabase, name: str
) -> None:
    now = datetime.now(UTC)
    closes = {"ApplicationCloseDate": f"{now + timedelta(days=9):%Y-%m-%d}"}
    store(database, row("0", **closes), at=now - timedelta(hours=2), run_id="manual__1")
    amended = row("0", PositionTitle="Data Engineer II", **closes)
    store(database, amended, at=now - timedelta(hours=1), run_id="manual__2")
    store(database, row("0", **closes), at=now - timedelta(hours=2), **IN_GARY)
    before = list(database[name].find())
    for damage in BESIDE[name]:
        if name in ("runs", "position_versions"):
            database[name].update_one({"_id": before[-1]["_id"]}, {"$set": damage})
            database[name].insert_one({**before[0], "_id": "another", **damage})
        else:
            database[name].insert_one(damage)
        for route in ROUTES:
            get(route)
        assert get("stored_jobs/0")["control_number"] == "0", damage
        database[name].delete_many({})
        if before:
            database[name].insert_many(before)
