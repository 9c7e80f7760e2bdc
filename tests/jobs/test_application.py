from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest

from include.jobs.application import (
    APPLIED,
    STATES,
    ApplicationState,
    change_in_words,
    fitting,
    goes_back,
    in_words,
    selection_in_words,
)

NOW = datetime(2026, 11, 26, 15, tzinfo=UTC)
TODAY = date(2026, 11, 26)


@pytest.mark.parametrize("state", [None, *STATES])
@pytest.mark.parametrize(("saved", "applied"), [*product([True, False], repeat=2)])
def test_flags_leave_a_state_that_they_fit_and_replace_another(
    state: ApplicationState | None, saved: bool, applied: bool
) -> None:
    found = fitting(state, saved=saved, applied=applied)
    assert (found in APPLIED) == applied
    if (state in APPLIED) == applied and (applied or (state == "saved") == saved):
        assert found == state
    else:
        assert found == ("applied" if applied else "saved" if saved else None)


@pytest.mark.parametrize(
    ("before", "after", "back"),
    [
        ("applied", "saved", True),
        ("saved", "applied", False),
        ("rejected", "interview", True),
        ("withdrawn", "applied", True),
        # These are no earlier than each other.
        ("withdrawn", "rejected", False),
        ("rejected", "withdrawn", False),
        ("applied", None, False),
        (None, "saved", False),
    ],
)
def test_what_takes_a_state_back(
    before: ApplicationState | None, after: ApplicationState | None, back: bool
) -> None:
    assert goes_back(before, after) is back


@pytest.mark.parametrize(
    ("state", "days", "words"),
    [
        ("applied", 34, "applied 34 days ago"),
        ("saved", 1, "saved yesterday"),
        ("interview", 0, "invited to an interview today"),
        # Where the user is, it is tomorrow already.
        ("offer", -1, "offer received today"),
    ],
)
def test_a_state_says_how_long_it_holds(state: ApplicationState, days: int, words: str) -> None:
    assert in_words(state, TODAY - timedelta(days=days), NOW) == words


def test_a_day_that_is_estimated_or_unknown_is_said_so() -> None:
    since = TODAY - timedelta(days=34)
    assert in_words("applied", since, NOW, is_estimated=True) == "applied at least 34 days ago"
    assert in_words("applied", TODAY, NOW, is_estimated=True) == "applied"
    assert in_words("applied", None, NOW) == "applied"


def test_the_history_says_the_day_and_when_it_was_recorded_if_later() -> None:
    day = date(2026, 11, 23)
    assert change_in_words("applied", TODAY, NOW, NOW) == "applied Nov 26"
    assert change_in_words("applied", day, NOW, NOW) == "applied Nov 23, recorded Nov 26"
    assert change_in_words(None, TODAY, NOW, NOW) == "taken back Nov 26"
    said = change_in_words("saved", date(2025, 11, 23), NOW, NOW, is_estimated=True)
    assert said == "saved Nov 23, 2025 or before"


def test_who_waits_for_a_selection_is_told_how_long_the_agency_takes() -> None:
    said = "this agency's median from closing to selection is 61 days"
    for state in STATES:
        expected = said if state in ("applied", "interview") else None
        assert selection_in_words(state, "reviewing applications", 61) == expected
    assert selection_in_words("applied", None, 61) == said
    for over in ("candidate selected", "hiring complete", "job canceled"):
        assert selection_in_words("applied", over, 61) is None
    assert selection_in_words("applied", None, None) is None
