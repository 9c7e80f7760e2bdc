"""What a digest says of deadlines: the most urgent first, at once, and once."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from include.digest.message import MaybeSent, NotSent
from include.digest.news import Digest, News, deadline_of
from include.digest.rendering import message
from include.digest.send import DigestFailed, send_digest
from include.jobs import limits
from include.searches.saved_searches import SavedSearch
from tests.digest.digest_runs import (
    ADA,
    PAGE_URL,
    DigestRuns,
    MongoDatabase,
    day,
    in_section,
    match,
)
from tests.support.rows import CHICAGO, place

CONTINUOUS = {"AnnouncementClosingType": "02"}
REGISTER = [CHICAGO, *(place(f"Town {n}, Iowa", 42 + n / 100, -93) for n in range(60))]
APPLY_EARLY = "closes at 500 applications, or Dec 12: apply early"


def capped(number: str, option: str = "500", closes: str = "2026-12-12") -> dict[str, Any]:
    return match(number, closes, details=closing_type("03", option))


def closing_type(code: str, option: str) -> dict[str, Any]:
    return {"AnnouncementClosingType": code, "AnnouncementClosingTypeOption": option}


@pytest.fixture
def digest_runs(database: MongoDatabase) -> DigestRuns:
    return DigestRuns(database)


def order(text: str) -> list[str]:
    """Return the numbers of the jobs in the order of the text."""
    return re.findall(r"usajobs\.gov/job/(\d+)", text)


def test_a_capped_job_is_told_first_at_once_and_once(digest_runs: DigestRuns) -> None:
    old = match("1", "2026-11-09")
    digest_runs.run(0, match("1", "2026-11-30"))
    digest_runs.send(0)
    rows = [old, match("2"), capped("3"), match("4", "2026-11-06")]
    (text,) = digest_runs.run_and_send(1, *rows)
    assert order(text)[0] == "3"
    assert in_section([text], "2 NEW MATCHES TO APPLY FOR SOON") == {"3", "4"}
    assert APPLY_EARLY in text.splitlines()
    assert digest_runs.run_and_send(2, *rows) == []


def test_new_jobs_come_by_urgency_and_registers_do_not_hurry(digest_runs: DigestRuns) -> None:
    (text,) = digest_runs.run_and_send(
        0,
        match("1", "2026-11-04"),
        capped("2"),
        match("3", "2026-11-03"),
        match("4", "2026-11-30"),
        match("5", "2026-11-05", details=CONTINUOUS),
        match("6", "2026-11-05", PositionLocation=REGISTER),
        capped("7", "03", "2026-11-30"),
    )
    assert order(text)[:3] == ["3", "2", "1"]
    assert in_section([text], "TO APPLY FOR SOON") == {"1", "2", "3"}
    assert in_section([text], "4 NEW MATCHES") == {"4", "5", "6", "7"}
    assert text.count("apply early") == 1
    assert "open continuously" in text.splitlines()


SLUG = SavedSearch().slug
POSITIONS = st.lists(
    st.fixed_dictionaries(
        {
            "closes_at": st.none()
            | st.integers(-2, 40).map(lambda days: day(days) + timedelta(minutes=1)),
            "facts": st.fixed_dictionaries(
                {
                    "closes_when": st.sampled_from(
                        [None, *({"type": f"0{n}", "applications": 500} for n in (1, 2, 3))]
                    )
                }
            ),
            "PositionTitle": st.just("Data Engineer"),
            "matches": st.booleans().map(lambda register: {SLUG: {"register": register}}),
        }
    ),
    max_size=25,
).map(lambda found: [{**each, "_id": str(number)} for number, each in enumerate(found, 1)])


@given(POSITIONS)
@settings(max_examples=50)
def test_whatever_is_new_all_that_is_urgent_comes_first_by_urgency(found: list[Any]) -> None:
    deadlines = {each["_id"]: deadline_of(each, SLUG, day(0)) for each in found}
    news = [News(each, (f"match:{each['_id']}",), deadlines[each["_id"]]) for each in found]
    digest = Digest(matches=news)
    shown = order(
        message(digest, SavedSearch(), "", page_url="", now=day(0), is_repeated=False).text
    )
    is_urgent = {number: each.is_within(7) for number, each in deadlines.items()}
    urgent = sum(is_urgent.values())
    assert all(is_urgent[number] for number in shown[:urgent])
    keys = [deadlines[number].sort_key for number in shown[:urgent]]
    assert keys == sorted(keys)
    others = [number for number, hurries in is_urgent.items() if not hurries]
    assert shown[urgent:] == others[: limits.DIGEST_JOBS]


def test_what_is_continuous_or_a_register_is_never_announced_as_closing(
    digest_runs: DigestRuns,
) -> None:
    rows = [
        match("1", "2026-11-12", details=CONTINUOUS),
        match("2", "2026-11-12", PositionLocation=REGISTER),
    ]
    digest_runs.run_and_send(0, *rows)
    assert [digest_runs.run_and_send(number, *rows) for number in (5, 8, 9)] == [[], [], []]


def test_what_is_urgent_is_not_behind_the_jobs_that_are_counted_only(
    digest_runs: DigestRuns,
) -> None:
    urgent = [capped(str(number)) for number in range(1, limits.DIGEST_JOBS + 4)]
    others = [match(str(number)) for number in range(50, 50 + limits.DIGEST_JOBS + 2)]
    (text,) = digest_runs.run_and_send(0, *others, *urgent)
    assert len(order(text)) == len(urgent) + limits.DIGEST_JOBS
    assert re.findall("^and .* more", text, re.MULTILINE) == ["and 2 more"]
    later = [match(each["MatchedObjectId"], "2026-11-08") for each in others]
    (text,) = digest_runs.run_and_send(0.5, *later)
    assert {*order(text)} == {each["MatchedObjectId"] for each in others}
    assert digest_runs.run_and_send(1, *later) == []


def test_the_day_of_a_capped_job_is_told_again_a_week_before(digest_runs: DigestRuns) -> None:
    digest_runs.run_and_send(0, capped("1"))
    assert digest_runs.run_and_send(30, capped("1")) == []
    (text,) = digest_runs.run_and_send(34, capped("1"))
    assert in_section([text], "1 CLOSING WITHIN A WEEK OR ANY HOUR") == {"1"}
    assert APPLY_EARLY.removesuffix(": apply early") in text.splitlines()
    assert digest_runs.run_and_send(35, capped("1")) == []


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (capped("1"), capped("1", "300"),
         "closing: at 500 applications, or on its closing date → "
         "at 300 applications, or on its closing date"),
        (capped("1"), match("1", "2026-12-12", details=closing_type("01", "01")),
         "closing: at 500 applications, or on its closing date → on its closing date"),
        (match("1", "2026-12-12", details=closing_type("01", "")), capped("1"),
         "closing: on its closing date → at 500 applications, or on its closing date"),
    ],
    ids=["changed", "removed", "added"],
)  # fmt: skip
def test_a_number_that_an_agency_changes_is_told_as_an_amendment(
    digest_runs: DigestRuns, before: dict[str, Any], after: dict[str, Any], said: str
) -> None:
    digest_runs.run_and_send(0, before)
    (text,) = digest_runs.run_and_send(1, after)
    assert said in text.splitlines()
    assert in_section([text], "AMENDED") == {"1"}
    assert in_section([text], "CLOSING") == set()
    assert digest_runs.run_and_send(2, after) == []


def test_one_that_was_sent_before_its_number_was_read_is_told_then_and_as_no_amendment(
    digest_runs: DigestRuns,
) -> None:
    digest_runs.run(0, capped("1"))
    # As an earlier version stored and sent it.
    digest_runs.database.positions.update_one({}, {"$unset": {"facts": True}})
    (text,) = digest_runs.send(0)
    assert "closes Dec 12, in 39 days" in text.splitlines()
    (text,) = digest_runs.run_and_send(1, capped("1"))
    assert in_section([text], "1 CLOSING WITHIN A WEEK OR ANY HOUR") == {"1"}
    assert APPLY_EARLY in text.splitlines()
    assert "AMENDED" not in text
    assert digest_runs.run_and_send(2, capped("1")) == []


@pytest.mark.parametrize(("failure", "times"), [(NotSent("busy"), 1), (MaybeSent("cut off"), 2)])
def test_a_retry_tells_a_capped_job_as_other_news(
    digest_runs: DigestRuns, failure: Exception, times: int
) -> None:
    mailbox = digest_runs.mailbox
    digest_runs.run(0, capped("1"))
    mailbox.failures[ADA] = failure
    mailbox.takes_it_all_the_same = isinstance(failure, MaybeSent)
    with pytest.raises(DigestFailed):
        digest_runs.send(0)
    mailbox.failures.clear()
    texts = [*mailbox.texts(), *digest_runs.send(0), *digest_runs.send(0.1)]
    assert len(texts) == times
    assert all(APPLY_EARLY in text for text in texts)


def test_the_calendar_leaves_out_what_is_open_continuously_and_says_what_ends_it(
    digest_runs: DigestRuns,
) -> None:
    digest_runs.mark(["1", "2"], saved=True)
    digest_runs.run(0, capped("1"), match("2", details=CONTINUOUS))
    now = day(0) + timedelta(minutes=1)
    send_digest(digest_runs.database, digest_runs.search, digest_runs.mailbox.send, now, PAGE_URL)
    ((_, message),) = digest_runs.mailbox.messages
    (event,) = Calendar.from_ical(message.calendar).walk("VEVENT")
    assert event["summary"] == "Apply early: Data Engineer 1"
    assert event["description"] == APPLY_EARLY
    assert message.subject.startswith("1 closing soon, 2 new matches: ")
