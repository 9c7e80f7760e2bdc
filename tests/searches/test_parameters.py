from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.searches.parameters import (
    BadParameters,
    SearchParameters,
    read_parameters,
    trigger_form,
)


def test_the_defaults_are_a_data_engineers_in_chicago() -> None:
    assert read_parameters({}).model_dump() == {
        "keyword": "data engineering",
        "location": "Chicago, Illinois",
        "radius_miles": 50,
        "years_of_experience": 5,
        "minimum_pay": 100_000,
        "hiring_paths": ["public"],
    }


def test_a_search_is_named_by_keyword_location_and_radius() -> None:
    assert SearchParameters().slug == "data-engineering-chicago-illinois-50"
    other = SearchParameters(keyword="Nurse", location="St. Louis, Missouri", radius_miles=5)
    assert other.slug == "nurse-st-louis-missouri-5"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"keyword": "C++ developer"}, {"keyword": "C# developer"}),
        ({"keyword": "C++ developer"}, {"keyword": "C developer"}),
        ({"keyword": ".NET"}, {"keyword": "net"}),
        ({"keyword": "full-stack"}, {"keyword": "full stack"}),
        ({"keyword": "café"}, {"keyword": "caf"}),
        (
            {"keyword": "data west"},
            {"keyword": "data", "location": "West Chicago, Illinois"},
        ),
        ({"keyword": "data engineering"}, {"keyword": "data engineer"}),
        ({}, {"radius_miles": 5}),
    ],
)
def test_two_searches_never_share_a_key(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert SearchParameters(**one).slug != SearchParameters(**other).slug


def test_a_key_is_readable_and_has_digits_where_words_alone_do_not_tell_it() -> None:
    assert re.fullmatch(
        r"c-developer-chicago-illinois-50-\d{8}", SearchParameters(keyword="C++ developer").slug
    )
    assert SearchParameters(keyword="C developer").slug == "c-developer-chicago-illinois-50"


@pytest.mark.parametrize("same", ["Data Engineering", " data  engineering "])
def test_what_usajobs_takes_for_the_same_keyword_has_the_same_key(same: str) -> None:
    assert SearchParameters(keyword=same).slug == SearchParameters().slug
    accent = SearchParameters(keyword=f"{same} é")
    assert accent.slug == SearchParameters(keyword="data engineering e\u0301").slug


KEYWORD = st.text("abC+#. -é0", min_size=2, max_size=6).filter(re.compile("[A-Za-z0-9]").search)
PLACE = st.sampled_from(["Chicago, Illinois", "West Chicago, Illinois", "North Chicago, Illinois"])


@given(KEYWORD, KEYWORD, PLACE, PLACE)
def test_equal_keys_mean_equal_searches(one: str, other: str, here: str, there: str) -> None:
    first = SearchParameters(keyword=f"{one} west", location=here)
    second = SearchParameters(keyword=other, location=there)
    assert (first.slug == second.slug) == (first.identity == second.identity)


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ({"keyword": "C++"}, {"keyword": "++"}),
        ({"keyword": "data"}, {"keyword": "d"}),
        ({"keyword": "d" * 100}, {"keyword": "d" * 101}),
        ({"location": "St. Louis, Missouri"}, {"location": "Missouri"}),
        ({"location": "Gary, Indiana; " * 5}, {"location": "Gary, Indiana; " * 25}),
        ({"radius_miles": 1}, {"radius_miles": 0}),
        ({"radius_miles": 500}, {"radius_miles": 501}),
        ({"years_of_experience": 0}, {"years_of_experience": -1}),
        ({"minimum_pay": 0}, {"minimum_pay": -1}),
        ({"minimum_pay": 90_000}, {"minimum_pay": 90_000.5}),
        ({"hiring_paths": ["vet"]}, {"hiring_paths": ["veteran"]}),
        ({"hiring_paths": ["vet"]}, {"hiring_paths": []}),
        ({"hiring_paths": ["vet", "public"]}, {"hiring_paths": ["vet", "vet"]}),
        ({"radius_miles": 50.0}, {"radius_miles": "50"}),
        ({"radius_miles": 1}, {"radius_miles": True}),
        ({"minimum_pay": 10**6}, {"minimum_pay": 10**400}),
        ({"minimum_pay": 0}, {"minimum_pay": float("nan")}),
        ({"keyword": "Bayamón data"}, {"keyword": "data\n"}),
        ({"keyword": "{{ 7*7 }}"}, {"keyword": "data\x7f"}),
        ({"keyword": "x.sql"}, {"keyword": "x\u2028sql"}),
        ({"location": "Chicago, Illinois"}, {"location": "Chicago, Illinois\n"}),
        ({"radius_miles": 50}, {"radius": 50}),
    ],
)
def test_a_value_outside_its_limits_is_refused_by_name(
    good: dict[str, Any], bad: dict[str, Any]
) -> None:
    assert read_parameters(good)
    with pytest.raises(BadParameters, match=next(iter(bad))):
        read_parameters(bad)


@pytest.mark.parametrize("name", ["keyword", "location"])
@pytest.mark.parametrize("end", ["", "\n", "\x7f", "\u202e"])
def test_airflow_reads_the_forms_patterns_as_this_program_does(name: str, end: str) -> None:
    text = SearchParameters.model_fields[name].default + end
    taken = re.search(trigger_form()[name]["pattern"], text) is not None
    assert taken is (end == "")
    if taken:
        read_parameters({name: text})


def test_the_form_has_a_title_and_a_description_for_every_parameter() -> None:
    form = trigger_form()
    assert list(form) == list(SearchParameters.model_fields)
    assert all(field["title"] and field["description"] for field in form.values())
