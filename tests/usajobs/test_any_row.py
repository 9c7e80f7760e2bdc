"""Any row becomes a position or is quarantined, in time and memory that grow as the row does."""

from __future__ import annotations

import json
import sys
import tracemalloc
from collections.abc import Callable, Mapping
from datetime import date
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
import requests
import tenacity.nap
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pymongo.database import Database

from include.jobs.source import HISTORIC, SEARCH, Source
from include.matching.context import MatchContext
from include.searches.parameters import SearchParameters
from include.store.collections import POSITIONS, QUARANTINE, VERSIONS
from include.usajobs.client import MalformedResponseError
from include.usajobs.extract import Extract
from include.usajobs.historic_api import ENDPOINT, read_days
from include.usajobs.search_api import read_everything
from tests.support.chain import read, stored, transformed
from tests.support.growing_rows import ENTRIES, TEXTS, Growing
from tests.support.historic_rows import historic_envelope
from tests.support.odd_rows import GOOD, KEYWORDS, ending, odd_row
from tests.support.rows import CHICAGO, answer, envelope, pay, place, position, row
from tests.usajobs.test_search_api import response

SOURCES: tuple[Source, ...] = (SEARCH, HISTORIC)
USUAL_NUMBER = 300

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=20)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(ANY_TEXT, inner),
    max_leaves=10,
)


@pytest.fixture
def number(pytestconfig: pytest.Config) -> int | None:
    """How many rows are tried, where somebody asked for more than the usual ones."""
    asked: int | None = pytestconfig.getoption("--requests")
    return asked


def tried(number: int | None) -> Callable[[Any], Any]:
    return settings(
        max_examples=number or USUAL_NUMBER,
        derandomize=not number,
        suppress_health_check=list(HealthCheck),
    )


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("keyword", KEYWORDS)
def test_a_good_row_that_was_changed_anywhere_ends_well(
    source: Source, keyword: str, number: int | None
) -> None:
    ends = set()

    @tried(number)
    @given(st.randoms(use_true_random=False))
    def let_through(chance: Random) -> None:
        ends.add(ending(source, odd_row(source, chance), keyword))

    let_through()
    assert ends == {"kept", "rejected", "quarantined"}


@pytest.mark.parametrize("source", SOURCES)
def test_json_of_any_shape_is_quarantined(source: Source, number: int | None) -> None:
    @tried(number)
    @given(ANY_JSON)
    def let_through(found: Any) -> None:
        assert ending(source, found) == "quarantined"

    let_through()


class Api:
    """Answers with rows, whichever API is asked, and with a text that belongs to them all."""

    def __init__(self, rows: list[Any], text: Any) -> None:
        self.rows, self.text = rows, text

    def search(self, page: int) -> requests.Response:
        return response(envelope(self.rows))

    def day(self, endpoint: str, query: Mapping[str, str]) -> requests.Response:
        if endpoint == ENDPOINT:
            return response(historic_envelope(self.rows))
        numbers = query["USAJOBSControlNumbers"].split(";")
        return response(
            historic_envelope([{**self.text, "usajobsControlNumber": each} for each in numbers])
        )

    def extracted(self, source: Source, keyword: str) -> tuple[Extract, list[Any]]:
        """Return what `extract` hands on."""
        batches: list[Any] = []
        if source == SEARCH:
            return read_everything(self.search, batches, connection="usajobs"), batches
        search = MatchContext.of(SearchParameters(keyword=keyword))
        days = [date(2026, 9, 1)]
        return read_days(self.day, days, search, batches, connection="usajobs"), batches


