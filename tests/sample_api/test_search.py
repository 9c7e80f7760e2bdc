"""The sample API's search, asked as this project's client asks it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from math import ceil
from typing import Any

import pytest

from include.sample_api.postings import open_on
from tests.sample_api.sample_client import HEADERS, SEARCH, SEED, TODAY, Client, served


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with served() as client:
        yield client


def numbered_rows(count: int) -> list[dict[str, Any]]:
    return [
        {"MatchedObjectId": str(number), "MatchedObjectDescriptor": {}, "RelevanceRank": 0}
        for number in range(count)
    ]


def test_an_answer_has_the_real_envelope(client: Client) -> None:
    response = client.get(
        SEARCH, Keyword="data engineering", LocationName="Chicago, Illinois", Radius=50
    )
    answer = response.json()
    found = answer["SearchResult"]
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/hr+json; charset=utf-8"
    assert (answer["LanguageCode"], answer["SearchParameters"]) == ("EN", {})
    assert found["SearchResultCount"] == len(found["SearchResultItems"]) == 25
    assert found["SearchResultCountAll"] > 25
    assert found["UserArea"] == {
        "NumberOfPages": str(ceil(found["SearchResultCountAll"] / 25)),
        "IsRadialSearch": True,
        "ResolvedLocation": ["Chicago, Illinois"],
    }


def test_no_hits_are_an_answer_too(client: Client) -> None:
    assert client.result(Keyword="xylophone") == {
        "SearchResultCount": 0,
        "SearchResultCountAll": 0,
        "SearchResultItems": [],
        "UserArea": {"NumberOfPages": "0", "IsRadialSearch": False},
    }


# --- access


@pytest.mark.parametrize("user_agent", ["python-requests/2.32", None])
def test_a_user_agent_that_is_no_address_gets_403_and_html(
    client: Client, user_agent: str | None
) -> None:
    response = client.get(SEARCH, HEADERS | {"User-Agent": user_agent})
    assert response.status_code == 403
    assert response.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("key", ["", None, "another-key"])
def test_without_the_right_key_comes_401_and_a_problem(key: str | None) -> None:
    with served(key="a-key", rows=[]) as client:
        assert client.get(SEARCH).status_code == 200
        response = client.get(SEARCH, HEADERS | {"Authorization-Key": key})
    assert response.status_code == response.json()["status"] == 401
    assert response.headers["Content-Type"] == "application/problem+json"


# --- pages


def test_pages_cover_every_row_once_and_go_on_empty_with_the_total(client: Client) -> None:
    pages = [client.result(Page=page) for page in range(1, 9)]
    seen = [row["MatchedObjectId"] for page in pages for row in page["SearchResultItems"]]
    assert sorted(map(int, seen)) == [posting.control_number for posting in open_on(TODAY, SEED)]
    assert pages[-1]["SearchResultItems"] == []
    assert {page["SearchResultCountAll"] for page in pages} == {len(seen)}


@pytest.mark.parametrize(
    ("asked", "shown"), [("", 25), ("7", 7), ("500", 500), ("501", 500), ("0", 25), ("many", 25)]
)
def test_a_page_has_25_rows_by_default_and_500_at_most(
    client: Client, asked: str, shown: int
) -> None:
    assert len(client.ids(ResultsPerPage=asked)) == shown


@pytest.mark.parametrize(("size", "pages"), [(10, "5"), (25, "2"), (500, "2")])
def test_the_number_of_pages_is_text_and_reckons_with_25_rows_at_most(
    size: int, pages: str
) -> None:
    with served(rows=numbered_rows(50)) as client:
        assert client.result(ResultsPerPage=size)["UserArea"]["NumberOfPages"] == pages


# --- parameters


def test_every_word_of_a_keyword_has_to_occur_in_one_of_its_forms(client: Client) -> None:
    engineer, engineers, capitals = (
        set(client.ids(Keyword=word)) for word in ("engineer", "engineers", "ENGINEERING")
    )
    assert engineer == engineers == capitals != set()
    assert 0 < client.total(Keyword="data engineering") < client.total(Keyword="data")
    assert client.total(Keyword="data engineering xylophone") == 0
    assert client.total(Keyword="warehouse") > client.total(Keyword="warehou") == 0


def test_a_location_narrows_and_a_wider_radius_finds_more(client: Client) -> None:
    near, far = (client.total(LocationName="Chicago, Illinois", Radius=miles) for miles in (10, 50))
    assert 0 < near < far < client.total() == client.total(Radius=50)


def test_several_locations_find_what_is_near_one_of_them(client: Client) -> None:
    names = ("Chicago, Illinois", "Washington, District of Columbia")
    here, there = (client.total(LocationName=name, Radius=50) for name in names)
    both = client.total(LocationName=";".join(names), Radius=50)
    assert max(here, there) < both <= here + there
    assert client.total(LocationName=f"{names[0]};Chicago, IL", Radius=50) == here


@pytest.mark.parametrize("name", ["Chicago, IL", "Remote", "Chicago", "Chicgo, Illinois"])
def test_a_location_that_cannot_be_resolved_finds_nothing_with_200(
    client: Client, name: str
) -> None:
    found = client.result(LocationName=name, Radius=50)
    assert found["SearchResultCountAll"] == 0
    assert "ResolvedLocation" not in found["UserArea"]


def test_rows_come_by_opening_day_if_asked_and_else_in_no_order_that_means_anything(
    client: Client,
) -> None:
    by_day = [int(number) // 1000 for number in client.ids(SortField="opendate")]
    assert by_day == sorted(by_day)
    assert client.ids() == client.ids()
    assert client.ids() not in (sorted(client.ids()), sorted(client.ids(), reverse=True))


# --- control


def test_given_rows_answer_every_query_and_may_change_between_requests() -> None:
    rows = numbered_rows(30)
    with served(rows=lambda: rows) as client:
        assert client.result(Keyword="xylophone")["SearchResultItems"] == rows
        assert client.ids(Page=3, ResultsPerPage=12) == ["24", "25", "26", "27", "28", "29"]
        rows.pop()
        assert client.total() == 29


def test_the_day_and_the_seed_choose_the_postings(client: Client) -> None:
    with served(seed=2) as other:
        assert other.total() != client.total()
    with served() as other:
        before = other.ids(Keyword="pipelines")
        tomorrow = {"today": str(TODAY + timedelta(days=1))}
        assert other.control("PUT", "today", tomorrow).json() == tomorrow
        assert set(other.ids(Keyword="pipelines")) != set(before)


def test_requests_are_remembered_without_the_key() -> None:
    with served(rows=[]) as client:
        client.get(SEARCH, Keyword="data", Page=2)
        client.get(SEARCH, HEADERS | {"Authorization-Key": None}, Keyword="")
        seen = client.control("GET", "requests")
    query = {"Keyword": "data", "Page": "2"}
    assert seen.json() == [
        {"method": "GET", "path": SEARCH, "query": query, "has_key": True},
        {"method": "GET", "path": SEARCH, "query": {"Keyword": ""}, "has_key": False},
    ]
    assert [request.path for request in client.app.requests] == [SEARCH, SEARCH]
