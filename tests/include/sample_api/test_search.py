"""The sample API's parameters, asked over HTTP as a client would."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import requests

from include.sample_api.postings import open_on
from include.sample_api.running import running
from include.sample_api.server import CEILING, SampleApi, create_app

TODAY = date(2026, 11, 24)
SEED = 1
HEADERS = {"User-Agent": "seeker@example.org", "Authorization-Key": "a-key"}


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with running(create_app(seed=SEED, today=TODAY)) as address:
        yield address


def ask(address: str, headers: dict[str, str | None] = HEADERS, **query: Any) -> requests.Response:
    return requests.get(f"{address}/api/Search", params=query, headers=headers, timeout=10)


def result(address: str, **query: Any) -> dict[str, Any]:
    return ask(address, ResultsPerPage=query.pop("ResultsPerPage", 500), **query).json()[
        "SearchResult"
    ]


def total(address: str, **query: Any) -> int:
    return result(address, ResultsPerPage=1, **query)["SearchResultCountAll"]


def descriptors(address: str, **query: Any) -> list[dict[str, Any]]:
    return [row["MatchedObjectDescriptor"] for row in result(address, **query)["SearchResultItems"]]


def ids(address: str, **query: Any) -> list[str]:
    return [row["MatchedObjectId"] for row in result(address, **query)["SearchResultItems"]]


# --- the envelope


def test_an_answer_has_the_real_envelope(address: str) -> None:
    response = ask(address, Keyword="data engineering", LocationName="Chicago, Illinois", Radius=50)
    answer = response.json()
    found = answer["SearchResult"]
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/hr+json; charset=utf-8"
    assert (answer["LanguageCode"], answer["SearchParameters"]) == ("EN", {})
    assert found["SearchResultCount"] == len(found["SearchResultItems"]) == 25
    assert found["SearchResultCountAll"] > 25
    assert found["UserArea"] == {
        "NumberOfPages": "3",
        "IsRadialSearch": True,
        "ResolvedLocation": ["Chicago, Illinois"],
    }


def test_no_hits_are_an_answer_too(address: str) -> None:
    assert ask(address, Keyword="xylophone").json()["SearchResult"] == {
        "SearchResultCount": 0,
        "SearchResultCountAll": 0,
        "SearchResultItems": [],
        "UserArea": {"NumberOfPages": "0", "IsRadialSearch": False},
    }


def test_the_path_is_known_in_lower_case_too(address: str) -> None:
    found = requests.get(f"{address}/api/search", headers=HEADERS, timeout=10)
    assert found.json() == ask(address).json()


# --- who asks


@pytest.mark.parametrize("user_agent", ["python-requests/2.32", "", "seeker@", None])
def test_a_user_agent_that_is_no_address_gets_403_and_html(
    address: str, user_agent: str | None
) -> None:
    response = ask(address, HEADERS | {"User-Agent": user_agent})
    assert response.status_code == 403
    assert response.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("key", ["", None])
def test_without_a_key_comes_401_and_a_problem(address: str, key: str | None) -> None:
    response = ask(address, HEADERS | {"Authorization-Key": key})
    assert response.status_code == 401
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.json()["status"] == 401


@pytest.mark.parametrize(
    ("email", "key", "status"),
    [
        ("seeker@example.org", "a-key", 200),
        ("seeker@example.org", "another-key", 401),
        ("other@example.org", "a-key", 401),
    ],
)
def test_a_key_belongs_to_the_address_it_was_registered_with(
    email: str, key: str, status: int
) -> None:
    app = create_app(today=TODAY, email="seeker@example.org", key="a-key", rows=[])
    with running(app) as address:
        headers = {"User-Agent": email, "Authorization-Key": key}
        assert ask(address, headers).status_code == status


# --- pages


def test_pages_cover_every_row_once(address: str) -> None:
    pages = [ids(address, Page=page) for page in range(1, 9)]
    seen = [number for page in pages for number in page]
    assert len(seen) == len(set(seen)) == total(address)
    assert sorted(map(int, seen)) == [posting.control_number for posting in open_on(TODAY, SEED)]


def test_the_page_after_the_last_is_empty_and_keeps_the_total(address: str) -> None:
    beyond = result(address, Page=100)
    assert beyond["SearchResultItems"] == []
    assert beyond["SearchResultCountAll"] == total(address)


@pytest.mark.parametrize(
    ("asked", "got"), [(None, 25), ("7", 7), ("500", 500), ("501", 500), ("0", 25), ("many", 25)]
)
def test_a_page_holds_25_rows_unless_told_and_500_at_most(
    address: str, asked: str | None, got: int
) -> None:
    found = ask(address, ResultsPerPage=asked).json()["SearchResult"]
    assert len(found["SearchResultItems"]) == got


@pytest.mark.parametrize("page", ["0", "-1", "first"])
def test_a_page_that_is_none_is_the_first(address: str, page: str) -> None:
    assert ids(address, Page=page) == ids(address, Page=1)


@pytest.mark.parametrize(("size", "pages"), [(10, "5"), (25, "2"), (500, "2")])
def test_the_number_of_pages_is_text_and_never_reckons_with_more_than_25_rows(
    size: int, pages: str
) -> None:
    with running(create_app(rows=numbered_rows(50))) as address:
        assert result(address, ResultsPerPage=size)["UserArea"]["NumberOfPages"] == pages


# --- words


def test_every_word_of_a_keyword_has_to_occur(address: str) -> None:
    both = total(address, Keyword="data engineering")
    assert 0 < both < total(address, Keyword="data")
    assert total(address, Keyword="data engineering xylophone") == 0


def test_a_keyword_finds_other_forms_of_its_words_in_any_case(address: str) -> None:
    expected = set(ids(address, Keyword="engineer"))
    assert expected
    assert set(ids(address, Keyword="ENGINEERING")) == expected
    assert set(ids(address, Keyword="engineers")) == expected


def test_a_keyword_finds_whole_words_only(address: str) -> None:
    assert total(address, Keyword="warehouse") > 0
    assert total(address, Keyword="warehou") == 0


def test_a_title_needs_one_of_the_words_and_quotes_find_nothing(address: str) -> None:
    either = total(address, PositionTitle="nurse accountant")
    assert either == total(address, PositionTitle="nurse") + total(
        address, PositionTitle="accountant"
    )
    assert total(address, PositionTitle='"Registered Nurse"') == 0


# --- places


def test_a_location_narrows_and_a_wider_radius_finds_more(address: str) -> None:
    near = total(address, LocationName="Chicago, Illinois", Radius=10)
    far = total(address, LocationName="Chicago, Illinois", Radius=50)
    assert 0 < near < far < total(address)


def test_without_a_radius_25_miles_are_meant(address: str) -> None:
    assert ids(address, LocationName="Chicago, Illinois") == ids(
        address, LocationName="Chicago, Illinois", Radius=25
    )


def test_a_radius_without_a_location_is_ignored(address: str) -> None:
    found = result(address, Radius=50)
    assert found["SearchResultCountAll"] == total(address)
    assert not found["UserArea"]["IsRadialSearch"]


def test_several_locations_find_what_each_finds(address: str) -> None:
    chicago, denver = "Chicago, Illinois", "Denver, Colorado"
    both = result(address, LocationName=f"{chicago};{denver}", Keyword="pipelines")
    each = [set(ids(address, LocationName=name, Keyword="pipelines")) for name in (chicago, denver)]
    assert {row["MatchedObjectId"] for row in both["SearchResultItems"]} == each[0] | each[1]
    assert both["UserArea"]["ResolvedLocation"] == [chicago, denver]


def test_a_state_by_its_full_name_finds_its_places_and_no_others(address: str) -> None:
    found = descriptors(address, LocationName="Illinois")
    assert found
    assert all(
        any(entry.get("CountrySubDivisionCode") == "Illinois" for entry in row["PositionLocation"])
        for row in found
    )


@pytest.mark.parametrize("name", ["Chicago, IL", "Remote", "Chicago", "IL"])
def test_a_location_that_cannot_be_resolved_finds_nothing_with_200(address: str, name: str) -> None:
    response = ask(address, LocationName=name, Radius=50)
    assert response.status_code == 200
    assert response.json()["SearchResult"]["SearchResultCountAll"] == 0
    assert "ResolvedLocation" not in response.json()["SearchResult"]["UserArea"]


# --- pay, grades, codes


def test_a_least_pay_is_compared_with_the_top_of_the_range(address: str) -> None:
    found = descriptors(address, RemunerationMinimumAmount=150_000, JobCategoryCode="2210")
    assert found
    tops = {float(row["PositionRemuneration"][0]["MaximumRange"]) for row in found}
    assert min(tops) >= 150_000


def test_hourly_pay_counts_by_the_year(address: str) -> None:
    drivers = {"PositionTitle": "Motor", "JobCategoryCode": "5703"}
    assert total(address, **drivers, RemunerationMinimumAmount=60_000) > 0
    assert total(address, **drivers, RemunerationMinimumAmount=70_000) == 0


def test_a_most_pay_is_compared_with_the_bottom_of_the_range(address: str) -> None:
    found = descriptors(address, RemunerationMaximumAmount=60_000, JobCategoryCode="2210")
    assert found
    bottoms = {float(row["PositionRemuneration"][0]["MinimumRange"]) for row in found}
    assert max(bottoms) <= 60_000


def test_grade_bounds_find_ranges_that_overlap_them(address: str) -> None:
    found = descriptors(address, PayGradeLow="11", PayGradeHigh="13", JobCategoryCode="2210;1560")
    grades = {
        (int(row["UserArea"]["Details"]["LowGrade"]), int(row["UserArea"]["Details"]["HighGrade"]))
        for row in found
    }
    assert {(9, 11), (12, 12), (11, 13)} <= grades
    assert all(low <= 13 and high >= 11 for low, high in grades)


def test_a_grade_that_is_no_number_fits_no_bound(address: str) -> None:
    officers = {"JobCategoryCode": "1802"}
    assert total(address, **officers) > 0
    assert total(address, **officers, PayGradeLow="01") == 0


def test_series_and_pay_plans_are_lists_of_codes(address: str) -> None:
    found = descriptors(address, JobCategoryCode="1560;0610")
    assert {row["JobCategory"][0]["Code"] for row in found} >= {"1560", "0610"}
    plans = {row["JobGrade"][0]["Code"] for row in descriptors(address, JobGradeCode="FV;NH")}
    assert plans == {"FV", "NH"}


def test_hiring_paths_find_postings_open_to_any_of_them(address: str) -> None:
    for row in descriptors(address, HiringPath="mspouse;nguard", Keyword="data"):
        paths = row["UserArea"]["Details"].get("HiringPath", ["mspouse"])
        assert {"mspouse", "nguard"} & set(paths)
    assert total(address, HiringPath="public") < total(address, HiringPath="public;vet")


def test_asking_for_remote_work_finds_nothing_though_rows_are_remote(address: str) -> None:
    assert total(address, RemoteIndicator="True") == 0
    remote = [
        row
        for row in descriptors(address, Keyword="pipelines")
        if row["UserArea"]["Details"].get("RemoteIndicator")
    ]
    assert remote
    assert 0 < total(address, RemoteIndicator="False") < total(address)


def test_days_since_posting_count_back_from_today(address: str) -> None:
    expected = [
        posting for posting in open_on(TODAY, SEED) if posting.opens >= TODAY - timedelta(days=1)
    ]
    assert total(address, DatePosted=1) == len(expected)
    assert total(address, DatePosted=61) == total(address)


@pytest.mark.parametrize(
    "query",
    [
        {"Keywrod": "nurse"},
        {"keyword": "nurse"},
        {"RemunerationMinimumAmount": "plenty"},
        {"Keyword": ""},
        {"Fields": "Full"},
    ],
)
def test_unknown_parameters_and_senseless_values_are_ignored(
    address: str, query: dict[str, str]
) -> None:
    assert total(address, **query) == total(address)


# --- order


def test_without_a_field_the_order_is_the_same_for_a_day_and_not_by_date(address: str) -> None:
    assert ids(address) == ids(address)
    assert ids(address) not in (sorted(ids(address)), sorted(ids(address), reverse=True))


def test_rows_are_sorted_by_the_field_asked_for(address: str) -> None:
    numbers = ids(address, Keyword="pipelines", SortField="opendate", SortDirection="Asc")
    assert [int(number) // 1000 for number in numbers] == sorted(
        int(number) // 1000 for number in numbers
    )
    pays = [
        float(row["PositionRemuneration"][0]["MinimumRange"])
        for row in descriptors(
            address, Keyword="pipelines", SortField="salarymin", SortDirection="Desc"
        )
    ]
    assert pays == sorted(pays, reverse=True)


# --- rows of one's own


def numbered_rows(count: int) -> list[dict[str, Any]]:
    return [
        {"MatchedObjectId": str(number), "MatchedObjectDescriptor": {}, "RelevanceRank": 0}
        for number in range(count)
    ]


def test_rows_of_ones_own_answer_every_query_as_they_are() -> None:
    rows = numbered_rows(30)
    with running(create_app(rows=rows)) as address:
        assert result(address, Keyword="xylophone")["SearchResultItems"] == rows
        assert ids(address, Page=3, ResultsPerPage=12) == ["24", "25", "26", "27", "28", "29"]


def test_rows_of_ones_own_may_change_between_requests() -> None:
    answers = iter([numbered_rows(1), numbered_rows(2)])
    with running(create_app(rows=lambda: next(answers))) as address:
        assert [total(address), total(address)] == [1, 2]


@pytest.mark.parametrize(
    ("rows", "counted"), [(CEILING - 1, CEILING - 1), (CEILING, CEILING), (CEILING + 1, CEILING)]
)
def test_no_query_counts_or_shows_more_than_the_ceiling(rows: int, counted: int) -> None:
    with running(create_app(rows=numbered_rows(rows))) as address:
        assert total(address) == counted
        assert len(ids(address, Page=20)) == counted - 19 * 500
        assert ids(address, Page=21) == []


# --- what the server is told, and what it saw


def served(app: SampleApi, **query: Any) -> int:
    with running(app) as address:
        return total(address, **query)


def test_the_day_can_be_set_while_serving(address: str) -> None:
    with running(create_app(seed=SEED, today=TODAY)) as other:
        before = ids(other, Keyword="pipelines")
        told = requests.put(
            f"{other}/sample/today", json={"today": "2026-11-25"}, timeout=10
        ).json()
        assert told == {"today": "2026-11-25"}
        assert set(ids(other, Keyword="pipelines")) != set(before)


def test_the_seed_chooses_the_world() -> None:
    assert served(create_app(seed=1, today=TODAY)) != served(create_app(seed=2, today=TODAY))


def test_requests_are_remembered_without_the_key() -> None:
    app = create_app(rows=[])
    with running(app) as address:
        ask(address, Keyword="data", Page=2)
        ask(address, {"Authorization-Key": None}, Keyword="")
        seen = requests.get(f"{address}/sample/requests", timeout=10)
    first, second = seen.json()
    assert first == {
        "method": "GET",
        "path": "/api/Search",
        "query": {"Keyword": "data", "Page": "2"},
        "has_key": True,
        "has_user_agent": True,
        "has_authorization": False,
    }
    assert (second["has_key"], second["query"]) == (False, {"Keyword": ""})
    assert "a-key" not in seen.text
    assert [request.path for request in app.requests] == ["/api/Search", "/api/Search"]
