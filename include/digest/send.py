"""Sends the recipients of a search what is new after a run, each thing only once."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from pymongo.database import Database

from include.digest.message import MaybeSent, Message, NotSent, Send
from include.digest.news import Details, Digest, NewsFinder, Remember, compute_anew
from include.digest.notifications import Notifications
from include.digest.rendering import calendar_of, message, shown_numbers
from include.jobs.source import SEARCH
from include.pipeline.data_interval import BACKFILL
from include.searches.saved_searches import Recipient, SavedSearch
from include.store import collections
from include.store.documents import Document, Receipt
from include.store.history import newest_receipt
from include.store.marks import counting_marks, owner
from include.store.renamed import take_over_renamed
from include.store.upserts import storage_errors

log = logging.getLogger(__name__)


class DigestFailed(RuntimeError):
    """Some recipients could not be notified; a retry notifies only them."""


def reason_for_silence(
    database: Database[Document], search: SavedSearch, receipt: Mapping[str, Any], run_type: str
) -> str | None:
    """Return why a run sends nothing, or None if it does send a digest.

    The receipt is in JSON form, as in XComs.
    """
    if run_type == BACKFILL:
        return "A backfill sends nothing."
    if receipt["source"] != SEARCH:
        return "A run that fills a past day sends nothing."
    is_same = receipt["search"] == search.slug
    if not is_same or receipt["parameters"] != search.parameters.model_dump():
        return f"The run searched for something else than {search.dag_id} does: nothing is sent."
    newest = _latest_receipt(database, search)
    if newest and newest["_id"] != receipt["_id"]:
        return f"A later run ({newest['run_id']}) sends what is new."
    return None


def send_digest(
    database: Database[Document],
    search: SavedSearch,
    send: Send,
    now: datetime,
    page_url: str,
) -> dict[str, str | None]:
    """Send each recipient what is new after the latest run; return the subjects by recipient.

    If nothing is new to a recipient, nothing is sent, and the subject is None.

    Raises:
        DigestFailed: some recipients could not be notified, after all were tried.
        StorageError: MongoDB rejected a write, or can't be reached.
    """
    outcome: dict[str, str | None] = {}
    failures = []
    with storage_errors("clear this task to finish"):
        take_over_renamed(database)
        receipt = _latest_receipt(database, search)
        if receipt is None:
            return {}
        for recipient in search.recipients:
            sender = DigestSender(database, search, receipt, recipient, now, page_url)
            try:
                outcome[str(recipient)] = sender.send(send)
            except (NotSent, MaybeSent) as problem:
                failures.append(f"{recipient}: {problem}")
    if failures:
        raise DigestFailed(
            f"Not all recipients of {search.dag_id} could be notified. {' '.join(failures)} The "
            "positions are stored. Clear this task to try again: whoever was notified is not "
            "notified twice."
        )
    return outcome


def preview(
    database: Database[Document],
    search: SavedSearch,
    recipient: Recipient,
    now: datetime,
    page_url: str,
    remember: Remember = compute_anew,
) -> Message | None:
    """Return the message that a recipient would be sent now, or None if nothing is new.

    It lacks the calendar, which nobody looks at before it is sent. What the latest run listed may
    be remembered.
    """
    receipt = _latest_receipt(database, search)
    if receipt is None:
        return None
    sender = DigestSender(database, search, receipt, recipient, now, page_url, remember)
    news = sender.news()
    return sender.message(news, is_repeated=False) if news.is_worth_a_message else None


def _latest_receipt(database: Database[Document], search: SavedSearch) -> Receipt | None:
    runs = collections.tz_aware(database[collections.RUNS])
    return newest_receipt(runs, search=search.slug, source=SEARCH)


class DigestSender:
    """Sends the digest to one recipient."""

    def __init__(
        self,
        database: Database[Document],
        search: SavedSearch,
        receipt: Receipt,
        recipient: Recipient,
        now: datetime,
        page_url: str,
        remember: Remember = compute_anew,
    ) -> None:
        self._database = database
        self._remember = remember
        self._search = search
        self._receipt = receipt
        self._recipient = recipient
        self._now = now
        self._page_url = page_url
        self._delivery = f"{receipt['_id']}/{recipient}"
        self._notifications = Notifications(database, search.slug, recipient, now)
        self._details = Details(database, search.slug)

    def news(self) -> Digest:
        """Return what is new to the recipient, as far as it can be shown."""
        named = self._search.entry.users
        marks = counting_marks(self._database, self._search.dag_id, named)
        users = [str(mark.get("user")) for mark in marks] if named is None else map(owner, named)
        finder = NewsFinder(
            self._database,
            self._receipt,
            marks,
            {*users},
            partial(self._notifications.sent, self._delivery),
            self._now,
            self._remember,
        )
        return self._detailed(finder.digest())

    def _detailed(self, news: Digest) -> Digest:
        """Return news with all that is shown of it, without what turns out to be damaged."""
        while True:
            numbers = shown_numbers(news)
            found = self._details.of(numbers)
            if found.keys() >= numbers:
                return news.detailed(found)
            news = news.without(numbers - found.keys())

    def message(self, news: Digest, *, is_repeated: bool) -> Message:
        """Return news as a message, without its calendar."""
        return message(
            news,
            self._search,
            self._delivery,
            page_url=self._page_url,
            now=self._now,
            is_repeated=is_repeated,
        )

    def send(self, send: Send) -> str | None:
        """Send what is new and return the subject, or None if nothing was sent.

        Raises:
            NotSent: the message was not delivered.
            MaybeSent: it may have been delivered.
        """
        news = self.news()
        if not news.is_worth_a_message:
            log.info("Nothing is new to %s.", self._recipient)
            return None
        claim = self._notifications.claim(news.keys, self._delivery, self._receipt["observed_at"])
        news = self._detailed(news.only(claim.keys))
        if not news.is_worth_a_message:
            log.info("Another run is sending %s the same at this moment.", self._recipient)
            claim.release()
            return None
        saved = self._details.of(news.saved).values()
        sent = replace(
            self.message(news, is_repeated=claim.is_repeated),
            calendar=calendar_of(saved, self._search.slug, self._now),
        )
        try:
            send(self._recipient, sent)
        except NotSent:
            claim.release()
            raise
        claim.settle()
        log.info("%s was sent: %s", self._recipient, sent.subject)
        return sent.subject
