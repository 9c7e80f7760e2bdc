from __future__ import annotations

from typing import Any

import pytest

from include.searches import wishes
from include.searches.exclusions import MOST_CHARACTERS, MOST_ENTRIES
from include.searches.parameters import (
    BadParameters,
    SearchParameters,
    check_words,
    read_parameters,
    trigger_form,
)


def test_a_search_without_wishes_is_what_it_was_before_there_were_any() -> None:
    unset: dict[str, Any] = {**wishes.OFF, "exclude": None}
    for given in ({}, dict(wishes.OFF), unset):
        search = read_parameters(given)
        assert search == SearchParameters()
        assert not search.model_dump().keys() & wishes.OFF.keys()
    wished = read_parameters({"appointment": "permanent"})
    assert wished.slug == SearchParameters().slug
    assert wished.model_dump() == {**SearchParameters().model_dump(), "appointment": "permanent"}
    assert read_parameters(wished.model_dump()) == wished


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ({"appointment": "Permanent"}, {"appointment": "permanent"}),
        ({"appointment": "permanent jobs only"}, {"appointment": "permanent"}),
        ({"appointment": "perm"}, {"appointment": "permanent"}),
        ({"appointment": "any: doesn't matter"}, {}),
        ({"maximum_travel": "25%"}, {"maximum_travel": "25% or less"}),
        ({"maximum_travel": "up to 25 percent"}, {"maximum_travel": "25% or less"}),
        ({"maximum_travel": "No more than 50%"}, {"maximum_travel": "50% or less"}),
        ({"maximum_travel": 100}, {}),
        ({"maximum_travel": 50}, {"maximum_travel": "50% or less"}),
        ({"maximum_travel": 0}, {"maximum_travel": "Not required"}),
        ({"clearance": "secret"}, {"clearance": "Secret"}),
        ({"clearance": "Secret clearance"}, {"clearance": "Secret"}),
        ({"clearance": "Secret or lower"}, {"clearance": "Secret"}),
        ({"clearance": "up to Top Secret"}, {"clearance": "Top Secret"}),
        ({"clearance": "no clearance required"}, {"clearance": "Not Required"}),
        ({"clearance": "TS/SCI"}, {"clearance": "Sensitive Compartmented Information"}),
        ({"clearance": "Q Access Authorization"}, {"clearance": "Top Secret"}),
        ({"clearance": "L"}, {"clearance": "Secret"}),
        ({"clearance": "none"}, {"clearance": "Not Required"}),
        (
            {"clearance": "public trust"},
            {"clearance": "Public Trust - Background Investigation"},
        ),
        ({"exclude": ["  Army ", "", "Army", "team  lead"]}, {"exclude": ["Army", "team lead"]}),
    ],
)
def test_a_wish_is_taken_as_people_write_it(given: dict[str, Any], read: dict[str, Any]) -> None:
    assert read_parameters(given) == SearchParameters(**read)
    assert read_parameters(given).model_dump() | read == read_parameters(given).model_dump()


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ({"appointment": "permament"}, "it is any or permanent; did you mean permanent?"),
        ({"maximum_travel": "40%"}, "it is any, Not required, Occasional travel, 25% or less, "),
        ({"appointment": "permanent or term"}, "it is any or permanent"),
        ({"maximum_travel": "25% or more"}, "it is any, Not required, Occasional travel, "),
        ({"maximum_travel": "more than 25%"}, "it is any, Not required, Occasional travel, "),
        ({"clearance": "Top Sekret"}, "did you mean Top Secret?"),
        ({"clearance": "at least Secret"}, "or Sensitive Compartmented Information. The "),
        ({"clearance": "Other"}, "it is any, Not Required, Public Trust"),
        ({"telework": "yes"}, "telework = 'yes': it is true or false"),
        ({"telework": 1}, "it is true or false"),
        ({"exclude": "intern"}, "it is a list of texts; an entry is an agency, a series"),
        ({"exclude": [2210]}, "it is a list of texts"),
        ({"exclude": ["agency: Departmnt of Energy"]}, "did you mean Department of Energy"),
        ({"exclude": ["Department of Enrgy"]}, "did you mean Department of Energy"),
        ({"exclude": ["agency: office"]}, "“office” doesn't say which agency"),
        ({"exclude": ["2211"]}, "there is no series 2211; did you mean 2210 (Information "),
        ({"exclude": ["series: 11"]}, "“11” is not the name of a series; write its number"),
        ({"exclude": ["series: data sience"]}, "did you mean Data Science"),
        ({"exclude": ["series: xyzzy"]}, "; write its number, as in “series: 2210”"),
        ({"exclude": ["grade: 12"]}, "“grade: 12” begins with an unknown kind"),
        ({"exclude": ["Army, Navy"]}, "write each by itself, “Army”, “Navy”"),
        ({"exclude": ["agency: IRS and VA"]}, "write each by itself, “IRS”, “VA”"),
        ({"exclude": ["2210/0332"]}, "write each by itself, “2210”, “0332”"),
        ({"exclude": ["intern; summer"]}, "write each by itself, “intern”, “summer”"),
        ({"exclude": ["title: "]}, "“title:” names nothing"),
        ({"exclude": ["x" * (MOST_CHARACTERS + 1)]}, f"more than {MOST_CHARACTERS} characters"),
        ({"exclude": ["data\u202e"]}, "has control or hidden characters"),
        (
            {"exclude": [f"word {n}" for n in range(MOST_ENTRIES + 1)]},
            f"there are {MOST_ENTRIES + 1} entries; at most {MOST_ENTRIES} are possible",
        ),
    ],
)
def test_a_wish_that_is_not_understood_is_refused_with_what_is_possible(
    bad: dict[str, Any], said: str
) -> None:
    for read in (read_parameters, check_words):
        with pytest.raises(BadParameters) as refused:
            read(bad)
        assert said in str(refused.value)
        assert next(iter(bad)) in str(refused.value)


def test_what_the_form_offers_is_understood_and_starts_with_any() -> None:
    for name in ("appointment", "maximum_travel", "clearance"):
        field = trigger_form()[name]
        assert (field["enum"][0], field["default"], field["type"]) == ("any", "any", "string")
        for value in field["enum"]:
            assert getattr(read_parameters({name: value}), name) == value
    assert trigger_form()["exclude"]["type"] == ["array", "null"]
    assert trigger_form()["telework"]["type"] == "boolean"


def test_the_wishes_that_are_set_are_told_in_words() -> None:
    assert wishes.in_words(SearchParameters().model_dump()) == []
    assert wishes.in_words(dict(SearchParameters())) == []
    wished = SearchParameters(
        appointment="permanent",
        maximum_travel="25% or less",
        clearance="Secret",
        telework=True,
        exclude=["Army", "intern"],
    )
    assert wishes.in_words(wished.model_dump()) == [
        "only permanent appointments",
        "travel: at most “25% or less”",
        "clearance: at most “Secret”",
        "with telework",
        "without “Army”, “intern”",
    ]
