"""Migrates collections that were renamed since earlier versions."""

from __future__ import annotations

import logging

from pymongo import InsertOne
from pymongo.database import Database

from include.store.collections import RENAMED, chunks, tz_aware
from include.store.documents import Document
from include.store.upserts import DURABLE, bulk_write

log = logging.getLogger(__name__)


def take_over_renamed(database: Database[Document]) -> None:
    """Move the documents of renamed collections; existing ones under the new name win.

    It may be interrupted, repeated and run concurrently: a document is deleted only after it is
    stored under the new name.

    Raises:
        PyMongoError: MongoDB rejected a write, or can't be reached.
    """
    names = database.list_collection_names(filter={"name": {"$in": [*RENAMED]}})
    for old in names:
        new = RENAMED[old]
        source = database[old].with_options(write_concern=DURABLE)
        target = database[new].with_options(write_concern=DURABLE)
        for documents in chunks(tz_aware(source).find()):
            bulk_write(target, [InsertOne(document) for document in documents])
            source.delete_many({"_id": {"$in": [document["_id"] for document in documents]}})
        if source.find_one() is None:
            source.drop()
        log.info("The collection %s is now called %s", old, new)
