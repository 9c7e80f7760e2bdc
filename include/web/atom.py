"""The newest matches of a search as an Atom feed (RFC 4287)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from xml.etree import ElementTree

from markupsafe import escape

from include.jobs.deadline import Deadline
from include.jobs.deadline_calendar import closes_in_words
from include.jobs.formatting import plain
from include.searches.page_links import page_link
from include.web.schemas import Job

NAMESPACE = "http://www.w3.org/2005/Atom"

AUTHORITY = "tag:job-tracker,2026:"
"""What ids begin with (RFC 4151): they stay when the address of the page changes."""


def atom_feed(
    jobs: Iterable[Job],
    revised: Mapping[str, datetime],
    *,
    feed_id: str,
    search: str,
    title: str,
    made_at: datetime,
    page_url: str,
    now: datetime,
) -> bytes:
    """Return a feed with an entry for each job, in their order.

    `revised` says when each position was last revised. An entry is updated when the job is amended.
    The feed has no link to itself, because that would carry the token along with it.
    """
    entries = [(job, max(revised[job.control_number], job.match.first_seen_at)) for job in jobs]
    feed = ElementTree.Element("feed", xmlns=NAMESPACE)
    _add(feed, "id", f"{AUTHORITY}feed/{feed_id}")
    _add(feed, "title", title)
    _add(feed, "updated", _time(max((updated for _, updated in entries), default=made_at)))
    _add(_add(feed, "author"), "name", "Job Tracker")
    _add(feed, "generator", "Job Tracker")
    if page_url:
        _add(feed, "link", rel="alternate", href=page_link(page_url, search))
    for job, updated in entries:
        _entry(feed, job, updated, page_link(page_url, search, job.control_number), now)
    return bytes(ElementTree.tostring(feed, encoding="utf-8", xml_declaration=True))


def _entry(
    feed: ElementTree.Element, job: Job, updated: datetime, page: str, now: datetime
) -> None:
    entry = _add(feed, "entry")
    _add(entry, "id", f"{AUTHORITY}{job.control_number}")
    _add(entry, "title", job.PositionTitle)
    _add(entry, "published", _time(job.match.first_seen_at))
    _add(entry, "updated", _time(updated))
    if employer := job.organization or job.department:
        _add(_add(entry, "author"), "name", employer)
    _add(entry, "link", rel="alternate", href=job.PositionURI)
    if page:
        _add(entry, "link", rel="related", title="Job Tracker", href=page)
    facts = list(_facts(job, now))
    _add(entry, "summary", " · ".join(facts))
    _add(entry, "content", _html(facts, job, page), type="html")


def _facts(job: Job, now: datetime) -> Iterator[str]:
    """Yield what decides whether a job is worth a look, in words that do not age."""
    if employer := job.organization or job.department:
        yield plain(employer)
    yield job.in_words.pay
    if job.in_words.grade:
        yield job.in_words.grade
    yield job.in_words.place
    facts = job.facts.model_dump() if job.facts else None
    position = {"closes_at": job.closes_at, "facts": facts}
    yield closes_in_words(Deadline.of(position, now, is_register=job.match.is_register))
    if job.match.register_in_words:
        yield job.match.register_in_words
    if job.announced_again:
        yield job.announced_again.in_words


def _html(facts: Iterable[str], job: Job, page: str) -> str:
    """Return an entry as HTML. Feed readers run no scripts, and every text is escaped anyway."""
    lines = "".join(f"<li>{escape(plain(fact))}</li>" for fact in facts)
    why = escape(plain("; ".join(job.match.fits)))
    links = [f'<a href="{escape(job.PositionURI)}">USAJOBS</a>']
    if page:
        links.append(f'<a href="{escape(page)}">Job Tracker</a>')
    return f"<ul>{lines}</ul><p>{why}</p><p>{' · '.join(links)}</p>"


def _add(
    parent: ElementTree.Element, name: str, text: str = "", /, **attributes: str
) -> ElementTree.Element:
    """Add an element. Control characters, which XML can't have, become spaces."""
    added = ElementTree.SubElement(parent, name, attributes)
    added.text = plain(text) or None
    return added


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
