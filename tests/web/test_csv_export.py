from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymongo import MongoClient
from pymongo.errors import PyMongoError

from include.jobs import limits
from include.web.csv_export import FORMULA_SIGNS, HEADER, as_csv
from include.web.jobs import all_jobs
from include.web.marks import MarkChange, set_mark
from include.web.query_params import JobFilter
from include.web.schemas import Job
from tests.support.rows import row
from tests.web.stored import (
    CHICAGO,
    EVANSTON,
    NOW,
    MongoDatabase,
    days,
    near_miss,
    store,
    without_closing_date,
)

JOB: dict[str, Any] = {
    "control_number": "1",
    "PositionTitle": "Data Engineer",
    "PositionURI": "https://www.usajobs.gov/job/1",
    "PositionLocation": [],
    "PositionRemuneration": [],
    "annual_pay": None,
    "grade": None,
    "series": [],
    "hiring_paths": None,
    "remote": None,
    "telework": None,
    "organization": None,
    "department": None,
    "announcement_number": None,
    "summary": None,
    "published_at": None,
    "closes_at": None,
    "source": "search",
    "observed_at": NOW,
    "first_seen_at": NOW,
    "last_seen_at": NOW,
    "deadline": {
        "urgency": "undated",
        "closes_on": None,
        "applications": None,
        "is_pressing": False,
        "is_soon": False,
        "in_words": "no closing date",
    },
    "changes": [],
    "mark": {},
    "match": {
        "search": CHICAGO,
        "status": "open",
        "level": "match",
        "reasons": [],
        "fits": [],
        "score": 90,
        "nearest": None,
        "first_seen_at": NOW,
        "last_seen_at": NOW,
        "seen": "Nov 23",
    },
    "in_words": {
        "pay": "pay not stated",
        "pay_as_posted": None,
        "grade": None,
        "place": "place not stated",
        "deadline": "no closing date",
        "published": "not stated",
        "open_to": "not stated",
        "remote": "not stated",
        "telework": "not stated",
        "first_seen": "Nov 23",
        "last_seen": "Nov 23",
    },
}


def job(**changes: Any) -> Job:
    return Job.model_validate({**JOB, **changes})


def table(*jobs: Job) -> list[dict[str, str]]:
    text = "".join(as_csv(jobs))
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def stored_table(database: MongoDatabase) -> list[dict[str, str]]:
    return table(*all_jobs(database, CHICAGO, JobFilter(), "ann", NOW))


def test_a_table_without_jobs_is_its_header() -> None:
    assert "".join(as_csv([])) == "\ufeff" + ",".join(HEADER) + "\r\n"


def test_a_job_is_a_row_of_what_a_person_compares(database: MongoDatabase) -> None:
    details = {"LowGrade": "11", "HighGrade": "13"}
    store(database, row("1", PositionLocation=[EVANSTON], details=details))
    set_mark(database, "ann", "1", MarkChange(applied=True, note="call\nthem"), NOW)
    (found,) = stored_table(database)
    assert "GS-11 to 13 includes the target" in found.pop("why")
    parts = found.pop("score made of").split(", ")
    assert sum(int(part.split()[1]) for part in parts) == int(found.pop("score"))
    assert found == {
        "control number": "1",
        "title": "Data Engineer",
        "organization": "Bureau of the Fiscal Service",
        "department": "Department of the Treasury",
        "level": "match",
        "status": "open",
        "minimum pay": "97079.0",
        "maximum pay": "126198.0",
        "grade": "GS-11 to 13",
        "nearest place": "Evanston, Illinois",
        "miles": "13.4",
        "remote": "no",
        "published": "2026-11-02",
        "closes": "2026-11-30",
        "first seen": "2026-11-23",
        "applied": "yes",
        "saved": "no",
        "note": "call them",
        "address": "https://www.usajobs.gov/job/1",
        "register": "no",
        "outcome": "",
        "closes at applications": "",
        "appointment": "",
        "security clearance": "",
        "travel": "",
        "promotion potential": "",
        "deadline": "closes Nov 30, in 7 days",
        "urgency": "dated",
        "state": "applied",
        "state since": "2026-11-23",
        "state history": "applied Nov 23",
    }


def test_a_near_miss_says_what_is_wrong_and_what_is_unknown_is_empty(
    database: MongoDatabase,
) -> None:
    store(database, near_miss("1"), without_closing_date("2"))
    dated, missed = stored_table(database)
    assert (missed["level"], missed["why"][:29]) == ("near miss", "nearest place of work is Milw")
    assert dated["closes"] == ""


