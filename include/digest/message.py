"""A message, and the errors of sending it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from include.searches.saved_searches import Recipient


@dataclass(frozen=True)
class Message:
    """A message as plain text and as HTML.

    `key` identifies the message: it is the same in every attempt to send it. `calendar` is an
    iCalendar file, or empty. `links` are the addresses in the text that are the program's own.
    """

    key: str
    subject: str
    text: str
    html: str
    calendar: bytes = b""
    links: frozenset[str] = frozenset()


class NotSent(RuntimeError):
    """The message was not delivered; the error says why and what to do."""


class MaybeSent(RuntimeError):
    """The connection was lost, so the message may or may not have been delivered."""


Send = Callable[[Recipient, Message], None]
"""Sends a message; raises `NotSent` or `MaybeSent`."""
