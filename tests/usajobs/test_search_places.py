"""A place of work is read the same way whether or not it was read before."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec import Raw
from pydantic import ValidationError

from include.jobs import limits
from include.usajobs import search_places
from include.usajobs.drift import Drift
from include.usajobs.fields import UnreadableRowError
from include.usajobs.search_places import read_places
from tests.support.rows import CHICAGO

VALUES: st.SearchStrategy[Any] = st.sampled_from(
    [
        *(None, True, False, 0, 1, 0.0, 1.0, -0.0, 41, 41.88, -87.63, 500, "", "N/A", "1", "None"),
        *(" Chicago, Illinois ", "&amp;", "a\0b", "\0", "\ud800", "x" * 600, [], [1], {}, {"a": 1}),
    ]
)
ENTRIES = st.dictionaries(
    st.sampled_from([*CHICAGO, "Other"]), VALUES, max_size=7
) | st.sampled_from([None, 7, "Chicago", [CHICAGO]])
USUAL = ENTRIES.map(lambda entry: {**CHICAGO, **entry} if isinstance(entry, dict) else entry)


def outcome(read: Callable[[Drift], Any]) -> Any:
    drift = Drift()
    try:
        return read(drift), drift.entries()
    except (UnreadableRowError, ValidationError) as problem:
        return str(problem), drift.entries()


def read(entries: list[Any]) -> Any:
    return outcome(lambda drift: read_places({"PositionLocation": entries}, drift))


def as_text(*entries: Any) -> list[Any]:
    """Return places as a row's text has them."""
    return [Raw(json.dumps(entry)) for entry in entries]


@given(st.lists(ENTRIES | USUAL, max_size=4), st.lists(USUAL, max_size=4))
@example([{**CHICAGO, "Latitude": True}], [{**CHICAGO, "Latitude": 1.0}])
@example([{**CHICAGO, "Latitude": 0}], [{**CHICAGO, "Latitude": False}])
@example([{"LocationName": "a", "CityName": "b"}], [{"CityName": "a", "LocationName": "b"}])
def test_any_places_are_read_as_if_none_had_been_read_before(
    entries: list[Any], before: list[Any]
) -> None:
    search_places.forget_places()
    for entry in before:
        read(as_text(entry))
    assert read(as_text(*entries)) == read(entries)
    assert read(as_text(*entries)) == read(entries)


def test_a_usual_place_is_read_once_and_an_odd_one_each_time() -> None:
    def is_remembered(entry: dict[str, Any]) -> bool:
        first, second = (
            read_places({"PositionLocation": as_text(entry)}, Drift()) for _ in range(2)
        )
        return first[0] is second[0]

    assert is_remembered(CHICAGO)
    assert not is_remembered({**CHICAGO, "Latitude": "north"})
    assert not is_remembered({**CHICAGO, "Other": "x" * limits.REMEMBERED_PLACE_CHARACTERS})


def test_no_more_places_are_remembered_than_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "REMEMBERED_PLACES", 2)
    search_places.forget_places()
    first = [{**CHICAGO, "CityName": str(number)} for number in range(5)]
    again = [{**CHICAGO, "CityName": str(number)} for number in range(5)]
    assert read(as_text(*first)) == read(as_text(*again)) == read(first)
    assert len(search_places._remembered) <= 2
