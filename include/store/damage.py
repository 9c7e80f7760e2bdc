"""Damaged documents: those with a field that is missing, or of another type than described.

Somebody may edit a document by hand, or write one with a program of their own. That costs this
document only: whoever reads documents separates the sound ones from the damaged ones here, and a
run replaces what is damaged (see `repair`).
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Iterator, Mapping
from copy import copy
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, NamedTuple

from pydantic import BaseModel, TypeAdapter, ValidationError, create_model

from include.store.documents import (
    Document,
    FeedDocument,
    MarkDocument,
    NotificationDocument,
    ObservedFacts,
    PositionDocument,
    QuarantineDocument,
    Receipt,
    SearchMatch,
    SeenFacts,
    StateChange,
    VersionDocument,
)

log = logging.getLogger(__name__)

FIRST, LAST = datetime(1900, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, 999000, UTC)
"""Dates before and after these are damage: Python can't represent all of them in any time zone."""

FIRST_YEAR = FIRST.year

LARGEST = 1e300
"""Larger numbers are damage; the schema can't name infinity."""

HEALS = "The next run that lists it repairs it."


class Shape:
    """The described form of documents, or of a projection of them."""

    def __init__(self, of: Any) -> None:
        self._of = of
        self._adapter = TypeAdapter(of)
        self._partly_read: dict[frozenset[str], TypeAdapter[Any]] = {}

    def damage(
        self, document: object, expected: Collection[str] | None = None
    ) -> list[tuple[str, ...]]:
        """Return the paths of the fields that are damaged; an empty path is the whole document.

        Fields may be missing, unless they are among the `expected` ones, by default all.
        """
        paths = _impossible_dates(document)
        try:
            self._adapter_for(expected).validate_python(document, strict=True)
        except ValidationError as error:
            problems = error.errors(include_url=False, include_context=False, include_input=False)
            paths += [
                tuple(map(str, each["loc"]))
                for each in problems
                if expected is None or each["type"] != "missing" or each["loc"][0] in expected
            ]
        return [*dict.fromkeys(paths)] if paths else []

    def _adapter_for(self, expected: Collection[str] | None) -> TypeAdapter[Any]:
        """Return the adapter for documents that may lack other fields than those expected.

        That they lack some could be passed over, but each costs as much as reading the document.
        """
        is_model = isinstance(self._of, type) and issubclass(self._of, BaseModel)
        if expected is None or not is_model:
            return self._adapter
        names = frozenset(expected)
        if names not in self._partly_read:
            self._partly_read[names] = TypeAdapter(_partial(self._of, names))
        return self._partly_read[names]

    def damaged_fields(self, document: Mapping[str, Any]) -> set[str]:
        """Return the names of the fields that are damaged, or that hold something damaged."""
        return {path[0] for path in self.damage(document) if path}

    def sound(self, documents: Iterable[Document], what: str) -> list[Document]:
        """Return the sound ones of some documents, and log the `_id`s of the others."""
        found = []
        for document in documents:
            if damage := self.damaged_fields(document):
                log.warning("%s", left_out(what, document, damage))
            else:
                found.append(document)
        return found

    def damaged(self, *names: str) -> Document:
        """Return the filter for documents with damage in these fields; if none, in any."""
        whole = self.schema
        if not names:
            return _damaged(whole)
        required = [name for name in whole["required"] if name in names]
        properties = {name: whole["properties"][name] for name in names}
        return _damaged({"required": required, "properties": properties})

    def undamaged(self) -> Document:
        """Return the filter for documents without damage, not even in the elements of lists."""
        return {"$nor": [_damaged(self.schema_with_elements)]}

    @cached_property
    def schema(self) -> Document:
        """The form as MongoDB's `$jsonSchema`, without the elements of lists.

        To check a posting's thousand places takes long.
        """
        return _AsMongo(self._definitions, with_elements=False).translate(self._described)

    @cached_property
    def schema_with_elements(self) -> Document:
        """The same with the elements of lists."""
        return _AsMongo(self._definitions, with_elements=True).translate(self._described)

    @cached_property
    def _described(self) -> Document:
        return self._adapter.json_schema()

    @property
    def _definitions(self) -> Document:
        definitions: Document = self._described.get("$defs", {})
        return definitions


