"""Rows that no API should send: good rows with one or several places changed for the worse.

What is chosen comes from a `random.Random`, so that hypothesis, a seed and a fuzzer's bytes can all
choose.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from random import Random
from typing import Any

import bson

from include.jobs.source import HISTORIC, SEARCH, Source
from include.pipeline.arrived import read_batch
from include.sample_api.historic_rows import historic_row as sample_historic_row
from include.sample_api.historic_rows import text_row
from include.sample_api.postings import opened_on
from include.sample_api.rows import search_row
from tests.support.chain import transformed
from tests.support.historic_rows import ANNOUNCEMENT, historic_row
from tests.support.rows import answer, row

DAY = date(2026, 9, 1)


def good_rows(source: Source) -> list[Any]:
    """Return rows of all the sample API's forms; those of past days carry their texts."""
    postings = [posting for day in range(3) for posting in opened_on(DAY + timedelta(days=day))]
    if source == SEARCH:
        rows = [row(), *map(search_row, postings)]
    else:
        rows = [
            {**historic_row(), "text": ANNOUNCEMENT},
            *({**sample_historic_row(each, DAY), "text": text_row(each)} for each in postings),
        ]
    # What is not read is no place worth changing.
    return [rows[0], *(_only_read(each) for each in rows)]


UNREAD = {
    *("ApplyURI", "PositionFormattedDescription", "PositionSchedule"),
    *("PositionOfferingType", "PositionStartDate", "PositionEndDate", "SubAgency"),
    *("RelevanceRank", "MatchedObjectDescription", "TotalOpenings"),
}


def _only_read(value: Any) -> Any:
    """Return a row without fields that are not read, at any depth."""
    if not isinstance(value, dict):
        return value
    return {name: _only_read(inner) for name, inner in value.items() if name not in UNREAD}


KEYWORDS = ("data engineering", "IT specialist")
"""A topic with patterns of its own, and an occupation that is told by its words and series."""

LARGEST_DOCUMENT = 16 * 1024 * 1024

MOST_SEARCHES = 60
"""Searches that the collection `positions` has room for."""

NUMBERS: list[Any] = [
    *(0, -1, 1, 2**31, 2**63, 2**64, 10**20, 10**400, -(10**400), 0.1, -0.0, 1e308, 5e-324),
    *(float("nan"), float("inf"), float("-inf"), True, False, None),
]
TEXTS = [
    *("", " ", "\x00", "a\x00b", "\ud800", "\udfff\ud800", "\ufffe", "\u202e", "İ", "ß", "²", "٣"),
    *("$set", "a.b", "$where", "__proto__", "constructor", "__class__", "{{ 7*7 }}", "=1+1"),
    *("NaN", "Infinity", "-1", "1e999", "1_000", "0x10", "00", "007", "true", "null", "[]", "{}"),
    *("9" * 400, "9999-12-31", "0001-01-01", "2026-02-30", "10000-01-01", "24:00", "2026-W01-1"),
    *("0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2026-09-01T00:00:00.", "1/1/0001"),
    *("&#xd800;", "&#0;", "&amp;amp;", "&" * 99, "<" * 99, "<script>", "-" * 99, "data " * 30),
    *("Chicago, Illinois", "Anywhere in the U.S. (remote job)", "GS", "PA", "WC", "2210", "public"),
]
KEYS = [
    *("", "$", "$set", "a.b", ".", "\x00", "\ud800", "_id", "__proto__", "__class__", "__dict__"),
    *("__classname__", "__version__", "__type", "__var", "constructor", "k" * 2000),
]
DEEP = 100
LONGEST = 500_000


def _nested(value: Any, chance: Random) -> Any:
    key = chance.choice(KEYS)
    listed = chance.random() < 0.5
    for _ in range(chance.choice((1, 2, DEEP))):
        value = [value] if listed else {key: value}
    return value


def _keyed(value: Any, chance: Random) -> Any:
    """Return an object with a key that no database takes."""
    inside = value if isinstance(value, dict) else {"value": value}
    return {**inside, chance.choice(KEYS): chance.choice(TEXTS)}


def _without_one(value: Any, chance: Random) -> Any:
    if not isinstance(value, dict) or not value:
        return {}
    left_out = chance.choice(list(value))
    return {name: inner for name, inner in value.items() if name != left_out}


def _long(value: Any, chance: Random) -> Any:
    """Return a list or a text that is long for its kind."""
    times = min(chance.choice((2, 20, 2000)), 2 + LONGEST // len(json.dumps(value)))
    if isinstance(value, str | list):
        return value * times
    return [value] * times


def _spoilt(value: Any, chance: Random) -> Any:
    """Return the text with something put into it."""
    if not isinstance(value, str):
        return str(value)
    at = chance.randint(0, len(value))
    return value[:at] + chance.choice(TEXTS) + value[at:]


CHANGES: list[Callable[[Any, Random], Any]] = [
    lambda _, chance: chance.choice(NUMBERS),
    lambda _, chance: chance.choice(TEXTS),
    lambda _, chance: chance.choice(([], {}, [None], [[]], [{}])),
    lambda _, chance: chance.getrandbits(chance.choice((8, 64, 128))),
    lambda _, chance: "".join(chr(chance.getrandbits(8)) for _ in range(chance.randint(1, 8))),
    _nested,
    _keyed,
    _without_one,
    _long,
    _spoilt,
]

GOOD: dict[Source, list[Any]] = {}


def _places(value: Any) -> Iterator[tuple[Any, ...]]:
    """Yield the path to everything in a JSON value, itself included."""
    yield ()
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value[:9]):
            for path in _places(inner):
                yield (key, *path)


def _changed_at(path: tuple[Any, ...], value: Any, chance: Random) -> Any:
    if not path:
        return chance.choice(CHANGES)(value, chance)
    whole = copy.copy(value)
    whole[path[0]] = _changed_at(path[1:], value[path[0]], chance)
    return whole


def odd_row(source: Source, chance: Random) -> Any:
    """Return one of a source's good rows with one to five places, at any depth, changed."""
    # Half of them were once kept, which few of the sample API's are.
    odd = chance.choice(GOOD[source][: chance.choice((2, None))])
    for _ in range(chance.randint(1, 5)):
        odd = _changed_at(chance.choice(list(_places(odd))), odd, chance)
    return odd


def ending(source: Source, found: Any, keyword: str = KEYWORDS[0]) -> str:
    """Return where a row ends: kept, rejected or quarantined; asserts that it can be stored."""
    batch = transformed(answer(found, source=source), keyword=keyword)
    json.dumps(batch, allow_nan=False)
    ends = {
        "kept": len(batch["kept"]),
        "quarantined": len(batch["unreadable"]),
        "rejected": len(set().union(*batch["rejected"].values())),
    }
    assert sum(ends.values()) == 1, ends
    kept: Any = batch
    for judged in read_batch(kept).kept:
        match = judged.decoded_match()
        entries = {f"search-{number}": match for number in range(MOST_SEARCHES)}
        assert_storable({**judged.decoded_content(), "matches": entries})
    for unread in batch["quarantined"]:
        assert_storable(unread)
    told = {name: batch[name] for name in ("rejected", "unreadable", "drift")}
    assert "\\u0000" not in json.dumps(told | {"kept": batch["kept"]})
    return next(name for name, number in ends.items() if number)


def assert_storable(document: dict[str, Any]) -> None:
    """Assert that MongoDB takes it."""
    assert len(bson.encode(document, check_keys=True)) < LARGEST_DOCUMENT


GOOD |= {SEARCH: good_rows(SEARCH), HISTORIC: good_rows(HISTORIC)}
