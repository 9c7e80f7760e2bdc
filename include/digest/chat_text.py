"""Text for chat services that find mentions, links and formatting in whatever they are sent.

Titles of postings and messages of errors are untrusted: none of them may notify a whole channel,
or hide an address behind other words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

ZERO_WIDTH_SPACE = "\u200b"
"""Readers don't see it, and services don't find a mention or a link across it."""

_BEFORE_THE_BREAK = re.compile(
    r"@(?=[\w!&])"  # @everyone, <@!1234>, and addresses
    r"|\b[A-Za-z][A-Za-z0-9+.-]*:(?=/)|\bwww(?=\.)"  # https://…
    r"|<(?=\S)"  # <!channel>, <users/all>, <https://…|words>, tags of HTML
    r"|&(?=#?\w+;)"  # entities of HTML
    r"|:(?=[\w+-]+:)"  # :emoji:
)
_MARKDOWN = re.compile(r"[\\`*_~\[\]#|>]|^\s*(?:[-+=](?=[\s=-])|\d{1,9}(?=[.)]\s))", re.MULTILINE)


def defused(text: str, links: Collection[str] = ()) -> str:
    """Return text that looks the same, but in which only the addresses in `links` work."""
    return _outside_of(links, _break, text)


def as_markdown(text: str, links: Collection[str] = ()) -> str:
    """Return Markdown that shows the text as it is, line by line, with only these `links`."""
    escaped = _outside_of(links, lambda part: _MARKDOWN.sub(_escape, _break(part)), text)
    return re.sub(r"(?<=\S)\n(?=.)", "  \n", escaped)


def in_parts(text: str, longest: int) -> list[str]:
    """Divide a text between its paragraphs, or else its lines, into parts of that length at most.

    A line is never divided, so that every link stays whole.
    """
    parts: list[str] = []
    for paragraph in text.strip("\n").split("\n\n"):
        pieces = [paragraph] if len(paragraph) <= longest else paragraph.split("\n")
        for number, piece in enumerate(pieces):
            between = "\n" if number else "\n\n"
            joined = f"{parts[-1]}{between}{piece}" if parts else piece
            if parts and len(joined) <= longest:
                parts[-1] = joined
            else:
                parts.append(piece)
    return parts


def _break(text: str) -> str:
    return _BEFORE_THE_BREAK.sub(rf"\g<0>{ZERO_WIDTH_SPACE}", text)


def _escape(found: re.Match[str]) -> str:
    if found[0].strip().isdecimal():  # of a numbered list, whose point is escaped
        return f"{found[0]}\\"
    return f"{found[0][:-1]}\\{found[0][-1]}"


def _outside_of(links: Collection[str], change: Callable[[str], str], text: str) -> str:
    """Apply a change to the text between links."""
    if not (known := [re.escape(link) for link in sorted(links, key=len, reverse=True) if link]):
        return change(text)
    parts = re.split(rf"({'|'.join(known)})(?!\S)", text)
    return "".join(part if at % 2 else change(part) for at, part in enumerate(parts))