@pytest.mark.parametrize("source", SOURCES)
def test_odd_rows_of_an_answer_are_handed_on_or_counted(
    source: Source, number: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tenacity.nap, "time", SimpleNamespace(sleep=lambda seconds: None))
    answered, refused = 0, []

    @tried(number)
    @given(st.randoms(use_true_random=False))
    def let_through(chance: Random) -> None:
        nonlocal answered
        keyword = chance.choice(KEYWORDS)
        odd, good = odd_row(source, chance), GOOD[source][0]
        rows = [odd] if numbered(odd, source) == numbered(good, source) else [odd, good]
        texts = odd_row(HISTORIC, chance)
        text = texts if isinstance(texts, dict) else {}
        try:
            extract, batches = Api(rows, text).extracted(source, keyword)
        except MalformedResponseError as problem:
            refused.append(str(problem))
            return
        handed_on = [each for batch in json.loads(json.dumps(batches)) for each in batch]
        assert len(handed_on) == extract["rows"]
        assert len(handed_on) + sum(map(len, extract["outside"].values())) == len(rows)
        assert all((each["position"] is None) != (each["unreadable"] is None) for each in handed_on)
        answered += 1

    let_through()
    assert answered > len(refused)
    assert all("is nested deeper than" in message for message in refused)


def numbered(found: Any, source: Source) -> str | None:
    return read(found, source).control_number


@pytest.mark.parametrize("source", SOURCES)
def test_mongodb_stores_odd_rows_and_nothing_of_them_is_lost(
    source: Source, number: int | None, database: Database[dict[str, Any]]
) -> None:
    odd = (odd_row(source, Random(seed)) for seed in range(number or USUAL_NUMBER))
    # As `extract` does it: of rows with one number, one.
    rows = list({numbered(each, source) or json.dumps(each): each for each in odd}.values())
    found = transformed(answer(*rows, source=source))
    receipt = stored(database, found)

    kept = {judged["position"]["control_number"]: judged for judged in found["kept"]}
    assert set(database[POSITIONS].distinct("_id")) == set(kept)
    assert database[VERSIONS].count_documents({}) == len(kept)
    for document in database[POSITIONS].find():
        expected = kept[document["_id"]]
        assert document["PositionTitle"] == expected["position"]["PositionTitle"]
        assert document["PositionLocation"] == expected["position"]["PositionLocation"]
        assert (
            document["matches"][found["search"]]["reasons"] == expected["match_result"]["reasons"]
        )
    set_aside = {entry["raw"] for entry in database[QUARANTINE].find()}
    if source == SEARCH:
        assert set_aside <= {json.dumps(each) for each in rows}
    assert len(set_aside) == sum(unread["kept"] for unread in receipt["quarantined"]) > 0
    assert receipt["quarantined"] == found["unreadable"]


def nested(levels: int) -> Any:
    value: Any = "7"
    for _ in range(levels):
        value = [value]
    return value


def found_row(**changes: Any) -> dict[str, Any]:
    """Return a row that is on topic for either keyword."""
    experience = "Specialized experience is experience with data pipelines."
    found = {"PositionTitle": "Data Pipelines Engineer", "QualificationSummary": experience}
    return row(**found | changes)