def _partial(model: type[BaseModel], expected: Collection[str]) -> type[BaseModel]:
    """Return the model with only the expected ones of its fields required, and no other change."""
    optional: dict[str, Any] = {}
    for name, info in model.model_fields.items():
        if info.is_required() and (info.alias or name) not in expected:
            field = copy(info)
            field.default = None
            optional[name] = (info.annotation, field)
    return create_model(model.__name__, __base__=model, **optional)


def _impossible_dates(document: object) -> list[tuple[str, ...]]:
    if not isinstance(document, dict):
        return []
    return [
        (name,)
        for name, value in document.items()
        if isinstance(value, datetime) and value.year < FIRST_YEAR
    ]


class _AsMongo(NamedTuple):
    """Translates JSON schemas into the dialect of MongoDB, as far as they are about types."""

    definitions: Mapping[str, Any]
    with_elements: bool

    def translate(self, described: Mapping[str, Any]) -> Document:
        if "$ref" in described:
            return self.translate(self.definitions[described["$ref"].rpartition("/")[2]])
        found = {name: described[name] for name in SHARED if name in described}
        if kind := described.get("type"):
            found["bsonType"] = BSON_TYPES.get(described.get("format", kind), [kind])
        if kind in ("number", "integer"):
            found |= {"minimum": -LARGEST, "maximum": LARGEST}
        if "properties" in described:
            found["properties"] = {
                name: self.translate(each) for name, each in described["properties"].items()
            }
        if isinstance(each := described.get("additionalProperties"), dict):
            found["additionalProperties"] = self.translate(each)
        if self.with_elements and "items" in described:
            found["items"] = self.translate(described["items"])
        for each in described.get("anyOf", []):
            # Of each type there is one alternative, so the conditions on different types go
            # together.
            alternative = self.translate(each)
            types = [*found.get("bsonType", []), *alternative["bsonType"]]
            found |= {**alternative, "bsonType": types}
        return found


SHARED = ("required", "enum", "minLength", "maxLength")
"""What both dialects call the same."""

NUMBERS = ["int", "long", "double"]
BSON_TYPES = {"date-time": ["date"], "integer": NUMBERS, "number": NUMBERS, "boolean": ["bool"]}

OUTCOME = "outcome"
"""A field of a position that runs don't observe: damage to it is no damage to the position."""

CONTENT_HASH = "content_hash"

FACTS = "facts"
"""A field of a position whose damage costs only itself: the position is shown without them."""

FACTS_SEEN = "facts_seen"
"""A field of a version, each of whose entries may be damaged without the others."""

POSITION = Shape(PositionDocument)
ENTRY = Shape(SearchMatch)
OBSERVED_FACTS = Shape(ObservedFacts)
SEEN = Shape(SeenFacts)
RECEIPT = Shape(Receipt)
VERSION = Shape(VersionDocument)
QUARANTINED = Shape(QuarantineDocument)
NOTIFICATION = Shape(NotificationDocument)
MARK = Shape(MarkDocument)
STATE_CHANGE = Shape(StateChange)
FEED = Shape(FeedDocument)


def damaged_in(searches: Iterable[str], fields: Collection[str] | None = None) -> Document:
    """Return the filter for damaged positions; of the entries, only these searches' count.

    With `fields`, neither does damage to others, besides the entries.
    """
    entries = dict.fromkeys(searches, ENTRY.schema)
    return _damaged(_with_entries(POSITION.schema, entries, fields))


def undamaged_in(searches: Iterable[str]) -> Document:
    """Return the filter for the others, without those with damage in the elements of lists."""
    entries = dict.fromkeys(searches, ENTRY.schema_with_elements)
    return {"$nor": [_damaged(_with_entries(POSITION.schema_with_elements, entries))]}


