"""The private addresses of calendars and news feeds, in the collection `feeds`.

Whoever has such an address can read it without a login, so its token is as long as a key and only
its digest is stored: neither the database nor a backup of it opens a feed. An address that was
taken back keeps its document, so that no older backup revives it.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import sha256

from pymongo import ASCENDING
from pymongo.database import Database

from include.jobs import limits
from include.store import collections
from include.store.damage import FEED
from include.store.documents import Document, FeedDocument, FeedKind
from include.store.upserts import DURABLE

LIVE: Document = {"taken_back_at": None}
"""The filter for addresses that nobody has taken back."""


class TooManyFeeds(Exception):
    """The user has as many addresses as one may have."""


def make_feed(
    database: Database[Document], user: str, kind: FeedKind, search: str | None, now: datetime
) -> tuple[str, FeedDocument]:
    """Store a new address of a user; return its token, which nobody can find out later.

    Raises:
        TooManyFeeds: the user has to take one back first.
        PyMongoError: MongoDB rejected the write, or can't be reached.
    """
    feeds = database[collections.FEEDS].with_options(write_concern=DURABLE)
    if feeds.count_documents({"user": user, **LIVE}) >= limits.MAX_FEEDS_OF_A_USER:
        raise TooManyFeeds
    token = secrets.token_urlsafe(32)
    made = FeedDocument(
        _id=digest(token),
        user=user,
        kind=kind,
        search=search,
        made_at=now,
        last_read_at=None,
        taken_back_at=None,
    )
    feeds.insert_one({**made})
    return token, made


def find_feed(database: Database[Document], token: str, now: datetime) -> FeedDocument | None:
    """Return the feed that a token opens, and note that it was read.

    None is returned alike for a token that never was one and for one that was taken back. Only the
    digest is looked up, so the time that it takes tells nothing about any token.
    """
    feeds = collections.tz_aware(database[collections.FEEDS])
    found = feeds.find_one({"_id": digest(token), **LIVE})
    if found is None or not (sound := _sound([found])):
        return None
    noted = now - timedelta(minutes=limits.FEED_READ_NOTED_MINUTES)
    unnoted = {"_id": found["_id"], "last_read_at": {"$not": {"$gte": noted}}}
    feeds.update_one(unnoted, {"$set": {"last_read_at": now}})
    return sound[0]


def live_feeds(database: Database[Document], user: str | None = None) -> list[FeedDocument]:
    """Return the addresses of a user, or of all users, that nobody has taken back."""
    of: Document = {} if user is None else {"user": user}
    feeds = collections.tz_aware(database[collections.FEEDS])
    return _sound(feeds.find({**of, **LIVE}, sort=[("made_at", ASCENDING), ("_id", ASCENDING)]))


def take_back(
    database: Database[Document], user: str, feed_id: str, now: datetime
) -> FeedDocument | None:
    """Take back an address of a user and return it; None if the user has no such address."""
    feeds = collections.tz_aware(database[collections.FEEDS]).with_options(write_concern=DURABLE)
    found = feeds.find_one_and_update(
        {"_id": feed_id, "user": user, **LIVE}, {"$set": {"taken_back_at": now}}
    )
    return next(iter(_sound([found])), None) if found else None


def digest(token: str) -> str:
    """Return what is stored of a token. A random one of 256 bits needs no salt and no slow hash."""
    return sha256(token.encode(errors="replace")).hexdigest()


def _sound(found: Iterable[Document]) -> list[FeedDocument]:
    return [FeedDocument(**feed) for feed in FEED.sound(found, "feed")]  # type: ignore[typeddict-item]