FINDS = {
    "half a character between the words of a keyword": (
        found_row(PositionTitle="Clerk", details={"MajorDuties": ["data\ud800pipelines"]}),
        "quarantined",
    ),
    "half a character in a name that is not required": (
        found_row(OrganizationName="\ud800"),
        "quarantined",
    ),
    "NUL in a title": (found_row(PositionTitle="Data\0 Engineer"), "kept"),
    "NUL between the words of a keyword": (
        found_row(PositionTitle="Clerk", details={"MajorDuties": ["data \0 pipelines"]}),
        "kept",
    ),
    "nothing but NUL in a title": (found_row(PositionTitle="\0"), "quarantined"),
    "NUL in a code that is on no list": (found_row(JobGrade=[{"Code": "G\0S"}]), "kept"),
    "an amount of 100,000 levels": (
        found_row(PositionRemuneration=pay(nested(100_000), "1")),
        "quarantined",
    ),
    "a coordinate of 100,000 levels": (
        found_row(PositionLocation=[{**CHICAGO, "Latitude": nested(100_000)}]),
        "kept",
    ),
    "an entity of 5,000 digits in a text that is not required": (
        found_row(details={"JobSummary": f"&#{'9' * 5_000};"}),
        "kept",
    ),
    "a place of a million characters": (
        found_row(PositionLocation=[place("x" * 1_000_000, 41.88, -87.63)]),
        "quarantined",
    ),
    "a pay plan of a million characters": (
        found_row(JobGrade=[{"Code": "X" * 1_000_000}]),
        "quarantined",
    ),
    "a grade of a million characters": (found_row(details={"LowGrade": "x" * 1_000_000}), "kept"),
    "a title that goes on as its keyword does": (
        found_row(
            PositionTitle="Clerk",
            details={"MajorDuties": ["data pipeline" + "s" * 1_000_000, "A data pipeline."]},
        ),
        "kept",
    ),
    "100,000 hiring paths": (
        found_row(details={"HiringPath": [f"path {number}" for number in range(100_000)]}),
        "kept",
    ),
    "more pay than a number holds": (
        found_row(PositionRemuneration=pay("1e308", "", "PH")),
        "quarantined",
    ),
    "a day before the first year": (
        found_row(PublicationStartDate="0001-01-01T00:00+01:00"),
        "quarantined",
    ),
    "a day after the last year": (found_row(ApplicationCloseDate="9999-12-31"), "quarantined"),
}


@pytest.mark.parametrize("keyword", KEYWORDS)
@pytest.mark.parametrize(("found", "end"), FINDS.values(), ids=FINDS)
def test_what_a_fuzzer_or_a_reader_found_ends_well(
    found: dict[str, Any], end: str, keyword: str
) -> None:
    assert ending(SEARCH, found, keyword) == end


def test_a_hiring_path_without_a_name_is_none() -> None:
    assert position(details={"HiringPath": ["", " "]}).hiring_paths is None
    assert position(details={"HiringPath": ["", "public"]}).hiring_paths == ["public"]


def calls(growing: Growing, count: int) -> int:
    """Count the calls, of Python and of C, that reading and judging a row take."""
    rows = growing.row(count)
    ending(growing.source, rows)  # fills the caches
    counted = 0

    def count_one(frame: Any, event: str, argument: Any) -> None:
        nonlocal counted
        counted += event in ("call", "c_call")

    sys.setprofile(count_one)
    try:
        ending(growing.source, rows)
    finally:
        sys.setprofile(None)
    return counted


@pytest.mark.parametrize("growing", ENTRIES, ids=lambda growing: growing.what)
def test_twice_as_much_takes_no_more_than_twice_as_many_calls(growing: Growing) -> None:
    assert calls(growing, 1600) < 2.1 * calls(growing, 800)


def peak(growing: Growing, count: int) -> int:
    """Return the bytes that are held at most, besides the row, while it is read and judged."""
    rows = growing.row(count)
    ending(growing.source, rows)  # fills the caches
    tracemalloc.start()
    try:
        ending(growing.source, rows)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("growing", [*ENTRIES, *TEXTS], ids=lambda growing: growing.what)
def test_twice_as_much_takes_no_more_than_twice_the_memory(growing: Growing) -> None:
    few = 400 if growing in ENTRIES else 40_000
    # Sets and dictionaries grow in steps; what is gone through twice as often would be at 4.
    assert peak(growing, 2 * few) < 2.8 * peak(growing, few)


def test_nothing_large_stays_in_memory_after_a_row() -> None:
    def names(number: int) -> list[dict[str, Any]]:
        return [{"LocationName": f"{number} " + "x" * 100_000, "CityName": "y" * 100_000}]

    ending(SEARCH, row(PositionLocation=names(0)))
    tracemalloc.start()
    try:
        for number in range(1, 20):
            ending(SEARCH, row(PositionLocation=names(number)))
        assert tracemalloc.get_traced_memory()[0] < 500_000
    finally:
        tracemalloc.stop()
