"""Renders a digest as a message: plain text, HTML for phones, and a calendar of deadlines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Any

from include.digest.message import Message
from include.digest.news import Digest, News
from include.jobs import limits
from include.jobs.formatting import (
    changes,
    count,
    deadline,
    grade,
    outcome,
    pay,
    place,
    plain,
    shortened,
)
from include.jobs.office_time import eastern_day
from include.jobs.position import position_uri
from include.matching import registers
from include.matching.reasons import REASON_TITLES
from include.searches.locations import near
from include.searches.saved_searches import SavedSearch
from include.store.documents import Document
from include.store.outcomes import outcome_of, status_since


def message(
    digest: Digest,
    search: SavedSearch,
    key: str,
    *,
    page_url: str,
    now: datetime,
    is_repeated: bool,
) -> Message:
    """Return a digest as a message. `page_url` is the page's URL, or empty."""
    shown = _shown(digest, search, page_url, now) | {"is_repeated": is_repeated}
    return Message(
        key=key,
        subject=plain(_subject(digest, search)),
        text=template("digest.txt").render(shown),
        html=template("digest.html").render(shown),
        calendar=_calendar(digest.saved, now) if digest.saved else b"",
        links=frozenset(
            {page_url}.union(job["address"] for part in shown["sections"] for job in part["jobs"])
        ),
    )


@cache
def template(name: str) -> Any:
    """Return a Jinja template; HTML templates escape their values."""
    # Imported here, because every Airflow process parses the DAG file, but few render a digest.
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

    environment = Environment(
        loader=PackageLoader("include.digest"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name)


def _subject(digest: Digest, search: SavedSearch) -> str:
    said = [
        (digest.matches, "new match", "new matches"),
        (digest.again, "announced again", "announced again"),
        (digest.amended, "amended", "amended"),
        (digest.closing, "closing soon", "closing soon"),
        (digest.gone, "gone", "gone"),
        (digest.outcomes, "outcome", "outcomes"),
        (digest.warnings, "warning", "warnings"),
    ]
    counted = [count(len(some), one, many) for some, one, many in said if some]
    return f"{', '.join(counted) or 'Nothing new'}: {_about(search)}"


def _about(search: SavedSearch) -> str:
    return f"{search.parameters.keyword} {near(search.parameters.location)}"


def _shown(digest: Digest, search: SavedSearch, page_url: str, now: datetime) -> dict[str, Any]:
    """Return the values for the templates, as text."""
    job = partial(_job, slug=search.slug, now=now)
    sections = [
        (count(len(digest.matches), "new match", "new matches"), digest.matches, job),
        (f"{count(len(digest.again), 'match', 'matches')} announced again", digest.again, job),
        (count(len(digest.amended), "amended job"), digest.amended, job),
        (f"{len(digest.closing)} closing within a week", digest.closing, job),
        (f"{len(digest.gone)} you saved, no longer listed", digest.gone, job),
        ("What became of it", digest.outcomes, partial(_outcome, now=now)),
    ]
    return {
        "about": _about(search),
        "dag_id": search.dag_id,
        "page_url": page_url,
        "sections": [
            {
                "title": title,
                "jobs": [shown(each) for each in news[: limits.DIGEST_JOBS]],
                "more": len(news) - limits.DIGEST_JOBS if len(news) > limits.DIGEST_JOBS else 0,
            }
            for title, news, shown in sections
            if news
        ],
        "near_misses": _near_misses(digest.near_misses, search.slug),
        "warnings": [plain(words) for words in digest.warnings.values()],
    }


def _job(news: News, slug: str, now: datetime) -> dict[str, Any]:
    position = news.position
    entry = position["matches"][slug]
    register = registers.IN_WORDS if entry.get("register") else None
    facts = (pay(position), grade(position), place(position, entry), register)
    return _facts(position, [plain(fact) for fact in facts if fact], now) | {
        "fields": _fields(news.fields, now),
        "again": news.again,
    }


def _outcome(news: News, now: datetime) -> dict[str, Any]:
    since = status_since(outcome_of(news.position))
    return _facts(news.position, [outcome(*since, now)] if since else [], now)


def _facts(position: Document, facts: Sequence[str], now: datetime) -> dict[str, Any]:
    return {
        "title": plain(position["PositionTitle"]),
        "address": position_uri(position["_id"]),
        "employer": plain(position.get("organization") or position.get("department") or ""),
        "facts": facts,
        "closes": deadline(position["closes_at"], now),
        "fields": [],
        "again": "",
    }


def _fields(fields: Mapping[str, tuple[Any, Any]], now: datetime) -> list[dict[str, Any]]:
    """Return each amended field with both values; `is_alike` if they are shown alike."""
    shown = [
        change._replace(
            before=shortened(change.before, limits.DIGEST_VALUE_CHARACTERS),
            after=shortened(change.after, limits.DIGEST_VALUE_CHARACTERS),
        )
        for change in changes(fields, now)
    ]
    return [{**change._asdict(), "is_alike": change.looks_alike} for change in shown]


def _near_misses(near_misses: Sequence[News], slug: str) -> str:
    """Return a summary of near misses in one line: how many failed which rule."""
    if not near_misses:
        return ""
    codes = Counter(
        reason["code"]
        for news in near_misses
        for reason in news.position["matches"][slug]["reasons"]
    )
    why = ", ".join(
        f"{number} {REASON_TITLES.get(code, code)}" for code, number in codes.most_common()
    )
    again = sum(bool(news.again) for news in near_misses)
    counted = [
        count(number, one, many)
        for number, one, many in (
            (len(near_misses) - again, "new near miss", "new near misses"),
            (again, "near miss announced again", "near misses announced again"),
        )
        if number
    ]
    return f"{', '.join(counted)}: {why}"


def _calendar(saved: Sequence[Document], now: datetime) -> bytes:
    """Return a calendar with the deadline of each saved position; later calendars update it."""
    from icalendar import Calendar, Event

    calendar = Calendar()
    calendar.add("prodid", "-//Job Tracker//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    for position in saved:
        event = Event()
        event.add("uid", f"{position['_id']}@job-tracker")
        event.add("dtstamp", now)
        event.add("dtstart", eastern_day(position["closes_at"]))
        event.add("dtend", eastern_day(position["closes_at"]) + timedelta(days=1))
        event.add("summary", f"Apply: {plain(position['PositionTitle'])}")
        event.add("url", position_uri(position["_id"]))
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    return bytes(calendar.to_ical())
