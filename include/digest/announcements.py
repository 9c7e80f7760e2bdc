"""What has been said to whom: each announcement once per search and recipient.

Nobody can send a message and write down that it was sent in one step. So a message claims what it
says before it is sent, and settles the claim afterwards. Whoever finds a claim that nobody settled
says it once more, and says that it may be a repetition; then never again. So a crash between
sending and recording leads to at most one duplicate, and to no loss.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from include import documents
from include.documents import Document
from include.saved_searches import Recipient
from include.storage import DURABLE

MOST_TRIES = 2
"""How often something is said of which nobody knows whether it has arrived."""

CLAIM_LASTS = timedelta(hours=2)
"""Longer than a task may take: a claim so old is that of a task that died."""


@dataclass(frozen=True)
class Announcements:
    """What a recipient of a search has been told, as it stands `now`."""

    database: Database[Document]
    search: str
    recipient: Recipient
    now: datetime

    def said(self, delivery: str, numbers: Iterable[str]) -> dict[str, datetime]:
        """Return the keys of what has been said of these control numbers, or is being said.

        With each goes when the run observed it that said so. What another try of the same
        `delivery` claimed and did not settle is not said.
        """
        told = {
            "search": self.search,
            "recipient": str(self.recipient),
            "control_number": {"$in": [*numbers]},
        }
        return {
            found["key"]: found["observed_at"]
            for found in self._collection.find(told)
            if not self._is_open(found, delivery)
        }

    def claim(self, keys: Mapping[str, str], delivery: str, observed_at: datetime) -> Claim:
        """Claim what a message is going to say, by the control numbers it is about.

        What somebody else has said or is saying is not in the claim.
        """
        claimed = {
            key: tries
            for key, number in keys.items()
            if (tries := self._claim(key, number, delivery, observed_at))
        }
        return Claim(self, claimed, is_repeated=any(tries > 1 for tries in claimed.values()))

    def _claim(self, key: str, number: str, delivery: str, observed_at: datetime) -> int:
        """Claim one key; return which try to say it this is, 0 if it is not to be said."""
        claim = {"delivery": delivery, "claimed_at": self.now, "observed_at": observed_at}
        about = {
            "search": self.search,
            "recipient": str(self.recipient),
            "key": key,
            "control_number": number,
        }
        try:
            self._collection.insert_one(
                {"_id": self._id(key), **about, **claim, "sent_at": None, "tries": 1}
            )
        except DuplicateKeyError:
            found = self._collection.find_one({"_id": self._id(key)})
            if not found or not self._is_open(found, delivery):
                return 0
            same = {name: found[name] for name in ("_id", "claimed_at", "tries", "sent_at")}
            taken = self._collection.update_one(same, {"$set": claim, "$inc": {"tries": 1}})
            return found["tries"] + 1 if taken.modified_count else 0
        return 1

    def _is_open(self, found: Document, delivery: str) -> bool:
        """Tell whether a claim is one that nobody settled, so that it may be taken."""
        is_left = found["delivery"] == delivery or found["claimed_at"] < self.now - CLAIM_LASTS
        return found["sent_at"] is None and is_left and found["tries"] < MOST_TRIES

    def settle(self, keys: Iterable[str]) -> None:
        """Write down that a message was sent."""
        self._collection.update_many(self._of(keys), {"$set": {"sent_at": self.now}})

    def release(self, claimed: Mapping[str, int]) -> None:
        """Give back what was claimed for a message that was not sent."""
        first = [key for key, tries in claimed.items() if tries == 1]
        again = [key for key, tries in claimed.items() if tries > 1]
        self._collection.delete_many(self._of(first))
        self._collection.update_many(self._of(again), {"$inc": {"tries": -1}})

    def _of(self, keys: Iterable[str]) -> Document:
        return {"_id": {"$in": [self._id(key) for key in keys]}}

    def _id(self, key: str) -> str:
        return f"{self.search}/{self.recipient}/{key}"

    @property
    def _collection(self) -> Collection[Document]:
        collection = documents.utc(self.database[documents.ANNOUNCEMENTS])
        return collection.with_options(write_concern=DURABLE)


@dataclass(frozen=True)
class Claim:
    """What a message may say, by its keys; `is_repeated` if it may have been said before."""

    of: Announcements
    keys: Mapping[str, int]
    is_repeated: bool

    def settle(self) -> None:
        """Write down that the message was sent."""
        self.of.settle(self.keys)

    def release(self) -> None:
        """Give it back: the message was not sent."""
        self.of.release(self.keys)
