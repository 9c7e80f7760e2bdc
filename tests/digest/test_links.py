"""Links of a digest lead to the search that it is about, in each form of it."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from include.digest.chat_text import as_markdown, defused
from include.digest.message import Message
from include.digest.news import Digest, News, deadline_of
from include.digest.rendering import message
from include.digest.send import send_digest
from include.jobs import limits
from include.searches.page_links import page_link
from include.searches.saved_searches import Entry, SavedSearch
from tests.digest.digest_runs import PAGE_URL, DigestRuns, MongoDatabase, day, match, near_miss
from tests.support.rows import place

DENVER = SavedSearch(name="denver", entry=Entry(location="Denver, Colorado"))
JOBS = [str(number) for number in range(1, limits.DIGEST_JOBS + 4)]


def digest(search: SavedSearch, numbers: list[str], page_url: str = PAGE_URL) -> Message:
    """Return a message about new matches that close in a month."""
    positions = [
        {
            "_id": number,
            "PositionTitle": f"Data Engineer {number}",
            "closes_at": day(30),
            "matches": {search.slug: {}},
        }
        for number in numbers
    ]
    news = [
        News(each, (f"match:{each['_id']}",), deadline_of(each, search.slug, day(0)))
        for each in positions
    ]
    return message(
        Digest(matches=news), search, "", page_url=page_url, now=day(0), is_repeated=False
    )


def addresses(text: str) -> list[str]:
    return re.findall(rf"{re.escape(PAGE_URL)}\S*", text)


def test_all_links_to_the_page_name_the_search_of_the_message() -> None:
    said = digest(DENVER, JOBS)
    found = addresses(said.text)
    assert len(found) == limits.DIGEST_JOBS + 2
    assert all(parse_qs(urlsplit(each).query)["search"] == [DENVER.slug] for each in found)
    assert found[0] == page_link(PAGE_URL, DENVER.slug, "1")
    assert found[-1] == f"{PAGE_URL}?search={DENVER.slug}"


@pytest.mark.parametrize("number", [limits.FILTER_JOBS, limits.FILTER_JOBS + 1])
def test_those_that_are_counted_are_named_one_by_one_unless_there_are_too_many(number: int) -> None:
    counted = [str(each) for each in range(limits.DIGEST_JOBS + 1, limits.DIGEST_JOBS + 1 + number)]
    said = digest(DENVER, [*JOBS[: limits.DIGEST_JOBS], *counted]).text
    (address,) = re.findall(rf"^and {number} more: (\S+)$", said, re.MULTILINE)
    asked = parse_qs(urlsplit(address).query)
    assert asked.pop("search") == [DENVER.slug]
    if number > limits.FILTER_JOBS:
        assert asked == {"level": ["any"], "sort": ["new"]}
    else:
        every = {"level": ["any"], "status": ["any"]}
        assert asked == {"numbers": [",".join(counted)], **every}


def test_html_and_chat_have_the_links_of_the_text() -> None:
    said = digest(DENVER, JOBS)
    of_text = re.findall(r"https?://\S+", said.text)
    assert {*re.findall(r'href="([^"]+)"', said.html)} == {html.escape(each) for each in of_text}
    for chat in (as_markdown(said.text, said.links), defused(said.text, said.links)):
        assert re.findall(r"https?://\S+", chat) == of_text


def test_without_a_page_the_others_are_counted_and_nothing_else_links_to_one() -> None:
    said = digest(DENVER, JOBS, page_url="")
    assert "and 3 more" in said.text.splitlines()
    assert re.search(r">\s*and 3 more\s*</p>", said.html)
    assert "Details" not in said.text + said.html


def test_a_new_match_says_in_a_line_why_it_is_one_and_an_amended_one_what_changed(
    database: MongoDatabase,
) -> None:
    digest_runs = DigestRuns(database)
    evanston = [place("Evanston, Illinois", 42.0411, -87.69)]
    (text,) = digest_runs.run_and_send(0, match("1", PositionLocation=evanston))
    why = (
        "GS-12 · $97,079 to $126,198 a year · Evanston, Illinois, 13 miles away · "
        "the title says “Data Engineer”"
    )
    assert why in text
    (text,) = digest_runs.run_and_send(1, match("1", closes="2026-12-30"))
    assert "AMENDED" in text
    assert "the title says" not in text


def test_of_the_urgent_sections_the_one_with_the_most_urgent_job_comes_first(
    database: MongoDatabase,
) -> None:
    digest_runs = DigestRuns(database)
    old = match("1", closes="2026-11-11")
    digest_runs.run_and_send(0, old)
    (text,) = digest_runs.run_and_send(5, old, match("2", closes="2026-11-09"))
    assert re.findall(r"usajobs\.gov/job/(\d+)", text) == ["2", "1"]
    old = match("3", closes="2026-11-20")
    digest_runs.run_and_send(6, old)
    (text,) = digest_runs.run_and_send(13, match("4", closes="2026-11-22"), old)
    assert re.findall(r"usajobs\.gov/job/(\d+)", text) == ["3", "4"]


def test_a_near_miss_that_is_only_counted_has_its_deadline_told_once_it_is_saved(
    database: MongoDatabase,
) -> None:
    digest_runs = DigestRuns(database)
    rows = [match("1"), near_miss("2", closes="2026-11-06")]
    (text,) = digest_runs.run_and_send(0, *rows)
    assert "1 new near miss: 1 too far away\n" in text
    assert "numbers=2&level=near_miss" in text
    assert digest_runs.run_and_send(1, *rows) == []
    digest_runs.mark(["2"], saved=True)
    (text,) = digest_runs.run_and_send(1.5, *rows)
    assert "1 CLOSING WITHIN A WEEK" in text
    assert digest_runs.run_and_send(2, *rows) == []


def test_new_comes_before_amended_outcomes_and_what_is_announced_again() -> None:
    slug = DENVER.slug

    def news(number: str, key: str) -> list[News]:
        position = {"_id": number, "PositionTitle": "x", "closes_at": None, "matches": {slug: {}}}
        return [News(position, (f"{key}:{number}",), deadline_of(position, slug, day(0)))]

    mixed = Digest(
        matches=news("1", "match"),
        amended=news("2", "amended"),
        gone=news("3", "gone"),
        outcomes=news("4", "outcome"),
        again=news("5", "match"),
    )
    said = message(mixed, DENVER, "", page_url="", now=day(0), is_repeated=False)
    assert re.findall(r"usajobs\.gov/job/(\d+)", said.text) == ["1", "2", "3", "4", "5"]
    assert said.subject.startswith("1 new match, 1 amended, 1 gone, 1 outcome, 1 announced again: ")


def test_the_digest_of_a_run_links_to_the_runs_search(database: MongoDatabase) -> None:
    digest_runs = DigestRuns(database)
    digest_runs.run(0, *map(match, JOBS))
    later = day(0) + timedelta(minutes=1)
    send_digest(database, digest_runs.search, digest_runs.mailbox.send, later, PAGE_URL)
    ((_, said),) = digest_runs.mailbox.messages
    assert {*addresses(said.text)} < said.links
    assert all(f"search={digest_runs.search.slug}" in each for each in addresses(said.text))
