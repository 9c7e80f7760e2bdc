"""The sample API's history, asked over HTTP as a client would, next to its Search."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import count
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from include.sample_api.historic import find, read_query
from include.sample_api.historic_rows import historic_row, text_row
from include.sample_api.postings import Place, Posting, open_on, opened_on
from include.sample_api.rows import RATE_NAMES, search_row
from include.sample_api.running import running
from include.sample_api.server import SampleApi, create_app
from include.usajobs.codes import HIRING_PATHS

TODAY = date(2026, 11, 24)
SEED = 1
HEADERS = {"User-Agent": "seeker@example.org", "Authorization-Key": "a-key"}
HISTORY = "/api/historicjoa"
TEXT = "/api/historicjoa/announcementtext"

Row = dict[str, Any]


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def opened(first: date, last: date | None = None, **more: Any) -> dict[str, Any]:
    """Return the parameters that ask for a window of opening days."""
    window = {"StartPositionOpenDate": first, "EndPositionOpenDate": last or first}
    return {name: str(value) for name, value in (window | more).items()}


def closed(first: date, last: date) -> dict[str, str]:
    return {"StartPositionCloseDate": str(first), "EndPositionCloseDate": str(last)}


class Client:
    """Who asks for the history, and needs no key for it."""

    def __init__(self, app: SampleApi, address: str) -> None:
        self.app = app
        self.address = address

    def get(self, query: dict[str, Any], path: str = HISTORY) -> requests.Response:
        return requests.get(f"{self.address}{path}", params=query, timeout=10)

    def pages(self, query: dict[str, Any], path: str = HISTORY) -> Iterator[dict[str, Any]]:
        answer = self.get(query, path).json()
        yield answer
        while following := answer["paging"]["next"]:
            answer = requests.get(f"{self.address}{following}", timeout=10).json()
            yield answer

    def rows(self, query: dict[str, Any], path: str = HISTORY) -> list[Row]:
        return [row for page in self.pages(query, path) for row in page["data"]]

    def numbers(self, query: dict[str, Any], path: str = HISTORY) -> list[int]:
        return [row["usajobsControlNumber"] for row in self.rows(query, path)]

    def search(self, **query: Any) -> dict[int, Row]:
        """Return the descriptors of all pages by control number."""
        url = f"{self.address}/api/Search"
        query |= {"SortField": "opendate", "ResultsPerPage": 500}
        found: dict[int, Row] = {}
        for page in count(1):
            answer = requests.get(url, query | {"Page": page}, headers=HEADERS, timeout=10).json()
            items = answer["SearchResult"]["SearchResultItems"]
            if not items:
                break
            found |= {
                int(item["MatchedObjectId"]): item["MatchedObjectDescriptor"] for item in items
            }
        return found


@pytest.fixture(scope="module")
def served() -> Iterator[Client]:
    app = create_app(seed=SEED, today=TODAY)
    with running(app) as address:
        yield Client(app, address)


@pytest.fixture
def client(served: Client) -> Client:
    served.app.today = TODAY
    served.app.historic_page_size = 1000
    served.app.historic_rows = None
    served.app.requests.clear()
    return served


def postings(day: date) -> list[Posting]:
    return list(opened_on(day, SEED))


def rows_as_of(day: date, today: date = TODAY) -> list[tuple[Posting, Row]]:
    forms = [posting.as_of(today) for posting in postings(day)]
    return [(form, historic_row(form, today)) for form in forms]


def listed(row: Row, name: str) -> list[dict[str, Any]]:
    return row[name] if name in row else row[name.lower()]


# --- the same postings as Search has


def test_a_days_search_and_the_days_history_agree_on_control_numbers(client: Client) -> None:
    found = client.search(DatePosted=0)
    assert sorted(found) == client.numbers(opened(TODAY))
    assert len(found) > 100


@pytest.mark.parametrize("days", [1, 6])
def test_of_a_past_day_search_still_finds_what_the_history_calls_open(
    client: Client, days: int
) -> None:
    found = client.search(DatePosted=days).keys() - client.search(DatePosted=days - 1).keys()
    rows = client.rows(opened(ago(days)))
    accepting = [row for row in rows if row["positionOpeningStatus"] == "Accepting applications"]
    assert {row["usajobsControlNumber"] for row in accepting} == found


def test_a_row_says_what_the_search_row_says(client: Client) -> None:
    found = client.search(DatePosted=0)
    for row in client.rows(opened(TODAY)):
        seen = found[row["usajobsControlNumber"]]
        pay = seen["PositionRemuneration"][0]
        assert row["positionTitle"] == seen["PositionTitle"]
        assert row["announcementNumber"] == seen["PositionID"]
        assert row["hiringAgencyName"] == seen["OrganizationName"]
        assert row["hiringDepartmentName"] == seen["DepartmentName"]
        assert [{"Code": row["payScale"]}] == seen["JobGrade"]
        assert row["minimumSalary"] == float(pay["MinimumRange"])
        assert row["maximumSalary"] == float(pay["MaximumRange"])
        assert row["salaryType"] == pay.get("Description", pay["RateIntervalCode"])
        details = seen["UserArea"]["Details"]
        assert row["minimumGrade"] == details["LowGrade"]
        assert row["teleworkEligible"] == {True: "Y", False: "N"}.get(
            details.get("TeleworkEligible"), row["teleworkEligible"]
        )
        paths = [HIRING_PATHS[code] for code in details.get("HiringPath", ())]
        assert not paths or [path["hiringPath"] for path in listed(row, "hiringPaths")] == paths


@settings(max_examples=5, deadline=None)
@given(st.dates(date(2016, 1, 1), date(2040, 12, 31)), st.integers(0, 40))
def test_on_any_day_the_history_holds_all_that_is_open(today: date, age: int) -> None:
    day = today - timedelta(days=age)
    known = {posting.control_number for posting in find(read_query(opened(day)), today, SEED)}
    still_open = {p.control_number for p in open_on(today, SEED) if p.opens == day}
    assert still_open <= known


def test_rows_have_the_form_of_today(client: Client) -> None:
    posting = next(p for p in postings(ago(9)) if p.amendment and p.amendment.change == "title")
    assert posting.amendment
    query = {"USAJOBSControlNumbers": posting.control_number}
    titles = []
    for day in (posting.amendment.day - timedelta(days=1), posting.amendment.day):
        client.app.today = day
        titles += [row["positionTitle"] for row in client.rows(query)]
    assert titles == [posting.title, f"{posting.title.strip()} - Amended"]


def test_nothing_is_known_of_the_days_after_today(client: Client) -> None:
    assert client.get(opened(ago(-1))).text in ("", "204 No Content")
    assert client.numbers(opened(TODAY, ago(-30))) == client.numbers(opened(TODAY))
    tomorrows = {"USAJOBSControlNumbers": postings(ago(-1))[0].control_number}
    assert client.get(tomorrows).text in ("", "204 No Content")


# --- what a row looks like


def test_a_row_has_the_keys_and_kinds_of_the_real_one(client: Client) -> None:
    row = client.rows(opened(TODAY))[0]
    assert len(row) == 40
    assert isinstance(row["usajobsControlNumber"], int)
    assert isinstance(row["minimumSalary"], float)
    assert isinstance(row["totalOpenings"], str)
    assert (row["supervisoryStatus"], row["hiringSubelementName"]) == ("N", None)
    assert not any("oordinate" in name or "emote" in name for name in row)


def test_rows_vary_as_the_real_ones_do() -> None:
    rows = [row for _, row in rows_as_of(TODAY)]
    for name in ("hiringPaths", "jobCategories", "positionLocations"):
        written = {name in row for row in rows}, {name.lower() in row for row in rows}
        assert written == ({True, False}, {True, False})
    dates = {row["positionOpenDate"] for row in rows}
    assert dates == {str(TODAY), f"{TODAY}T00:00:00"}
    countries = {"positionLocationCountry" in listed(row, "positionLocations")[0] for row in rows}
    assert countries == {True, False}
    assert {row["salaryType"] for row in rows} <= set(RATE_NAMES.values())
    assert {row["teleworkEligible"] for row in rows} == {"Y", "N"}


@pytest.mark.parametrize(
    ("place", "city", "state", "country"),
    [
        (Place("Chicago, Illinois", None), "Chicago", "Illinois", "United States"),
        (Place("Yokosuka, Japan", None, "Japan"), "Yokosuka", None, "Japan"),
        (
            Place("Location Negotiable After Selection, United States", None),
            "Location Negotiable After Selection",
            None,
            "United States",
        ),
    ],
)
def test_places_are_told_by_city_state_and_country(
    place: Place, city: str, state: str | None, country: str
) -> None:
    full = {
        "positionLocationCity": city,
        "positionLocationState": state,
        "positionLocationCountry": country,
    }
    without_country = dict(list(full.items())[:2])
    forms = [replace(posting, places=(place,), remote=False) for posting in postings(TODAY)]
    seen = [listed(historic_row(form, TODAY), "positionLocations") for form in forms]
    assert [full] in seen
    assert ([without_country] in seen) == (country == "United States")
    assert all(places in ([full], [without_country]) for places in seen)


def test_a_remote_posting_is_anywhere_and_nowhere_else() -> None:
    rows = [(posting, row) for age in range(5) for posting, row in rows_as_of(ago(age))]
    anywhere = {
        posting.control_number
        for posting, row in rows
        if [place["positionLocationCity"] for place in listed(row, "positionLocations")]
        == ["Anywhere in the U.S. (remote job)"]
    }
    assert anywhere == {posting.control_number for posting, _ in rows if posting.remote} != set()


def test_the_status_follows_the_posting() -> None:
    posting = next(
        p
        for age in range(100)
        for p in postings(ago(age))
        if p.amendment and p.amendment.change == "withdrawn"
    )
    kept = next(p for p in postings(TODAY) if p.amendment is None)

    def status(of: Posting, day: date) -> str:
        return historic_row(of.as_of(day), day)["positionOpeningStatus"]

    assert posting.amendment
    withdrawn = posting.amendment.day
    assert status(posting, withdrawn) == "Accepting applications"
    assert status(posting, withdrawn + timedelta(days=1)) == "Job canceled"
    assert status(kept, kept.closes) == "Accepting applications"
    assert status(kept, kept.closes + timedelta(days=60)) == "Applications under review"
    assert status(kept, kept.closes + timedelta(days=61)) == "Job closed"


# --- filters


def test_a_window_of_two_days_holds_both(client: Client) -> None:
    both = client.numbers(opened(ago(2), ago(1)))
    assert both == client.numbers(opened(ago(2))) + client.numbers(opened(ago(1)))


@pytest.mark.parametrize("joined", ["2210;1560", "2210,1560", " 2210 ; 1560 "])
def test_several_series_find_each_and_no_other(client: Client, joined: str) -> None:
    found = client.numbers(opened(ago(3), TODAY, PositionSeries=joined))
    everything = [p for age in (3, 2, 1, 0) for p in postings(ago(age))]
    assert found == [p.control_number for p in everything if {"2210", "1560"} & set(p.series)]
    assert 0 < len(found) < len(everything)


def test_a_series_may_lack_its_zeros(client: Client) -> None:
    wanted = [p.control_number for p in postings(TODAY) if "0610" in p.series]
    assert client.numbers(opened(TODAY, PositionSeries="610")) == wanted != []


@pytest.mark.parametrize("separator", [";", ","])
def test_control_numbers_find_their_rows_and_not_the_next(client: Client, separator: str) -> None:
    wanted = [postings(ago(400))[3].control_number, postings(TODAY)[5].control_number]
    query = {"USAJOBSControlNumbers": separator.join(map(str, wanted))}
    assert client.numbers(query) == wanted


def test_an_announcement_number_finds_all_its_rows_and_not_the_next(client: Client) -> None:
    shared = next(
        p for p in postings(TODAY) if p.control_number % 20 == 0 and p.control_number % 1000 >= 20
    )
    found = client.rows({"AnnouncementNumbers": shared.announcement_number})
    numbers = [row["usajobsControlNumber"] for row in found]
    assert numbers == [shared.control_number + more for more in range(3)]
    assert {row["announcementNumber"] for row in found} == {shared.announcement_number}


@pytest.mark.parametrize(
    ("parameter", "wanted", "code"),
    [
        ("HiringAgencyCodes", "VATA", lambda posting: posting.agency.code.split("/")[-1]),
        ("HiringAgencyCodes", "VATA;NV25", lambda posting: posting.agency.code.split("/")[-1]),
        ("HiringDepartmentCodes", "DD", lambda posting: posting.agency.code.split("/")[0]),
        ("HiringDepartmentCodes", "dd,va", lambda posting: posting.agency.code.split("/")[0]),
    ],
)
def test_a_code_finds_its_agencies_and_no_other(
    client: Client, parameter: str, wanted: str, code: Callable[[Posting], str]
) -> None:
    codes = wanted.upper().replace(",", ";").split(";")
    expected = [p.control_number for p in postings(TODAY) if code(p) in codes]
    assert client.numbers(opened(TODAY, **{parameter: wanted})) == expected
    assert 0 < len(expected) < len(postings(TODAY))


def test_closing_days_count_both_ends_in_the_form_of_today(client: Client) -> None:
    first, last = ago(4), ago(3)
    forms = [p.as_of(TODAY) for age in range(30, -1, -1) for p in postings(ago(age))]
    expected = [p.control_number for p in forms if first <= p.closes <= last]
    found = client.numbers(opened(ago(30), TODAY) | closed(first, last))
    assert found == expected != []


def test_a_closing_day_alone_finds_what_opened_a_year_before(client: Client) -> None:
    oldest = open_on(TODAY, SEED)[0]
    assert oldest.opens < ago(330)
    client.app.today = oldest.closes
    found = client.numbers(closed(oldest.closes, oldest.closes))
    assert found[0] <= oldest.control_number in found


def test_filters_narrow_one_another(client: Client) -> None:
    number = postings(TODAY)[0].control_number
    assert client.numbers(opened(TODAY, USAJOBSControlNumbers=number)) == [number]
    elsewhere = client.get(opened(ago(1), USAJOBSControlNumbers=number))
    assert elsewhere.text in ("", "204 No Content")


def test_an_unknown_parameter_is_ignored_and_names_count_in_any_case(client: Client) -> None:
    expected = client.numbers(opened(TODAY))
    assert client.numbers(opened(TODAY, Keyword="xylophone", PositionSeries="")) == expected
    in_capitals = {name.upper(): value for name, value in opened(TODAY).items()}
    assert client.numbers(in_capitals) == expected


@pytest.mark.parametrize(
    "numbers", ["0", "x", "9" * 5000, "99999999999", "SMP-26000-000", "SMP-26999-000"]
)
def test_a_number_that_cannot_be_finds_nothing(client: Client, numbers: str) -> None:
    for parameter in ("USAJOBSControlNumbers", "AnnouncementNumbers"):
        assert client.get({parameter: numbers}).text == "204 No Content"


# --- pages


@pytest.mark.parametrize("size", [1, 7, 1000])
@pytest.mark.parametrize("path", [HISTORY, TEXT])
def test_pages_cover_the_total_exactly_once(client: Client, size: int, path: str) -> None:
    client.app.historic_page_size = size
    query = opened(TODAY, PositionSeries="2210")
    pages = list(client.pages(query, path))
    numbers = [row["usajobsControlNumber"] for page in pages for row in page["data"]]
    expected = [p.control_number for p in postings(TODAY) if "2210" in p.series]
    assert numbers == expected
    assert {page["paging"]["metadata"]["totalCount"] for page in pages} == {len(expected)}
    assert {page["paging"]["metadata"]["pageSize"] for page in pages} == {size}
    assert all(len(page["data"]) == size for page in pages[:-1])
    assert {"summary" in row for page in pages for row in page["data"]} == {path == TEXT}


def test_next_is_relative_and_repeats_the_query_in_small_letters(client: Client) -> None:
    client.app.historic_page_size = 5
    paging = client.get(opened(TODAY, PositionSeries="2210;0610")).json()["paging"]
    path, query = urlsplit(paging["next"])[2:4]
    token = paging["metadata"]["continuationToken"]
    assert path == HISTORY
    assert query.startswith(f"continuationtoken={token}&")
    assert dict(parse_qsl(query)) | {"continuationtoken": ""} == {
        "continuationtoken": "",
        "startpositionopendate": str(TODAY),
        "endpositionopendate": str(TODAY),
        "positionseries": "2210;0610",
    }


def test_a_token_may_be_sent_as_the_metadata_has_it(client: Client) -> None:
    client.app.historic_page_size = 5
    first, second, *_ = client.pages(opened(TODAY))
    token = first["paging"]["metadata"]["continuationToken"]
    assert client.get(opened(TODAY, continuationToken=token)).json() == second


def test_the_last_page_has_no_token_and_its_next_is_null_or_empty(client: Client) -> None:
    ends = []
    for rows in ([{}], [{}, {}]):
        client.app.historic_rows = rows
        paging = client.get(opened(TODAY)).json()["paging"]
        assert paging["metadata"]["continuationToken"] is None
        ends.append(paging["next"])
    assert ends == [None, ""]


# --- no rows, no good query, no key


def test_no_rows_are_told_in_two_ways_from_day_to_day(client: Client) -> None:
    def told(day: date) -> tuple[int, str]:
        response = client.get(opened(day, PositionSeries="9999"))
        return response.status_code, response.text

    answers = [told(ago(age)) for age in range(4)]
    assert set(answers[:2]) == {(204, ""), (200, "204 No Content")}
    assert answers[2:] == answers[:2] == [told(ago(age)) for age in range(2)]


@pytest.mark.parametrize("path", [HISTORY, TEXT])
@pytest.mark.parametrize("query", [{}, {"PositionSeries": "2210"}, {"StartPositionOpenDate": ""}])
def test_a_query_without_dates_or_numbers_is_refused(
    client: Client, query: dict[str, str], path: str
) -> None:
    response = client.get(query, path)
    assert response.status_code == 400
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.json()["status"] == 400


@pytest.mark.parametrize("day", ["11/24/2026", "2026-02-30", "20261124", "2026-W48-2", "today"])
@pytest.mark.parametrize("parameter", ["StartPositionOpenDate", "EndPositionCloseDate"])
def test_a_bad_date_is_refused_and_named(client: Client, parameter: str, day: str) -> None:
    response = client.get(opened(TODAY) | {parameter: day})
    assert response.status_code == 400
    assert day in response.json()["detail"]


@pytest.mark.parametrize("token", ["2", "cGFnZSAy", "%%%", "ä"])
def test_a_token_that_is_none_is_refused(client: Client, token: str) -> None:
    assert client.get(opened(TODAY, continuationToken=token)).status_code == 400


def test_no_key_is_needed_and_one_that_is_sent_is_noted(client: Client) -> None:
    url = f"{client.address}{HISTORY}"
    for headers in ({}, HEADERS):
        response = requests.get(url, opened(TODAY), headers=headers, timeout=10)
        assert response.status_code == 200
    assert [(seen.path, seen.has_key) for seen in client.app.requests] == [
        (HISTORY, False),
        (HISTORY, True),
    ]


def test_the_paths_are_known_as_documented_too(client: Client) -> None:
    for documented, path in (
        ("/api/HistoricJoa", HISTORY),
        ("/api/HistoricJoa/AnnouncementText", TEXT),
    ):
        assert client.rows(opened(TODAY), documented) == client.rows(opened(TODAY), path)


# --- the announcements' text


def test_texts_are_those_of_the_same_postings(client: Client) -> None:
    query = opened(TODAY, PositionSeries="2210;1560")
    texts = client.rows(query, TEXT)
    assert [text["usajobsControlNumber"] for text in texts] == client.numbers(query)
    by_number = {posting.control_number: posting for posting in postings(TODAY)}
    for text in texts:
        posting = by_number[text["usajobsControlNumber"]]
        assert text["summary"] == posting.summary
        assert text["requirementsQualifications"] == posting.qualifications
        assert all(duty in text["duties"] for duty in posting.duties)
        assert all(isinstance(text[name], str) for name in text if name != "usajobsControlNumber")


def test_duties_are_html_in_some_announcements_and_plain_in_others() -> None:
    assert {text_row(posting)["duties"].startswith("<ul><li>") for posting in postings(TODAY)} == {
        True,
        False,
    }


# --- rows of a test's own


def test_given_rows_are_served_as_they_are_and_paged(client: Client) -> None:
    rows = [{"usajobsControlNumber": number, "odd": None} for number in range(5)]
    client.app.historic_rows = rows
    client.app.historic_page_size = 2
    assert [page["data"] for page in client.pages(opened(TODAY, PositionSeries="9999"))] == [
        rows[:2],
        rows[2:4],
        rows[4:],
    ]


def test_given_rows_may_be_none_and_may_be_made_when_asked_for(client: Client) -> None:
    client.app.historic_rows = list
    assert client.get(opened(TODAY)).text in ("", "204 No Content")


def test_search_is_not_touched_by_given_rows() -> None:
    rows = [search_row(posting) for posting in postings(TODAY)[:3]]
    with running(create_app(today=TODAY, seed=SEED, rows=rows, historic_rows=[{}])) as address:
        client = Client(create_app(), address)
        assert len(client.search()) == 3
        assert client.rows(opened(TODAY)) == [{}]


# --- speed


def test_a_day_and_a_month_are_answered_quickly(client: Client) -> None:
    client.rows(opened(ago(200)))  # places are read from their files once
    began = time.monotonic()
    assert client.rows(opened(ago(150)))
    assert time.monotonic() - began < 0.5
    began = time.monotonic()
    assert len(client.rows(opened(ago(140), ago(111)))) > 2000
    assert time.monotonic() - began < 5
