from __future__ import annotations

from datetime import datetime
from typing import Any

import feedparser
from defusedxml import ElementTree
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from include.jobs.formatting import plain
from include.web.atom import atom_feed
from include.web.new_matches import NewMatch, new_matches
from include.web.queries import standpoint
from tests.support.rows import row
from tests.web.fake_host import PAGE
from tests.web.stored import CHICAGO, NOW, MongoDatabase, closing, days, store

ATOM = "{http://www.w3.org/2005/Atom}"
CAPPED = {"AnnouncementClosingType": "03", "AnnouncementClosingTypeOption": "500"}


def made(matches: list[NewMatch], page_url: str = PAGE) -> bytes:
    return atom_feed(
        matches,
        feed_id="x",
        search=CHICAGO,
        title="New matches: Chicago",
        made_at=days(-8),
        page_url=page_url,
    )


def matches_in(database: MongoDatabase, now: datetime = NOW) -> list[NewMatch]:
    return new_matches(database, standpoint(database, CHICAGO, now), "ada")


def parsed(feed: bytes) -> Any:
    found = feedparser.parse(feed)
    assert not found.bozo, found.bozo_exception
    return found


def test_an_entry_says_what_decides_and_links_to_the_page_and_the_posting(
    database: MongoDatabase,
) -> None:
    store(database, row("1", **closing("2026-12-12"), details=CAPPED))
    (entry,) = parsed(made(matches_in(database))).entries
    assert (entry.title, entry.author) == ("Data Engineer", "Bureau of the Fiscal Service")
    assert [(link.rel, link.href) for link in entry.links] == [
        ("alternate", "https://www.usajobs.gov/job/1"),
        ("related", f"{PAGE}?search={CHICAGO}#job=1"),
    ]
    said = entry.summary.split(" · ")
    assert "Bureau of the Fiscal Service" in said
    assert any(fact.endswith(" a year") for fact in said)
    assert any("Chicago, Illinois" in fact for fact in said)
    assert "closes at 500 applications, or Dec 12" in said
    assert "the title says" in entry.content[0].value


def test_the_newest_match_comes_first_and_an_amended_one_is_updated(
    database: MongoDatabase,
) -> None:
    store(database, row("1"), at=days(-2))
    store(database, row("1"), row("2"), at=days(-1))
    feed = parsed(made(matches_in(database)))
    assert [entry.id for entry in feed.entries] == [f"tag:job-tracker,2026:{n}" for n in "21"]
    assert [entry.updated[:10] for entry in feed.entries] == ["2026-11-22", "2026-11-21"]
    assert feed.feed.updated[:10] == "2026-11-22"
    store(database, row("1", **closing("2026-12-12")), row("2"), at=NOW)
    amended = parsed(made(matches_in(database)))
    assert [entry.id for entry in amended.entries] == [entry.id for entry in feed.entries]
    assert [entry.updated[:10] for entry in amended.entries] == ["2026-11-22", "2026-11-23"]
    assert [entry.published for entry in amended.entries] == [
        entry.published for entry in feed.entries
    ]


def test_a_feed_without_matches_is_valid_and_one_without_a_known_page_has_no_link_to_it(
    database: MongoDatabase,
) -> None:
    empty = parsed(made([]))
    assert (empty.entries, empty.feed.updated[:10]) == ([], "2026-11-15")
    store(database, row("1"))
    (entry,) = parsed(made(matches_in(database), page_url="")).entries
    assert [link.rel for link in entry.links] == ["alternate"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(title=st.text(min_size=1), employer=st.text(min_size=1))
@example(title="<script>alert(1)</script>&lt;", employer="]]>\x00\x1b\ufffe\ud800</summary>")
def test_no_text_breaks_a_feed(database: MongoDatabase, title: str, employer: str) -> None:
    if not (matches := matches_in(database)):
        store(database, row("1"))
        matches = matches_in(database)
    facts = [plain(employer), *matches[0].facts[1:]]
    odd = matches[0]._replace(title=title, employer=employer, facts=facts)
    feed = made([odd])
    entry = ElementTree.fromstring(feed).find(f"{ATOM}entry")
    assert (entry.findtext(f"{ATOM}title"), entry.findtext(f"{ATOM}author/{ATOM}name")) == (
        plain(title),
        plain(employer),
    )
    content = entry.findtext(f"{ATOM}content")
    items = ElementTree.fromstring(f"<div>{content}</div>").findall("ul/li")
    assert items[0].text == plain(employer)
    assert len(parsed(feed).entries) == 1
