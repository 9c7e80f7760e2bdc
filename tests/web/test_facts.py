"""What page, API and CSV say of the facts of a posting."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from include.jobs.formatting import changes, value
from include.web.csv_export import as_csv
from include.web.jobs import all_jobs, job_detail, job_page
from include.web.query_params import JobFilter
from include.web.schemas import Job
from tests.support.rows import row
from tests.web.stored import CHICAGO, NOW, MongoDatabase, store

EVERYTHING = JobFilter(status="any")
TERM = row(
    "1",
    PositionOfferingType=[{"Code": "15319", "Name": "Term NTE 13 months"}],
    details={
        "AnnouncementClosingType": "03",
        "AnnouncementClosingTypeOption": "500",
        "SecurityClearance": "Secret",
        "TravelCode": "8",
        "PromotionPotential": "13",
    },
)


def only_job(database: MongoDatabase) -> Job:
    (job,) = job_page(database, CHICAGO, EVERYTHING, "ann", NOW, page=1, per_page=5).jobs
    return job


def test_the_details_say_each_fact_that_the_posting_states(database: MongoDatabase) -> None:
    store(database, TERM)
    detail = job_detail(database, "1", CHICAGO, "ann", NOW)
    assert detail
    assert detail.facts == only_job(database).facts
    assert {each.name: each.value for each in detail.in_words.facts} == {
        "closing": "at 500 applications, or on its closing date",
        "appointment": "term, not to exceed 13 months",
        "promotion potential": "13",
        "security clearance": "Secret",
        "travel": "76% or greater",
        "openings": "1",
        "apply at": "https://www.usajobs.gov:443/job/900000001",
    }


def test_the_table_has_the_main_facts_and_the_deadline(database: MongoDatabase) -> None:
    store(database, TERM)
    table = "".join(as_csv(all_jobs(database, CHICAGO, EVERYTHING, "ann", NOW)))
    header, cells = csv.reader(io.StringIO(table.removeprefix("\ufeff"), newline=""))
    row = dict(zip(header, cells, strict=True))
    assert {name: row[name] for name in header[header.index("closes at applications") :][:7]} == {
        "closes at applications": "500",
        "appointment": "term, not to exceed 13 months",
        "security clearance": "Secret",
        "travel": "76% or greater",
        "promotion potential": "13",
        "deadline": "closes at 500 applications, or Nov 30",
        "urgency": "capped",
    }


@pytest.mark.parametrize("change", [{"$unset": {"facts": ""}}, {"$set": {"facts": {"travel": 5}}}])
def test_a_job_without_facts_or_with_damaged_ones_is_shown_without(
    database: MongoDatabase, change: dict[str, Any]
) -> None:
    store(database, TERM)
    database.positions.update_one({}, change)
    assert only_job(database).facts is None
    assert only_job(database).in_words.facts == []
    detail = job_detail(database, "1", CHICAGO, "ann", NOW)
    assert detail
    assert detail.facts is None
    table = "".join(as_csv(all_jobs(database, CHICAGO, EVERYTHING, "ann", NOW)))
    assert ',,,,,"closes Nov 30, in 7 days",dated' in table


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("closes_when", {"type": "01", "applications": None}, "on its closing date"),
        ("closes_when", {"type": "02", "applications": None}, "open continuously"),
        (
            "closes_when",
            {"type": "03", "applications": None},
            "once enough have applied, or on its closing date",
        ),
        ("appointment", {"kind": "permanent", "length": None}, "permanent"),
        ("appointment", {"kind": None, "length": "9/30/2027"}, "until 9/30/2027"),
        ("appointment", {"kind": None, "length": "8-10 weeks"}, "not to exceed 8-10 weeks"),
        ("specialized_experience", {"text": "Data pipelines.", "grade": None}, "Data pipelines."),
        ("drug_test", False, "no"),
        ("openings", "few", "few"),
    ],
)  # fmt: skip
def test_a_fact_is_said_in_words(name: str, given: Any, words: str) -> None:
    assert value(name, given) == words
    (change,) = changes({name: (None, given)})
    assert (change.before, change.after) == ("not stated", words)
