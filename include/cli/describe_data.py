"""Generates `docs/data.md` and `docs/schema/` from the definitions of documents and XComs.

    python -m include.cli.describe_data

A test fails if the generated files are out of date.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import TypeAdapter

from include.local.settings import PROJECT
from include.pipeline.judged import Batch, HandedOnResult
from include.pipeline.outcomes import Outcomes
from include.pipeline.reprocess import Outcome
from include.store.documents import COLLECTIONS, Receipt
from include.store.examples import EXAMPLES
from include.store.old_files import PrunedFolders
from include.store.retention import PrunedCollections
from include.usajobs.extract import ExtractBatch, HandedOnExtract

Schema = dict[str, Any]

DOCS = PROJECT / "docs"


class HandedOn(NamedTuple):
    """An XCom: the task that pushes it, its key and its type."""

    task: str
    key: str
    type: Any


XCOMS = {
    "extract": HandedOn("extract", "return_value", HandedOnExtract),
    "extract_batch": HandedOn("extract", "batch_1, …", ExtractBatch),
    "transform": HandedOn("transform", "return_value", HandedOnResult),
    "transform_batch": HandedOn("transform", "batch_1, …", Batch),
    "load": HandedOn("load", "return_value", Receipt),
    "digest": HandedOn("digest", "return_value", dict[str, str | None]),
    "read_outcomes": HandedOn("read_outcomes", "return_value", Outcomes),
    "reprocess": HandedOn("reprocess", "return_value", Outcome),
    "prune_collections": HandedOn("prune_collections", "return_value", PrunedCollections),
    "prune_files": HandedOn("prune_files", "return_value", PrunedFolders),
}

INTRODUCTION = """\
# Data

The documents that the project stores in MongoDB, and the XComs that its tasks pass on. This page
and the JSON Schemas in [schema/](schema/) are generated from the definitions in `include/` by
`python -m include.cli.describe_data`.

Times are in UTC. In MongoDB they are dates; in XComs, which are JSON, they are ISO 8601 text. A
field that is marked *optional* may be missing, because documents of earlier versions lack it.
"""


def described_files() -> dict[Path, str]:
    """Return the content of each generated file, by its path below `docs/`."""
    files = {Path("data.md"): page()}
    for name, schema in {**collection_schemas(), **xcom_schemas()}.items():
        files[Path("schema") / f"{name}.json"] = json.dumps(schema, indent=2) + "\n"
    return files


def collection_schemas() -> dict[str, Schema]:
    """Return the JSON Schema of each collection's documents."""
    return {name: _schema(each, name) for name, each in COLLECTIONS.items()}


def xcom_schemas() -> dict[str, Schema]:
    """Return the JSON Schema of each XCom."""
    return {f"xcom/{name}": _schema(each.type, name) for name, each in XCOMS.items()}


def _schema(described: Any, name: str) -> Schema:
    schema = TypeAdapter(described).json_schema(by_alias=True, mode="serialization")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **{key: value for key, value in schema.items() if key != "title"},
        "title": name,
    }


def page() -> str:
    """Return the content of `docs/data.md`."""
    parts = [INTRODUCTION, _contents()]
    for name, schema in collection_schemas().items():
        parts += [f"## {name}\n", *_object(schema, schema.get("$defs", {})), _example(name)]
    parts.append("## What tasks pass on\n")
    for name, schema in xcom_schemas().items():
        xcom = XCOMS[name.removeprefix("xcom/")]
        parts.append(f"### `{xcom.task}`, key `{xcom.key}`\n")
        parts += _handed_on(schema)
    return "\n".join(parts)


def _contents() -> str:
    lines = [f"- [{name}](#{name}): {_sentence(each)}" for name, each in COLLECTIONS.items()]
    return "\n".join([*lines, "- [What tasks pass on](#what-tasks-pass-on)", ""])


def _sentence(described: Any) -> str:
    return str(described.__doc__).partition(": ")[2].partition("\n")[0].rstrip(".")


def _object(schema: Schema, definitions: Mapping[str, Schema]) -> Iterator[str]:
    """Yield the description of an object and of its nested objects."""
    if about := schema.get("description"):
        yield f"{about}\n"
    yield _table(schema)
    for name in dict.fromkeys(_named(schema)):
        yield f"**{name}**: {_object_sentence(definitions[name])}\n"
        yield _table(definitions[name])
        for inner in dict.fromkeys(_named(definitions[name])):
            yield f"**{inner}**: {_object_sentence(definitions[inner])}\n"
            yield _table(definitions[inner])


def _object_sentence(schema: Schema) -> str:
    return " ".join(str(schema.get("description", "")).split())


def _table(schema: Schema) -> str:
    required = schema.get("required", [])
    lines = ["| field | type | meaning |", "| --- | --- | --- |"]
    for name, field in schema.get("properties", {}).items():
        optional = "" if name in required else ", optional"
        lines.append(f"| `{name}` | {_type(field)}{optional} | {_meaning(field)} |")
    return "\n".join([*lines, ""])


def _meaning(field: Schema) -> str:
    return " ".join(str(field.get("description", "")).split())


def _type(field: Schema) -> str:
    """Return a type as text, with the names of nested objects."""
    if "$ref" in field:
        return str(field["$ref"]).rpartition("/")[2]
    if "enum" in field or "const" in field:
        values = field.get("enum", [field.get("const")])
        return " or ".join(f"`{value}`" for value in values)
    if "anyOf" in field:
        return " or ".join(_type(each) for each in field["anyOf"])
    kind = field.get("type")
    if kind == "array":
        return f"list of {_type(field.get('items', {}))}"
    if kind == "object":
        held = field.get("additionalProperties")
        return f"object of {_type(held)} by name" if isinstance(held, dict) else "object"
    if kind == "string":
        return {"date-time": "date"}.get(field.get("format", ""), "text")
    names = {"integer": "whole number", "boolean": "true or false", None: "anything"}
    return names.get(kind, str(kind))


def _named(schema: Schema) -> Iterator[str]:
    """Yield the names of the objects that a schema's fields refer to."""
    for field in schema.get("properties", {}).values():
        yield from _references(field)


def _references(field: Any) -> Iterator[str]:
    if isinstance(field, dict):
        if "$ref" in field:
            yield str(field["$ref"]).rpartition("/")[2]
        for value in field.values():
            yield from _references(value)
    elif isinstance(field, list):
        for value in field:
            yield from _references(value)


def _handed_on(schema: Schema) -> Iterator[str]:
    definitions = schema.get("$defs", {})
    if schema.get("title") == "load":
        yield "The receipt, as in [runs](#runs), with its times as text.\n"
    elif "properties" in schema:
        yield from _object(schema, definitions)
    elif "items" in schema:
        name = _type(schema["items"])
        yield f"A list of {name}: {_object_sentence(definitions[name])}\n"
        yield from _object({**definitions[name], "description": ""}, definitions)
    else:
        yield "The subject of the message sent, by recipient; null if nothing was new.\n"


def _example(name: str) -> str:
    return f"Example:\n\n```json\n{json.dumps(EXAMPLES[name], indent=2, ensure_ascii=False)}\n```\n"


def main() -> None:
    """Write the files, and delete schemas that are no longer generated."""
    files = described_files()
    for stale in {*(DOCS / "schema").rglob("*.json")} - {DOCS / path for path in files}:
        stale.unlink()
    for path, content in files.items():
        (DOCS / path).parent.mkdir(parents=True, exist_ok=True)
        (DOCS / path).write_text(content, encoding="utf-8")
    print(f"Wrote {len(files)} files below docs/.")


if __name__ == "__main__":
    main()
