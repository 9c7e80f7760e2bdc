from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.jobs.opening_status import IN_ORDER, opening_status
from tests.support.recordings import HISTORIC_ROW, PRESENT, Recordings


@pytest.mark.parametrize(
    ("given_status", "status"),
    [
        ("Accepting applications", "accepting applications"),
        ("Accepting Applications ", "accepting applications"),
        ("Applications under review", "reviewing applications"),
        ("Reviewing applications", "reviewing applications"),
        ("Candidate selected", "candidate selected"),
        ("Job cancelled", "job canceled"),
        ("Job canceled", "job canceled"),
        # Unknown ones keep their own words.
        ("On hold (agency's wish)", "on hold agency s wish"),
        ("", None),
        ("…", None),
        (None, None),
        (5, None),
    ],
)
def test_a_status_is_told_by_its_words(given_status: object, status: str | None) -> None:
    assert opening_status(given_status) == status


@pytest.mark.parametrize("recordings", PRESENT, ids=str)
def test_every_recorded_status_is_known(recordings: Recordings) -> None:
    (listed,) = recordings.read("usajobs/codelists/positionopeningstatuses.json")["CodeList"]
    rows = recordings.read(HISTORIC_ROW)["data"]
    values = [value["Value"] for value in listed["ValidValue"]]
    values += [row["positionOpeningStatus"] for row in rows]
    assert len(values) == 6
    assert {opening_status(value) for value in values} <= {*IN_ORDER}


@given(st.text())
def test_any_status_can_be_the_name_of_a_field_and_stays_as_it_is(text: str) -> None:
    status = opening_status(text)
    assert status is None or not {*status} & {".", "$", "\0"}
    assert status is None or opening_status(status) == status
