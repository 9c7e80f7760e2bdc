"""What the API and the page say about what became of jobs."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from include.store.outcomes import record
from include.web.csv_export import as_csv
from include.web.jobs import all_jobs, job_detail, job_page
from include.web.marks import MarkChange, set_mark
from include.web.query_params import JobFilter
from include.web.schemas import Job
from tests.support.rows import row
from tests.web.conftest import Open
from tests.web.explained_queries import Command, scanning
from tests.web.stored import (
    CHICAGO,
    NOW,
    MongoDatabase,
    closing,
    days,
    in_a_month,
    store,
    store_now,
)

ANN = "ann"
REVIEWING, SELECTED = "reviewing applications", "candidate selected"


def jobs(database: MongoDatabase, **wanted: Any) -> dict[str, Job]:
    found = job_page(
        database, CHICAGO, JobFilter(status="any", **wanted), ANN, NOW, page=1, per_page=50
    )
    assert found.damaged == []
    return {job.control_number: job for job in found.jobs}


def follow(database: MongoDatabase, *numbers: str) -> None:
    for number in numbers:
        set_mark(database, ANN, number, MarkChange(applied=True), NOW)


def test_who_does_not_follow_a_job_is_not_told_that_somebody_does(
    database: MongoDatabase,
) -> None:
    store(database, row("1"))
    set_mark(database, "bob", "1", MarkChange(saved=True), NOW)
    record(database, ["1"], {"1": REVIEWING}, NOW)
    job = jobs(database)["1"]
    assert (job.outcome, job.in_words.outcome) == (None, None)
    set_mark(database, ANN, "1", MarkChange(saved=True), NOW)
    assert jobs(database)["1"].outcome


def test_a_job_says_what_became_of_it_and_when_that_was_first_seen(
    database: MongoDatabase,
) -> None:
    store(database, row("1"), row("2"), row("3"))
    follow(database, *"123")
    record(database, ["1", "2"], {"1": "accepting applications", "2": REVIEWING}, days(-3))
    record(database, ["1", "2"], {"1": "accepting applications", "2": REVIEWING}, days(-1))
    found = jobs(database)
    assert found["2"].outcome
    assert found["2"].outcome.model_dump() == {
        "status": REVIEWING,
        "since": days(-3),
        "asked_at": days(-1),
    }
    assert found["2"].in_words.outcome == "reviewing applications (seen Nov 20)"
    # Nothing has become of this one yet.
    assert found["1"].outcome
    assert found["1"].outcome.status == "accepting applications"
    assert found["1"].in_words.outcome is None
    assert (found["3"].outcome, found["3"].in_words.outcome) == (None, None)
    detail = job_detail(database, "2", CHICAGO, ANN, NOW)
    assert detail
    assert (detail.outcome, detail.in_words) == (found["2"].outcome, found["2"].in_words)


def test_an_outcome_that_is_unknown_or_damaged_costs_no_job(database: MongoDatabase) -> None:
    store(database, row("1"), row("2"))
    follow(database, *"12")
    record(database, ["1"], {}, NOW)
    database.positions.update_one({"_id": "2"}, {"$set": {"outcome": {"status": 5}}})
    assert {number: job.outcome for number, job in jobs(database).items()} == {"1": None, "2": None}
    detail = job_detail(database, "2", CHICAGO, ANN, NOW)
    assert detail
    assert detail.outcome is None


def selected(database: MongoDatabase, *numbers: str) -> None:
    """Store jobs that closed long ago, and for which somebody was selected after 40 to … days."""
    rows = [row(number, **closing("2026-08-01")) for number in numbers]
    store(database, *rows, at=days(-130))
    for number in numbers:
        record(database, [number], {number: REVIEWING}, days(-100))
    for later, number in enumerate(numbers):
        record(database, [number], {number: SELECTED}, days(-74 + later))


def test_beside_open_jobs_stands_how_long_their_agency_takes(database: MongoDatabase) -> None:
    selected(database, *"2345")
    store(database, row("1"), row("8", OrganizationName="National Park Service"))
    assert jobs(database)["1"].in_words.selection_time is None
    selected(database, *"23456")
    store(database, row("1"), row("8", OrganizationName="National Park Service"))
    found = jobs(database)
    said = "this agency: 42 days from closing to selection, median of 5"
    assert found["1"].in_words.selection_time == said
    # Another agency, and a job that has closed.
    assert found["8"].in_words.selection_time is None
    assert found["2"].in_words.selection_time is None
    detail = job_detail(database, "1", CHICAGO, ANN, NOW)
    assert detail
    assert detail.in_words.selection_time == said


def test_an_index_serves_the_time_of_agencies(
    many: tuple[MongoDatabase, list[Command]],
) -> None:
    database, commands = many
    commands.clear()
    assert jobs(database)
    asked = [command for command in commands if "organization" in str(command.get("filter"))]
    assert len(asked) == 1
    assert scanning(database, commands) == []


def test_the_table_says_what_became_of_a_job(database: MongoDatabase) -> None:
    store(database, row("1"))
    follow(database, "1")
    record(database, ["1"], {"1": REVIEWING}, NOW)
    found = all_jobs(database, CHICAGO, JobFilter(), ANN, NOW + timedelta(minutes=1))
    (line,) = csv.DictReader(io.StringIO("".join(as_csv(found))))
    assert line["outcome"] == "reviewing applications (seen Nov 23)"


@pytest.mark.parametrize("part", ["", "#job=1"])
def test_the_page_shows_what_became_of_a_job_in_a_browser(
    database: MongoDatabase, opened: Open, part: str
) -> None:
    store_now(database, row("1", **in_a_month()))
    follow(database, "1")
    record(database, ["1"], {"1": SELECTED}, NOW)
    shown = opened(ANN, part).locator("#job-body" if part else "#jobs .outcome")
    expect(shown).to_contain_text("candidate selected (seen Nov 23")
