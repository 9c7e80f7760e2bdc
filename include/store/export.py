"""Exports collections as Parquet files, typed as in `docs/data.md`.

Documents are streamed, so a database of any size takes little memory.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import bson
import pyarrow as pa
import pyarrow.parquet as pq
from bson.codec_options import CodecOptions, DatetimeConversion
from bson.errors import BSONError
from bson.raw_bson import RawBSONDocument
from pymongo.collection import Collection
from pymongo.database import Database

from include.jobs import limits
from include.store.arrow_types import DamagedDocument, arrow_row, arrow_schema
from include.store.collections import POSITIONS, RUNS, VERSIONS
from include.store.documents import COLLECTIONS, Document

MONTHS_OF = {POSITIONS: "first_seen_at", VERSIONS: "first_observed_at", RUNS: "read_at"}
"""The exported collections, and the field whose month partitions them."""

_RAW: CodecOptions[RawBSONDocument] = CodecOptions(document_class=RawBSONDocument)
_TYPES: CodecOptions[Document] = CodecOptions(
    tz_aware=True, datetime_conversion=DatetimeConversion.DATETIME_AUTO
)

OnDamage = Callable[[str, str, str], None]
"""Called with the collection, the `_id` and the reason for each document that is left out."""


class Row(NamedTuple):
    """A document as a row, the month of its partition, and its size in bytes."""

    cells: dict[str, Any]
    month: str
    size: int


def export(
    database: Database[Document],
    folder: Path,
    *,
    by_month: bool,
    on_damage: OnDamage,
    on_row: Callable[[], None],
) -> Counter[str]:
    """Write a file per collection, or per collection and month, and return the numbers of rows.

    The files are `COLLECTION.parquet`, or `COLLECTION/month=2026-11/COLLECTION.parquet`.

    Raises:
        PyMongoError: MongoDB failed.
        OSError: a file can't be written.
    """
    counts: Counter[str] = Counter()
    for name in MONTHS_OF:
        counts[name] = 0
        schema = arrow_schema(COLLECTIONS[name])
        rows = _rows(database, name, by_month, on_damage)
        if not by_month:
            counts[name] = _write(folder / f"{name}.parquet", schema, rows, on_row)
            continue
        (folder / name).mkdir()
        for month, of_month in itertools.groupby(rows, lambda row: row.month):
            partition = folder / name / f"month={month}"
            partition.mkdir()
            counts[name] += _write(partition / f"{name}.parquet", schema, of_month, on_row)
    return counts


def _rows(
    database: Database[Document], name: str, by_month: bool, on_damage: OnDamage
) -> Iterator[Row]:
    """Yield a collection's documents in order, without the damaged ones."""
    order = MONTHS_OF[name] if by_month else "_id"
    collection: Collection[RawBSONDocument] = database.with_options(_RAW)[name]
    found = collection.find(
        sort=[(order, 1)], batch_size=limits.WRITE_BATCH_SIZE_DOCUMENTS, allow_disk_use=True
    )
    for raw in found:
        try:
            document = bson.decode(raw.raw, _TYPES)
            cells = arrow_row(COLLECTIONS[name], document)
        except (DamagedDocument, BSONError) as problem:
            on_damage(name, _id_of(raw), str(problem))
            continue
        moment: datetime = cells[MONTHS_OF[name]]
        yield Row(cells, f"{moment:%Y-%m}", len(raw.raw))


def _id_of(raw: RawBSONDocument) -> str:
    try:
        return str(raw["_id"])
    except BSONError:
        return "unreadable"


def _write(file: Path, schema: pa.Schema, rows: Iterator[Row], on_row: Callable[[], None]) -> int:
    """Write rows in groups of limited size, and return their number."""
    count = 0
    with pq.ParquetWriter(file, schema, compression="zstd") as writer:
        for group in _groups(rows):
            writer.write_batch(pa.RecordBatch.from_pylist(group, schema))
            count += len(group)
            for _ in group:
                on_row()
    return count


def _groups(rows: Iterator[Row]) -> Iterator[list[dict[str, Any]]]:
    group: list[dict[str, Any]] = []
    size = 0
    for row in rows:
        group.append(row.cells)
        size += row.size
        if size >= limits.EXPORT_GROUP_BYTES or len(group) == limits.EXPORT_GROUP_ROWS:
            yield group
            group, size = [], 0
    if group:
        yield group
