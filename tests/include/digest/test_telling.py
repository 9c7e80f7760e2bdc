"""Each announcement once per search and recipient, whatever breaks off when."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar
from pymongo.errors import ServerSelectionTimeoutError

from include.digest.announcements import Announcements
from include.digest.message import MaybeSent, NotSent
from include.digest.news import Digest
from include.digest.telling import DigestFailed, preview, reason_for_silence, tell
from include.saved_searches import LOG, Entry, SavedSearch
from include.storage import StorageFailed
from include.usajobs.asking import iso
from tests.chain import stored, transformed
from tests.historic import historic_row
from tests.include.digest.mornings import (
    ADA,
    BOB,
    PAGE,
    MongoDatabase,
    Mornings,
    day,
    match,
    near_miss,
)
from tests.rows import historic_answer

BOTH = SavedSearch(entry=Entry(email=[ADA.address], apprise=[BOB.address]))
REPEATED = "You may have had this message before"


@pytest.fixture
def mornings(database: MongoDatabase) -> Mornings:
    return Mornings(database)


@pytest.fixture
def both(database: MongoDatabase) -> Mornings:
    return Mornings(database, BOTH)


class Killed(BaseException):
    """Stands for the end of a process."""


def broken_off(mornings: Mornings, number: float, *rows: dict[str, Any]) -> list[str]:
    """Let the process end between sending and recording; return what was sent."""
    mornings.mailbox.trouble = {ADA: Killed()}
    mornings.mailbox.takes_it_all_the_same = True
    mornings.run(number, *rows)
    with pytest.raises(Killed):
        mornings.tell(number)
    mornings.mailbox.trouble = {}
    return mornings.mailbox.texts()


def test_each_recipient_is_told(both: Mornings) -> None:
    both.run(0, match("1"))
    outcome = tell(both.database, BOTH, both.mailbox.send, day(0), PAGE)
    assert [recipient for recipient, _ in both.mailbox.messages] == [ADA, BOB]
    subject = "1 new match: data engineering near Chicago, Illinois"
    assert outcome == {str(ADA): subject, str(BOB): subject}


def test_a_recipient_who_comes_later_is_told_what_is_open_and_the_other_nothing(
    mornings: Mornings,
) -> None:
    mornings.morning(0, match("1"))
    mornings.search = BOTH
    mornings.run(1, match("1"))
    outcome = tell(mornings.database, BOTH, mornings.mailbox.send, day(1), PAGE)
    assert outcome[str(ADA)] is None
    assert [recipient for recipient, _ in mornings.mailbox.messages] == [BOB]


def test_who_cannot_be_told_does_not_keep_others_from_it_and_is_told_by_a_retry(
    both: Mornings,
) -> None:
    both.run(0, match("1"))
    both.mailbox.trouble = {ADA: NotSent("The mail server is away.")}
    with pytest.raises(
        DigestFailed, match=r"email:ada@example.org: The mail server is away.*Clear"
    ):
        both.tell(0)
    assert [recipient for recipient, _ in both.mailbox.messages] == [BOB]
    both.mailbox.texts()
    both.mailbox.trouble = {}
    (text,) = both.tell(0)
    assert "1 NEW MATCH" in text
    assert REPEATED not in text
    assert both.tell(0) == []


def test_a_day_of_trouble_is_made_up_for_the_next_morning(mornings: Mornings) -> None:
    mornings.mailbox.trouble = {ADA: NotSent("away")}
    for number in (0, 1):
        mornings.run(number, match("1"))
        for _ in range(4):
            with pytest.raises(DigestFailed):
                mornings.tell(number)
    mornings.mailbox.trouble = {}
    (text,) = mornings.morning(2, match("1"), match("2"))
    assert "2 NEW MATCHES" in text
    assert REPEATED not in text


def test_after_a_crash_between_sending_and_recording_a_retry_says_it_may_be_a_repetition(
    mornings: Mornings,
) -> None:
    (first,) = broken_off(mornings, 0, match("1"))
    assert REPEATED not in first
    (second,) = mornings.tell(0)
    assert REPEATED in second
    assert mornings.tell(0) == []
    assert mornings.morning(1, match("1")) == []


def test_however_often_it_crashes_there_is_one_duplicate_at_most(mornings: Mornings) -> None:
    sent = broken_off(mornings, 0, match("1")) + broken_off(mornings, 0, match("1"))
    assert len(sent) == 2
    assert mornings.tell(0) == []
    assert mornings.morning(1, match("1")) == []


def test_what_a_dead_run_began_to_say_the_next_one_says(mornings: Mornings) -> None:
    broken_off(mornings, 0, match("1"))
    (text,) = mornings.morning(1, match("1"), match("2"))
    assert "2 NEW MATCHES" in text
    assert REPEATED in text


def test_what_another_run_is_saying_at_the_moment_is_not_said(mornings: Mornings) -> None:
    broken_off(mornings, 0, match("1"))
    # An hour later that run may still be at it.
    assert mornings.morning(1 / 24, match("1")) == []


def test_a_connection_that_broke_off_after_the_message_went_out_counts_as_a_crash(
    mornings: Mornings,
) -> None:
    mornings.mailbox.trouble = {ADA: MaybeSent("The server hung up.")}
    mornings.run(0, match("1"))
    with pytest.raises(DigestFailed, match="The server hung up"):
        mornings.tell(0)
    mornings.mailbox.trouble = {}
    (text,) = mornings.tell(0)
    assert REPEATED in text


def test_the_message_of_each_try_has_the_same_key_and_that_of_each_day_another(
    mornings: Mornings,
) -> None:
    keys = []
    mornings.mailbox.trouble = {ADA: NotSent("away")}
    mornings.mailbox.takes_it_all_the_same = True
    for number in (0, 0, 1):
        mornings.run(number, match("1"))
        with pytest.raises(DigestFailed):
            mornings.tell(number)
        keys.append(mornings.mailbox.messages[-1][1].key)
    assert keys[0] == keys[1] != keys[2]


def test_of_runs_that_tell_the_same_at_the_same_time_one_does(mornings: Mornings) -> None:
    announcements = Announcements(mornings.database, mornings.search.slug, ADA, day(0))
    keys = {f"match:{number}": str(number) for number in range(20)}

    def claim(number: int) -> list[str]:
        return [*announcements.claim(keys, f"run {number}", day(0)).keys]

    with ThreadPoolExecutor(4) as pool:
        claimed = [key for some in pool.map(claim, range(4)) for key in some]
    assert sorted(claimed) == sorted(keys)


EVENTS = st.lists(
    st.tuples(st.sampled_from(["told", "not sent", "maybe sent", "killed"]), st.booleans()),
    max_size=6,
)


@settings(max_examples=60, deadline=None)
@given(events=EVENTS)
def test_whatever_happens_nothing_is_lost_and_nothing_comes_more_than_twice(
    mongod_port: int, events: list[tuple[str, bool]]
) -> None:
    """A try may reach the recipient or not, and may tell so or not; then all is well again."""
    from pymongo import MongoClient

    with MongoClient[dict[str, Any]]("127.0.0.1", mongod_port, tz_aware=True) as client:
        client.drop_database("telling")
        mornings = Mornings(client["telling"])
        mornings.run(0, match("1"))
        arrived = 0
        for event, arrives in events:
            trouble = {"not sent": NotSent("no"), "maybe sent": MaybeSent("?"), "killed": Killed()}
            mornings.mailbox.trouble = {ADA: trouble[event]} if event in trouble else {}
            mornings.mailbox.takes_it_all_the_same = arrives and event != "not sent"
            try:
                arrived += len(mornings.tell(0))
            except (DigestFailed, Killed):
                arrived += len(mornings.mailbox.texts())
        unknown = sum(event in ("maybe sent", "killed") for event, _ in events)
        mornings.mailbox.trouble = {}
        arrived += len(mornings.tell(0))
        assert arrived <= 2
        # Something that twice nobody knows the end of is given up.
        assert arrived >= 1 or unknown >= 2
        assert mornings.morning(1, match("1")) == []


@pytest.mark.parametrize("another", ["search", "recipient"])
def test_another_search_or_recipient_has_announcements_of_its_own(
    mornings: Mornings, another: str
) -> None:
    mornings.morning(0, match("1"))
    slug, recipient = mornings.search.slug, ADA
    others = Announcements(
        mornings.database,
        f"{slug}-x" if another == "search" else slug,
        BOB if another == "recipient" else recipient,
        day(1),
    )
    ours = Announcements(mornings.database, slug, recipient, day(1))
    assert set(ours.said("later", ["1"])) == {"match:1"}
    assert others.said("later", ["1"]) == {}


def test_when_mongodb_fails_the_error_says_what_to_do(mornings: Mornings) -> None:
    mornings.run(0, match("1"))

    def fail(*_: object) -> None:
        raise ServerSelectionTimeoutError("no server")

    with pytest.raises(StorageFailed, match="clear this task to finish"):
        tell(mornings.database, mornings.search, fail, day(0), PAGE)


def test_who_names_nobody_is_told_in_the_log_once(database: MongoDatabase) -> None:
    mornings = Mornings(database, SavedSearch())
    mornings.run(0, match("1"))
    tell(database, mornings.search, mornings.mailbox.send, day(0), PAGE)
    ((recipient, _),) = mornings.mailbox.messages
    assert recipient == LOG
    mornings.mailbox.texts()
    assert mornings.morning(1, match("1")) == []


# --- what tells nobody


def silence(mornings: Mornings, receipt: dict[str, Any], run_type: str = "scheduled") -> str | None:
    return reason_for_silence(mornings.database, mornings.search, receipt, run_type)


@pytest.mark.parametrize(("run_type", "silent"), [("backfill", True), ("manual", False)])
def test_a_backfill_tells_nobody(mornings: Mornings, run_type: str, silent: bool) -> None:
    receipt = mornings.run(0, match("1"))
    assert (silence(mornings, receipt, run_type) is not None) is silent


def test_a_past_day_tells_nobody(mornings: Mornings) -> None:
    found = transformed(historic_answer(historic_row(), read_at=iso(day(0)), day="2026-10-01"))
    receipt = stored(mornings.database, found, "past")
    assert "past day" in (silence(mornings, receipt) or "")


def test_a_run_with_other_parameters_tells_nobody(mornings: Mornings) -> None:
    mornings.search = SavedSearch(entry=Entry(email=[ADA.address], minimum_pay=1))
    assert "something else" in (silence(mornings, mornings.run(0, match("1"))) or "")


def test_a_run_that_a_later_one_has_overtaken_tells_nobody(mornings: Mornings) -> None:
    earlier, later = mornings.run(0, match("1")), mornings.run(1, match("1"))
    assert "day 1" in (silence(mornings, earlier) or "")
    assert silence(mornings, later) is None


# --- what is sent


def test_a_preview_says_what_would_be_sent_and_nothing_is_said_by_it(mornings: Mornings) -> None:
    assert preview(mornings.database, mornings.search, ADA, day(0), PAGE) is None
    mornings.run(0, match("1"))
    for _ in range(2):
        shown = preview(mornings.database, mornings.search, ADA, day(0), PAGE)
        assert shown is not None
    assert mornings.tell(0) == [shown.text]
    assert preview(mornings.database, mornings.search, ADA, day(0), PAGE) is None


def test_more_than_ten_of_a_kind_are_counted_and_count_as_told(mornings: Mornings) -> None:
    rows = [match(str(number)) for number in range(1, 14)]
    (text,) = mornings.morning(0, *rows)
    assert text.count("usajobs.gov/job/") == 10
    assert "and 3 more" in text.splitlines()
    assert mornings.morning(1, *rows) == []


def test_text_and_html_say_the_same(mornings: Mornings) -> None:
    mornings.run(0, match("1"), near_miss("2"))
    tell(mornings.database, mornings.search, mornings.mailbox.send, day(0), PAGE)
    ((_, message),) = mornings.mailbox.messages
    for form in (message.text, message.html):
        for words in (
            *("Data Engineer 1", "Bureau of the Fiscal Service", "$97,079 to $126,198", "GS-12"),
            *("Chicago, Illinois", "https://www.usajobs.gov/job/1", "1 new near miss: 1 too far"),
            *("Dec 31", PAGE),
        ):
            assert words in form


def test_nothing_that_a_posting_says_becomes_markup_or_a_header(mornings: Mornings) -> None:
    evil = "<script>alert(1)</script>\r\nBcc: all@example.org"
    mornings.run(0, match("1", PositionTitle=evil, OrganizationName="<b>&"))
    tell(mornings.database, mornings.search, mornings.mailbox.send, day(0), PAGE)
    ((_, message),) = mornings.mailbox.messages
    assert "<script" not in message.html
    assert "<b>" not in message.html
    assert "\nBcc" not in message.text
    assert "\n" not in message.subject


def test_the_calendar_has_the_last_day_of_what_is_saved(mornings: Mornings) -> None:
    mornings.mark(["1", "3"], saved=True)
    mornings.run(0, match("1", closes="2026-11-30"), match("2"), match("3", closes="2026-11-02"))
    tell(mornings.database, mornings.search, mornings.mailbox.send, day(0), PAGE)
    ((_, message),) = mornings.mailbox.messages
    (event,) = Calendar.from_ical(message.calendar).walk("VEVENT")
    # 23:59 Eastern Time is the next day in UTC.
    assert (event["dtend"].dt - event["dtstart"].dt) == timedelta(days=1)
    assert f"{event['dtstart'].dt:%Y-%m-%d}" == "2026-11-30"
    assert event["summary"] == "Apply: Data Engineer 1"


def test_without_saved_positions_there_is_no_calendar(mornings: Mornings) -> None:
    mornings.run(0, match("1"))
    tell(mornings.database, mornings.search, mornings.mailbox.send, day(0), PAGE)
    assert mornings.mailbox.messages[0][1].calendar == b""


def test_a_digest_of_near_misses_alone_is_not_worth_a_message() -> None:
    assert not Digest().is_worth_a_message
    assert Digest(warnings={"warning:far_fewer:2026-W45": "few"}).is_worth_a_message