def _with_entries(
    whole: Document, entries: Document, fields: Collection[str] | None = None
) -> Document:
    names = whole["properties"].keys() - {OUTCOME} if fields is None else {*fields}
    properties = {name: each for name, each in whole["properties"].items() if name in names}
    matches = {"bsonType": ["object"], "properties": entries}
    required = [name for name in whole["required"] if name in {*names, "matches"}]
    return {"required": required, "properties": {**properties, "matches": matches}}


def _damaged(schema: Document) -> Document:
    """Return the filter for documents that don't match a schema, or have impossible dates."""
    dates = [*_dates(schema)]
    too_early = [{path: {"$lt": FIRST}} for path in dates]
    too_late = [{path: {"$gt": LAST}} for path in dates]
    return {"$or": [{"$nor": [{"$jsonSchema": schema}]}, *too_early, *too_late]}


def _dates(schema: Document, prefix: str = "") -> Iterator[str]:
    """Yield the paths of the dates of a schema."""
    for name, each in schema.get("properties", {}).items():
        if "date" in each["bsonType"]:
            yield f"{prefix}{name}"
        yield from _dates(each, f"{prefix}{name}.")


class Sorted(NamedTuple):
    """Positions that are sound, and the control numbers of those that are damaged."""

    sound: list[Document]
    damaged: list[str]


def position_damage(
    position: Document, searches: Collection[str], expected: Collection[str] | None = None
) -> list[str]:
    """Return the paths of a position's damaged fields.

    Not among them are those in other searches' entries, in its outcome (see `outcomes`) and in its
    facts (see `sound_facts`). Fields may be missing, unless they are among the `expected` ones, by
    default all.
    """
    checked = {name: value for name, value in position.items() if name not in (OUTCOME, FACTS)}
    if isinstance(matches := position.get("matches"), dict):
        checked["matches"] = {search: matches[search] for search in searches if search in matches}
    damage = dict.fromkeys(
        ".".join(path[:3] if path[0] == "matches" else path[:1])
        for path in POSITION.damage(_with_hash(checked, expected), expected)
    )
    return [*damage]


def _with_hash(position: Document, expected: Collection[str] | None) -> Document:
    """Return a position with the hash that most readers leave out, so that no error says so.

    Errors cost more than all the rest.
    """
    if expected is None or CONTENT_HASH in expected:
        return position
    return {CONTENT_HASH: "", **position}


def sound_facts(position: Mapping[str, Any]) -> Document | None:
    """Return a position's facts as stored, or None if it has none, or damaged ones."""
    facts = position.get(FACTS)
    return None if facts is None or OBSERVED_FACTS.damage(facts) else facts


def has_damaged_facts(position: Mapping[str, Any]) -> bool:
    """Return whether there is something in the place of a position's facts that isn't any."""
    return position.get(FACTS) is not None and sound_facts(position) is None


def sound_versions(versions: Iterable[Document]) -> list[Document]:
    """Return the sound versions, without those of their facts that are damaged."""
    return VERSION.sound((with_sound_facts(version) for version in versions), "version")


def with_sound_facts(version: Document) -> Document:
    """Return a version without those of its facts that are damaged."""
    seen = version.get(FACTS_SEEN)
    entries = seen.items() if isinstance(seen, dict) else ()
    sound = {key: each for key, each in entries if "." not in key and not SEEN.damage(each)}
    return {**version, FACTS_SEEN: sound}


def sort_out(
    positions: Iterable[Document], search: str, expected: Collection[str] | None = None
) -> Sorted:
    """Separate the sound positions from the damaged ones; these are logged.

    See `position_damage`.
    """
    found = Sorted([], [])
    for position in positions:
        if damage := position_damage(position, [search], expected):
            log.warning("%s %s", left_out("position", position, damage), HEALS)
            found.damaged.append(str(position["_id"]))
        else:
            found.sound.append(position)
    return found


def left_out(what: str, document: Mapping[str, Any], damage: Iterable[str]) -> str:
    """Return the sentence about a damaged document: its kind, its `_id` and the damaged fields."""
    return (
        f"The {what} {document.get('_id')!s:.300} is left out, because its document is damaged: "
        f"{', '.join(sorted(damage)):.300}."
    )
