from __future__ import annotations

from typing import Any

import pytest

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
    other = SearchParameters(keyword="C++ / $where.", location="St. Louis, Missouri")
    assert other.slug == "c-where-st-louis-missouri-50"


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ({"keyword": "C++"}, {"keyword": "++"}),
        ({"keyword": "data"}, {"keyword": "d"}),
        ({"keyword": "d" * 100}, {"keyword": "d" * 101}),
        ({"location": "Chicago, Illinois"}, {"location": "Chicago, IL"}),
        ({"location": "St. Louis, Missouri"}, {"location": "Missouri"}),
        ({"location": "Chicago, Illinois"}, {"location": "Chicago, Illinois;Gary, Indiana"}),
        ({"radius_miles": 1}, {"radius_miles": 0}),
        ({"radius_miles": 500}, {"radius_miles": 501}),
        ({"years_of_experience": 0}, {"years_of_experience": -1}),
        ({"minimum_pay": 0}, {"minimum_pay": -1}),
        ({"minimum_pay": 90_000}, {"minimum_pay": 90_000.5}),
        ({"hiring_paths": ["vet"]}, {"hiring_paths": ["veteran"]}),
        ({"hiring_paths": ["vet"]}, {"hiring_paths": []}),
        ({"radius_miles": 50}, {"radius": 50}),
    ],
)
def test_a_value_outside_its_limits_is_refused_by_name(
    good: dict[str, Any], bad: dict[str, Any]
) -> None:
    assert read_parameters(good)
    with pytest.raises(BadParameters, match=next(iter(bad))):
        read_parameters(bad)


def test_the_form_has_a_title_and_a_description_for_every_parameter() -> None:
    form = trigger_form()
    assert list(form) == list(SearchParameters.model_fields)
    assert all(field["title"] and field["description"] for field in form.values())
