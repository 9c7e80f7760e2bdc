from __future__ import annotations

import json
from typing import Any

import pytest

from include.jobs import limits
from include.jobs.position import Position
from include.jobs.source import HISTORIC, SEARCH
from include.usajobs.row_readers import (
    TOO_LARGE,
    RowCounts,
    add_text,
    read_again,
    read_historic_row,
    read_search_row,
)
from tests.support.historic_rows import ANNOUNCEMENT, historic_row
from tests.support.rows import row


def test_what_is_handed_on_of_a_row_is_its_position_with_its_duties() -> None:
    handed_on = read_search_row(row("7")).handed_on()
    assert handed_on["unreadable"] is None
    position = Position.model_validate_json(str(handed_on["position"]))
    assert position.control_number == "7"
    assert position.duties == "Designs and runs data pipelines."


def test_an_unreadable_row_is_handed_on_whole() -> None:
    broken = row("7", PositionTitle=None, Benefits="not read otherwise")
    handed_on = read_search_row(broken).handed_on()
    assert handed_on == {
        "position": None,
        "unreadable": {
            "control_number": "7",
            "reason": "PositionTitle is missing, not str",
            "raw": json.dumps(broken),
        },
    }


@pytest.mark.parametrize("shape", [None, 5, "row", [], {"MatchedObjectDescriptor": [1]}])
def test_what_is_no_row_is_handed_on_too(shape: object) -> None:
    for read in (read_search_row(shape), read_historic_row(shape)):
        unreadable = read.handed_on()["unreadable"]
        assert unreadable
        assert (unreadable["control_number"], unreadable["raw"]) == (None, json.dumps(shape))


def test_a_posting_too_large_for_a_document_is_unreadable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("include.jobs.limits.MAX_CONTENT_CHARACTERS", 5_000)
    small = row("1", details={"JobSummary": "x" * 3_000, "MajorDuties": ["y" * 9_000]})
    large = row("2", details={"JobSummary": "x" * 5_000})
    assert read_search_row(small).handed_on()["unreadable"] is None
    unreadable = read_search_row(large).handed_on()["unreadable"]
    assert unreadable
    assert unreadable["reason"] == "the posting has more than 5,000 characters"


@pytest.mark.parametrize(
    ("name", "limit", "fits", "too_large"),
    [
        ("MAX_ROW_VALUES", 2_000, [0] * 1_900, [0] * 2_000),
        ("MAX_ROW_VALUES", 2_000, [[0]] * 900, [[0]] * 1_000),
        (
            "MAX_ROW_VALUES",
            2_000,
            {str(n): 0 for n in range(1_900)},
            dict.fromkeys("a", [0] * 2_000),
        ),
        ("MAX_RAW_ROW_CHARACTERS", 20_000, "x" * 15_000, "x" * 20_000),
        ("MAX_RAW_ROW_CHARACTERS", 20_000, {"x" * 15_000: 0}, {"x" * 20_000: 0}),
    ],
)
def test_a_row_that_is_too_large_to_be_read_is_counted_and_not_kept(
    name: str, limit: int, fits: object, too_large: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, name, limit)
    assert read_search_row(row("1", Others=fits)).handed_on()["unreadable"] is None
    unreadable = read_search_row(row("2", Others=too_large)).handed_on()["unreadable"]
    assert unreadable == {"control_number": "2", "reason": TOO_LARGE, "raw": ""}


def test_a_past_days_row_gets_its_text_from_another_answer() -> None:
    read = read_historic_row(historic_row())
    add_text(read, {**ANNOUNCEMENT, "requirementsQualifications": "not read"})
    assert read.position
    assert read.position.summary == ANNOUNCEMENT["summary"]
    assert read.position.duties == ANNOUNCEMENT["duties"]
    assert not read.drift.counts


def test_a_past_days_row_whose_text_cannot_be_read_is_unreadable_and_keeps_it() -> None:
    read = read_historic_row(historic_row(7))
    add_text(read, {"summary": "\ud800", "duties": "", "others": "not read"})
    unreadable = read.handed_on()["unreadable"]
    assert unreadable
    assert unreadable["reason"].startswith("summary: ")
    raw = json.loads(unreadable["raw"])
    assert (raw["usajobsControlNumber"], raw["text"]) == (7, {"summary": "\ud800", "duties": ""})


@pytest.mark.parametrize("text", [ANNOUNCEMENT, None])
def test_a_quarantined_row_is_read_again_as_it_came(text: dict[str, Any] | None) -> None:
    first = read_historic_row(historic_row())
    add_text(first, text)
    again = read_again(json.dumps(first.kept), HISTORIC)
    assert again.position == first.position
    assert again.drift == first.drift
    assert read_again(json.dumps(row("7")), SEARCH).position == read_search_row(row("7")).position


def test_rows_are_counted_once_however_much_of_them_is_odd() -> None:
    counts = RowCounts()
    odd = row("2", JobGrade=[{"Code": "Q7"}], details={"HiringPath": ["moon", "sun"]})
    for found in (row("1"), odd, row("3", PositionTitle=None)):
        counts.add(read_search_row(found))
    assert (counts.rows, counts.anomalous_rows) == (3, 2)
    assert counts.drift.counts.total() == 3
