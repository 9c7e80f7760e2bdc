"""Each notification is sent once per search and recipient, whatever breaks off when."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from icalendar import Calendar
from pymongo.errors import ServerSelectionTimeoutError

from include.digest.message import MaybeSent, NotSent
from include.digest.news import Digest
from include.digest.notifications import Notifications
from include.digest.send import DigestFailed, preview, reason_for_silence, send_digest
from include.searches.saved_searches import LOG, Entry, SavedSearch
from include.store.outcomes import record
from include.store.upserts import StorageError
from include.usajobs.extract import iso
from tests.digest.digest_runs import (
    ADA,
    BOB,
    PAGE_URL,
    DigestRuns,
    MongoDatabase,
    day,
    in_section,
    match,
    near_miss,
)
from tests.support.chain import stored, transformed
from tests.support.historic_rows import historic_row
from tests.support.rows import historic_answer

BOTH = SavedSearch(entry=Entry(email=[ADA.address], apprise=[BOB.address]))
REPEATED = "You may have had this message before"


@pytest.fixture
def digest_runs(database: MongoDatabase) -> DigestRuns:
    return DigestRuns(database)


@pytest.fixture
def both(database: MongoDatabase) -> DigestRuns:
    return DigestRuns(database, BOTH)


class Killed(BaseException):
    """Stands for the end of a process."""


def broken_off(digest_runs: DigestRuns, number: float, *rows: dict[str, Any]) -> list[str]:
    """Let the process end between sending and recording; return what was sent."""
    digest_runs.mailbox.failures = {ADA: Killed()}
    digest_runs.mailbox.takes_it_all_the_same = True
    digest_runs.run(number, *rows)
    with pytest.raises(Killed):
        digest_runs.send(number)
    digest_runs.mailbox.failures = {}
    return digest_runs.mailbox.texts()


def test_each_recipient_is_notified(both: DigestRuns) -> None:
    both.run(0, match("1"))
    outcome = send_digest(both.database, BOTH, both.mailbox.send, day(0), PAGE_URL)
    assert [recipient for recipient, _ in both.mailbox.messages] == [ADA, BOB]
    subject = "1 new match: data engineering near Chicago, Illinois"
    assert outcome == {str(ADA): subject, str(BOB): subject}


def test_a_recipient_added_later_is_sent_what_is_open_and_the_other_nothing(
    digest_runs: DigestRuns,
) -> None:
    digest_runs.run_and_send(0, match("1"))
    digest_runs.search = BOTH
    digest_runs.run(1, match("1"))
    outcome = send_digest(digest_runs.database, BOTH, digest_runs.mailbox.send, day(1), PAGE_URL)
    assert outcome[str(ADA)] is None
    assert [recipient for recipient, _ in digest_runs.mailbox.messages] == [BOB]


def test_a_recipient_who_cannot_be_reached_holds_up_nobody_and_is_notified_by_a_retry(
    both: DigestRuns,
) -> None:
    both.run(0, match("1"))
    both.mailbox.failures = {ADA: NotSent("The mail server is away.")}
    with pytest.raises(
        DigestFailed, match=r"email:ada@example.org: The mail server is away.*Clear"
    ):
        both.send(0)
    assert [recipient for recipient, _ in both.mailbox.messages] == [BOB]
    both.mailbox.texts()
    both.mailbox.failures = {}
    (text,) = both.send(0)
    assert "1 NEW MATCH" in text
    assert REPEATED not in text
    assert both.send(0) == []


def test_what_became_of_a_position_is_sent_by_a_retry_and_by_no_other(
    digest_runs: DigestRuns,
) -> None:
    digest_runs.run_and_send(0, match("1"))
    digest_runs.mark(["1"], applied=True)
    record(digest_runs.database, ["1"], {"1": "candidate selected"}, day(1))
    digest_runs.mailbox.failures[ADA] = NotSent("away")
    with pytest.raises(DigestFailed):
        digest_runs.run_and_send(1, match("1"))
    digest_runs.mailbox.failures.clear()
    assert in_section(digest_runs.send(1), "WHAT BECAME OF IT") == {"1"}
    assert digest_runs.send(1) == []
    digest_runs.run(0.5, match("1"))
    assert digest_runs.run_and_send(2, match("1")) == []


def test_what_a_day_of_failures_kept_back_is_sent_the_next_morning(digest_runs: DigestRuns) -> None:
    digest_runs.mailbox.failures = {ADA: NotSent("away")}
    for number in (0, 1):
        digest_runs.run(number, match("1"))
        for _ in range(4):
            with pytest.raises(DigestFailed):
                digest_runs.send(number)
    digest_runs.mailbox.failures = {}
    (text,) = digest_runs.run_and_send(2, match("1"), match("2"))
    assert "2 NEW MATCHES" in text
    assert REPEATED not in text


def test_after_a_crash_between_sending_and_recording_a_retry_says_it_may_be_a_repetition(
    digest_runs: DigestRuns,
) -> None:
    (first,) = broken_off(digest_runs, 0, match("1"))
    assert REPEATED not in first
    (second,) = digest_runs.send(0)
    assert REPEATED in second
    assert digest_runs.send(0) == []
    assert digest_runs.run_and_send(1, match("1")) == []


def test_however_often_it_crashes_there_is_one_duplicate_at_most(digest_runs: DigestRuns) -> None:
    sent = broken_off(digest_runs, 0, match("1")) + broken_off(digest_runs, 0, match("1"))
    assert len(sent) == 2
    assert digest_runs.send(0) == []
    assert digest_runs.run_and_send(1, match("1")) == []


def test_what_a_dead_run_began_to_send_the_next_one_sends(digest_runs: DigestRuns) -> None:
    broken_off(digest_runs, 0, match("1"))
    (text,) = digest_runs.run_and_send(1, match("1"), match("2"))
    assert "2 NEW MATCHES" in text
    assert REPEATED in text


def test_what_another_run_is_sending_at_the_moment_is_not_sent(digest_runs: DigestRuns) -> None:
    broken_off(digest_runs, 0, match("1"))
    # An hour later that run may still be at it.
    assert digest_runs.run_and_send(1 / 24, match("1")) == []


def test_a_connection_that_broke_off_after_the_message_went_out_counts_as_a_crash(
    digest_runs: DigestRuns,
) -> None:
    digest_runs.mailbox.failures = {ADA: MaybeSent("The server hung up.")}
    digest_runs.run(0, match("1"))
    with pytest.raises(DigestFailed, match="The server hung up"):
        digest_runs.send(0)
    digest_runs.mailbox.failures = {}
    (text,) = digest_runs.send(0)
    assert REPEATED in text


def test_the_message_of_each_try_has_the_same_key_and_that_of_each_day_another(
    digest_runs: DigestRuns,
) -> None:
    keys = []
    digest_runs.mailbox.failures = {ADA: NotSent("away")}
    digest_runs.mailbox.takes_it_all_the_same = True
    for number in (0, 0, 1):
        digest_runs.run(number, match("1"))
        with pytest.raises(DigestFailed):
            digest_runs.send(number)
        keys.append(digest_runs.mailbox.messages[-1][1].key)
    assert keys[0] == keys[1] != keys[2]


def test_of_runs_that_send_the_same_at_the_same_time_one_does(digest_runs: DigestRuns) -> None:
    notifications = Notifications(digest_runs.database, digest_runs.search.slug, ADA, day(0))
    keys = {f"match:{number}": str(number) for number in range(20)}

    def claim(number: int) -> list[str]:
        return [*notifications.claim(keys, f"run {number}", day(0)).keys]

    with ThreadPoolExecutor(4) as pool:
        claimed = [key for some in pool.map(claim, range(4)) for key in some]
    assert sorted(claimed) == sorted(keys)


EVENTS = st.lists(
    st.tuples(st.sampled_from(["sent", "not sent", "maybe sent", "killed"]), st.booleans()),
    max_size=6,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=EVENTS)
def test_whatever_happens_nothing_is_lost_and_nothing_comes_more_than_twice(
    digest_runs: DigestRuns, events: list[tuple[str, bool]]
) -> None:
    """A try may reach the recipient or not, and may report so or not; then all is well again."""
    # The indexes stay, as making them takes longer than all the rest.
    for name in digest_runs.database.list_collection_names():
        digest_runs.database[name].delete_many({})
    digest_runs.run(0, match("1"))
    arrived = 0
    for event, arrives in events:
        failures = {"not sent": NotSent("no"), "maybe sent": MaybeSent("?"), "killed": Killed()}
        digest_runs.mailbox.failures = {ADA: failures[event]} if event in failures else {}
        digest_runs.mailbox.takes_it_all_the_same = arrives and event != "not sent"
        try:
            arrived += len(digest_runs.send(0))
        except (DigestFailed, Killed):
            arrived += len(digest_runs.mailbox.texts())
    unknown = sum(event in ("maybe sent", "killed") for event, _ in events)
    digest_runs.mailbox.failures = {}
    arrived += len(digest_runs.send(0))
    assert arrived <= 2
    # Something that twice nobody knows the end of is given up.
    assert arrived >= 1 or unknown >= 2
    assert digest_runs.run_and_send(1, match("1")) == []


@pytest.mark.parametrize("another", ["search", "recipient"])
def test_another_search_or_recipient_has_notifications_of_its_own(
    digest_runs: DigestRuns, another: str
) -> None:
    digest_runs.run_and_send(0, match("1"))
    slug, recipient = digest_runs.search.slug, ADA
    others = Notifications(
        digest_runs.database,
        f"{slug}-x" if another == "search" else slug,
        BOB if another == "recipient" else recipient,
        day(1),
    )
    ours = Notifications(digest_runs.database, slug, recipient, day(1))
    assert set(ours.sent("later", ["1"])) == {"match:1"}
    assert others.sent("later", ["1"]) == {}


def test_what_became_of_a_position_is_news_once_for_all_searches_of_a_recipient(
    digest_runs: DigestRuns,
) -> None:
    slug = digest_runs.search.slug
    key = "outcome:1:job canceled"
    first, other, bobs = (
        Notifications(digest_runs.database, search, recipient, day(1))
        for search, recipient in ((slug, ADA), (f"{slug}-x", ADA), (slug, BOB))
    )
    claim = first.claim({key: "1"}, "first", day(1))
    assert not other.claim({key: "1"}, "other", day(1)).keys
    claim.settle()
    assert set(other.sent("later", ["1"])) == {key}
    assert not other.claim({key: "1"}, "later", day(2)).keys
    assert bobs.claim({key: "1"}, "bob", day(1)).keys


def test_when_mongodb_fails_the_error_says_what_to_do(digest_runs: DigestRuns) -> None:
    digest_runs.run(0, match("1"))

    def fail(*_: object) -> None:
        raise ServerSelectionTimeoutError("no server")

    with pytest.raises(StorageError, match="clear this task to finish"):
        send_digest(digest_runs.database, digest_runs.search, fail, day(0), PAGE_URL)


def test_without_recipients_a_digest_goes_to_the_log_once(database: MongoDatabase) -> None:
    digest_runs = DigestRuns(database, SavedSearch())
    digest_runs.run(0, match("1"))
    send_digest(database, digest_runs.search, digest_runs.mailbox.send, day(0), PAGE_URL)
    ((recipient, _),) = digest_runs.mailbox.messages
    assert recipient == LOG
    digest_runs.mailbox.texts()
    assert digest_runs.run_and_send(1, match("1")) == []


# --- what an earlier version sent, in a collection of another name


@pytest.mark.parametrize("copied", [0, 2, 3])
def test_what_an_earlier_version_sent_is_not_sent_again_and_what_it_left_open_once_more(
    digest_runs: DigestRuns, copied: int
) -> None:
    """It may be broken off: some documents are copied and not yet deleted."""
    database = digest_runs.database
    digest_runs.run_and_send(0, match("1"), match("2"))
    broken_off(digest_runs, 1, match("1"), match("2"), match("3"))
    database.notifications.rename("announcements")
    if copied:
        database.notifications.insert_many(database.announcements.find(limit=copied))

    (text,) = digest_runs.run_and_send(2, match("1"), match("2"), match("3"), match("4"))
    assert in_section([text], "2 NEW MATCHES") == {"3", "4"}
    assert REPEATED in text
    assert "announcements" not in database.list_collection_names()
    assert {each["key"] for each in database.notifications.find()} == {
        f"match:{number}" for number in range(1, 5)
    }
    assert digest_runs.send(2) == []
    assert digest_runs.run_and_send(3, *map(match, "1234")) == []


# --- what sends nothing


def silence(
    digest_runs: DigestRuns, receipt: dict[str, Any], run_type: str = "scheduled"
) -> str | None:
    return reason_for_silence(digest_runs.database, digest_runs.search, receipt, run_type)


@pytest.mark.parametrize(("run_type", "silent"), [("backfill", True), ("manual", False)])
def test_a_backfill_sends_nothing(digest_runs: DigestRuns, run_type: str, silent: bool) -> None:
    receipt = digest_runs.run(0, match("1"))
    assert (silence(digest_runs, receipt, run_type) is not None) is silent


def test_a_past_day_sends_nothing(digest_runs: DigestRuns) -> None:
    found = transformed(historic_answer(historic_row(), read_at=iso(day(0)), day="2026-10-01"))
    receipt = stored(digest_runs.database, found, "past")
    assert "past day" in (silence(digest_runs, receipt) or "")


def test_a_run_with_other_parameters_sends_nothing(digest_runs: DigestRuns) -> None:
    digest_runs.search = SavedSearch(entry=Entry(email=[ADA.address], minimum_pay=1))
    assert "something else" in (silence(digest_runs, digest_runs.run(0, match("1"))) or "")


def test_a_run_that_a_later_one_has_overtaken_sends_nothing(digest_runs: DigestRuns) -> None:
    earlier, later = digest_runs.run(0, match("1")), digest_runs.run(1, match("1"))
    assert "day 1" in (silence(digest_runs, earlier) or "")
    assert silence(digest_runs, later) is None


# --- what is sent


def test_a_preview_shows_what_would_be_sent_and_sends_nothing(digest_runs: DigestRuns) -> None:
    assert preview(digest_runs.database, digest_runs.search, ADA, day(0), PAGE_URL) is None
    digest_runs.run(0, match("1"))
    for _ in range(2):
        shown = preview(digest_runs.database, digest_runs.search, ADA, day(0), PAGE_URL)
        assert shown is not None
    assert digest_runs.send(0) == [shown.text]
    assert preview(digest_runs.database, digest_runs.search, ADA, day(0), PAGE_URL) is None


def test_more_than_ten_of_a_kind_are_counted_and_count_as_sent(digest_runs: DigestRuns) -> None:
    rows = [match(str(number)) for number in range(1, 14)]
    (text,) = digest_runs.run_and_send(0, *rows)
    assert text.count("usajobs.gov/job/") == 10
    assert "\nand 3 more: " in text
    assert digest_runs.run_and_send(1, *rows) == []


def test_text_and_html_say_the_same(digest_runs: DigestRuns) -> None:
    digest_runs.run(0, match("1"), near_miss("2"))
    send_digest(
        digest_runs.database, digest_runs.search, digest_runs.mailbox.send, day(0), PAGE_URL
    )
    ((_, message),) = digest_runs.mailbox.messages
    for form in (message.text, message.html):
        for words in (
            *("Data Engineer 1", "Bureau of the Fiscal Service", "$97,079 to $126,198", "GS-12"),
            *("Chicago, Illinois", "https://www.usajobs.gov/job/1", "1 new near miss: 1 too far"),
            *("Dec 31", PAGE_URL),
        ):
            assert words in form


def test_nothing_that_a_posting_says_becomes_markup_or_a_header(digest_runs: DigestRuns) -> None:
    evil = "<script>alert(1)</script>\r\nBcc: all@example.org"
    digest_runs.run(0, match("1", PositionTitle=evil, OrganizationName="<b>&"))
    send_digest(
        digest_runs.database, digest_runs.search, digest_runs.mailbox.send, day(0), PAGE_URL
    )
    ((_, message),) = digest_runs.mailbox.messages
    assert "<script" not in message.html
    assert "<b>" not in message.html
    assert "\nBcc" not in message.text
    assert "\n" not in message.subject


def test_the_calendar_has_the_last_day_of_what_is_saved(digest_runs: DigestRuns) -> None:
    digest_runs.mark(["1", "3"], saved=True)
    digest_runs.run(0, match("1", closes="2026-11-30"), match("2"), match("3", closes="2026-11-02"))
    send_digest(
        digest_runs.database, digest_runs.search, digest_runs.mailbox.send, day(0), PAGE_URL
    )
    ((_, message),) = digest_runs.mailbox.messages
    (event,) = Calendar.from_ical(message.calendar).walk("VEVENT")
    # 23:59 Eastern Time is the next day in UTC.
    assert (event["dtend"].dt - event["dtstart"].dt) == timedelta(days=1)
    assert f"{event['dtstart'].dt:%Y-%m-%d}" == "2026-11-30"
    assert event["summary"] == "Apply: Data Engineer 1"


def test_without_saved_positions_there_is_no_calendar(digest_runs: DigestRuns) -> None:
    digest_runs.run(0, match("1"))
    send_digest(
        digest_runs.database, digest_runs.search, digest_runs.mailbox.send, day(0), PAGE_URL
    )
    assert digest_runs.mailbox.messages[0][1].calendar == b""


def test_a_digest_of_near_misses_alone_is_not_worth_a_message() -> None:
    assert not Digest().is_worth_a_message
    assert Digest(warnings={"warning:far_fewer:2026-W45": "few"}).is_worth_a_message
