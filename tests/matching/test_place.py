from __future__ import annotations

from typing import Any

import pytest

from include.jobs.position import Position
from include.matching.context import MatchContext
from include.matching.match_result import MatchResult
from include.matching.rules import judge
from include.searches.parameters import SearchParameters
from include.usajobs.drift import Drift
from include.usajobs.historic_rows import read_row
from tests.support.rows import CHICAGO, place, position

MILWAUKEE = place("Milwaukee, Wisconsin", 43.04, -87.91)
SAN_DIEGO = place("San Diego, California", 32.72, -117.16)


def unlocated(name: str, **changes: Any) -> dict[str, Any]:
    return {**place(name, 0, 0), **changes}


def judged(*places: dict[str, Any], remote: bool = False, **search: Any) -> MatchResult:
    found = position(PositionLocation=list(places), details={"RemoteIndicator": remote})
    return judge(found, MatchContext.of(SearchParameters(**search)))


def said(*places: dict[str, Any], remote: bool = False, **search: Any) -> tuple[str | None, str]:
    """Return the code and the message of the place rule."""
    result = judged(*places, remote=remote, **search)
    if result.reasons:
        return result.reasons[0].code, result.reasons[0].message
    return None, result.fits[-1]


def test_a_remote_job_is_said_to_be_remote_first_even_if_it_lists_the_city() -> None:
    result = judged(CHICAGO, remote=True)
    assert result.fits[-1] == "remote"
    assert result.nearest
    assert result.nearest.miles == 0
    assert said(CHICAGO) == (None, "in Chicago, Illinois")


@pytest.mark.parametrize(
    ("places", "code", "message"),
    [
        (
            [unlocated("Camp X, Illinois"), SAN_DIEGO],
            "place_unknown",
            "it is not known where “Camp X, Illinois” is",
        ),
        (
            [unlocated("Camp X, Texas"), SAN_DIEGO],
            "too_far",
            "nearest known place of work is San Diego, California, 1,730 miles from Chicago, "
            "Illinois",
        ),
        (
            [SAN_DIEGO],
            "too_far",
            "nearest place of work is San Diego, California, 1,730 miles from Chicago, Illinois",
        ),
        (
            [unlocated("Camp X, California"), unlocated("Camp Y, CA"), unlocated("Camp Z, Texas")],
            "too_far",
            "in California and Texas, more than 50 miles from Chicago, Illinois",
        ),
        (
            [unlocated("Rota, Spain", CountryCode="Spain", CountrySubDivisionCode=None)],
            "too_far",
            "in Spain, more than 50 miles from Chicago, Illinois",
        ),
        (
            [unlocated("Location Negotiable After Selection, United States"), SAN_DIEGO],
            "place_unknown",
            "it is not known where “Location Negotiable After Selection, United States” is",
        ),
        (
            [unlocated("Camp X, Illinois"), unlocated("Camp Y, Indiana")],
            "place_unknown",
            "it is not known where “Camp X, Illinois” or “Camp Y, Indiana” is",
        ),
        ([unlocated("Camp X, Illinois"), CHICAGO], None, "in Chicago, Illinois"),
        ([unlocated("Great Lakes, Illinois")], None, None),
    ],
)
def test_nothing_is_too_far_or_nearest_that_may_be_near(
    places: list[dict[str, Any]], code: str | None, message: str | None
) -> None:
    found = said(*places)
    assert found[0] == code
    assert message in (None, found[1])


def test_unknown_places_reach_as_far_as_the_radius() -> None:
    california = unlocated("Camp X, California")
    assert said(california, location="Reno, Nevada", radius_miles=30)[0] == "place_unknown"
    assert said(california, location="Elko, Nevada", radius_miles=30)[0] == "too_far"


@pytest.mark.parametrize(
    ("place_of_work", "search", "radius", "code"),
    [
        # The nearest towns of these states are a little farther than the state line.
        ("Kenosha County, Wisconsin", "Chicago, Illinois", 50, "place_unknown"),
        ("Kenosha County, Wisconsin", "Chicago, Illinois", 30, "too_far"),
        ("Camp X, Iowa", "Chicago, Illinois", 50, "too_far"),
        ("Camp X, Wyoming", "Salt Lake City, Utah", 50, "place_unknown"),
        ("Camp X, Wyoming", "Provo, Utah", 30, "too_far"),
        # No town of the base's own state is within these radii.
        (
            "Mountain Home Air Force Base Clinic, Idaho",
            "Mountain Home AFB, Idaho",
            10,
            "place_unknown",
        ),
        ("Laboratory X, Indiana", "Crane, IN", 1, "place_unknown"),
        ("Laboratory X, Ohio", "Crane, IN", 1, "too_far"),
        ("Laboratory X, Illinois", "Great Lakes, IL", 1, "place_unknown"),
    ],
)
def test_an_unknown_place_may_be_in_the_part_of_its_state_that_has_no_town(
    place_of_work: str, search: str, radius: int, code: str
) -> None:
    assert said(unlocated(place_of_work), location=search, radius_miles=radius)[0] == code


