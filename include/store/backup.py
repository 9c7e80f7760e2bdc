"""Backups of the jobs database as one file: format, writing, reading and validation.

The file is gzipped text with one JSON object per line, in MongoDB's canonical Extended JSON, which
preserves all types. The first line has the format, each following line a document with its
collection, and the last line the number of documents per collection, so that a truncated file is
always detected. Documents are streamed, so a database of any size takes little memory. Receipts are
read before the positions that they refer to, so a complete receipt never lacks its positions.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any, BinaryIO, NamedTuple

import bson
from bson import json_util
from bson.codec_options import CodecOptions, DatetimeConversion
from bson.errors import BSONError
from bson.json_util import JSONMode, JSONOptions
from pymongo.database import Database

from include.jobs import limits
from include.store.collections import RUNS
from include.store.documents import Document

FORMAT, VERSION = "job-tracker-backup", 1

# Dates beyond the year 9999, which Python can't represent, stay numbers.
_DATES = DatetimeConversion.DATETIME_AUTO
_TYPES: CodecOptions[Document] = CodecOptions(tz_aware=True, datetime_conversion=_DATES)
_JSON = JSONOptions(
    json_mode=JSONMode.CANONICAL, tz_aware=True, tzinfo=UTC, datetime_conversion=_DATES
)

_STARTS_OF_VALUES = (b",", b"{", b"[")
_TOKENS = re.compile(rb'"(?:[^"\\]|\\.)*+"|[,{\[]')

# The errors that decoding Extended JSON can raise for invalid text.
_UNREADABLE = (
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    RecursionError,
    BSONError,
)


class BadBackup(ValueError):
    """The input is not a complete backup of a known version; the message says what is wrong."""


class NoBackup(ValueError):
    """A document would not survive a round trip through the format; the message names it."""


class Stored(NamedTuple):
    """A document and its collection; `size` is in bytes if it comes from a backup."""

    collection: str
    document: Document
    size: int = 0


def collections(database: Database[Document]) -> list[str]:
    """Return the collections to back up: all but views and MongoDB's own, receipts first."""
    names = database.list_collection_names(filter={"type": "collection"})
    ours = [name for name in names if not name.startswith("system.")]
    return sorted(ours, key=lambda name: (name != RUNS, name))


def stored(database: Database[Document]) -> Iterator[Stored]:
    """Yield all documents of the database, receipts first."""
    database = database.with_options(codec_options=_TYPES)
    for name in collections(database):
        for document in database[name].find(batch_size=limits.WRITE_BATCH_SIZE_DOCUMENTS):
            yield Stored(name, document)


def write_backup(
    file: BinaryIO, documents: Iterable[Stored], database_name: str, made_at: datetime
) -> Counter[str]:
    """Write a backup and return the number of documents in each collection.

    Raises:
        NoBackup: a document would not survive the round trip.
    """
    counts: Counter[str] = Counter()
    with gzip.GzipFile(fileobj=file, mode="wb", filename="", compresslevel=6) as lines:
        first = {"format": FORMAT, "version": VERSION, "database": database_name}
        lines.write(_line({**first, "made_at": made_at}))
        for collection, document, _ in documents:
            if name := _name_of_operator(document):
                raise NoBackup(
                    f"The document {document['_id']!r:.80} of the collection {collection} has a "
                    f"field named {name!r:.80}. A name that begins with $ can't be told from "
                    "Extended JSON's own: rename the field, then make the backup again."
                )
            lines.write(_line({"collection": collection, "document": document}))
            counts[collection] += 1
        lines.write(_line({"counts": dict(counts)}))
    return counts


def read_backup(file: BinaryIO) -> Iterator[Stored]:
    """Yield the documents of a backup; it is known to be valid only after the last one.

    Raises:
        BadBackup: the file is truncated, damaged or not a backup.
    """
    lines = _lines(file)
    _check_first(next(lines, None))
    counts: Counter[str] = Counter()
    for number, line in enumerate(lines, 2):
        if line.keys() == {"counts"}:
            _check_last(line["counts"], counts, next(lines, None))
            return
        document = _read_document(line, number)
        if document.collection == RUNS and counts.keys() - {RUNS}:
            raise BadBackup(f"Line {number} is out of order: receipts come first in a backup.")
        counts[document.collection] += 1
        yield document
    raise BadBackup(
        f"The backup is cut off after {counts.total()} documents: its last line is missing. Copy "
        "it again, or make another one."
    )


def _line(value: dict[str, Any]) -> bytes:
    text = json_util.dumps(value, json_options=_JSON, ensure_ascii=False, separators=(",", ":"))
    return f"{text}\n".encode()