def test_a_closing_day_is_that_of_usajobs_clock_and_a_day_seen_that_of_utc() -> None:
    last_minute = datetime(2026, 12, 1, 4, 59, tzinfo=UTC)
    a_past_day = {**JOB["match"], "first_seen_at": datetime(2026, 9, 1, tzinfo=UTC)}
    (found,) = table(job(closes_at=last_minute, match=a_past_day))
    assert (found["closes"], found["first seen"]) == ("2026-11-30", "2026-09-01")


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(1, 1, 1, tzinfo=UTC), "0001-01-01"),
        (datetime(9999, 12, 31, 23, tzinfo=UTC), "9999-12-31"),
    ],
)
def test_the_first_and_the_last_day_there_are_can_be_written(moment: datetime, day: str) -> None:
    (found,) = table(job(published_at=moment))
    assert found["published"] == day


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("Engineer = 1", "Engineer = 1"),
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(1)", "'@SUM(1)"),
        ("|calc", "'|calc"),
        ("%0A", "'%0A"),
        ("  =1", "'  =1"),
        ("\u200b\ufeff=1", "'\u200b\ufeff=1"),
        ("\uff1d1", "'\uff1d1"),
        ("\tx", "' x"),
        ("\rx", "' x"),
        ("\nx", "' x"),
        ("a\x00b\x1bc\x85d", "a b c d"),
        ('",=1', '",=1'),
        ("naïve — 東京", "naïve — 東京"),
    ],
)
def test_text_that_looks_like_a_formula_is_marked_as_text(text: str, cell: str) -> None:
    noted = job(mark={"note": text})
    (found,) = table(noted.model_copy(update={"organization": text}))
    assert (found["note"], found["organization"]) == (cell, cell)


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("a;=cmd()", "a;'=cmd()"),
        ("a; \t+1;b;\uff1d1", "a;'  +1;b;'\uff1d1"),
        ('a;"=1+1"', 'a;\'"=1+1"'),
        ("a;\n-1", "a;' -1"),
        ("x\t=1+1", "x =1+1"),
        ("SQL; R; GS-12; a=b", "SQL; R; GS-12; a=b"),
    ],
)
def test_text_after_another_separator_is_marked_too(text: str, cell: str) -> None:
    assert table(job(PositionTitle=text))[0]["title"] == cell


def test_numbers_stay_numbers() -> None:
    pay = {"minimum": 101099.0, "maximum": 142488.5, "basis": "PA"}
    (found,) = table(job(annual_pay=pay))
    numbers = [float(found[name]) for name in ("minimum pay", "maximum pay", "score")]
    assert numbers == [101099, 142488.5, 90]


def test_an_end_of_pay_that_is_not_stated_is_an_empty_cell() -> None:
    offer = {"MinimumRange": 90_000.0, "MaximumRange": None, "RateIntervalCode": "PA"}
    pay = {"minimum": 90_000.0, "maximum": 90_000.0, "basis": "PA"}
    (found,) = table(job(annual_pay=pay, PositionRemuneration=[offer]))
    assert (found["minimum pay"], found["maximum pay"]) == ("90000.0", "")


TEXT = st.text(max_size=12) | st.from_regex(r"[\s\x00-\x1f]*[-=+@|%;,\"'][\s\S]{0,3}")


def _begins_a_formula(cell: str) -> bool:
    visible = (c for c in cell if not c.isspace() and unicodedata.category(c)[0] != "C")
    return next(visible, "x") in FORMULA_SIGNS or cell[:1] in ("\t", "\r", "\n")


@given(st.lists(st.tuples(TEXT, TEXT, TEXT), max_size=4))
def test_whatever_the_text_no_cell_is_a_formula_and_each_job_is_one_row(texts: Any) -> None:
    jobs = [
        job(
            in_words={**JOB["in_words"], "grade": plan},
            mark={"note": note},
            match={
                **JOB["match"],
                "fits": [note],
                "nearest": {"LocationName": plan, "miles": 0},
            },
        ).model_copy(update={"PositionTitle": title, "department": title})
        for title, plan, note in texts
    ]
    text = "".join(as_csv(jobs)).removeprefix("\ufeff")
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert rows[0] == list(HEADER)
    assert [len(cells) for cells in rows] == [len(HEADER)] * (len(jobs) + 1)
    assert len(text.split("\r\n")) == len(jobs) + 2
    cells = [cell for cells in rows for cell in cells]
    assert not any(_begins_a_formula(cell) for cell in cells)
    for separator in ";\t":  # of other spreadsheets, which split quoted text too
        assert not any(
            _begins_a_formula(part.lstrip(" \"'")) and not part.startswith("'")
            for line in text.split("\r\n")
            for part in line.split(separator)
        )
    assert not any(unicodedata.category(c) == "Cc" for cell in cells for c in cell)


def test_the_first_jobs_are_read_at_once_and_the_others_as_the_table_is() -> None:
    read: list[int] = []

    def jobs() -> Iterator[Job]:
        for number in range(limits.WRITE_BATCH_SIZE_DOCUMENTS + 1):
            read.append(number)
            yield job()

    parts = as_csv(jobs())
    assert len(read) == limits.WRITE_BATCH_SIZE_DOCUMENTS
    assert next(parts).count("\r\n") == limits.WRITE_BATCH_SIZE_DOCUMENTS + 1
    assert next(parts).count("\r\n") == 1
    assert len(read) == limits.WRITE_BATCH_SIZE_DOCUMENTS + 1


def test_a_database_that_is_away_fails_before_the_first_part() -> None:
    client: MongoClient[Any] = MongoClient("127.0.0.1", 9, serverSelectionTimeoutMS=50)
    with client, pytest.raises(PyMongoError):
        as_csv(all_jobs(client.job_tracker, CHICAGO, JobFilter(), "ann", days(0)))
