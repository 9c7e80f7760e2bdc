"""What a digest says of a job that is announced again under a new number."""

from __future__ import annotations

from typing import Any

import pytest

from include.digest.send import send_digest
from include.searches.saved_searches import Entry, SavedSearch
from tests.digest.digest_runs import (
    ADA,
    PAGE_URL,
    DigestRuns,
    Mailbox,
    MongoDatabase,
    day,
    in_section,
    match,
)
from tests.digest.digest_runs import near_miss as too_far

JOB: dict[str, Any] = {"PositionTitle": "Data Engineer"}
AGAIN = "1 MATCH ANNOUNCED AGAIN"


@pytest.fixture
def digest_runs(database: MongoDatabase) -> DigestRuns:
    return DigestRuns(database)


def test_a_job_under_a_new_number_is_announced_again_and_not_new(digest_runs: DigestRuns) -> None:
    digest_runs.run_and_send(0, match("1", closes="2026-11-05", **JOB))
    digest_runs.mark(["1"], applied=True)
    opened = {"PublicationStartDate": "2026-11-09", **JOB}
    (text,) = digest_runs.run_and_send(7, match("2", **opened), match("3"))
    assert in_section([text], AGAIN) == {"2"}
    assert in_section([text], "1 NEW MATCH") == {"3"}
    assert "Announced again: last time it closed on Nov 5; you applied then" in text.splitlines()
    assert digest_runs.run_and_send(8, match("2", **opened), match("3")) == []


def test_the_subject_says_again(digest_runs: DigestRuns) -> None:
    digest_runs.run_and_send(0, match("1", **JOB))
    digest_runs.run(1, match("2", **JOB))
    digest_runs.send(1)
    digest_runs.run(2, match("3", **JOB))
    mailbox = Mailbox()
    send_digest(digest_runs.database, digest_runs.search, mailbox.send, day(2), PAGE_URL)
    ((_, message),) = mailbox.messages
    assert message.subject.startswith("1 announced again: data engineering")
    said = "Announced three times since November: last time it was taken down after Nov 4"
    assert said in message.text.splitlines()
    assert said in message.html


def test_an_application_before_the_last_time_is_told_with_its_month(
    digest_runs: DigestRuns,
) -> None:
    digest_runs.run_and_send(0, match("1", **JOB))
    digest_runs.mark(["1"], applied=True)
    digest_runs.run(1, match("2", **JOB))
    (text,) = digest_runs.run_and_send(2, match("3", **JOB))
    assert "; you applied when it was announced in November" in text


def test_two_that_are_open_at_the_same_time_are_both_new(digest_runs: DigestRuns) -> None:
    digest_runs.run_and_send(0, match("1", **JOB))
    digest_runs.mark(["1"], hidden=True)
    texts = digest_runs.run_and_send(1, match("1", **JOB), match("2", **JOB))
    assert in_section(texts, "1 NEW MATCH") == {"2"}


@pytest.mark.parametrize(
    ("users", "hidden_by", "told"),
    [
        (None, ["ada"], False),
        (None, ["ada", "bob"], False),
        (None, [], True),
        (["ada"], ["ada"], False),
        (["ada"], ["bob"], True),
        (["ada", "bob"], ["ada"], True),
        (["ada", "bob"], ["ada", "bob"], False),
        ([], ["ada"], True),
    ],
)
def test_what_all_whose_marks_count_hid_before_is_not_told(
    database: MongoDatabase, users: list[str] | None, hidden_by: list[str], told: bool
) -> None:
    search = SavedSearch(entry=Entry(email=[ADA.address], users=users))
    digest_runs = DigestRuns(database, search)
    digest_runs.run_and_send(0, match("1", **JOB))
    for user in hidden_by:
        digest_runs.mark(["1"], user=user, hidden=True)
    texts = digest_runs.run_and_send(1, match("2", closes="2026-11-07", **JOB))
    assert in_section(texts, "") == ({"2"} if told else set())


def test_one_that_another_user_did_not_hide_is_told(digest_runs: DigestRuns) -> None:
    digest_runs.run_and_send(0, match("1", **JOB))
    digest_runs.mark(["1"], user="ada", hidden=True)
    digest_runs.mark(["1"], user="bob", saved=True)
    assert in_section(digest_runs.run_and_send(1, match("2", **JOB)), AGAIN) == {"2"}


@pytest.mark.parametrize("mark", [{"hidden": False}, {"saved": True}])
def test_one_that_its_user_wants_after_all_is_told(
    digest_runs: DigestRuns, mark: dict[str, bool]
) -> None:
    digest_runs.run_and_send(0, match("1", **JOB))
    digest_runs.mark(["1"], hidden=True)
    assert digest_runs.run_and_send(1, match("2", **JOB)) == []
    digest_runs.mark(["2"], **mark)
    assert in_section(digest_runs.run_and_send(2, match("2", **JOB)), AGAIN) == {"2"}


def test_a_near_miss_that_was_announced_before_is_not_counted_as_new(
    digest_runs: DigestRuns,
) -> None:
    digest_runs.run_and_send(0, match("9"), too_far("1", **JOB))
    rows = [match("9"), match("8"), too_far("2", **JOB), too_far("3")]
    (text,) = digest_runs.run_and_send(1, *rows)
    assert "1 new near miss, 1 near miss announced again: " in text


@pytest.mark.parametrize("suspicious", [True, False])
def test_a_suspicious_response_announces_nothing_again(
    digest_runs: DigestRuns, suspicious: bool
) -> None:
    others = [match(str(number)) for number in range(10, 40)]
    digest_runs.run_and_send(0, match("1", **JOB), *others)
    texts = digest_runs.run_and_send(1, match("2", **JOB), *([] if suspicious else others))
    assert in_section(texts, "1 NEW MATCH" if suspicious else AGAIN) == {"2"}