def _lines(file: BinaryIO) -> Iterator[dict[str, Any]]:
    """Yield the object of each line."""
    with gzip.GzipFile(fileobj=file, mode="rb") as lines:
        number = 0
        while text := _text_of_line(lines, number := number + 1):
            if _has_too_many_values(text):
                raise BadBackup(
                    f"Line {number} has more than {limits.MAX_BACKUP_LINE_VALUES:,} values, more "
                    "than a MongoDB document of the largest size."
                )
            try:
                value = json_util.loads(text, json_options=_JSON)
            except _UNREADABLE as error:
                raise BadBackup(f"Line {number} is not Extended JSON: {_text_of(error)}") from error
            if not isinstance(value, dict):
                raise BadBackup(f"Line {number} is not a JSON object.")
            yield value


def _text_of_line(lines: gzip.GzipFile, number: int) -> bytes:
    try:
        text = lines.readline(limits.MAX_BACKUP_LINE_BYTES)
    except EOFError as error:
        raise BadBackup(
            f"The backup is cut off in the middle of line {number}. Copy it again, or make another "
            "one."
        ) from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise BadBackup(
            f"Line {number} can't be read: {_text_of(error)}. This is not a Job Tracker backup, or "
            "it was damaged in transit; in that case copy it again."
        ) from error
    if text and not text.endswith(b"\n"):
        raise BadBackup(f"Line {number} does not end: the file is cut off, or not a backup.")
    return text


def _has_too_many_values(text: bytes) -> bool:
    """Return whether a line would take gigabytes in memory; commas in strings don't count."""
    if sum(map(text.count, _STARTS_OF_VALUES)) <= limits.MAX_BACKUP_LINE_VALUES:
        return False
    starts = (found for found in _TOKENS.finditer(text) if found[0] in _STARTS_OF_VALUES)
    return next(islice(starts, limits.MAX_BACKUP_LINE_VALUES, None), None) is not None


def _check_first(line: dict[str, Any] | None) -> None:
    if line is None or line.get("format") != FORMAT:
        raise BadBackup("This is not a Job Tracker backup: its first line does not say so.")
    version = line.get("version")
    if version != VERSION:
        raise BadBackup(
            f"This backup has version {version!r:.40}, but this program reads version {VERSION}. "
            "Restore it with the version of Job Tracker that made it, or a newer one."
        )


def _check_last(promised: object, counts: Counter[str], after: object) -> None:
    if promised != dict(counts):
        raise BadBackup(
            f"The backup's last line counts {promised!r:.200}, but it contains "
            f"{dict(counts)!r:.200}: part of it is missing. Make another one."
        )
    if after is not None:
        raise BadBackup("The file continues after the end of the backup. Restore one at a time.")


def _read_document(line: dict[str, Any], number: int) -> Stored:
    """Return the document of a line, after checking that MongoDB will accept it."""
    name, document = line.get("collection"), line.get("document")
    if len(line) != 2 or not isinstance(name, str) or not isinstance(document, dict):
        raise BadBackup(f"Line {number} names no collection with a document.")
    if name.startswith(("system.", ".")) or name.endswith(".") or set(name) & {"$", "\0"}:
        raise BadBackup(f"Line {number}: {name!r:.80} is not a collection that is backed up.")
    if not name or "_id" not in document:
        raise BadBackup(f"Line {number}: the collection or the document's _id is missing.")
    try:
        size, operator = len(bson.encode(document)), _name_of_operator(document)
    except _UNREADABLE as error:
        raise BadBackup(f"Line {number} is not a MongoDB document: {_text_of(error)}") from error
    if operator:
        raise BadBackup(f"Line {number}: {operator!r:.80} is not a valid field name.")
    if size > limits.MAX_DOCUMENT_BYTES:
        raise BadBackup(
            f"Line {number} has {size:,} bytes; MongoDB accepts {limits.MAX_DOCUMENT_BYTES:,}."
        )
    return Stored(name, document, size)


def _name_of_operator(value: Document | list[Any]) -> str | None:
    """Return a field name that begins with $, at any depth, or None if there is none."""
    if isinstance(value, dict):
        for name in value:
            if name.startswith("$"):
                return name
    for inner in value.values() if isinstance(value, dict) else value:
        if isinstance(inner, dict | list) and (found := _name_of_operator(inner)):
            return found
    return None


def _text_of(error: Exception) -> str:
    """Return an error's message, which may quote the input, in a form safe for a terminal."""
    return ascii(str(error))[:200]
