"""Damage in documents of which only some fields are read."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from include.store.damage import ENTRY, POSITION, Shape

DAMAGE = st.sampled_from([None, 5, "x", [], [5], {}, {"x": {}}, float("nan"), True])


FIELDS: dict[Shape, list[str]] = {
    POSITION: [
        *("_id", "PositionTitle", "PositionURI", "PositionLocation", "PositionRemuneration"),
        *("source", "observed_at", "content_hash", "first_seen_at", "last_seen_at", "matches"),
        "closes_at",
    ],
    ENTRY: [
        *("level", "reasons", "fits", "score", "nearest", "source", "observed_at", "register"),
        *("verdict_hash", "first_seen_at", "last_seen_at"),
    ],
}


@given(st.data(), st.sampled_from([*FIELDS]))
def test_a_field_that_may_be_missing_is_checked_like_any_other_where_it_is_there(
    data: st.DataObject, shape: Shape
) -> None:
    names = st.sampled_from(FIELDS[shape])
    document = data.draw(st.dictionaries(names, DAMAGE))
    expected = data.draw(st.frozensets(names))
    missing = {(name,) for name in FIELDS[shape] if name not in document and name not in expected}
    whole = {*shape.damage(document)} - missing
    nested = {path for path in whole if len(path) > 1 and path[0] not in expected}
    found = {*shape.damage(document, expected)}
    assert found <= whole
    # Of a field that isn't expected, parts may be missing too.
    assert whole - found <= nested
