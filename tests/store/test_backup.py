from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from unittest.mock import ANY

import bson
import pytest
from bson import Binary, Decimal128, Int64, ObjectId, Regex
from hypothesis import given, settings
from hypothesis import strategies as st

from include.jobs import limits
from include.store.backup import (
    BadBackup,
    NoBackup,
    Stored,
    collections,
    read_backup,
    stored,
    write_backup,
)
from include.store.collections import POSITIONS, RUNS
from tests.pipeline.test_load import MongoDatabase, batch, store
from tests.support.rows import row

MADE_AT = datetime(2026, 11, 23, 12, tzinfo=UTC)


def written(*documents: Stored) -> bytes:
    file = io.BytesIO()
    write_backup(file, documents, "job_tracker", MADE_AT)
    return file.getvalue()


def backed_up(database: MongoDatabase) -> bytes:
    return written(*stored(database))


def read(backup: bytes) -> list[Stored]:
    return list(read_backup(io.BytesIO(backup)))


def edited(backup: bytes, edit: Callable[[list[Any]], object]) -> bytes:
    """Return the backup after a change to its lines."""
    lines = [json.loads(line) for line in gzip.decompress(backup).splitlines()]
    edit(lines)
    return gzip.compress(b"".join(json.dumps(line).encode() + b"\n" for line in lines))


SMALL = written(Stored(RUNS, {"_id": "r"}), Stored(POSITIONS, {"_id": "1", "title": "Dåta"}))


def test_a_backup_is_lines_of_json_with_the_format_first_and_the_counts_last() -> None:
    lines = gzip.decompress(SMALL).decode().splitlines()
    assert [json.loads(line) for line in lines] == [
        {
            "format": "job-tracker-backup",
            "version": {"$numberInt": "1"},
            "database": "job_tracker",
            "made_at": {"$date": {"$numberLong": "1795435200000"}},
        },
        {"collection": "runs", "document": {"_id": "r"}},
        {"collection": "positions", "document": {"_id": "1", "title": "Dåta"}},
        {"counts": {"runs": {"$numberInt": "1"}, "positions": {"$numberInt": "1"}}},
    ]


def test_every_collection_but_views_is_in_a_backup_and_receipts_come_first(
    database: MongoDatabase,
) -> None:
    store(database, batch(row("1"), row("2", PositionTitle=None)))
    database.my_notes.insert_one({"_id": 1})
    database.create_collection("open_jobs", viewOn=POSITIONS, pipeline=[])
    names = ["runs", "my_notes", "position_versions", "positions", "quarantine"]
    assert collections(database) == ["runs", "marks", names[1], "notifications", *names[2:]]
    found = read(backed_up(database))
    assert list(dict.fromkeys(each.collection for each in found)) == names


def test_every_type_comes_back_as_it_was(database: MongoDatabase) -> None:
    document = {
        "_id": ObjectId(),
        "int32": 5,
        "int64": Int64(5),
        "whole": 5.0,
        "doubles": [0.1, -0.0, float("inf"), 1e308],
        "large": Int64(2**62),
        "null": None,
        "flag": True,
        "time": datetime(2026, 11, 23, 12, 0, 0, 123000, tzinfo=UTC),
        "before": datetime(1, 1, 1, tzinfo=UTC),
        "decimal": Decimal128("0.10"),
        "bytes": Binary(b"\x00\xff", 4 + 124),
        "uuid": Binary(bytes(16), 4),
        "pattern": Regex("^a", "i"),
        "nested": {"b": [{"a": []}, {}], "a.b": "\u2028\x00ü"},
    }
    database.mine.insert_one(document)
    raw = next(database.mine.find_raw_batches({}))
    ((_, back, _),) = read(backed_up(database))
    database.mine.delete_many({})
    database.mine.insert_one(back)
    assert next(database.mine.find_raw_batches({})) == raw


