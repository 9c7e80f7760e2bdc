"""A message, and what may become of it on its way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from include.saved_searches import Recipient


@dataclass(frozen=True)
class Message:
    """One text in two forms.

    `key` names the message: it is the same in every try to send it. `calendar` is an iCalendar
    file, or empty.
    """

    key: str
    subject: str
    text: str
    html: str
    calendar: bytes = b""


class NotSent(RuntimeError):
    """The recipient has not got the message; the error says why and what to do."""


class MaybeSent(RuntimeError):
    """The connection broke off, so nobody knows whether the recipient has got the message."""


Send = Callable[[Recipient, Message], None]
"""Sends a message; raises `NotSent` or `MaybeSent`."""
