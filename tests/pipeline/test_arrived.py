"""Batches of `transform` are read without decoding what is not needed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.pipeline.arrived import read_batch
from include.pipeline.load import load
from tests.pipeline.test_load import MongoDatabase, batch, store
from tests.support.rows import row

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda some: st.lists(some, max_size=3) | st.dictionaries(st.text(), some),
)  # fmt: skip


@given(st.dictionaries(st.text(), VALUES), st.booleans())
def test_whatever_is_handed_on_arrives_as_it_was(part: dict[str, Any], as_text: bool) -> None:
    judged = {
        "position": {"control_number": "1", "source": "search", "closes_at": None, "more": part},
        "content_hash": "c",
        "facts": part,
        "facts_hash": "f",
        "match_result": part,
        "match_hash": "m",
    }
    given: Any = {"kept": [judged], "quarantined": []}
    (found,) = read_batch(json.dumps(given).encode() if as_text else given).kept
    assert (found.control_number, found.identity.version_id) == ("1", "1:c")
    assert found.decoded_content() == {"closes_at": None, "more": part}
    assert found.decoded_facts() == found.decoded_match() == part


@pytest.mark.parametrize("has_facts", [True, False])
def test_a_batch_is_stored_alike_as_text_in_many_commands_and_as_it_is(
    database: MongoDatabase, monkeypatch: pytest.MonkeyPatch, has_facts: bool
) -> None:
    found = batch(row("1"), row("2", PositionTitle=None), row("3", ApplicationCloseDate=None))
    for judged in found["kept"]:
        if not has_facts:
            del judged["facts"], judged["facts_hash"]
    store(database, found, "as it is")
    before = {name: [*database[name].find()] for name in ("positions", "position_versions")}
    for name in before:
        database[name].delete_many({})
    text = json.dumps({name: found[name] for name in ("kept", "quarantined")}).encode()
    result: Any = found
    monkeypatch.setattr("include.jobs.limits.WRITE_BATCH_SIZE_BYTES", 1)
    load(database, result, [text], "job_tracker", "as text")
    after = {name: [*database[name].find()] for name in before}
    assert after == before
    assert all(("facts" in each) is has_facts for each in after["positions"])
