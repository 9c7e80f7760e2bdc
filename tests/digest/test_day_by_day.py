"""The digests of the default search over days of the sample API, with retries and backfills."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
import requests

from include.jobs import limits
from include.pipeline.outcomes import read_outcomes
from include.sample_api.historic_rows import historic_row, text_row
from include.sample_api.postings import Posting, open_on, opened_on
from include.sample_api.rows import search_row
from include.sample_api.running import running
from include.sample_api.search import find
from include.sample_api.server import create_app
from include.searches.parameters import SearchParameters
from include.usajobs.extract import iso
from tests.digest.digest_runs import DigestRuns, MongoDatabase, day, in_section
from tests.support.chain import stored, transformed
from tests.support.rows import answer, historic_answer

FIRST = date(2026, 10, 31)
DAYS = [FIRST + timedelta(days=number) for number in (0, 4, 5, 6, 14, 15)]
"""On the sixth day, a job that closes at 500 applications is listed for the first time. On the
fifteenth, one of the first day that was cancelled is announced again."""

CANCELLED, AGAIN = "739920001", "739934002"

CAPPED = r"closes at 500 applications, or [^\n]+: apply early\nhttps://www.usajobs.gov/job/(\d+)"
OUTCOME = r"([a-z ]+) \(seen [^\n]+\)\n[^\n]+\nhttps://www.usajobs.gov/job/(\d+)"
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


class Days:
    """Goes through days: each is run, with its digest and outcomes, and all of it retried."""

    def __init__(self, database: MongoDatabase) -> None:
        self.database = database
        self.digest_runs = DigestRuns(database)
        self.first_listed: dict[str, date] = {}
        """The capped matches, with the day on which each was first listed."""
        self.texts: dict[date, str] = {}

    def go(self, today: date) -> None:
        now = datetime.combine(today, time(13), UTC)
        postings = listed(today)
        found = transformed(answer(*map(search_row, postings), at=iso(now)))
        self._backfill(today - timedelta(days=1), today, now)
        for _ in range(2):
            receipt = stored(self.database, found, f"day {today}")
        for number in (str(each.control_number) for each in postings if is_capped(each)):
            if number in receipt["matches"]:
                self.first_listed.setdefault(number, today)
        days_on = (now - day(0)) / timedelta(days=1)
        texts = self.digest_runs.send(days_on + 0.01)
        self._backfill(FIRST, today, now)
        self.texts[today] = "\n".join([*texts, *self.digest_runs.send(days_on + 0.02)])
        self._read_outcomes(today, now + timedelta(hours=1))

    def _backfill(self, past: date, today: date, now: datetime) -> None:
        found = historic_answer(*past_rows(past, today), read_at=iso(now), day=str(past))
        stored(self.database, transformed(found), f"backfill {past}")

    def _read_outcomes(self, today: date, now: datetime) -> None:
        with running(create_app(today=today)) as address:

            def fetch(endpoint: str, query: Mapping[str, str]) -> requests.Response:
                return requests.get(f"{address}{endpoint}", dict(query), stream=True, timeout=10)

            for _ in range(2):
                read_outcomes(self.database, fetch, connection="usajobs", now=lambda: now)


def test_a_cap_an_outcome_and_another_announcement_are_each_told_once_on_their_day(
    database: MongoDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "CLOCK_TOLERANCE_SECONDS", 10**9)
    days = Days(database)
    days.go(FIRST)
    soon = {str(each.control_number) for each in listed(FIRST) if each.closes <= DAYS[2]}
    receipt = database.runs.find_one({"run_id": f"day {FIRST}"})
    assert receipt
    matches = {*receipt["matches"]}
    days.digest_runs.mark(sorted(soon & matches), saved=True)
    days.digest_runs.mark([CANCELLED], applied=True)
    for today in DAYS[1:]:
        days.go(today)

    caps = [(number, on) for on, text in days.texts.items() for number in re.findall(CAPPED, text)]
    assert sorted(caps) == sorted(days.first_listed.items())
    assert len({on for _, on in caps}) > 1

    told = Counter(found for text in days.texts.values() for found in re.findall(OUTCOME, text))
    assert {*told.values()} == {1}
    assert ("job canceled", CANCELLED) in told
    statuses: dict[str, set[str]] = defaultdict(set)
    for status, number in told:
        statuses[number].add(status)
    assert {"job closed", "reviewing applications"} in statuses.values()

    again = [on for on, text in days.texts.items() if AGAIN in in_section([text], "AGAIN")]
    assert again == [DAYS[4]]
    assert (
        "Announced again: last time it was cancelled; you applied then"
        in days.texts[DAYS[4]].splitlines()
    )
    new = [on for on, text in days.texts.items() if AGAIN in in_section([text], "NEW MATCH")]
    assert new == []
