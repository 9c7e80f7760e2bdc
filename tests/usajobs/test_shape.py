"""The known form of responses is that of the recordings, and what differs from it is named."""

from __future__ import annotations

import copy
from functools import cache
from typing import Any

import pytest

from include.usajobs import search_rows, shape
from include.usajobs.drift import Drift
from include.usajobs.fields import UnreadableRowError
from tests.support.historic_rows import historic_envelope, historic_row
from tests.support.recordings import HISTORIC_PAGING, HISTORIC_ROW, PRESENT, search_items
from tests.support.rows import row

LATEST = "usajobs/search_2025-09-03_data-engineering_chicago_radius50_page1.json"
SEARCHES = [
    (recordings, name)
    for recordings in PRESENT
    for name in recordings.names()
    if name.startswith("usajobs/search_")
]
ROW = "SearchResult.SearchResultItems[]."


def differences(compare: Any, response: dict[str, Any]) -> set[tuple[str, str, str]]:
    drift = Drift()
    compare(response, drift)
    return set(drift.counts)


def response_with(*rows: Any) -> dict[str, Any]:
    result = {"SearchResultCount": len(rows), "SearchResultCountAll": len(rows)}
    return {"LanguageCode": "EN", "SearchResult": {**result, "SearchResultItems": [*rows]}}


def changed(path: str, change: Any, among: list[Any]) -> list[Any]:
    """Return copies of values in which `change` was called with each holder of the last key."""
    copies = copy.deepcopy(among)
    *names, last = path.removeprefix(ROW).replace("[]", ".[]").split(".")
    holders = copies
    for name in names:
        holders = [
            inner
            for each in holders
            for inner in (each if name == "[]" else [each[name]] if name in each else [])
        ]
    for holder in holders:
        change(holder, last)
    return copies


@pytest.mark.parametrize(("recordings", "name"), SEARCHES, ids=lambda value: str(value)[-40:])
def test_every_recorded_response_of_the_search_api_has_the_known_form(
    recordings: Any, name: str
) -> None:
    found = differences(shape.compare_search, recordings.read(name))
    # Rows of earlier years lacked some keys.
    assert {problem for _, problem, _ in found} <= {"missing key"}
    assert name < "usajobs/search_2023" or found == set()


@pytest.mark.parametrize("name", [HISTORIC_ROW, HISTORIC_PAGING])
@pytest.mark.parametrize("recordings", PRESENT, ids=["rewritten", "real"][: len(PRESENT)])
def test_recorded_historic_responses_have_the_known_form(recordings: Any, name: str) -> None:
    response = {key: part for key, part in recordings.read(name).items() if key != "_note"}
    assert differences(shape.compare_historic, response) == set()


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        ("MatchedObjectDescriptor.NewField", "x", "unknown key"),
        ("MatchedObjectDescriptor.UserArea.Details.HiringPaths", ["public"], "unknown key"),
        ("MatchedObjectDescriptor.PositionTitle", 5, "unexpected type"),
        ("MatchedObjectDescriptor.UserArea.Details.RemoteIndicator", "True", "unexpected type"),
        ("RelevanceRank", True, "unexpected type"),
    ],
)
def test_a_new_key_or_type_is_named_with_its_path(path: str, value: object, problem: str) -> None:
    def put(holder: dict[str, Any], name: str) -> None:
        holder[name] = value

    (other,) = changed(path, put, [row("1")])
    before = differences(shape.compare_search, response_with(row("1")))
    after = differences(shape.compare_search, response_with(other))
    assert after - before == {(f"{ROW}{path}", problem, type(value).__name__)}


def test_a_key_outside_of_rows_is_named_too() -> None:
    response = {**response_with(), "Notice": "maintenance"}
    assert differences(shape.compare_search, response) == {("Notice", "unknown key", "str")}


def test_null_is_read_as_missing_and_no_other_type() -> None:
    new = historic_row(hiringSubelementName=None, positionExpireDate=None)
    assert differences(shape.compare_historic, historic_envelope([new])) == set()


def test_the_casing_of_historic_keys_may_vary_and_that_of_search_keys_may_not() -> None:
    historic = {key.lower(): value for key, value in historic_row().items()}
    assert differences(shape.compare_historic, historic_envelope([historic])) == set()
    found = row("1")
    found["matchedobjectid"] = found.pop("MatchedObjectId")
    named = {name for name, _, _ in differences(shape.compare_search, response_with(found))}
    assert {f"{ROW}matchedobjectid", f"{ROW}MatchedObjectId"} <= named


@pytest.mark.parametrize("path", sorted(shape.SEARCH_KEYS_READ))
def test_a_key_that_all_rows_lack_is_missing_if_positions_are_made_of_it(path: str) -> None:
    def remove(holder: dict[str, Any], name: str) -> None:
        holder.pop(name, None)

    recorded = recorded_rows()
    without = changed(path, remove, recorded)
    found = differences(shape.compare_search, response_with(*without))
    assert (path, "missing key", "") in found
    assert [read(each) for each in without] != [read(each) for each in recorded]


def test_no_row_has_no_missing_keys() -> None:
    assert differences(shape.compare_search, response_with()) == set()


@cache
def recorded_rows() -> list[Any]:
    """Return some of the latest rows, those with the fewest places."""
    found = search_items(PRESENT[0], LATEST)
    return sorted(found, key=lambda each: len(str(each)))[:3]


def read(found: Any) -> Any:
    try:
        return search_rows.read_row(found, Drift())
    except UnreadableRowError as problem:
        return str(problem)
