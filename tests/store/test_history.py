from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from include.store.history import amended_fields, amendments, listed, status

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def days(number: int) -> datetime:
    return NOW + timedelta(days=number)


def version(day: int, source: str = "search", **content: Any) -> dict[str, Any]:
    return {
        "_id": f"1:{day}{source}",
        "first_observed_at": days(day),
        "source": source,
        "content": {"PositionTitle": "Data Engineer", "telework": None, **content},
    }


def test_amendments_are_what_differs_between_neighbouring_versions() -> None:
    versions = [
        version(-1, closes_at=2),
        version(-5, closes_at=1),
        version(-3, closes_at=2, telework=True),
    ]
    assert [(found.observed_at, found.fields) for found in amendments(versions)] == [
        (days(-3), {"closes_at": (1, 2), "telework": (None, True)}),
        (days(-1), {"telework": (True, None)}),
    ]


def test_what_the_other_source_cannot_say_is_no_amendment() -> None:
    historic = version(-5, "historicjoa", closes_at=1)
    assert amendments([historic, version(-3, closes_at=1, telework=True)]) == []
    (found,) = amendments([historic, version(-3, closes_at=2, telework=True)])
    assert found.fields == {"closes_at": (1, 2)}


def test_amended_fields_of_equal_contents_are_none() -> None:
    assert amended_fields({"a": 1}, {"a": 1}, same_source=True) == {}


def position(last_seen: int = 0, closes: int | None = 5) -> dict[str, Any]:
    return {
        "_id": "1",
        "closes_at": None if closes is None else days(closes),
        "matches": {"chicago": {"last_seen_at": days(last_seen)}},
    }


def receipt(day: int, **lists: Any) -> dict[str, Any]:
    return {
        "observed_at": days(day),
        "matches": [],
        "near_misses": [],
        "rejected": {},
        "quarantined": [],
        **lists,
    }


@pytest.mark.parametrize(
    ("last_seen", "closes", "latest", "expected"),
    [
        (-1, 5, receipt(-1), "open"),
        (-2, 5, receipt(-1), "gone"),
        (-2, None, receipt(-1), "gone"),
        (-2, 0, receipt(-1), "closed"),
        (-1, -1, receipt(-1), "closed"),
        (-2, 5, receipt(-1, rejected={"off_topic": ["1"]}), "no_longer_fits"),
        (-2, 5, receipt(-1, rejected={"off_topic": ["2"]}), "gone"),
        (-2, 5, receipt(-1, quarantined=[{"control_number": "1"}]), "open"),
        (-2, 0, receipt(-1, quarantined=[{"control_number": "1"}]), "closed"),
        (-2, 5, receipt(-1, quarantined=[{"control_number": "2"}]), "gone"),
        (-2, 5, None, "open"),
        (-1, 5, receipt(-2), "open"),
    ],
)
def test_a_position_is_gone_once_a_later_complete_run_of_its_search_does_not_list_it(
    last_seen: int, closes: int | None, latest: Any, expected: str
) -> None:
    assert status(position(last_seen, closes), "chicago", latest, NOW) == expected


def test_another_searchs_runs_make_nothing_gone() -> None:
    assert status(position(-2), "denver", receipt(-1), NOW) == "open"


def test_a_run_lists_every_row_it_read() -> None:
    found = receipt(
        0,
        matches=["1"],
        near_misses=["2"],
        rejected={"a": ["3", "4"], "b": ["4"]},
        quarantined=[{"control_number": "5"}, {"control_number": None}],
    )
    assert listed(found) == {"1", "2", "3", "4", "5"}


@pytest.mark.parametrize(
    ("name", "before", "after", "is_amended"),
    [
        # Of 2016-05-10T00:00:00Z, earlier versions read the zone, and this one the day.
        ("published_at", "2016-05-10T00:00+00:00", "2016-05-10T00:00-04:00", False),
        ("published_at", "2016-12-10T00:00+00:00", "2016-12-10T00:00-05:00", False),
        ("closes_at", "2016-05-10T00:00+00:00", "2016-05-10T23:59-04:00", False),
        ("closes_at", "2016-05-10T23:59:59+00:00", "2016-05-10T23:59-04:00", False),
        ("closes_at", "2016-05-10T00:00+00:00", "2016-05-11T23:59-04:00", True),
        ("closes_at", "2016-05-10T23:59-04:00", "2016-05-11T23:59-04:00", True),
        ("closes_at", "0001-01-01T00:00+00:00", "2016-05-11T23:59-04:00", True),
        ("published_at", "2016-05-10T05:00+00:00", "2016-05-10T05:00-04:00", True),
        ("closes_at", None, "2016-05-10T23:59-04:00", True),
    ],
)
def test_a_day_whose_zone_is_read_anew_is_no_amendment(
    name: str, before: str | None, after: str, is_amended: bool
) -> None:
    times = [each and datetime.fromisoformat(each) for each in (before, after)]
    found = amended_fields({name: times[0]}, {name: times[1]}, same_source=True)
    assert bool(found) is is_amended
