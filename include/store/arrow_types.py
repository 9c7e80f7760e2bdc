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
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, NamedTuple, NotRequired, Union, get_args, get_origin

import pyarrow as pa
from pydantic import BaseModel
from typing_extensions import get_type_hints


class DamagedDocument(ValueError):
    """A document that doesn't fit its definition; the message says which field and why."""


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
    return _object(described, document, "")


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


def _object(described: type, value: Any, at: str) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise _damage(at, "an object", value)
    row = {}
    for name, field in _fields(described).items():
        if name in value:
            row[name] = _value(field.type, value[name], f"{at}.{name}" if at else name)
        elif not field.may_be_missing:
            raise DamagedDocument(f"{f'{at}.' if at else ''}{name} is missing")
    return row


def _value(hint: Any, value: Any, at: str) -> Any:
    """Return a value in the form from which pyarrow builds its type."""
    allowed = _alternatives(hint)
    if value is None and (type(None) in get_args(_bare(hint)) or allowed == [Any]):
        return None
    if len(allowed) > 1:
        if isinstance(value, bool) or not any(isinstance(value, each) for each in allowed):
            raise _damage(at, "a value of the types that it may have", value)
        return str(value)
    return _single(allowed[0], value, at)


def _single(hint: Any, value: Any, at: str) -> Any:
    origin, parts = get_origin(hint), get_args(hint)
    if hint is Any:
        return json.dumps(value, default=_json)
    if origin is list:
        if not isinstance(value, list):
            raise _damage(at, "a list", value)
        return [_value(parts[0], each, f"{at}.{place}") for place, each in enumerate(value)]
    if origin is dict:
        if not isinstance(value, Mapping):
            raise _damage(at, "an object", value)
        return [(name, _value(parts[1], each, f"{at}.{name}")) for name, each in value.items()]
    if hint in _SIMPLE or origin is Literal:
        return _scalar(hint, value, at)
    return _object(hint, value, at)


def _scalar(hint: Any, value: Any, at: str) -> Any:
    if _is_text(hint, value):
        try:
            value.encode()
        except UnicodeEncodeError:
            raise _damage(at, "valid text", value) from None
        return value
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if hint is float and is_number:
        return float(value)
    if hint is int and is_number and isinstance(value, int) and -(2**63) <= value < 2**63:
        return int(value)
    if hint in (bool, datetime) and isinstance(value, hint):
        return value
    raise _damage(at, _NAMES.get(hint, "text"), value)


_NAMES = {int: "a whole number", float: "a number", bool: "true or false", datetime: "a date"}


def _is_text(hint: Any, value: Any) -> bool:
    return isinstance(value, str) and (hint is str or get_origin(hint) is Literal)


def _damage(at: str, expected: str, value: object) -> DamagedDocument:
    return DamagedDocument(f"{at:.100} is not {expected}, but of the type {type(value).__name__}")


def _json(value: object) -> str:
    """Return what JSON lacks as text, dates in the form that XComs have."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds")
    return str(value)
