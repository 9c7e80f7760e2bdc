"""The output of `extract`: a summary of a complete result, and its rows in batches."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from msgspec import Raw, Struct, json
from pydantic import Field, WithJsonSchema
from typing_extensions import TypedDict

from include.jobs.source import Source
from include.usajobs.drift import DriftEntry
from include.usajobs.json_text import write_json

Moment = Annotated[str, Field(description="ISO 8601 in UTC, in whole milliseconds")]


class Provenance(TypedDict):
    """Which API was read, and when."""

    source: Annotated[Source, Field(description="the API that was read")]
    read_at: Annotated[Moment, Field(description="when reading began")]
    observed_at: Annotated[
        Moment, Field(description="orders observations of a position: the later one wins")
    ]
    seen_at: Annotated[Moment, Field(description="when the rows were listed")]


class Extract(Provenance):
    """A complete result of an API; its rows are passed on separately, in batches."""

    api_total: Annotated[int, Field(description="the API's own count of rows")]
    pages: Annotated[int, Field(description="pages that the rows came on")]
    rows: Annotated[int, Field(description="distinct rows that are passed on")]
    outside: Annotated[
        dict[str, list[str]],
        Field(
            description="control numbers of rows outside the search, by the parameter that "
            "excludes them"
        ),
    ]
    drift: Annotated[list[DriftEntry], Field(description="unknown codes and types")]
    anomalous_rows: Annotated[int, Field(description="rows with drift, or that can't be read")]


class OfSearch(TypedDict):
    """The search that a run is about, as `extract` asked for it."""

    search: Annotated[str, Field(description="the search's key in documents")]
    parameters: Annotated[dict[str, Any], Field(description="the parameters of the search")]


class HandedOn(TypedDict):
    """Identifies the batches that a task hands on, so that the next one notices any other."""

    run: Annotated[str, Field(description="the run that handed them on: DAG/RUN")]
    batches: Annotated[
        list[str], Field(description="a digest of each XCom `batch_1`, … that holds the data")
    ]


class HandedOnExtract(Extract, OfSearch, HandedOn):
    """The return value of the task `extract`."""


class RowProblem(TypedDict):
    """Why a row could not be read."""

    control_number: Annotated[str | None, Field(description="null if it can't be read")]
    reason: Annotated[str, Field(description="which field can't be read, and why")]


class QuarantinedRow(RowProblem):
    """An unreadable row with its raw content."""

    raw: Annotated[
        str,
        Field(description="the row as received, as JSON text; empty if it is too large to be kept"),
    ]


class ExtractedRow(TypedDict):
    """A row after reading: exactly one of the two fields is null."""

    # In memory it is the JSON text of the object that is written.
    position: Annotated[
        str | None,
        Field(description="the position with what is only judged"),
        WithJsonSchema({"anyOf": [{"type": "object"}, {"type": "null"}]}),
    ]
    unreadable: Annotated[QuarantinedRow | None, Field(description="why it can't be read")]


ExtractBatch = list[ExtractedRow]
"""A batch of an extract, without duplicate rows."""


class _WrittenRow(Struct):
    position: Raw
    unreadable: QuarantinedRow | None


_ROWS = json.Decoder(list[_WrittenRow])


def write_rows(batch: ExtractBatch) -> str:
    """Return a batch as JSON text; no position is encoded again."""
    rows = (
        f'{{"position":{row["position"] or "null"},"unreadable":{write_json(row["unreadable"])}}}'
        for row in batch
    )
    return f"[{','.join(rows)}]"


def read_rows(text: str) -> ExtractBatch:
    """Return the batch that was written as JSON text; no position is decoded yet."""
    return [
        ExtractedRow(
            position=None if row.unreadable else _position(row.position),
            unreadable=row.unreadable,
        )
        for row in _ROWS.decode(text)
    ]


def _position(written: Raw) -> str:
    """Return the text of a position; earlier versions wrote the text itself, as a JSON string."""
    text = str(memoryview(written), "utf-8")
    return json.decode(text, type=str) if text.startswith('"') else text


def iso(moment: datetime) -> str:
    """Return a time as XComs carry it: ISO 8601 in UTC, in whole milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")
