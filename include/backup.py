"""The jobs database as one file: what it looks like, how it is written, how it is read and checked.

Gzip'd text with one JSON object a line, in MongoDB's canonical Extended JSON, so that every type
survives. The first line names the format, a line for each document its collection, and the last
line says how many documents of each there are: a file that was cut off is told from a whole one
wherever that happened. Documents pass through one by one, so a database of any size takes little
memory. The receipts come first: they are read before the positions that they speak of, so a
complete one is never without them.
"""

from __future__ import annotations

import gzip
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, BinaryIO, NamedTuple

import bson
from bson import json_util
from bson.codec_options import CodecOptions, DatetimeConversion
from bson.errors import BSONError
from bson.json_util import JSONMode, JSONOptions
from pymongo.database import Database

from include.documents import AT_ONCE, RUNS, Document

FORMAT, VERSION = "job-tracker-backup", 1

LARGEST_DOCUMENT = 16 * 1024 * 1024
"""Bytes of the largest document that MongoDB takes."""

LONGEST_LINE = 8 * LARGEST_DOCUMENT
"""Bytes that are read in search of a line's end; a document's line is longer than the document."""

# Dates that Python has no name for, beyond the year 9999, stay numbers.
_DATES = DatetimeConversion.DATETIME_AUTO
_TYPES: CodecOptions[Document] = CodecOptions(tz_aware=True, datetime_conversion=_DATES)
_JSON = JSONOptions(
    json_mode=JSONMode.CANONICAL, tz_aware=True, tzinfo=UTC, datetime_conversion=_DATES
)

# What the parts of Extended JSON raise for text that is none.
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
    """The input is no whole backup of a version that is known; the message says what is wrong."""


class NoBackup(ValueError):
    """A document can't be written so that it comes back the same; the message names it."""


class Stored(NamedTuple):
    """A document and the collection it belongs to; its `size` in bytes, if a backup brought it."""

    collection: str
    document: Document
    size: int = 0


def collections(database: Database[Document]) -> list[str]:
    """Return the names of what a backup holds: all but views and MongoDB's own, receipts first."""
    names = database.list_collection_names(filter={"type": "collection"})
    ours = [name for name in names if not name.startswith("system.")]
    return sorted(ours, key=lambda name: (name != RUNS, name))


def stored(database: Database[Document]) -> Iterator[Stored]:
    """Yield all documents of the database, the receipts first."""
    database = database.with_options(codec_options=_TYPES)
    for name in collections(database):
        for document in database[name].find(batch_size=AT_ONCE):
            yield Stored(name, document)


def write_backup(
    file: BinaryIO, documents: Iterable[Stored], database_name: str, made_at: datetime
) -> Counter[str]:
    """Write a backup and return the number of documents in each collection. Raises `NoBackup`."""
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
    """Yield the documents of a backup. Raises `BadBackup`, at the latest after the last one.

    So only what has been read to its end is known to be whole, and to be taken by MongoDB.
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
            raise BadBackup(f"Line {number} is out of place: receipts come first in a backup.")
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
    """Yield the objects that the lines hold."""
    with gzip.GzipFile(fileobj=file, mode="rb") as lines:
        number = 0
        while text := _text_of_line(lines, number := number + 1):
            try:
                value = json_util.loads(text, json_options=_JSON)
            except _UNREADABLE as error:
                raise BadBackup(f"Line {number} is no Extended JSON: {_said(error)}") from error
            if not isinstance(value, dict):
                raise BadBackup(f"Line {number} is no JSON object.")
            yield value


def _text_of_line(lines: gzip.GzipFile, number: int) -> bytes:
    try:
        text = lines.readline(LONGEST_LINE)
    except EOFError as error:
        raise BadBackup(
            f"The backup is cut off in the middle of line {number}. Copy it again, or make another "
            "one."
        ) from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise BadBackup(
            f"Line {number} can't be read: {_said(error)}. This is no backup of Job Tracker, or it "
            "was damaged on its way: then copy it again."
        ) from error
    if text and not text.endswith(b"\n"):
        raise BadBackup(f"Line {number} has no end: the file is cut off, or it is no backup.")
    return text


def _check_first(line: dict[str, Any] | None) -> None:
    if line is None or line.get("format") != FORMAT:
        raise BadBackup("This is no backup of Job Tracker: its first line does not say so.")
    version = line.get("version")
    if version != VERSION:
        raise BadBackup(
            f"This backup is of version {version!r:.40}, and this program reads version {VERSION}. "
            "Restore it with the version of Job Tracker that made it, or a newer one."
        )


def _check_last(promised: object, counts: Counter[str], after: object) -> None:
    if promised != dict(counts):
        raise BadBackup(
            f"The backup's last line counts {promised!r:.200}, and it holds {dict(counts)!r:.200}: "
            "part of it is missing. Make another one."
        )
    if after is not None:
        raise BadBackup("The file goes on after the end of the backup. Restore one at a time.")


def _read_document(line: dict[str, Any], number: int) -> Stored:
    """Return the document of a line that MongoDB will take."""
    name, document = line.get("collection"), line.get("document")
    if len(line) != 2 or not isinstance(name, str) or not isinstance(document, dict):
        raise BadBackup(f"Line {number} names no collection with a document.")
    if name.startswith(("system.", ".")) or name.endswith(".") or set(name) & {"$", "\0"}:
        raise BadBackup(f"Line {number}: {name!r:.80} is no collection that a backup holds.")
    if not name or "_id" not in document:
        raise BadBackup(f"Line {number}: the collection or the document's _id is missing.")
    try:
        size, operator = len(bson.encode(document)), _name_of_operator(document)
    except _UNREADABLE as error:
        raise BadBackup(f"Line {number} is no document of MongoDB: {_said(error)}") from error
    if operator:
        raise BadBackup(f"Line {number}: {operator!r:.80} is no name of a field.")
    if size > LARGEST_DOCUMENT:
        raise BadBackup(
            f"Line {number} has {size:,} bytes, and MongoDB takes {LARGEST_DOCUMENT:,}."
        )
    return Stored(name, document, size)


def _name_of_operator(value: Document | list[Any]) -> str | None:
    """Return a name in a document, at any depth, that begins with $; None if there is none."""
    if isinstance(value, dict):
        for name in value:
            if name.startswith("$"):
                return name
    for inner in value.values() if isinstance(value, dict) else value:
        if isinstance(inner, dict | list) and (found := _name_of_operator(inner)):
            return found
    return None


def _said(error: Exception) -> str:
    """Return an error's words, which may quote the input, as text that is safe in a terminal."""
    return ascii(str(error))[:200]
