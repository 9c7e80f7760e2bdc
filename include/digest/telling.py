"""Telling the recipients of a search what is new after a run, and nobody anything twice."""

from __future__ import annotations

import logging
from datetime import datetime
from functools import partial
from typing import Any

from pymongo.database import Database

from include import documents
from include.digest.announcements import Announcements
from include.digest.message import MaybeSent, Message, NotSent, Send
from include.digest.news import Digest, digest
from include.digest.rendering import message
from include.documents import Document
from include.history import newest_receipt
from include.receipts import Receipt
from include.saved_searches import Recipient, SavedSearch
from include.sources import BACKFILL, SEARCH
from include.storage import storage_errors

log = logging.getLogger(__name__)


class DigestFailed(RuntimeError):
    """Some recipient could not be told; a retry tells just those."""


def reason_for_silence(
    database: Database[Document], search: SavedSearch, receipt: Receipt, run_type: str
) -> str | None:
    """Return why a run tells nobody anything; None for one that does."""
    if run_type == BACKFILL:
        return "A backfill sends nothing."
    if receipt["source"] != SEARCH:
        return "A run that fills a past day sends nothing."
    if receipt["parameters"] != search.parameters.model_dump():
        return f"The run searched for something else than {search.dag_id} does: nothing is sent."
    newest = _latest_receipt(database, search)
    if newest and newest["_id"] != receipt["_id"]:
        return f"A later run ({newest['run_id']}) tells what is new: nothing is sent."
    return None


def tell(
    database: Database[Document],
    search: SavedSearch,
    send: Send,
    now: datetime,
    page: str,
) -> dict[str, Any]:
    """Tell each recipient what is new after the latest run; return what each was sent.

    Nothing is sent where there is nothing to say. Raises `DigestFailed` after all were tried, and
    `StorageFailed`.
    """
    outcome: dict[str, Any] = {}
    failures = []
    with storage_errors("clear this task to finish"):
        receipt = _latest_receipt(database, search)
        if receipt is None:
            return {}
        for recipient in search.recipients:
            telling = _Telling(database, search, receipt, recipient, now, page)
            try:
                outcome[str(recipient)] = telling.tell(send)
            except (NotSent, MaybeSent) as problem:
                failures.append(f"{recipient}: {problem}")
    if failures:
        raise DigestFailed(
            f"Not all recipients of {search.dag_id} could be told. {' '.join(failures)} The "
            "positions are stored. Clear this task to try again: whoever was told is not told "
            "twice."
        )
    return outcome


def preview(
    database: Database[Document],
    search: SavedSearch,
    recipient: Recipient,
    now: datetime,
    page: str,
) -> Message | None:
    """Return what a recipient would be told now; None where there is nothing to say."""
    receipt = _latest_receipt(database, search)
    if receipt is None:
        return None
    telling = _Telling(database, search, receipt, recipient, now, page)
    news = telling.news()
    return telling.message(news, is_repeated=False) if news.is_worth_a_message else None


def _latest_receipt(database: Database[Document], search: SavedSearch) -> Receipt | None:
    runs = documents.utc(database[documents.RUNS])
    return newest_receipt(runs, search=search.slug, source=SEARCH)


class _Telling:
    """Tells one recipient."""

    def __init__(
        self,
        database: Database[Document],
        search: SavedSearch,
        receipt: Receipt,
        recipient: Recipient,
        now: datetime,
        page: str,
    ) -> None:
        self._database = database
        self._search = search
        self._receipt = receipt
        self._recipient = recipient
        self._now = now
        self._page = page
        self._delivery = f"{receipt['_id']}/{recipient}"
        self._announcements = Announcements(database, search.slug, recipient, now)

    def news(self) -> Digest:
        """Return what there is to say."""
        return digest(
            self._database,
            self._receipt,
            self._search.entry.users,
            partial(self._announcements.said, self._delivery),
            self._now,
        )

    def message(self, news: Digest, *, is_repeated: bool) -> Message:
        """Return it as a message."""
        return message(
            news,
            self._search,
            self._delivery,
            page=self._page,
            now=self._now,
            is_repeated=is_repeated,
        )

    def tell(self, send: Send) -> str | None:
        """Send what there is to say, and return its subject."""
        news = self.news()
        if not news.is_worth_a_message:
            log.info("There is nothing new to tell %s.", self._recipient)
            return None
        claim = self._announcements.claim(news.keys, self._delivery, self._receipt["observed_at"])
        news = news.only(claim.keys)
        if not news.is_worth_a_message:
            log.info("Another run is telling %s the same at this moment.", self._recipient)
            claim.release()
            return None
        sent = self.message(news, is_repeated=claim.is_repeated)
        try:
            send(self._recipient, sent)
        except NotSent:
            claim.release()
            raise
        claim.settle()
        log.info("%s was told: %s", self._recipient, sent.subject)
        return sent.subject
