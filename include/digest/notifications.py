"""Records which notifications were sent to whom, so that each is sent once.

Sending a message and recording that it was sent can't be one atomic step. So the notifications of a
message are claimed before it is sent, and the claim is settled afterwards. The next attempt sends
those of an unsettled claim once more, marked as a possible repetition, and then never again. So a
crash between sending and recording causes at most one duplicate, and no loss.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from include.jobs import limits
from include.searches.saved_searches import Recipient
from include.store import collections
from include.store.damage import NOTIFICATION
from include.store.documents import Document
from include.store.upserts import DURABLE

log = logging.getLogger(__name__)

OUTCOME_NEWS = "outcome:"
"""How the keys of news begin that all searches share: what became of a position is the same news in
each of them."""

OF_ALL_SEARCHES = "*"
"""Stands in the place of the search of such news."""


@dataclass(frozen=True)
class Notifications:
    """The notifications to a recipient of a search, as of `now`."""

    database: Database[Document]
    search: str
    recipient: Recipient
    now: datetime

    def sent(self, delivery: str, numbers: Iterable[str]) -> dict[str, datetime]:
        """Return the keys of what was sent, or is being sent, about these control numbers.

        The values are the times at which the sending runs observed it. Unsettled claims of earlier
        attempts at the same `delivery` are left out. Damaged ones count as sent.
        """
        about = {
            "search": {"$in": [self.search, OF_ALL_SEARCHES]},
            "recipient": str(self.recipient),
            "control_number": {"$in": [*numbers]},
        }
        return {
            found["key"]: found["observed_at"]
            for found in map(self._as_sent, self._collection.find(about))
            if not self._is_open(found, delivery)
        }

    def claim(self, keys: Mapping[str, str], delivery: str, observed_at: datetime) -> Claim:
        """Claim the content of a message: keys, with the control numbers that they are about.

        Anything that another run has sent or is sending is left out of the claim.
        """
        claimed = {
            key: tries
            for key, number in keys.items()
            if (tries := self._claim(key, number, delivery, observed_at))
        }
        return Claim(self, claimed, is_repeated=any(tries > 1 for tries in claimed.values()))

    def _claim(self, key: str, number: str, delivery: str, observed_at: datetime) -> int:
        """Claim one key; return the number of this attempt to send it, 0 for not sending it."""
        claim = {"delivery": delivery, "claimed_at": self.now, "observed_at": observed_at}
        about = {
            "search": self._search_of(key),
            "recipient": str(self.recipient),
            "key": key,
            "control_number": number,
        }
        try:
            self._collection.insert_one(
                {"_id": self._id(key), **about, **claim, "sent_at": None, "tries": 1}
            )
        except DuplicateKeyError:
            found = self._as_sent(self._collection.find_one({"_id": self._id(key)}))
            if not found or not self._is_open(found, delivery):
                return 0
            same = {name: found[name] for name in ("_id", "claimed_at", "tries", "sent_at")}
            taken = self._collection.update_one(same, {"$set": claim, "$inc": {"tries": 1}})
            return found["tries"] + 1 if taken.modified_count else 0
        return 1

    def _is_open(self, found: Document, delivery: str) -> bool:
        """Return whether a claim is unsettled and abandoned, so that it can be taken over."""
        is_left = found["delivery"] == delivery or found["claimed_at"] < self.now - timedelta(
            hours=limits.CLAIM_HOURS
        )
        return (
            found["sent_at"] is None and is_left and found["tries"] < limits.MAX_DELIVERY_ATTEMPTS
        )

    def _as_sent(self, found: Document | None) -> Document:
        """Return a notification, or in place of a damaged one, that it has been sent now."""
        if not found or not NOTIFICATION.damage(found):
            return found or {}
        log.warning("The notification %s is damaged; it counts as sent.", found["_id"])
        key = str(found["_id"]).partition(f"/{self.recipient}/")[2]
        sent = {"key": key, "observed_at": self.now, "sent_at": self.now}
        return {**found, "delivery": "", "claimed_at": self.now, "tries": 0, **sent}

    def settle(self, keys: Iterable[str]) -> None:
        """Record that a message was sent."""
        self._collection.update_many(self._of(keys), {"$set": {"sent_at": self.now}})

    def release(self, claimed: Mapping[str, int]) -> None:
        """Release the claim of a message that was not sent."""
        first = [key for key, tries in claimed.items() if tries == 1]
        again = [key for key, tries in claimed.items() if tries > 1]
        self._collection.delete_many(self._of(first))
        self._collection.update_many(self._of(again), {"$inc": {"tries": -1}})

    def _of(self, keys: Iterable[str]) -> Document:
        return {"_id": {"$in": [self._id(key) for key in keys]}}

    def _id(self, key: str) -> str:
        return f"{self._search_of(key)}/{self.recipient}/{key}"

    def _search_of(self, key: str) -> str:
        return OF_ALL_SEARCHES if key.startswith(OUTCOME_NEWS) else self.search

    @property
    def _collection(self) -> Collection[Document]:
        collection = collections.tz_aware(self.database[collections.NOTIFICATIONS])
        return collection.with_options(write_concern=DURABLE)


@dataclass(frozen=True)
class Claim:
    """The claimed content of a message, by keys; `is_repeated` if it may have been sent before."""

    of: Notifications
    keys: Mapping[str, int]
    is_repeated: bool

    def settle(self) -> None:
        """Record that the message was sent."""
        self.of.settle(self.keys)

    def release(self) -> None:
        """Release the claim, because the message was not sent."""
        self.of.release(self.keys)
