"""The digests of the default search over days of the sample API, with retries and backfills."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from include.sample_api.historic_rows import historic_row, text_row
from include.sample_api.postings import Posting, open_on, opened_on
from include.sample_api.rows import search_row
from include.sample_api.search import find
from include.searches.parameters import SearchParameters
from include.usajobs.extract import iso
from tests.digest.digest_runs import DigestRuns, MongoDatabase, day
from tests.support.chain import stored, transformed
from tests.support.rows import answer, historic_answer

FIRST, DAYS = date(2026, 11, 3), 4
"""On the third day, a job that closes at 500 applications is listed for the first time."""

CAPPED = r"closes at 500 applications, or [^\n]+: apply early\nhttps://www.usajobs.gov/job/(\d+)"
SEARCH = SearchParameters()


def listed(today: date) -> list[Posting]:
    asked = {
        "Keyword": SEARCH.keyword,
        "LocationName": SEARCH.location,
        "Radius": str(SEARCH.radius_miles),
    }
    return find(open_on(today), asked, today).postings


def past_rows(announced_on: date, today: date) -> list[dict[str, Any]]:
    announced = (each for each in opened_on(announced_on) if "data" in each.text.casefold())
    return [{**historic_row(each, today), "text": text_row(each)} for each in announced]


def is_capped(posting: Posting) -> bool:
    return posting.terms.closing_type == "03" and posting.terms.closing_option == "500"


def test_a_capped_job_is_told_on_its_first_day_and_once_across_retries_and_backfills(
    database: MongoDatabase,
) -> None:
    digest_runs = DigestRuns(database)
    told: dict[str, date] = {}
    first_listed: dict[str, date] = {}
    for today in (FIRST + timedelta(days=number) for number in range(DAYS)):
        now = datetime.combine(today, time(13), UTC)
        postings = listed(today)
        found = transformed(answer(*map(search_row, postings), at=iso(now)))
        yesterday = today - timedelta(days=1)
        past = historic_answer(*past_rows(yesterday, today), read_at=iso(now), day=str(yesterday))
        stored(database, transformed(past), f"backfill {today}")
        for _ in range(2):
            receipt = stored(database, found, f"day {today}")
        first_listed |= {
            number: first_listed.get(number, today)
            for number in (str(each.control_number) for each in postings if is_capped(each))
            if number in receipt["matches"]
        }
        days_on = (now - day(0)) / timedelta(days=1)
        texts = [text for later in (0.01, 0.02) for text in digest_runs.send(days_on + later)]
        new = re.findall(CAPPED, "\n".join(texts))
        assert not told.keys() & {*new}
        told |= dict.fromkeys(new, today)
    assert told == first_listed
    assert len(told) > 1
    assert len({*told.values()}) > 1
