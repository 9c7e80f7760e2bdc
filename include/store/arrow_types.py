"""The Arrow types of documents, derived from their definitions in `documents`.

| definition | Arrow |
| --- | --- |
| text, and values of several kinds (as text) | string |
| a whole number, a number, true or false | int64, double, bool |
| `datetime` | timestamp[ms, UTC] |
| a list, an object, a dictionary by name | list, struct, map |
| anything | string, as JSON |
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, NamedTuple, NotRequired, Union, get_args, get_origin

import pyarrow as pa
from pydantic import BaseModel
from typing_extensions import get_type_hints


class DamagedDocument(ValueError):
    """A document that doesn't fit its definition; the message says which field and why."""

    def __init__(self, problem: str, *path: str) -> None:
        super().__init__(f"{'.'.join(path):.100} {problem}")
        self.problem, self.path = problem, path

    def within(self, name: object) -> DamagedDocument:
        """Return the same error from the view of an object or list that has the field."""
        return DamagedDocument(self.problem, str(name), *self.path)


Convert = Callable[[Any], Any]
"""Returns a value in the form from which pyarrow builds its type; raises `DamagedDocument`."""


class FieldType(NamedTuple):
    """A field of an object: its type, and whether it may be missing."""

    type: Any
    may_be_missing: bool


def arrow_schema(described: type) -> pa.Schema:
    """Return the schema of a collection's documents."""
    return pa.schema([(name, _arrow(field.type)) for name, field in _fields(described).items()])


def arrow_row(described: type, document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document as a row of its schema; fields that the definition lacks are left out.

    Raises:
        DamagedDocument: a field is missing, or has a value of another type.
    """
    row: dict[str, Any] = _to_object(described)(document)
    return row


@cache
def _fields(described: type) -> dict[str, FieldType]:
    """Return the fields of a pydantic model or a typed dictionary, by their names in MongoDB."""
    if issubclass(described, BaseModel):
        return {
            field.alias or name: FieldType(field.annotation, not field.is_required())
            for name, field in described.model_fields.items()
        }
    return {
        name: FieldType(_bare(hint), _origin(hint) is NotRequired)
        for name, hint in get_type_hints(described, include_extras=True).items()
    }


def _origin(hint: Any) -> Any:
    return get_origin(hint)


def _bare(hint: Any) -> Any:
    """Return a type without its description."""
    while _origin(hint) in (Annotated, NotRequired):
        hint = get_args(hint)[0]
    return hint


def _alternatives(hint: Any) -> list[Any]:
    """Return the types that a type allows besides null."""
    hint = _bare(hint)
    if get_origin(hint) not in (Union, UnionType):
        return [hint]
    return [
        each for part in get_args(hint) for each in _alternatives(part) if each is not type(None)
    ]


_SIMPLE: dict[Any, pa.DataType] = {
    str: pa.string(),
    int: pa.int64(),
    float: pa.float64(),
    bool: pa.bool_(),
    datetime: pa.timestamp("ms", tz="UTC"),
    Any: pa.string(),
}


def _arrow(hint: Any) -> pa.DataType:
    first, *others = _alternatives(hint)
    if others or get_origin(first) is Literal:
        return pa.string()
    if first in _SIMPLE:
        return _SIMPLE[first]
    if get_origin(first) is list:
        return pa.list_(_arrow(get_args(first)[0]))
    if get_origin(first) is dict:
        return pa.map_(pa.string(), _arrow(get_args(first)[1]))
    return pa.struct([(name, _arrow(field.type)) for name, field in _fields(first).items()])


@cache
def _to_object(described: type) -> Convert:
    fields = [
        (name, _to(field.type), field.may_be_missing) for name, field in _fields(described).items()
    ]

    def convert(value: Any) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise _damage("an object", value)
        row = {}
        for name, convert_field, may_be_missing in fields:
            if name in value:
                try:
                    row[name] = convert_field(value[name])
                except DamagedDocument as problem:
                    raise problem.within(name) from None
            elif not may_be_missing:
                raise DamagedDocument("is missing", name)
        return row

    return convert


def _to(hint: Any) -> Convert:
    """Return the function that converts values of a type, which may include null."""
    alternatives = _alternatives(hint)
    convert = _to_text(alternatives) if len(alternatives) > 1 else _to_single(alternatives[0])
    if type(None) not in get_args(_bare(hint)):
        return convert
    return lambda value: None if value is None else convert(value)


def _to_single(hint: Any) -> Convert:
    origin, parts = get_origin(hint), get_args(hint)
    if hint is Any:
        return lambda value: None if value is None else json.dumps(value, default=_json)
    if origin is list:
        return _to_list(_to(parts[0]))
    if origin is dict:
        return _to_map(_to(parts[1]))
    if hint is str or origin is Literal:
        return _text
    if hint in _SIMPLE:
        return {int: _whole, float: _number, bool: _flag, datetime: _date}[hint]
    return _to_object(hint)


def _to_list(convert_item: Convert) -> Convert:
    def convert(value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise _damage("a list", value)
        items = []
        for place, item in enumerate(value):
            try:
                items.append(convert_item(item))
            except DamagedDocument as problem:
                raise problem.within(place) from None
        return items

    return convert


def _to_map(convert_item: Convert) -> Convert:
    def convert(value: Any) -> list[tuple[str, Any]]:
        if not isinstance(value, Mapping):
            raise _damage("an object", value)
        items = []
        for name, item in value.items():
            try:
                items.append((name, convert_item(item)))
            except DamagedDocument as problem:
                raise problem.within(name) from None
        return items

    return convert


def _to_text(allowed: Sequence[type]) -> Convert:
    """Return a function that converts values of several types to text."""

    def convert(value: Any) -> str:
        if isinstance(value, bool) or not isinstance(value, tuple(allowed)):
            raise _damage("a value of the types that it may have", value)
        return _text(str(value))

    return convert


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise _damage("text", value)
    try:
        value.encode()
    except UnicodeEncodeError:
        raise DamagedDocument("is not valid text") from None
    return value


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _damage("a number", value)
    return float(value)


def _whole(value: Any) -> int:
    # MongoDB has no whole numbers beyond 64 bits.
    if isinstance(value, bool) or not isinstance(value, int):
        raise _damage("a whole number", value)
    return int(value)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _damage("true or false", value)
    return value


def _date(value: Any) -> datetime:
    if not isinstance(value, datetime):
        raise _damage("a date", value)
    return value


def _damage(expected: str, value: object) -> DamagedDocument:
    return DamagedDocument(f"is not {expected}, but of the type {type(value).__name__}")


def _json(value: object) -> str:
    """Return what JSON lacks as text, dates in the form that XComs have."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds")
    return str(value)
