from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.jobs.places import known_as, known_places, places
from include.jobs.states import STATE_CODES
from include.searches.keys import folded_key
from include.searches.locations import MOST_CHARACTERS, UnknownLocation, near, read_location
from include.searches.parameters import BadParameters, SearchParameters, read_parameters

CODES = {state: code for code, state in STATE_CODES.items()}


@pytest.mark.parametrize(
    ("written", "location"),
    [
        ("Washington, DC", "Washington, District of Columbia"),
        ("DC", "Washington, District of Columbia"),
        ("chicago il", "Chicago, Illinois"),
        ("Chicago,Illinois ", "Chicago, Illinois"),
        ("Scott AFB, Illinois", "Scott Air Force Base, Illinois"),
        ("Stuttgart, Germany", "Stuttgart, Germany"),
        ("san josé, CA", "San Jose, California"),
        ("Cañon City, Colorado", "Canon City, Colorado"),
        ("saint louis, mo", "St. Louis, Missouri"),
        ("new york, ny", "New York, New York"),
        ("NYC, NY", "New York, New York"),
        ("JBSA, TX", "Joint Base San Antonio, Texas"),
        ("Los Angeles SFB, CA", "Los Angeles AFB, California"),
        ("Remote", "remote"),
        ("100% remote", "remote"),
        ("Work from home", "remote"),
        ("Remote, US", "remote"),
        ("Anywhere in the U.S. (remote job)", "remote"),
        ("Chicago, IL;milwaukee, wi", "Chicago, Illinois; Milwaukee, Wisconsin"),
        ("Chicago, IL; Chicago, Illinois; remote", "Chicago, Illinois"),
    ],
)
def test_a_location_is_read_as_people_write_it(written: str, location: str) -> None:
    assert read_location(written) == location
    assert read_location(location) == location


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Chicgo, Illinois", "not a known place; did you mean Chicago, Illinois?"),
        ("Chicago, Ilinois", "did you mean Chicago, Illinois?"),
        ("Chigaco, Illinois", r"did you mean Chicago, Illinois\?"),
        ("Chicago, IL and Milwaukee, WI", "did you mean Chicago, Illinois; Milwaukee, Wisconsin"),
        ("Chicago, IL, Milwaukee, WI", "did you mean Chicago, Illinois; Milwaukee, Wisconsin"),
        ("Chicago and Milwaukee", "did you mean Chicago, Illinois; Milwaukee, Wisconsin"),
        ("Baltimore, MD and DC", "did you mean Baltimore, Maryland; Washington, District"),
        ("Kansas City, MO/KS", "did you mean Kansas City, Missouri; Kansas City, Kansas"),
        ("Minneapolis-St. Paul, MN", "did you mean Minneapolis, Minnesota; Saint Paul, Minnesota"),
        ("Winston-Salm, NC", r"did you mean Winston-Salem, North Carolina\?"),
        ("Dallas/Fort Worth, TX", "did you mean Dallas, Texas; Fort Worth, Texas"),
        ("DFW", "did you mean Dallas, Texas; Fort Worth, Texas"),
        ("NYC", r"lacks its state; did you mean New York, New York\?"),
        ("Vegas", r"did you mean Las Vegas, Nevada\?"),
        ("LA", "did you mean Los Angeles, California; New Orleans, Louisiana"),
        ("PA", "did you mean Philadelphia, Pennsylvania"),
        ("Downtown Chicago", r"did you mean Chicago, Illinois\?"),
        ("Diego, CA", "did you mean San Diego, California"),
        ("Baltimore, DC", "did you mean Baltimore, Maryland; Washington, District of Columbia"),
        ("Naples, Italy", "none in Italy is known; write a city"),
        ("Naples Italy", "none in Italy is known; write a city"),
        ("Naples", "did you mean Naples, Florida"),
        ("London, UK and Chicago, IL", "not a known place"),
        ("London, Ontario", "did you mean Halifax, Canada; Montreal, Canada"),
        ("Stutgart, Germany", "did you mean Stuttgart, Germany"),
        ("Germany", "whole country, .* did you mean Ansbach, Germany"),
        ("Spring Valley, DC", r"did you mean Washington, District of Columbia\?"),
        ("Chicago, IL or remote", r"did you mean Chicago, Illinois; remote\?"),
        ("Telework", r"did you mean remote\?"),
        ("Chicago, Wisconsin", "did you mean Chicago, Illinois?"),
        ("Chicago", "lacks its state; did you mean Chicago, Illinois?"),
        ("Springfield", "did you mean Springfield, Missouri; Springfield, Massachusetts; "),
        ("Milwakee", "did you mean Milwaukee, Wisconsin"),
        ("Port Washington", "did you mean Port Washington, New York"),
        ("Hawaii", "a whole state, .* did you mean Honolulu, Hawaii; "),
        ("Washington", "did you mean Washington, District of Columbia; Seattle, Washington; "),
        ("Munich, Germany", "did you mean Ansbach, Germany; .*Stuttgart, Germany"),
        ("60601", "a ZIP code, .* write a city and its state"),
        ("Chicago, IL; Xyzzy", "“Xyzzy” is not a known place; write a city and its state"),
        (" ; ", "write a city and its state"),
        ("Aurora, IL; Elgin, IL; Gary, IN; Joliet, IL; Chicago, IL; Cicero, IL", "at most 5"),
        ("x" * 200, "“xxx.*…” is not a known place"),
    ],
)
def test_what_is_not_understood_is_answered_with_what_may_be_meant(written: str, said: str) -> None:
    with pytest.raises(BadParameters, match=said):
        read_parameters({"location": written})


