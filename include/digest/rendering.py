"""Renders a digest as a message: plain text, HTML for phones, and a calendar of deadlines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from include.digest.message import Message
from include.digest.news import Digest, News, deadline_of
from include.jobs import limits
from include.jobs.deadline_calendar import DeadlineEvent, advice, calendar, summary
from include.jobs.formatting import (
    changes,
    count,
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
from include.matching.rules import why_on_topic
from include.searches.locations import near
from include.searches.page_links import page_link
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
    """Return a digest as a message without a calendar. `page_url` is the page's URL, or empty."""
    sections = [*_sections(digest)]
    shown = _shown(digest, sections, search, page_url, now) | {"is_repeated": is_repeated}
    return Message(
        key=key,
        subject=plain(_subject(digest, sections, search)),
        text=template("digest.txt").render(shown),
        html=template("digest.html").render(shown),
        links=frozenset(_links(shown)),
    )


def shown_numbers(digest: Digest) -> set[str]:
    """Return the control numbers of what a message shows; it only counts the others."""
    sections = _sections(digest)
    return {each.position["_id"] for section in sections for each in section.shown}


def calendar_of(saved: Collection[Document], slug: str, now: datetime) -> bytes:
    """Return a calendar with the last day of each saved position; later calendars update it.

    It is empty if there are none.
    """
    return (
        calendar(
            DeadlineEvent(
                control_number=position["_id"],
                summary=summary(position, deadline),
                last_day=eastern_day(position["closes_at"]),
                changed_at=now,
                lines=(advice(deadline),),
            )
            for position in saved
            for deadline in [deadline_of(position, slug, now)]
        )
        if saved
        else b""
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


def _subject(digest: Digest, sections: Iterable[_Section], search: SavedSearch) -> str:
    urgent = [news for section in sections if section.is_urgent for news in section.news]
    said = [
        (urgent, "closing soon", "closing soon"),
        (digest.matches, "new match", "new matches"),
        (digest.amended, "amended", "amended"),
        (digest.gone, "gone", "gone"),
        (digest.outcomes, "outcome", "outcomes"),
        (digest.again, "announced again", "announced again"),
        (digest.warnings, "warning", "warnings"),
    ]
    counted = [count(len(some), one, many) for some, one, many in said if some]
    return f"{', '.join(counted) or 'Nothing new'}: {_about(search)}"


def _about(search: SavedSearch) -> str:
    return f"{search.parameters.keyword} {near(search.parameters.location)}"


def _shown(
    digest: Digest,
    sections: Iterable[_Section],
    search: SavedSearch,
    page_url: str,
    now: datetime,
) -> dict[str, Any]:
    """Return the values for the templates, as text."""
    slug = search.slug
    return {
        "about": _about(search),
        "dag_id": search.dag_id,
        "page": page_link(page_url, slug),
        "sections": [
            {
                "title": section.title,
                "jobs": [
                    section.show(each, slug, now)
                    | {"details": page_link(page_url, slug, each.position["_id"])}
                    for each in section.shown
                ],
                "more": len(section.counted),
                "more_page": _just_those(section.counted, page_url, slug),
            }
            for section in sections
            if section.news
        ],
        "near_misses": _near_misses(digest.near_misses, slug),
        "near_misses_page": _just_those(digest.near_misses, page_url, slug, level="near_miss"),
        "warnings": [plain(words) for words in digest.warnings.values()],
    }


def _links(shown: Mapping[str, Any]) -> Iterator[str]:
    """Yield the addresses in a message, by the values for its templates."""
    yield from (shown["page"], shown["near_misses_page"])
    for section in shown["sections"]:
        yield section["more_page"]
        for job in section["jobs"]:
            yield from (job["address"], job["details"])


def _just_those(counted: Sequence[News], page_url: str, slug: str, level: str = "any") -> str:
    """Return the address of jobs that are only counted; of too many, that of all at the level."""
    if len(counted) > limits.FILTER_JOBS:
        return page_link(page_url, slug, level=level, sort="new")
    numbers = ",".join(news.position["_id"] for news in counted)
    return page_link(page_url, slug, numbers=numbers, level=level, status="any")


class _Section(NamedTuple):
    """News under a heading; of what is not urgent, some are shown and the others counted."""

    title: str
    news: Sequence[News]
    show: Callable[[News, str, datetime], dict[str, Any]]
    is_urgent: bool = False

    @property
    def shown(self) -> Sequence[News]:
        return self.news if self.is_urgent else self.news[: limits.DIGEST_JOBS]

    @property
    def counted(self) -> Sequence[News]:
        return self.news[len(self.shown) :]


def _sections(digest: Digest) -> Iterator[_Section]:
    """Yield the sections: first what closes soon or can close any hour, the most urgent first."""
    kinds = (
        _Kind("new match", "new matches", digest.matches, _new),
        _Kind("amended job", "amended jobs", digest.amended, _job),
        _Kind("match announced again", "matches announced again", digest.again, _new),
    )
    (soon, matches), (soon_amended, amended), (soon_again, again) = (
        kind.sections() for kind in kinds
    )
    any_hour = any(news.deadline.is_capped for news in digest.closing)
    when = "within a week or any hour" if any_hour else "within a week"
    title = f"{len(digest.closing)} closing {when}"
    closing = _Section(title, digest.closing, _job, is_urgent=True)
    yield from sorted(
        (section for section in (soon, soon_amended, soon_again, closing) if section.news),
        key=lambda section: section.news[0].deadline.sort_key,
    )
    yield matches
    yield amended
    yield _Section(f"{len(digest.gone)} you saved, no longer listed", digest.gone, _gone)
    yield _Section("What became of it", digest.outcomes, _outcome)
    yield again


class _Kind(NamedTuple):
    """News of a kind, which is told above if it is urgent."""

    one: str
    many: str
    news: Sequence[News]
    show: Callable[[News, str, datetime], dict[str, Any]]

    def sections(self) -> tuple[_Section, _Section]:
        """Return what closes soon or can close any hour, the most urgent first, and the others."""
        urgent: list[News] = []
        others: list[News] = []
        for news in self.news:
            is_urgent = news.deadline.is_within(limits.DEADLINE_NOTICE_DAYS)
            (urgent if is_urgent else others).append(news)
        urgent.sort(key=lambda news: news.deadline.sort_key)
        title = f"{count(len(urgent), self.one, self.many)} to apply for soon"
        return (
            _Section(title, urgent, self.show, is_urgent=True),
            _Section(count(len(others), self.one, self.many), others, self.show),
        )


def _new(news: News, slug: str, now: datetime) -> dict[str, Any]:
    """Return a new job, which also says why it is about the topic."""
    job = _job(news, slug, now)
    why = plain(why_on_topic(news.position["matches"][slug].get("fits") or []))
    if why:
        job["facts"].append(shortened(why, limits.DIGEST_WHY_CHARACTERS))
    return job


def _job(news: News, slug: str, now: datetime) -> dict[str, Any]:
    closes = news.deadline.advice if news.tells_cap else news.deadline.words
    return _gone(news, slug, now) | {"closes": closes}


def _gone(news: News, slug: str, now: datetime) -> dict[str, Any]:
    position = news.position
    entry = position["matches"][slug]
    register = registers.IN_WORDS if entry.get("register") else None
    facts = (grade(position), pay(position), place(position, entry), register)
    return _facts(news, [plain(fact) for fact in facts if fact]) | {
        "fields": _fields(news.fields, now),
        "again": news.again,
    }


def _outcome(news: News, slug: str, now: datetime) -> dict[str, Any]:
    since = status_since(outcome_of(news.position))
    return _facts(news, [outcome(*since, now)] if since else [])


def _facts(news: News, facts: Sequence[str]) -> dict[str, Any]:
    position = news.position
    return {
        "title": plain(position["PositionTitle"]),
        "address": position_uri(position["_id"]),
        "employer": plain(position.get("organization") or position.get("department") or ""),
        "facts": facts,
        "closes": news.deadline.words,
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
