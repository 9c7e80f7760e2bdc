"""What an earlier version stored goes on working: a week of version 0.1.0, as it left it."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter
from pymongo.database import Database

from include.digest.message import Message
from include.digest.send import send_digest
from include.jobs.announced_again import announcement_keys
from include.pipeline.reprocess import reprocess
from include.searches.parameters import SearchParameters
from include.searches.saved_searches import Entry, Recipient, SavedSearch
from include.store.announced_again import find_earlier
from include.store.backup import read_backup
from include.store.collections import RENAMED
from include.store.documents import COLLECTIONS
from include.store.restore import merge, receipts_last, survey
from include.web import jobs, runs
from include.web.query_params import JobFilter
from tests.support.chain import stored, transformed
from tests.support.rows import answer, row

BACKUP = Path(__file__).with_name("data") / "database_of_0_1.jsonl.gz"
MongoDatabase = Database[dict[str, Any]]
SLUG = SearchParameters().slug
SUNDAY = datetime(2026, 11, 22, 20, tzinfo=UTC)


@pytest.fixture
def left(database: MongoDatabase) -> MongoDatabase:
    """The database as version 0.1.0 left it."""
    with BACKUP.open("rb") as file:
        for name, document, _ in read_backup(file):
            database[name].insert_one(document)
    return database


def dump(database: MongoDatabase, name: str) -> dict[str, Any]:
    return {document["_id"]: document for document in database[name].find()}


def test_documents_of_an_earlier_version_are_such_as_are_described(left: MongoDatabase) -> None:
    counted: Counter[str] = Counter()
    for name in left.list_collection_names():
        described = TypeAdapter(COLLECTIONS[RENAMED.get(name, name)])
        for document in left[name].find():
            described.validate_python(document)
            counted[name] += 1
    assert counted["runs"] == 24
    assert counted["announcements"] == 191


def test_the_first_run_takes_everything_over_and_changes_nothing_else(left: MongoDatabase) -> None:
    names = ("positions", "position_versions", "runs", "quarantine", "marks", "announcements")
    before = {name: dump(left, name) for name in names}
    receipt = stored(
        left, transformed(answer(row("1"), at="2026-11-22T20:00:00.000+00:00")), "first"
    )
    assert receipt["inserted"] == ["1"]
    assert "announcements" not in left.list_collection_names()
    assert dump(left, "notifications") == before["announcements"]
    for name in ("positions", "position_versions", "runs", "quarantine", "marks"):
        after = dump(left, name)
        assert {key: without_keys(after[key]) for key in before[name]} == before[name]


def without_keys(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name != "announcement_keys"}


def test_the_first_run_makes_earlier_positions_recognisable(left: MongoDatabase) -> None:
    closed = left.positions.find_one({"closes_at": {"$lt": SUNDAY}})
    assert closed
    receipt = stored(
        left, transformed(answer(row("1"), at="2026-11-22T20:00:00.000+00:00")), "first"
    )
    assert receipt["changed"] == []
    for position in left.positions.find():
        assert position["announcement_keys"] == announcement_keys(position) != []
    (again,) = find_earlier(left, [announced_later(left, closed)], [SLUG]).values()
    assert [each.announcement.control_number for each in again] == [closed["_id"]]


def announced_later(database: MongoDatabase, position: dict[str, Any]) -> str:
    """Store the same job under a new number, opened when the other one had closed."""
    opened = position["closes_at"]
    dates = {"published_at": opened, "closes_at": opened + timedelta(days=20)}
    seen = {"first_seen_at": opened, "last_seen_at": opened}
    database.positions.insert_one({**position, "_id": "800000001", **dates, **seen})
    database.positions.update_one(
        {"_id": "800000001"}, {"$set": {"announcement_keys": announcement_keys(position)}}
    )
    return "800000001"


def test_nothing_that_was_sent_is_sent_again_and_what_is_unclear_once_more(
    left: MongoDatabase,
) -> None:
    before = dump(left, "announcements")
    sent: list[tuple[Recipient, Message]] = []
    emails = sorted(
        {
            each["recipient"].removeprefix("email:")
            for each in before.values()
            if each["search"] == SLUG
        }
    )
    search = SavedSearch(entry=Entry(email=emails))

    def send(recipient: Recipient, message: Message) -> None:
        sent.append((recipient, message))

    send_digest(left, search, send, SUNDAY, "")
    assert send_digest(left, search, send, SUNDAY, "") == dict.fromkeys(map(str, search.recipients))
    after = dump(left, "notifications")
    unclear = {key for key, each in before.items() if each["sent_at"] is None}
    assert len(unclear) == 6
    for key, each in before.items():
        assert after[key]["tries"] == each["tries"] + (key in unclear)
        assert after[key]["sent_at"] == (SUNDAY if key in unclear else each["sent_at"])
    repeated = [
        message for _, message in sent if "may have had this message before" in message.text
    ]
    assert len(repeated) == len({before[key]["recipient"] for key in unclear})


def test_rows_that_were_quarantined_can_be_read_again(left: MongoDatabase) -> None:
    outcome = reprocess(left)
    assert outcome["waiting"] == 26
    reasons = {each["row"]: each["reason"] for each in outcome["still_unread"]}
    assert reasons == {key: each["reason"] for key, each in dump(left, "quarantine").items()}


def test_the_page_shows_what_was_stored(left: MongoDatabase) -> None:
    summaries = runs.searches(left, lambda dag_id, run_id: "")
    assert len(summaries) == 3
    everything = JobFilter(status="any")
    page = jobs.job_page(left, SLUG, everything, "ada", SUNDAY, page=1, per_page=200)
    assert page.total == len(page.jobs) > 20
    saved = {job.control_number for job in page.jobs if job.mark.saved}
    marked = left.marks.find({"user": "ada", "saved": True, "hidden": {"$ne": True}})
    assert saved == {mark["control_number"] for mark in marked} != set()
    for job in page.jobs:
        mark = job.mark
        assert mark.state == ("applied" if mark.applied else "saved" if mark.saved else None)
        assert bool(mark.state) == bool(mark.since) == bool(mark.in_words)
        detail = jobs.job_detail(left, job.control_number, SLUG, "ada", SUNDAY)
        assert detail
        assert detail.versions


def test_a_backup_of_an_earlier_version_is_restored_under_the_new_names(
    database: MongoDatabase,
) -> None:
    with BACKUP.open("rb") as file:
        searches = survey(read_backup(file)).searches
    with BACKUP.open("rb") as file:
        outcomes = merge(database, receipts_last(file), searches)
    assert outcomes["notifications"].added == 191
    assert "announcements" not in database.list_collection_names()
