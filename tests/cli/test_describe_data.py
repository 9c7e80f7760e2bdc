"""What the documentation says of stored documents is what the code stores."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter
from pymongo.database import Database

from include.cli.describe_data import DOCS, described_files
from include.digest.send import send_digest
from include.searches.saved_searches import SavedSearch
from include.store.documents import COLLECTIONS
from include.store.examples import EXAMPLES
from include.store.feeds import make_feed
from include.web.marks import MarkChange, set_mark
from tests.support.chain import stored, transformed
from tests.support.rows import answer, pay, row


def test_the_described_files_are_those_that_the_definitions_make() -> None:
    written = {path.relative_to(DOCS): path for path in (DOCS / "schema").rglob("*.json")}
    expected = described_files()
    stale = [
        str(path)
        for path, content in expected.items()
        if not (DOCS / path).is_file() or (DOCS / path).read_text(encoding="utf-8") != content
    ]
    assert stale == [], "run: python -m include.cli.describe_data"
    assert set(written) == {path for path in expected if path.suffix == ".json"}


def fields_of(described: Any) -> set[str]:
    if issubclass(described, BaseModel):
        return {field.alias or name for name, field in described.model_fields.items()}
    return set(described.__annotations__)


@pytest.mark.parametrize("name", COLLECTIONS)
def test_an_example_is_such_a_document(name: str) -> None:
    TypeAdapter(COLLECTIONS[name]).validate_python(EXAMPLES[name])
    assert set(EXAMPLES[name]) <= fields_of(COLLECTIONS[name])


def test_every_field_of_every_collection_says_what_it_means() -> None:
    for path, content in described_files().items():
        assert path.suffix != ".md" or "|  |" not in content


def test_what_a_run_stores_is_what_is_described(database: Database[dict[str, Any]]) -> None:
    now = datetime(2026, 11, 23, 12, tzinfo=UTC)
    odd = row("4", JobGrade=[{"Code": "Q7"}])
    first = answer(row("1"), row("2", PositionTitle=None), odd)
    later = answer(
        row("1", PositionTitle="Data Engineer II"),
        row("3", PositionRemuneration=pay("1", "2")),
        at="2026-11-24T12:00:00.000+00:00",
    )
    for number, each in enumerate((first, later)):
        stored(database, transformed(each), f"run {number}")
    set_mark(database, "ada", "1", MarkChange(saved=True, note="Ask"), now)
    send_digest(database, SavedSearch(), lambda recipient, message: None, now, "")
    make_feed(database, "ada", "calendar", None, now)
    for name, described in COLLECTIONS.items():
        documents = list(database[name].find())
        assert documents, name
        for document in documents:
            TypeAdapter(described).validate_python(document)
            assert set(document) <= fields_of(described), name
