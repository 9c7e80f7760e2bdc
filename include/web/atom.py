"""The newest matches of a search as an Atom feed (RFC 4287)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from xml.etree import ElementTree

from markupsafe import escape

from include.jobs.formatting import plain
from include.jobs.position import position_uri
from include.searches.page_links import page_link
from include.web.new_matches import NewMatch

NAMESPACE = "http://www.w3.org/2005/Atom"

AUTHORITY = "tag:job-tracker,2026:"
"""What ids begin with (RFC 4151): they stay when the address of the page changes."""


def atom_feed(
    matches: Iterable[NewMatch],
    *,
    feed_id: str,
    search: str,
    title: str,
    made_at: datetime,
    page_url: str,
) -> bytes:
    """Return a feed with an entry for each match, in their order.

    The feed has no link to itself, because that would carry the token along with it.
    """
    entries = [*matches]
    feed = ElementTree.Element("feed", xmlns=NAMESPACE)
    _add(feed, "id", f"{AUTHORITY}feed/{feed_id}")
    _add(feed, "title", title)
    _add(feed, "updated", _time(max((each.updated_at for each in entries), default=made_at)))
    _add(_add(feed, "author"), "name", "Job Tracker")
    _add(feed, "generator", "Job Tracker")
    if page_url:
        _add(feed, "link", rel="alternate", href=page_link(page_url, search))
    for match in entries:
        _entry(feed, match, page_link(page_url, search, match.control_number))
    return bytes(ElementTree.tostring(feed, encoding="utf-8", xml_declaration=True))


def _entry(feed: ElementTree.Element, match: NewMatch, page: str) -> None:
    posting = position_uri(match.control_number)
    entry = _add(feed, "entry")
    _add(entry, "id", f"{AUTHORITY}{match.control_number}")
    _add(entry, "title", match.title)
    _add(entry, "published", _time(match.first_seen_at))
    _add(entry, "updated", _time(match.updated_at))
    if match.employer:
        _add(_add(entry, "author"), "name", match.employer)
    _add(entry, "link", rel="alternate", href=posting)
    if page:
        _add(entry, "link", rel="related", title="Job Tracker", href=page)
    _add(entry, "summary", " · ".join(match.facts))
    _add(entry, "content", _html(match, posting, page), type="html")


def _html(match: NewMatch, posting: str, page: str) -> str:
    """Return an entry as HTML. Feed readers run no scripts, and every text is escaped anyway."""
    lines = "".join(f"<li>{escape(plain(fact))}</li>" for fact in match.facts)
    why = escape(plain("; ".join(match.fits)))
    links = [f'<a href="{escape(posting)}">USAJOBS</a>']
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
