from __future__ import annotations

from typing import Any

from include.searches.saved_searches import Entry, SavedSearch
from include.web.analytics import analytics
from include.web.comparison import comparison
from include.web.jobs import job_page
from include.web.marks import MarkChange, set_mark
from include.web.query_params import JobFilter
from tests.support.rows import pay, row
from tests.web.explained_queries import Command
from tests.web.stored import (
    CHICAGO,
    GARY,
    IN_GARY,
    NOW,
    MongoDatabase,
    days,
    near_miss,
    store,
    store_saved,
)

ANN = "ann"


def test_the_numbers_of_each_search_are_those_of_its_analytics(
    many: tuple[MongoDatabase, list[Command]],
) -> None:
    database, _ = many
    compared = comparison(database, ANN, NOW).searches
    assert {each.search for each in compared} == {CHICAGO, GARY}
    for each in compared:
        assert each.counts == analytics(database, each.search, ANN, NOW).counts
        assert min(each.counts.matches, each.counts.near_misses, each.counts.closing_soon) > 0


def test_the_best_match_of_each_search_is_the_first_in_its_list(
    many: tuple[MongoDatabase, list[Command]],
) -> None:
    database, _ = many
    for each in comparison(database, ANN, NOW).searches:
        matches = JobFilter(level="match")
        page = job_page(database, each.search, matches, ANN, NOW, page=1, per_page=1)
        (first,) = page.jobs
        assert each.best
        same = {*each.best.model_fields_set} - {"pay"}
        assert each.best.model_dump(include=same) == first.model_dump(include=same)
        assert each.best.pay == first.in_words.pay


def test_a_few_queries_answer_for_each_search(
    many: tuple[MongoDatabase, list[Command]],
) -> None:
    database, commands = many
    commands.clear()
    compared: list[Any] = comparison(database, ANN, NOW).searches
    assert len(commands) <= len(compared) + 7


def test_what_a_user_has_hidden_is_neither_counted_nor_best(database: MongoDatabase) -> None:
    store(database, row("1", PositionRemuneration=pay("190000", "195000")), row("2"))
    (before,) = comparison(database, ANN, NOW).searches
    assert before.best
    set_mark(database, ANN, before.best.control_number, MarkChange(hidden=True), NOW)
    (after,) = comparison(database, ANN, NOW).searches
    assert (before.counts.matches, after.counts.matches) == (2, 1)
    assert after.best
    assert {before.best.control_number, after.best.control_number} == {"1", "2"}
    assert comparison(database, "carol", NOW).searches == [before]


def test_near_misses_alone_have_no_best_match(database: MongoDatabase) -> None:
    store(database, near_miss("1"))
    (found,) = comparison(database, ANN, NOW).searches
    assert (found.counts.near_misses, found.best) == (1, None)


def test_a_search_of_which_no_run_ended_is_left_out(database: MongoDatabase) -> None:
    store(database, row("1"), at=days(-1))
    store(database, row("1"), **IN_GARY)
    database.runs.update_many({"search": GARY}, {"$set": {"state": "writing"}})
    assert [each.search for each in comparison(database, ANN, NOW).searches] == [CHICAGO]


def test_two_searches_for_one_place_are_compared_by_what_each_found(
    database: MongoDatabase,
) -> None:
    friend = SavedSearch("friend", Entry(minimum_pay=190_000))
    store(database, row("1"))
    store_saved(database, friend, row("1"))
    counts = {each.search: each.counts for each in comparison(database, ANN, NOW).searches}
    assert (counts[CHICAGO].matches, counts[CHICAGO].near_misses) == (1, 0)
    assert (counts[friend.slug].matches, counts[friend.slug].near_misses) == (0, 1)