def test_one_mile_is_not_said_to_be_miles() -> None:
    _, message = said(unlocated("Camp X, Texas"), location="Great Lakes, IL", radius_miles=1)
    assert message == "in Texas, more than 1 mile from Great Lakes, Illinois"


def test_with_several_places_the_nearest_counts_and_is_named() -> None:
    both = {"location": "Chicago, IL; Milwaukee, WI"}
    west_allis = place("West Allis, Wisconsin", 43.02, -88.01)
    code, message = said(west_allis, **both)
    assert (code, message) == (None, "in West Allis, Wisconsin, 5 miles from Milwaukee, Wisconsin")
    assert said(west_allis)[0] == "too_far"
    assert said(MILWAUKEE, **both) == (None, "in Milwaukee, Wisconsin")
    _, far = said(place("Madison, Wisconsin", 43.07, -89.4), **both)
    assert far == "nearest place of work is Madison, Wisconsin, 75 miles from Milwaukee, Wisconsin"


def test_a_search_for_remote_jobs_takes_nothing_else() -> None:
    assert said(CHICAGO, location="remote") == ("not_remote", "not a remote job")
    assert said(CHICAGO, remote=True, location="remote") == (None, "remote")
    assert judged(CHICAGO, location="remote").nearest is None


def test_a_place_that_usajobs_has_elsewhere_is_judged_by_where_it_is() -> None:
    # Both are 19 miles from Washington.
    wrong = place("Patuxent River, Maryland", 38.756, -76.7301)
    right = place("Upper Marlboro, Maryland", 38.756, -76.7301)
    assert said(wrong, location="Washington, DC")[0] == "too_far"
    assert said(right, location="Washington, DC")[0] is None


@pytest.mark.parametrize(
    ("miles_east", "words"),
    [(0.004, "less than a mile from"), (0.019, "1 mile from"), (0.0, "less than a mile from")],
)
def test_few_miles_are_said_in_words(miles_east: float, words: str) -> None:
    loop = place("Loop, Illinois", 41.85, -87.65 + miles_east)
    code, message = said(loop)
    assert code is None
    assert words in message or not miles_east


def test_miles_beyond_the_radius_are_not_rounded_to_it() -> None:
    at_50_4 = place("Somewhere, Illinois", 41.85 + 50.4 / 69.09, -87.65)
    assert said(at_50_4)[1].endswith("Somewhere, Illinois, 50.4 miles from Chicago, Illinois")


@pytest.mark.parametrize(
    ("row", "search"),
    [
        ("De Kalb, Illinois", "DeKalb, Illinois"),
        ("Saint Louis, Missouri", "St. Louis, Missouri"),
        ("Washington DC, District of Columbia", "Washington, DC"),
    ],
)
def test_the_place_itself_is_no_miles_away_whatever_its_spelling(row: str, search: str) -> None:
    result = judged(place(row, 41.0, -88.0), location=search)
    assert result.nearest
    assert result.nearest.miles == 0


def historic(*places: tuple[str, str]) -> Position:
    row = {
        "usajobsControlNumber": 1,
        "positionTitle": "Data Engineer",
        "positionLocations": [
            {
                "positionLocationCity": city,
                "positionLocationState": state,
                "positionLocationCountry": "United States",
            }
            for city, state in places
        ],
    }
    return read_row(row, Drift())


@pytest.mark.parametrize(
    ("city", "state", "search", "near"),
    [
        ("Great Lakes", "Illinois", "Chicago, Illinois", True),
        ("Hines", "Illinois", "Chicago, Illinois", True),
        ("Scott AFB", "Illinois", "Chicago, Illinois", False),
        ("Scott AFB", "Illinois", "St. Louis, Missouri", True),
        ("District of Columbia", "District of Columbia", "Washington, DC", True),
        ("Naval Observatory", "District of Columbia", "Washington, DC", True),
        ("Joint Base San Antonio", "Texas", "San Antonio, Texas", True),
        ("Lackland AFB", "Texas", "San Antonio, Texas", True),
        ("Camp X", "Texas", "San Antonio, Texas", True),
        ("Camp X", "Texas", "Chicago, Illinois", False),
    ],
)
def test_a_past_day_holds_what_may_be_near(city: str, state: str, search: str, near: bool) -> None:
    context = MatchContext.of(SearchParameters(location=search))
    assert context.may_reach(historic((city, state))) is near


def test_a_past_day_holds_only_remote_jobs_for_a_search_of_them() -> None:
    context = MatchContext.of(SearchParameters(location="remote"))
    assert not context.may_reach(historic(("Chicago", "Illinois")))
    assert context.may_reach(historic(("Anywhere in the U.S.", "")))