# Proposals take a twentieth of a second.
@settings(max_examples=50)
@given(st.text(max_size=60) | st.text("aeinorst ;,.'-ILDC", max_size=60))
def test_any_text_is_a_location_or_refused_in_words(text: str) -> None:
    try:
        location = read_parameters({"location": text}).location
    except BadParameters:
        return
    assert read_parameters({"location": location}).location == location
    assert len(location) <= MOST_CHARACTERS


@settings(max_examples=50)
@given(
    # New York City keeps the name that earlier versions took.
    st.sampled_from([place for place in places() if known_as(place.name) == place.name]),
    st.sampled_from([str.upper, str.lower, str.title, str.strip]),
)
def test_each_place_is_one_in_any_case_and_with_its_states_code(place: Any, change: Any) -> None:
    town, _, state = place.name.rpartition(", ")
    names = {read_location(change(f"{town}, {each}")) for each in (state, CODES[state])}
    assert len(names) == 1
    assert names <= {found.name for found in known_places().values()}


@pytest.mark.parametrize(
    ("location", "key"),
    [
        ("St. Louis, Missouri", "st-louis-missouri"),
        ("Saint Louis, Missouri", "saint-louis-missouri"),
        ("Saint  Paul, Minnesota", "saint-paul-minnesota"),
        ("CHICAGO, Illinois", "chicago-illinois"),
        ("New York, New York", "new-york-new-york"),
        ("New York City, New York", "new-york-city-new-york"),
        ("Ft. Worth, Texas", "ft-worth-texas"),
        ("Panama, Florida", "panama-florida"),
        ("Dededo Village, Guam", "dededo-village-guam"),
        ("Scott Air Force Base, Illinois", "scott-air-force-base-illinois"),
    ],
)
def test_a_location_that_earlier_versions_took_keeps_its_key(location: str, key: str) -> None:
    assert SearchParameters(keyword="nurse", location=location).slug == f"nurse-{key}-50"


@given(st.sampled_from([place.name for place in places() if place.name.isascii()]))
def test_the_keys_of_all_places_that_earlier_versions_knew_are_what_they_were(name: str) -> None:
    if name.isascii() and "/" not in name and not any(digit in name for digit in "0123456789"):
        slug = SearchParameters(keyword="nurse", location=name).slug
        assert slug == f"nurse-{folded_key(name)}-50"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("De Kalb, Illinois", "DEKALB, IL"),
        ("Washington, D.C.", "washington dc, district of columbia"),
        ("Winston Salem, North Carolina", "Winston-Salem, NC"),
        ("St. Louis, Missouri", "saint louis, mo"),
        ("Chicago, IL; Milwaukee, WI", "Milwaukee, Wisconsin; Chicago, Illinois"),
        ("remote", "Remote"),
    ],
)
def test_spellings_and_orders_of_the_same_places_are_one_search(one: str, other: str) -> None:
    assert SearchParameters(location=one).slug == SearchParameters(location=other).slug


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"location": "Chicago, IL; Milwaukee, WI"}, {"location": "Chicago, Illinois"}),
        ({"location": "remote"}, {"location": "Chicago, Illinois"}),
        (
            {"location": "Chicago, IL; Milwaukee, WI"},
            {"keyword": "data engineering chicago illinois", "location": "Milwaukee, Wisconsin"},
        ),
        (
            {"keyword": "data", "location": "Saint Thomas, Virgin Islands"},
            {"keyword": "data saint", "location": "Thomas, West Virginia"},
        ),
        ({"location": "Fort Meade, South Dakota"}, {"location": "Fort Meade, Maryland"}),
    ],
)
def test_other_places_are_another_search(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert SearchParameters(**one).slug != SearchParameters(**other).slug


def test_a_search_for_remote_jobs_is_near_nothing() -> None:
    assert near("remote") == "in remote jobs"
    assert near("Chicago, Illinois") == "near Chicago, Illinois"


def test_the_form_and_a_file_and_a_run_are_refused_by_the_same_words() -> None:
    with pytest.raises(UnknownLocation) as refused:
        read_location("Chicgo, Illinois")
    with pytest.raises(BadParameters, match=str(refused.value).rstrip("?")):
        read_parameters({"location": "Chicgo, Illinois"})