def test_a_date_beyond_pythons_years_comes_back(database: MongoDatabase) -> None:
    database.mine.insert_one({"_id": 1})
    database.mine.update_one({}, [{"$set": {"late": {"$toDate": Int64(2**55)}}}])
    ((_, back, _),) = read(backed_up(database))
    assert int(back["late"]) == 2**55


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**31), 2**31 - 1)
    | st.integers(-(2**63), 2**63 - 1).map(Int64)
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=["Cs"]))
    | st.datetimes(timezones=st.just(UTC)).map(
        lambda found: found.replace(microsecond=found.microsecond // 1000 * 1000)
    ),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.from_regex(r"[^$\x00]{1,5}", fullmatch=True), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(VALUES)
def test_whatever_a_document_holds_comes_back(value: Any) -> None:
    ((_, back, _),) = read(written(Stored("mine", {"_id": 1, "value": value})))
    assert bson.encode(back) == bson.encode({"_id": 1, "value": value})


@pytest.mark.parametrize("value", [{"$oid": "x"}, {"a": [{"b": {"$date": 1}}]}])
def test_a_field_that_would_come_back_as_something_else_is_named(value: Any) -> None:
    with pytest.raises(NoBackup, match=r"'7' of the collection mine has a field named '\$"):
        written(Stored("mine", {"_id": "7", "field": value}))
    assert read(written(Stored("mine", {"_id": "7", "a$": 1})))


def test_an_empty_database_has_a_backup(database: MongoDatabase) -> None:
    assert read(backed_up(database)) == []


@given(st.data())
@settings(max_examples=200)
def test_a_backup_that_is_cut_off_anywhere_is_refused(data: st.DataObject) -> None:
    with pytest.raises(BadBackup):
        read(SMALL[: data.draw(st.integers(0, len(SMALL) - 1))])


@pytest.mark.parametrize("lines", range(4))
def test_a_backup_that_is_cut_off_between_lines_and_compressed_anew_is_refused(lines: int) -> None:
    with pytest.raises(BadBackup, match="first line" if lines == 0 else "cut off after"):
        read(edited(SMALL, lambda found: found.__delitem__(slice(lines, None))))


def test_a_backup_in_several_gzip_members_is_read_and_without_the_last_one_refused() -> None:
    lines = gzip.decompress(SMALL).splitlines(keepends=True)
    members = [gzip.compress(line) for line in lines]
    assert read(b"".join(members)) == read(SMALL)
    for count in range(len(members)):
        with pytest.raises(BadBackup):
            read(b"".join(members[:count]))


@given(st.data())
@settings(max_examples=200)
def test_a_damaged_backup_is_refused_or_says_the_same(data: st.DataObject) -> None:
    damaged = bytearray(SMALL)
    damaged[data.draw(st.integers(0, len(SMALL) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        found = read(bytes(damaged))
    except BadBackup:
        return
    assert found == read(SMALL)


@given(st.binary(max_size=60), st.booleans())
def test_what_is_no_backup_is_refused(content: bytes, compressed: bool) -> None:
    with pytest.raises(BadBackup):
        read(gzip.compress(content) if compressed else content)


def _replaced(number: int, line: Any) -> Callable[[list[Any]], object]:
    return lambda lines: lines.__setitem__(number, line)


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (lambda lines: lines[0].update(version=2), "has version 2, but this program reads"),
        (lambda lines: lines[0].update(format="mongodump"), "not a Job Tracker backup"),
        (lambda lines: lines.pop(0), "not a Job Tracker backup"),
        (lambda lines: lines.pop(1), "part of it is missing"),
        (lambda lines: lines.append(lines[1]), "continues after the end"),
        (lambda lines: lines.insert(2, lines.pop(1)), "Line 3 is out of order"),
        (_replaced(1, []), "Line 2 is not a JSON object"),
        (_replaced(1, {"collection": "runs"}), "Line 2 names no collection with a document"),
        (_replaced(1, {"collection": 1, "document": {"_id": 1}}), "Line 2 names no collection"),
        (_replaced(1, {"collection": "runs", "document": {}}), "document's _id is missing"),
        (_replaced(1, {"collection": "", "document": {"_id": 1}}), "collection or"),
        (_replaced(1, {"collection": "system.users", "document": {"_id": 1}}), "not a collection"),
        (
            _replaced(1, {"collection": "a$b", "document": {"_id": 1}}),
            "'a\\$b' is not a collection",
        ),
        (_replaced(1, {"collection": "x", "document": {"_id": 1, "$set": 1}}), "not a valid f"),
        (_replaced(1, {"collection": "x", "document": {"_id": 1, "a": {"$date": "\x1b"}}}), "Lin"),
        (_replaced(1, {"collection": "x", "document": {"_id": 1, "a": {"$oid": "x"}}}), "not Exte"),
        (_replaced(1, {"collection": "x", "document": {"_id": 1, "a": 2**70}}), "not a MongoDB"),
        (_replaced(1, {"collection": "x", "document": {"_id": 1, "a": "\ud800"}}), "not a MongoDB"),
        (_replaced(1, {"collection": "x", "document": {"_id": 1, "a\0": 1}}), "not a MongoDB"),
        (_replaced(1, {"collection": "x", "document": {"_id": 1, "a": "x" * 2**24}}), "bytes; Mon"),
    ],
)
def test_lines_that_no_backup_has_are_refused(
    edit: Callable[[list[Any]], object], reason: str
) -> None:
    with pytest.raises(BadBackup, match=reason) as refusal:
        read(edited(SMALL, edit))
    assert str(refusal.value).isprintable()


def test_a_line_with_more_values_than_a_document_can_have_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "MAX_BACKUP_LINE_VALUES", 50)
    in_a_string = Stored(POSITIONS, {"_id": "1", "title": 99 * ',[{\\"'})
    assert read(written(in_a_string)) == [in_a_string._replace(size=ANY)]
    with pytest.raises(BadBackup, match="Line 2 has more than 50 values"):
        read(written(Stored(POSITIONS, {"_id": "1", "places": [{}] * 25})))


def test_a_line_that_is_nested_without_end_is_refused() -> None:
    nested = b'{"collection": "x", "document": {"_id": 1, "a": ' + b"[" * 9999 + b"]" * 9999 + b"}}"
    first, *_, last = gzip.decompress(SMALL).splitlines()
    with pytest.raises(BadBackup, match="Line 2"):
        read(gzip.compress(b"\n".join([first, nested, last, b""])))
