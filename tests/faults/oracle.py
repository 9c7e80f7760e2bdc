"""What a fault may leave behind: all of the right result, or nothing and an accurate message."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from bson import decode, encode
from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument

from include.store.collections import RUNS
from include.store.upserts import StorageError
from include.usajobs.client import ApiError
from tests.faults.chain import KEY, MongoDatabase

RAW = CodecOptions(document_class=RawBSONDocument)

OWN_ERRORS = (ApiError, StorageError)
"""What the chain may raise; whatever else comes is a bug."""

ADVICE = re.compile(r"(?i)clear this task|run the task again|check |set it|narrow the search|put ")

Stored = dict[str, dict[Any, bytes]]
"""The documents of each collection, by id, as they are stored: byte for byte."""


def stored(database: MongoDatabase) -> Stored:
    """Return all that is stored."""
    return {
        name: {found["_id"]: found.raw for found in database.get_collection(name, RAW).find()}
        for name in sorted(database.list_collection_names())
    }


def restore(database: MongoDatabase, state: Stored) -> None:
    """Make the database hold that and nothing else."""
    for name in {*database.list_collection_names(), *state}:
        database[name].delete_many({})
        if documents := state.get(name):
            database.get_collection(name, RAW).insert_many(map(RawBSONDocument, documents.values()))


def check_stored(database: MongoDatabase, right: Stored) -> None:
    """See that the right documents are stored, and say which aren't."""
    check_same(stored(database), right)


def check_same(found: Stored, right: Stored) -> None:
    """See that two states are one, and say where they differ."""
    found, right = in_any_order(found), in_any_order(right)
    if found != right:
        raise AssertionError("\n".join(_differences(found, right)))


def check_half_way(found: Stored, before: Stored, right: Stored) -> None:
    """See that after a load that broke off each document is as before or as it must be.

    The receipt is the planned one and not complete; if it is, only the last answer was lost and
    everything else is there.
    """
    for name, documents in found.items():
        earlier, later = before.get(name, {}), right.get(name, {})
        assert documents.keys() >= earlier.keys(), f"{name} lost documents"
        for key, document in documents.items():
            if name == RUNS and key not in earlier:
                if decode(document)["state"] != "writing":
                    return check_same(found, right)
                assert _as_planned(document) == _as_planned(later[key])
            elif document not in (earlier.get(key), later.get(key)):
                raise AssertionError(f"{name} {key} is half written: {decode(document)}")
    return None


def _as_planned(receipt: bytes) -> dict[str, Any]:
    at_the_end = {"state", "quarantine_size"}
    return {name: value for name, value in decode(receipt).items() if name not in at_the_end}


def _differences(found: Stored, wanted: Stored) -> Iterator[str]:
    for name in sorted({*found, *wanted}):
        have, want = found.get(name, {}), wanted.get(name, {})
        for each in sorted({*have, *want}):
            if have.get(each) != want.get(each):
                is_there, ought_to = (
                    decode(side[each]) if each in side else {} for side in (have, want)
                )
                fields = [
                    f"{field} is {is_there.get(field)!r:.200}, not {ought_to.get(field)!r:.200}"
                    for field in {**is_there, **ought_to}
                    if is_there.get(field) != ought_to.get(field)
                ]
                yield f"{name} {each}: {'; '.join(fields) or 'the order of the fields'}"


HOW_IT_WAS_READ = ("pages", "batch_digest")
"""What of a receipt depends on how often and in which order rows came, and may."""


def in_any_order(state: Stored) -> Stored:
    """Return the state without what differs between two good readings of the same rows."""
    return {
        name: {key: _sorted_lists(raw) if name == RUNS else raw for key, raw in documents.items()}
        for name, documents in state.items()
        if documents
    }


def _sorted_lists(raw: bytes) -> bytes:
    return encode(
        {
            name: sorted(value, key=str) if isinstance(value, list) else value
            for name, value in decode(raw).items()
            if name not in HOW_IT_WAS_READ
        }
    )


def check_message(error: Exception, pattern: str) -> None:
    """See that an error says which request failed, how, and what to do, and keeps the key."""
    assert isinstance(error, OWN_ERRORS), f"{type(error).__name__}: {error}"
    message = str(error)
    assert re.search(pattern, message, re.DOTALL), f"{message!r} doesn't say {pattern!r}"
    assert ADVICE.search(message), f"{message!r} doesn't say what to do"
    assert len(message) < 2_000, f"a message of {len(message)} characters: {message[:500]}"
    assert KEY not in message


def check_adds_up(receipt: dict[str, Any]) -> None:
    """See that a receipt accounts for every row that USAJOBS counts, once."""
    rejected = set().union(*receipt["rejected"].values())
    outside = sum(len(numbers) for numbers in receipt["outside"].values())
    listed = len(receipt["matches"]) + len(receipt["near_misses"])
    done = sum(len(receipt[n]) for n in ("inserted", "changed", "unchanged", "superseded"))
    assert receipt["state"] == "complete"
    assert listed == done
    assert receipt["rows"] == listed + len(rejected) + len(receipt["quarantined"])
    assert receipt["api_total"] == receipt["rows"] + outside
