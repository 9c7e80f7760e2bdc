"""A digest as a message: text and HTML for a phone, and the deadlines as a calendar."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from include.digest.message import Message
from include.digest.news import Digest, News
from include.documents import Document
from include.history import in_json
from include.matching import IN_WORDS
from include.positions import position_uri
from include.saved_searches import SavedSearch
from include.words import count, days_left, grade, last_day, pay, place, plain

MOST = 10
"""How many positions of a kind are shown; of the others the number is told."""

LONGEST_VALUE = 60

NAMES = {
    "PositionTitle": "title",
    "PositionLocation": "places of work",
    "PositionRemuneration": "pay",
    "annual_pay": "pay a year",
    "announcement_number": "announcement",
    "closes_at": "closes",
    "hiring_paths": "open to",
    "published_at": "published",
}
"""What amended fields are called; the others as in documents."""

PAY = ("annual_pay", "PositionRemuneration")
"""The first of these that was amended says it of both."""


def message(
    digest: Digest, search: SavedSearch, key: str, *, page: str, now: datetime, is_repeated: bool
) -> Message:
    """Return what is sent. `page` is the address of the page, or empty."""
    shown = _shown(digest, search, page, now) | {"is_repeated": is_repeated}
    return Message(
        key=key,
        subject=plain(_subject(digest, search)),
        text=template("digest.txt").render(shown),
        html=template("digest.html").render(shown),
        calendar=_calendar(digest.saved, now) if digest.saved else b"",
    )


@cache
def template(name: str) -> Any:
    """Return a template of Jinja; those of HTML escape what they show."""
    # Here, as every Airflow process reads the DAG file, and hardly any of them writes a digest.
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
        (digest.amended, "amended", "amended"),
        (digest.closing, "closing soon", "closing soon"),
        (digest.gone, "gone", "gone"),
        (digest.warnings, "warning", "warnings"),
    ]
    counted = [count(len(some), one, many) for some, one, many in said if some]
    return f"{', '.join(counted) or 'Nothing new'}: {_about(search)}"


def _about(search: SavedSearch) -> str:
    return f"{search.parameters.keyword} near {search.parameters.location}"


def _shown(digest: Digest, search: SavedSearch, page: str, now: datetime) -> dict[str, Any]:
    """Return what the templates show, in words."""
    sections = [
        (count(len(digest.matches), "new match", "new matches"), digest.matches),
        (count(len(digest.amended), "amended match", "amended matches"), digest.amended),
        (f"{len(digest.closing)} closing within a week", digest.closing),
        (f"{len(digest.gone)} you saved, no longer listed", digest.gone),
    ]
    return {
        "about": _about(search),
        "dag_id": search.dag_id,
        "page": page,
        "sections": [
            {
                "title": title,
                "jobs": [_job(each, search.slug, now) for each in news[:MOST]],
                "more": len(news) - MOST if len(news) > MOST else 0,
            }
            for title, news in sections
            if news
        ],
        "near_misses": _near_misses(digest.near_misses, search.slug),
        "warnings": [plain(words) for words in digest.warnings.values()],
    }


def _job(news: News, slug: str, now: datetime) -> dict[str, Any]:
    position = news.position
    entry = position["matches"][slug]
    facts = (pay(position), grade(position), place(position, entry))
    return {
        "title": plain(position["PositionTitle"]),
        "address": position_uri(position["_id"]),
        "employer": plain(position.get("organization") or position.get("department") or ""),
        "facts": [plain(fact) for fact in facts if fact],
        "closes": _deadline(position["closes_at"], now),
        "fields": _fields(news.fields),
    }


def _deadline(closes_at: datetime | None, now: datetime) -> str:
    if closes_at is None:
        return "open until filled"
    days, day = days_left(closes_at, now), _day(last_day(closes_at))
    left = {0: "today", 1: "tomorrow"}.get(days, f"in {count(days, 'day')}")
    return f"closes {left}, {day}" if days >= 0 else f"closed {day}"


def _day(day: date) -> str:
    return f"{day:%a, %b} {day.day}"


def _fields(fields: Mapping[str, tuple[Any, Any]]) -> list[dict[str, Any]]:
    """Return each amended field with both values; `is_alike` if what is shown of them is."""
    paid = [name for name in PAY if name in fields]
    shown = {
        name: (_value(name, before), _value(name, after))
        for name, (before, after) in fields.items()
        if name not in paid[1:]
    }
    return [
        {
            "name": NAMES.get(name, name.replace("_", " ")),
            "before": before,
            "after": after,
            "is_alike": before == after,
        }
        for name, (before, after) in shown.items()
    ]


def _value(name: str, value: Any) -> str:
    """Return an amended value as people read it; receipts have long ones cut already."""
    if value is None or value == []:
        return "nothing"
    if isinstance(value, datetime):
        return _day(last_day(value))
    if isinstance(value, dict):
        in_words = {"annual_pay": pay, "grade": grade}.get(name)
        value = (in_words and in_words({name: value})) or json.dumps(value, default=in_json)
    if isinstance(value, list):
        value = ", ".join(_entry(name, each) for each in value)
    text = plain(value if isinstance(value, str) else json.dumps(value))
    if text.endswith("…"):
        # A text that a receipt has cut begins as JSON.
        text = text.removeprefix('"')
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"


def _entry(name: str, value: Any) -> str:
    if name == "PositionRemuneration":
        return pay({name: [value]})
    return str(value.get("LocationName", value) if isinstance(value, dict) else value)


def _near_misses(near_misses: Sequence[News], slug: str) -> str:
    """Return them in one line: how many failed which rule."""
    if not near_misses:
        return ""
    codes = Counter(
        reason["code"]
        for news in near_misses
        for reason in news.position["matches"][slug]["reasons"]
    )
    why = ", ".join(f"{number} {IN_WORDS.get(code, code)}" for code, number in codes.most_common())
    return f"{count(len(near_misses), 'new near miss', 'new near misses')}: {why}"


def _calendar(saved: Sequence[Document], now: datetime) -> bytes:
    """Return a calendar with the last day of each saved position, which later ones replace."""
    from icalendar import Calendar, Event

    calendar = Calendar()
    calendar.add("prodid", "-//Job Tracker//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    for position in saved:
        event = Event()
        event.add("uid", f"{position['_id']}@job-tracker")
        event.add("dtstamp", now)
        event.add("dtstart", last_day(position["closes_at"]))
        event.add("dtend", last_day(position["closes_at"]) + timedelta(days=1))
        event.add("summary", f"Apply: {plain(position['PositionTitle'])}")
        event.add("url", position_uri(position["_id"]))
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    return bytes(calendar.to_ical())
