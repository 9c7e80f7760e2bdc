"""The sample API's history, beside its search."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import groupby
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from include.jobs.codes import HIRING_PATHS
from include.jobs.opening_status import IN_ORDER
from include.jobs.opening_status import opening_status as read_status
from include.sample_api.historic_rows import historic_row, text_row
from include.sample_api.opening_statuses import opening_status
from include.sample_api.postings import opened_on
from include.sample_api.rows import RATE_NAMES, search_row
from include.usajobs.drift import Drift
from include.usajobs.historic_rows import project, read_row, read_text
from include.usajobs.search_rows import read_row as read_search_row
from tests.sample_api.sample_client import (
    HISTORY,
    SEED,
    TEXT,
    TODAY,
    Client,
    Row,
    opened,
    served,
)

POSTINGS = list(opened_on(TODAY, SEED))
SAID_ALIKE = {
    "announcementClosingTypeCode": "AnnouncementClosingType",
    "promotionPotential": "PromotionPotential",
    "securityClearance": "SecurityClearance",
    "totalOpenings": "TotalOpenings",
}
ANSWERED_ALIKE = {
    "drugTestRequired": "DrugTestRequired",
    "relocationExpensesReimbursed": "Relocation",
}
NO_ROWS = ("", "204 No Content")


@pytest.fixture(scope="module")
def module_client() -> Iterator[Client]:
    with served() as client:
        yield client


@pytest.fixture
def client(module_client: Client) -> Client:
    module_client.app.today = TODAY
    module_client.app.historic_page_size = 1000
    module_client.app.requests.clear()
    return module_client


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def numbers(rows: list[Row]) -> list[int]:
    return [row["usajobsControlNumber"] for row in rows]


def listed(row: Row, name: str) -> list[dict[str, Any]]:
    """Return a list of a row, whose name is written in two ways."""
    return list(row[name] if name in row else row[name.lower()])


# --- the same postings as the search has


def found_by_search(client: Client) -> dict[int, Row]:
    """Return the descriptors of everything that is open, by control number."""
    items = [item for page in range(1, 8) for item in client.result(Page=page)["SearchResultItems"]]
    return {int(item["MatchedObjectId"]): item["MatchedObjectDescriptor"] for item in items}


def test_both_endpoints_list_what_is_open_and_the_history_what_is_closed_too(
    client: Client,
) -> None:
    search = found_by_search(client).keys()
    rows = client.rows(**opened(ago(9), TODAY))
    accepting = {
        row["usajobsControlNumber"]
        for row in rows
        if row["positionOpeningStatus"] == "Accepting applications"
    }
    assert {number for number in search if number // 1000 >= ago(9).toordinal()} == accepting
    assert {number for number in numbers(rows) if number // 1000 == TODAY.toordinal()} <= search
    assert len(accepting) < len(rows)


def test_a_row_says_what_the_search_row_says(client: Client) -> None:
    found = found_by_search(client)
    for row in client.rows(**opened(TODAY)):
        seen = found[row["usajobsControlNumber"]]
        pay, details = seen["PositionRemuneration"][0], seen["UserArea"]["Details"]
        assert row["positionTitle"] == seen["PositionTitle"]
        assert row["announcementNumber"] == seen["PositionID"]
        assert row["hiringAgencyName"] == seen["OrganizationName"]
        assert row["hiringDepartmentName"] == seen["DepartmentName"]
        assert [{"Code": row["payScale"]}] == seen["JobGrade"]
        assert row["minimumSalary"] == float(pay["MinimumRange"])
        assert row["maximumSalary"] == float(pay["MaximumRange"])
        assert row["salaryType"] == pay.get("Description", pay["RateIntervalCode"])
        assert row["minimumGrade"] == details["LowGrade"]
        assert row["teleworkEligible"] == {True: "Y", False: "N"}.get(
            details.get("TeleworkEligible"), row["teleworkEligible"]
        )
        for historic, name in SAID_ALIKE.items():
            assert row[historic] == details.get(name, row[historic])
        for historic, name in ANSWERED_ALIKE.items():
            assert row[historic] == {"True": "Y", "False": "N"}.get(
                details.get(name), row[historic]
            )
        paths = [HIRING_PATHS[code] for code in details.get("HiringPath", ())]
        assert not paths or [path["hiringPath"] for path in listed(row, "hiringPaths")] == paths


def test_rows_have_the_form_of_today_and_nothing_is_known_of_later_days(client: Client) -> None:
    opened = (each for days in range(60, 9, -1) for each in opened_on(ago(days), SEED))
    posting = next(each for each in opened if each.amendment and each.amendment.change == "title")
    assert posting.amendment
    titles = []
    for day in (posting.amendment.day - timedelta(days=1), posting.amendment.day):
        client.app.today = day
        (row,) = client.rows(USAJOBSControlNumbers=posting.control_number)
        titles.append(row["positionTitle"])
    assert titles == [posting.title, f"{posting.title.strip()} - Amended"]

    client.app.today = posting.opens - timedelta(days=1)
    assert client.get(HISTORY, StartPositionOpenDate=posting.opens).text in NO_ROWS
    assert client.get(HISTORY, USAJOBSControlNumbers=posting.control_number).text in NO_ROWS


# --- rows and texts


def test_rows_vary_as_the_real_ones_do() -> None:
    rows = [historic_row(posting, TODAY) for posting in POSTINGS]
    for name in ("hiringPaths", "jobCategories", "positionLocations"):
        assert {name in row for row in rows} == {name.lower() in row for row in rows}
        assert {name in row for row in rows} == {True, False}
    assert {row["positionOpenDate"] for row in rows} == {str(TODAY), f"{TODAY}T00:00:00"}
    countries = {"positionLocationCountry" in listed(row, "positionLocations")[0] for row in rows}
    assert countries == {True, False}
    assert {row["salaryType"] for row in rows} <= set(RATE_NAMES.values())
    assert {row["teleworkEligible"] for row in rows} == {"Y", "N"}
    remote = historic_row(replace(POSTINGS[0], remote=True), TODAY)
    (place,) = listed(remote, "positionLocations")
    assert place["positionLocationCity"] == "Anywhere in the U.S. (remote job)"


def test_both_apis_say_the_same_facts_of_a_posting() -> None:
    compared = 0
    for posting in POSTINGS:
        drift = Drift()
        searched = read_search_row(search_row(posting), drift).facts
        row = read_row(project(historic_row(posting, TODAY)), drift)
        past = read_text(row, text_row(posting), drift).facts
        assert drift.entries() == []
        for name, said in past:
            other = getattr(searched, name)
            if said is not None and other is not None:
                assert said == other, name
                compared += 1
    assert compared > 8 * len(POSTINGS)


def test_texts_are_those_of_the_same_postings_in_html_or_plain(client: Client) -> None:
    query = {**opened(TODAY), "PositionSeries": "2210;1560"}
    texts = client.rows(TEXT, **query)
    assert numbers(texts) == numbers(client.rows(**query)) != []
    by_number = {posting.control_number: posting for posting in POSTINGS}
    for text in texts:
        posting = by_number[text["usajobsControlNumber"]]
        assert text["summary"] == posting.summary
        assert text["requirementsQualifications"] == posting.qualifications
        assert all(duty in text["duties"] for duty in posting.duties)
    html = {text_row(posting)["duties"].startswith("<ul><li>") for posting in POSTINGS}
    assert html == {True, False}


# --- parameters


def of_series(*series: str) -> list[int]:
    return [posting.control_number for posting in POSTINGS if {*series} & {*posting.series}]


@pytest.mark.parametrize(
    ("given", "wanted"), [("2210;1560", ("2210", "1560")), ("610", ("0610",)), ("9999", ())]
)
def test_series_find_each_and_no_other(client: Client, given: str, wanted: tuple[str, ...]) -> None:
    answer = client.get(HISTORY, **opened(TODAY), PositionSeries=given)
    found = numbers(answer.json()["data"]) if wanted else []
    assert found == of_series(*wanted)
    assert wanted or answer.text in NO_ROWS


def test_control_numbers_find_their_rows_and_not_the_next(client: Client) -> None:
    wanted = [next(opened_on(ago(400), SEED)).control_number, POSTINGS[5].control_number]
    found = client.rows(USAJOBSControlNumbers=";".join(map(str, wanted)))
    assert numbers(found) == wanted
    for number in ("0", "x", "9" * 5000):
        assert client.get(HISTORY, USAJOBSControlNumbers=number).text in NO_ROWS


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"PositionSeries": "2210"},
        {"StartPositionOpenDate": ""},
        {"StartPositionOpenDate": "11/24/2026"},
        {"EndPositionOpenDate": "2026-W48-2"},
        {**opened(TODAY), "continuationToken": "page"},
        {**opened(TODAY), "continuationToken": "ä"},
    ],
)
@pytest.mark.parametrize("path", [HISTORY, TEXT])
def test_a_query_without_days_or_with_bad_values_is_refused(
    client: Client, query: dict[str, Any], path: str
) -> None:
    response = client.get(path, **query)
    assert response.status_code == response.json()["status"] == 400
    assert response.headers["Content-Type"] == "application/problem+json"


def test_no_key_is_needed_and_one_that_is_sent_is_noted(client: Client) -> None:
    assert client.get(HISTORY, {}, **opened(TODAY)).status_code == 200
    assert client.get(HISTORY, **opened(TODAY)).status_code == 200
    seen = [(request.path, request.has_key) for request in client.app.requests]
    assert seen == [(HISTORY, False), (HISTORY, True)]


# --- pages


@pytest.mark.parametrize("size", [1, 7, 1000])
@pytest.mark.parametrize("path", [HISTORY, TEXT])
def test_pages_cover_the_total_exactly_once(client: Client, size: int, path: str) -> None:
    client.app.historic_page_size = size
    pages = list(client.pages(path, **opened(TODAY), PositionSeries="2210"))
    assert numbers([row for page in pages for row in page["data"]]) == of_series("2210")
    assert all(len(page["data"]) == size for page in pages[:-1])
    for page in pages:
        metadata = page["paging"]["metadata"]
        assert (metadata["totalCount"], metadata["pageSize"]) == (len(of_series("2210")), size)


def test_next_is_relative_and_repeats_the_query_and_the_token_in_small_letters(
    client: Client,
) -> None:
    client.app.historic_page_size = 5
    first, second, *_ = client.pages(**opened(TODAY), PositionSeries="2210;0610")
    address = urlsplit(first["paging"]["next"])
    token = first["paging"]["metadata"]["continuationToken"]
    assert address.path == HISTORY
    assert address.query.startswith(f"continuationtoken={token}&")
    assert dict(parse_qsl(address.query)).items() >= {
        ("startpositionopendate", str(TODAY)),
        ("endpositionopendate", str(TODAY)),
        ("positionseries", "2210;0610"),
    }
    # It may be sent as the metadata have it, too.
    query = {**opened(TODAY), "PositionSeries": "2210;0610"}
    assert client.get(HISTORY, **query, continuationToken=token).json() == second


def test_the_last_page_and_no_rows_are_told_in_two_ways(client: Client) -> None:
    ends = set()
    for count in (1, 2):
        query = ";".join(str(posting.control_number) for posting in POSTINGS[:count])
        paging = client.get(HISTORY, USAJOBSControlNumbers=query).json()["paging"]
        assert paging["metadata"]["continuationToken"] is None
        ends.add(paging["next"])
    assert ends == {None, ""}
    nothing = [client.get(HISTORY, **opened(ago(age)), PositionSeries="9999") for age in range(4)]
    told = [(response.status_code, response.text) for response in nothing]
    assert {*told[:2]} == {(204, ""), (200, "204 No Content")}
    assert told[:2] == told[2:]


def test_statuses_move_on_after_the_deadline_and_never_back() -> None:
    postings = [p for number in range(20) for p in opened_on(ago(100 + number), SEED)]
    endings = set()
    for posting in postings:
        days = [posting.opens + timedelta(days=day) for day in range(0, 250, 3)]
        seen = [opening_status(posting.as_of(day), day) for day in days]
        stages = [status for status, _ in groupby(seen)]
        assert stages[0] == "Accepting applications"
        assert len(stages) == len({*stages})
        known = [IN_ORDER.index(read_status(status) or "") for status in stages]
        assert known == sorted(known)
        endings.add(stages[-1])
    assert {"Hiring complete", "Job canceled"} < endings


def test_the_history_tells_the_status_by_control_number_as_it_is_on_that_day(
    client: Client,
) -> None:
    first, second = [p for p in opened_on(ago(100), SEED) if p.as_of(TODAY).closes < ago(1)][:2]
    rows = client.rows(USAJOBSControlNumbers=f"{first.control_number};{second.control_number};1")
    assert {row["usajobsControlNumber"]: row["positionOpeningStatus"] for row in rows} == {
        each.control_number: opening_status(each.as_of(TODAY), TODAY) for each in (first, second)
    }
