"""Page, digest, CSV and terminal say the same of a job in the same words."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from typing import Any

import pytest
from rich.console import Console

from include.cli.history_command import show_history
from include.digest.send import preview
from include.jobs import formatting
from include.searches.saved_searches import LOG, SavedSearch
from include.terminal.report import found_positions, positions_table
from include.web.comparison import comparison
from include.web.csv_export import as_csv
from include.web.jobs import all_jobs, job_detail, job_page
from include.web.query_params import JobFilter
from include.web.schemas import Job
from tests.support.rows import CHICAGO as CHICAGO_PLACE
from tests.support.rows import pay, row
from tests.web.stored import (
    CHICAGO,
    EVANSTON,
    NOW,
    MongoDatabase,
    closing,
    days,
    store,
    store_past_day,
    without_closing_date,
)

ANN = "ann"
EVERYTHING = JobFilter(status="any")
REMOTE: dict[str, Any] = {"details": {"RemoteIndicator": True}}


def on_the_page(database: MongoDatabase, now: datetime = NOW) -> Job:
    (job,) = job_page(database, CHICAGO, EVERYTHING, ANN, now, page=1, per_page=5).jobs
    return job


def in_the_digest(database: MongoDatabase) -> str:
    message = preview(database, SavedSearch(), LOG, NOW, "")
    assert message
    return message.text


def in_the_csv(database: MongoDatabase) -> dict[str, str]:
    table = "".join(as_csv(all_jobs(database, CHICAGO, EVERYTHING, ANN, NOW)))
    (found,) = csv.DictReader(io.StringIO(table.removeprefix("\ufeff"), newline=""))
    return found


def in_the_terminal(database: MongoDatabase, receipt: dict[str, Any]) -> str:
    console = Console(file=io.StringIO(), width=200, highlight=False)
    console.print(positions_table(found_positions(database, receipt, "matches"), receipt, NOW))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize(
    ("posting", "expected"),
    [
        (
            row(
                "1",
                **closing("2026-12-01"),
                PositionLocation=[EVANSTON],
                PositionRemuneration=pay("80994", "150071"),
                details={"LowGrade": "11", "HighGrade": "13"},
            ),
            {
                "pay": "$80,994 to $150,071 a year",
                "grade": "GS-11 to 13",
                "place": "Evanston, Illinois, 13 miles away",
                "deadline": "closes Dec 1, in 8 days",
            },
        ),
        (
            without_closing_date("1"),
            {
                "pay": "$97,079 to $126,198 a year",
                "grade": "GS-12",
                "place": "Chicago, Illinois",
                "deadline": "no closing date",
            },
        ),
        (
            row("1", **closing("2027-01-22"), PositionLocation=[], **REMOTE),
            {
                "pay": "$97,079 to $126,198 a year",
                "grade": "GS-12",
                "place": "remote",
                "deadline": "closes Jan 22, 2027, in 60 days",
            },
        ),
    ],
    ids=["usual", "undated", "remote"],
)
def test_pay_grade_place_and_deadline_are_worded_once(
    database: MongoDatabase, posting: dict[str, Any], expected: dict[str, str]
) -> None:
    receipt = store(database, posting)
    (position,) = database.positions.find()
    by_formatter = {
        "pay": formatting.pay(position),
        "grade": formatting.grade(position),
        "place": formatting.place(position, position["matches"][CHICAGO]),
        "deadline": formatting.deadline(position["closes_at"], NOW),
    }
    assert by_formatter == expected
    assert on_the_page(database).in_words.model_dump(include={*expected}) == expected
    digest, terminal = in_the_digest(database), in_the_terminal(database, receipt)
    facts = " · ".join(expected[name] for name in ("grade", "pay", "place"))
    assert f"\n{facts} · the title says " in digest
    assert expected["deadline"] in digest.splitlines()
    for words in expected.values():
        assert words in terminal
    assert in_the_csv(database)["grade"] == expected["grade"]


@pytest.mark.parametrize(
    ("code", "option", "words", "in_digest"),
    [
        ("03", "500", "closes at 500 applications, or Dec 12", ": apply early"),
        ("03", "03", "closes Dec 12, in 19 days", ""),
        ("02", "", "open continuously", ""),
    ],
)
def test_what_closes_a_job_is_worded_once(
    database: MongoDatabase, code: str, option: str, words: str, in_digest: str
) -> None:
    details = {"AnnouncementClosingType": code, "AnnouncementClosingTypeOption": option}
    receipt = store(database, row("1", **closing("2026-12-12"), details=details))
    job, best = on_the_page(database), comparison(database, ANN, NOW).searches[0].best
    assert best
    assert {job.in_words.deadline, job.deadline.in_words, best.deadline.in_words} == {words}
    assert in_the_csv(database)["deadline"] == words
    assert f"{words}{in_digest}" in in_the_digest(database).splitlines()
    assert words in in_the_terminal(database, receipt)
    console = Console(file=io.StringIO(), width=200, highlight=False)
    assert show_history(console, database, "1", NOW)
    assert words in console.file.getvalue()  # type: ignore[attr-defined]


NOT_SAID = ("JobGrade", "LowGrade", "HighGrade", "TotalOpenings", "ApplyURI")


def test_what_a_posting_leaves_out_is_said_to_be_not_stated(database: MongoDatabase) -> None:
    bare = row("1", PositionRemuneration=[], without=NOT_SAID)
    store(database, bare)
    left_out = {"closes_at": None, "PositionLocation": [], "hiring_paths": None, "grade": None}
    left_out |= dict.fromkeys(("published_at", "remote", "telework", f"matches.{CHICAGO}.nearest"))
    database.positions.update_one({}, {"$set": left_out})
    detail = job_detail(database, "1", CHICAGO, ANN, NOW)
    assert detail
    assert on_the_page(database).in_words == detail.in_words
    assert detail.in_words.model_dump() == {
        "pay": "pay not stated",
        "pay_as_posted": None,
        "grade": None,
        "place": "place not stated",
        "deadline": "no closing date",
        "published": "not stated",
        "open_to": "not stated",
        "remote": "not stated",
        "telework": "not stated",
        "facts": [],
        "outcome": None,
        "selection_time": None,
        "first_seen": "Nov 23",
        "last_seen": "Nov 23",
    }


@pytest.mark.parametrize(
    ("offers", "said", "posted"),
    [
        (pay("97079", "126198"), "$97,079 to $126,198 a year", None),
        (pay("45.5", "60", "PH"), "$94,958 to $125,220 a year", "$45.50 to $60.00 an hour"),
        (pay("100", "200", "FB"), "$100.00 to $200.00 on a fee basis", None),
        (
            [*pay("50", "50", "PD"), *pay("100", "200", "FB")],
            "$13,000 a year",
            "$100.00 to $200.00 on a fee basis; $50.00 a day",
        ),
        (pay("0", "0", "WC"), "without compensation", None),
        (pay(None, None), "pay not stated", None),
    ],
)
def test_pay_as_posted_is_said_where_it_says_more(
    database: MongoDatabase, offers: list[dict[str, Any]], said: str, posted: str | None
) -> None:
    store(database, row("1", PositionRemuneration=offers))
    in_words = on_the_page(database).in_words
    assert (in_words.pay, in_words.pay_as_posted) == (said, posted)


def test_a_job_says_who_may_apply_and_when_it_was_published_and_listed(
    database: MongoDatabase,
) -> None:
    store_past_day(database, 1, day=days(-80), read_at=days(-5))
    paths = {"HiringPath": ["public", "vet"], "RemoteIndicator": False}
    store(database, row("1", PublicationStartDate="2026-11-01", details=paths))
    job = on_the_page(database, days(60))
    assert job.in_words.model_dump(
        include={"open_to", "published", "remote", "telework", "first_seen", "last_seen"}
    ) == {
        "open_to": "The public; Veterans",
        "published": "Nov 1, 2026",
        "remote": "no",
        "telework": "yes",
        "first_seen": "Sep 4, 2026",
        "last_seen": "Nov 23, 2026",
    }
    assert job.match.seen == "Sep 4, 2026 to Nov 23, 2026"


def test_amendments_and_versions_are_worded_by_the_api(database: MongoDatabase) -> None:
    milwaukee = EVANSTON | {"LocationName": "Milwaukee, Wisconsin"}
    store(database, row("1", details={"JobSummary": f"{'Long. ' * 50}Old."}), at=days(-2))
    amended = row(
        "1",
        **closing("2026-12-07"),
        PositionLocation=[CHICAGO_PLACE, milwaukee],
        PositionRemuneration=[],
        details={"LowGrade": "11", "JobSummary": f"{'Long. ' * 50}New."},
    )
    store(database, amended)
    expected = {
        "deadline": ("Nov 30", "Dec 7"),
        "grade": ("GS-12", "GS-11 to 12"),
        "pay": ("$97,079 to $126,198 a year", "not stated"),
        "places of work": ("Chicago, Illinois", "2 entries"),
    }
    detail = job_detail(database, "1", CHICAGO, ANN, NOW)
    assert detail
    for job in (on_the_page(database), detail):
        (change,) = job.changes
        said = {each.name: (each.before, each.after) for each in change.in_words}
        (summary,) = [each for each in change.in_words if each.looks_alike]
        assert summary.name == "summary"
        assert said == expected | {"summary": (summary.before, summary.after)}
    versions = [{each.name: each.value for each in version.in_words} for version in detail.versions]
    assert [version["deadline"] for version in versions] == ["Nov 30", "Dec 7"]
    assert [version["pay"] for version in versions] == ["$97,079 to $126,198 a year", "not stated"]
    assert versions[1]["places of work"] == "Chicago, Illinois; Milwaukee, Wisconsin"
    assert versions[1]["summary"].endswith("Long. New.")
