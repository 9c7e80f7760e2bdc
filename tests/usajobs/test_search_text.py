"""A page whose rows are left as text says the same as one that is decoded whole."""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.jobs.source import SEARCH
from include.usajobs import search_api, search_text
from include.usajobs.client import ApiError, HttpReply
from include.usajobs.drift import Drift
from include.usajobs.row_readers import read_search_row
from include.usajobs.search_rows import read_row
from include.usajobs.search_text import RowText, rows_as_text
from tests.support.odd_rows import GOOD, odd_row
from tests.support.rows import CHICAGO, envelope, row

DAMAGE = [b"", b"{", b"]", b",", b'"', b"\\", b"\xff", b"\x00", b"\\ud800", b"1e999", b"NaN", b" "]


def nested(levels: int) -> Any:
    value: Any = 7
    for _ in range(levels):
        value = [value]
    return value


def page(*rows: Any, **others: Any) -> bytes:
    return json.dumps(envelope(list(rows)) | others).encode()


def outcome(body: bytes) -> Any:
    """Return all that is made of a body, or why it is no good answer."""
    try:
        found = search_api.read_page(HttpReply(200, {}, body), 1, "usajobs")
    except ApiError as problem:
        return str(problem)
    read = [read_search_row(each) for each in found.rows]
    keys = [search_api.identity(each) for each in found.rows]
    return found.total, keys, [(each.handed_on(), each.drift.entries()) for each in read]


def whole_outcome(body: bytes) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search_api, "rows_as_text", lambda body: None)
        return outcome(body)


@settings(derandomize=True, max_examples=50)
@given(st.randoms(use_true_random=False), st.booleans(), st.sampled_from(DAMAGE), st.booleans())
def test_any_page_is_read_as_if_it_was_decoded_whole(
    chance: Random, is_ascii: bool, damage: bytes, is_damaged: bool
) -> None:
    rows = [odd_row(SEARCH, chance) for _ in range(chance.randint(0, 3))]
    answer = json.dumps(envelope(rows), ensure_ascii=is_ascii)
    body = answer.encode(errors="surrogatepass")
    if is_damaged:
        place = chance.randrange(len(body))
        body = body[:place] + damage + body[place + chance.randint(0, 1) :]
    assert outcome(body) == whole_outcome(body)


@pytest.mark.parametrize("levels", [42, 43, 44, 45, 46, 47, 48, 49, 50])
@pytest.mark.parametrize(
    "nest",
    [
        lambda inner: page(row("1", Extra=inner)),
        lambda inner: page(row("1", PositionLocation=[CHICAGO, {**CHICAGO, "Extra": inner}])),
        lambda inner: page(row("1", PositionLocation={"one": inner})),
        lambda inner: page(row("1"), LanguageCode=inner),
        lambda inner: page(inner),
    ],
)
def test_a_page_is_nested_too_deep_wherever_it_is(
    nest: Callable[[Any], bytes], levels: int
) -> None:
    body = nest(nested(levels))
    assert outcome(body) == whole_outcome(body)


def test_many_brackets_in_a_text_are_no_levels() -> None:
    found = rows_as_text(page(row("1", PositionTitle="[" * 99)))
    assert found
    assert isinstance(found[1][0], RowText)


def test_usual_rows_stay_text() -> None:
    found = rows_as_text(page(*GOOD[SEARCH]))
    assert found
    assert [each.whole for each in found[1]] == GOOD[SEARCH]


class Noting(dict[str, Any]):
    """An object that notes which of its keys are read."""

    def __init__(self, values: dict[str, Any]) -> None:
        super().__init__(values)
        self.read: set[str] = set()

    def get(self, key: str, default: Any = None) -> Any:
        self.read.add(key)
        return super().get(key, default)


def test_those_keys_are_decoded_that_a_position_is_made_of() -> None:
    found = row("1")
    details = Noting({"AnnouncementClosingType": "03"})
    descriptor = Noting(found["MatchedObjectDescriptor"] | {"UserArea": {"Details": details}})
    read_row(found | {"MatchedObjectDescriptor": descriptor}, Drift())
    assert descriptor.read == search_text._Descriptor.__annotations__.keys()
    assert details.read == search_text._Details.__annotations__.keys()
