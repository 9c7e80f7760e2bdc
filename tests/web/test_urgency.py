"""Lists, counts and filters take a job's urgency for what it is on its own page."""

from __future__ import annotations

from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from include.jobs import limits
from include.jobs.deadline import IN_ORDER, Deadline
from include.web.analytics import analytics
from include.web.jobs import all_jobs, job_detail, job_page
from include.web.query_params import JobFilter
from include.web.schemas import Job
from tests.support.rows import CHICAGO as CHICAGO_PLACE
from tests.support.rows import place, row
from tests.web.stored import CHICAGO, NOW, MongoDatabase, closing, days, store

ANN = "ann"
CLOSED, TODAY, TOMORROW, DEC_12 = "2026-11-22", "2026-11-23", "2026-11-24", "2026-12-12"
DATES = ("", CLOSED, TODAY, TOMORROW, DEC_12)
REGISTER = [CHICAGO_PLACE, *(place(f"Town {n}, Iowa", 42 + n / 100, -93) for n in range(50))]
CLOSING_TYPES: dict[str, dict[str, Any]] = {
    "dated": {"AnnouncementClosingType": "01", "AnnouncementClosingTypeOption": "01"},
    "continuous": {"AnnouncementClosingType": "02"},
    "capped": {"AnnouncementClosingType": "03", "AnnouncementClosingTypeOption": "500"},
    "code_only": {"AnnouncementClosingType": "03", "AnnouncementClosingTypeOption": "03"},
}


def posting(number: str, kind: str, date: str, places: list[Any] | None = None) -> dict[str, Any]:
    more = {"PositionLocation": places} if places else {}
    return row(number, **closing(date), **more, details=CLOSING_TYPES[kind])


def store_every_kind(database: MongoDatabase) -> None:
    kinds = product(CLOSING_TYPES, DATES, (None, REGISTER))
    rows = [posting(str(100 + n), *kind) for n, kind in enumerate(kinds)]
    store(database, *rows, at=days(-1))
    # As an earlier version stored it.
    store(database, *rows, row("200", **closing(DEC_12)))
    database.positions.update_one({"_id": "200"}, {"$unset": {"facts": True}})


def listed(database: MongoDatabase, **wanted: Any) -> list[Job]:
    return [*all_jobs(database, CHICAGO, JobFilter(**wanted), ANN, NOW)]


def deadline(job: Job) -> Deadline:
    return Deadline.of(job.model_dump(), NOW, is_register=job.match.is_register)


def test_the_most_urgent_come_first_on_every_page(database: MongoDatabase) -> None:
    store_every_kind(database)
    for status in ("open", "closed", "any"):
        found = listed(database, sort="closing", status=status)
        in_order = sorted(found, key=lambda job: (*deadline(job).sort_key, job.control_number))
        numbers = [job.control_number for job in in_order]
        assert [job.control_number for job in found] == numbers
        assert len(found) == len(listed(database, status=status)) > 5
        wanted = JobFilter(sort="closing", status=status)  # type: ignore[arg-type]
        pages = [
            job_page(database, CHICAGO, wanted, ANN, NOW, page=page, per_page=7).jobs
            for page in range(1, len(found) // 7 + 2)
        ]
        assert [job.control_number for jobs in pages for job in jobs] == numbers
    assert {job.deadline.urgency for job in found} == {*IN_ORDER}


def test_a_filter_and_the_count_find_what_closes_soon_or_any_hour(database: MongoDatabase) -> None:
    store_every_kind(database)
    for within in (0, 1, limits.CLOSING_SOON_DAYS, 30):
        found = {job.control_number for job in listed(database, closing_within=within)}
        assert found == {
            job.control_number for job in listed(database) if deadline(job).is_within(within)
        }
    soon = listed(database, level="match", closing_within=limits.CLOSING_SOON_DAYS)
    assert all(job.deadline.is_soon for job in soon)
    numbers = analytics(database, CHICAGO, ANN, NOW)
    assert numbers.counts.closing_soon == len(soon) > 0
    charted = {each.control_number: each for each in numbers.closing}
    assert {number for number, each in charted.items() if each.is_soon} == {
        job.control_number for job in soon if job.closes_at
    }


def test_the_api_has_the_words_and_what_they_are_made_of(database: MongoDatabase) -> None:
    store(database, posting("1", "capped", DEC_12))
    (job,) = listed(database)
    detail = job_detail(database, "1", CHICAGO, ANN, NOW)
    assert detail
    assert detail.deadline == job.deadline
    assert job.in_words.deadline == "closes at 500 applications, or Dec 12"
    assert job.deadline.model_dump(mode="json") == {
        "urgency": "capped",
        "closes_on": "2026-12-12",
        "applications": 500,
        "is_pressing": True,
        "is_soon": True,
        "in_words": job.in_words.deadline,
    }


@pytest.mark.parametrize(("left", "is_pressing"), [(3, True), (4, False)])
def test_a_deadline_stands_out_when_it_is_days_away(
    database: MongoDatabase, left: int, is_pressing: bool
) -> None:
    store(database, posting("1", "dated", f"{NOW + timedelta(days=left):%Y-%m-%d}"))
    (job,) = listed(database)
    assert job.deadline.is_pressing is is_pressing


@pytest.mark.parametrize("damage", ["500", [500], None, -1, {"a": 1}])
def test_a_damaged_number_of_applications_costs_only_itself(
    database: MongoDatabase, damage: object
) -> None:
    store(database, posting("1", "capped", DEC_12))
    database.positions.update_one({}, {"$set": {"facts.closes_when.applications": damage}})
    (job,) = listed(database, sort="closing")
    assert job.in_words.deadline == "closes Dec 12, in 19 days"
    assert analytics(database, CHICAGO, ANN, NOW).counts.closing_soon == 0
