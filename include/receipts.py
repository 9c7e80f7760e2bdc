"""The receipt of a run: what it found, and what it does to what is stored."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from pymongo.errors import DuplicateKeyError

from include import documents
from include.documents import Document
from include.history import amended_fields, in_json, latest_complete_run, listed, shortened
from include.plausibility import warnings_about
from include.sources import SEARCH
from include.transform import Batch, JudgedPosition, Part

if TYPE_CHECKING:
    from pymongo.collection import Collection
    from pymongo.database import Database

Receipt = dict[str, Any]

TAKEN_OVER = (
    *("search", "parameters", "source", "api_total", "pages", "rows", "outside"),
    *("matches", "near_misses", "rejected", "drift"),
)
"""What a receipt says in the words of the batch."""


MOST_AMENDED_CHARACTERS = 4 * 1024 * 1024
"""Characters of amended values that a receipt holds: MongoDB takes 16 MB a document."""

NOT_SHOWN = {"before": "…", "after": "…"}
"""What stands for values beyond that; `position_versions` has them."""


def planned_receipt(
    database: Database[Document], batch: Batch, parts: Iterable[Part], dag_id: str, run_id: str
) -> Receipt:
    """Return the receipt that an earlier try of this very load left, or a new one, kept now.

    Of two tries at once the first one's counts: what the second finds stored is the first one's.
    """
    key = f"{dag_id}/{run_id}/{batch['read_at']}"
    runs = database[documents.RUNS]
    of_this_load = {"_id": key, "batch_digest": batch["digest"]}
    kept: Receipt | None = documents.utc(runs).find_one(of_this_load)
    if kept:
        return kept
    receipt: Receipt = {
        "_id": key,
        "dag_id": dag_id,
        "run_id": run_id,
        "batch_digest": batch["digest"],
        "state": "writing",
        **{name: value for name, value in batch.items() if name in TAKEN_OVER},
        **documents.times(batch),
        **comparison(database[documents.POSITIONS], batch, parts),
        "quarantined": batch["unread"],
        "warnings": warnings_about(batch, runs),
    }
    receipt |= _comings_and_goings(database, receipt)
    of_another_load = {"_id": key, "batch_digest": {"$ne": batch["digest"]}}
    try:
        runs.replace_one(of_another_load, receipt, upsert=True)
    except DuplicateKeyError:
        return cast(Receipt, documents.utc(runs).find_one(of_this_load))
    return receipt


def counts(receipt: Receipt) -> dict[str, int]:
    """Return a receipt in numbers; `rejected` counts positions, not reasons."""
    lists = (
        *("inserted", "changed", "unchanged", "superseded", "matches", "near_misses"),
        *("gone", "closed", "reopened"),
    )
    return {
        "api_total": receipt["api_total"],
        "rows": receipt["rows"],
        **{name: len(receipt[name]) for name in lists},
        "rejected": len(set().union(*receipt["rejected"].values())),
        "outside": sum(len(numbers) for numbers in receipt["outside"].values()),
        "quarantined": len(receipt["quarantined"]),
        "warnings": len(receipt.get("warnings", [])),
        "drift": sum(entry["count"] for entry in receipt["drift"]),
    }


def comparison(
    positions: Collection[Document], batch: Batch, parts: Iterable[Part]
) -> dict[str, list[Any]]:
    """Tell what the batch will do to each position from what is stored before it is written."""
    comparing = _Comparing(positions, (batch["source"], documents.times(batch)["observed_at"]))
    for part in parts:
        for chunk in documents.chunks(part["kept"]):
            comparing.compare(chunk)
    return comparing.found


@dataclass
class _Comparing:
    """Compares positions with those that are stored, and keeps what differs as long as it fits."""

    positions: Collection[Document]
    observed: tuple[str, datetime]
    found: dict[str, list[Any]] = field(
        default_factory=lambda: {"inserted": [], "changed": [], "unchanged": [], "superseded": []}
    )
    room: int = MOST_AMENDED_CHARACTERS

    def compare(self, chunk: Sequence[JudgedPosition]) -> None:
        """Tell for each position what becomes of it."""
        stored = _stored(self.positions, chunk, content_hash=True, source=True, observed_at=True)
        differing = []
        for judged in chunk:
            number = documents.control_number(judged)
            before = stored.get(number)
            if before is None:
                self.found["inserted"].append(number)
            elif before["content_hash"] == judged["content_hash"]:
                self.found["unchanged"].append(number)
            elif (before["source"], before["observed_at"]) > self.observed:
                self.found["superseded"].append(number)
            else:
                differing.append(judged)
        whole = _stored(self.positions, differing)
        for judged in differing:
            self._amend(whole[documents.control_number(judged)], judged)

    def _amend(self, before: Document, judged: JudgedPosition) -> None:
        number, fields = documents.control_number(judged), _amended(before, judged)
        if not fields:
            self.found["unchanged"].append(number)
            return
        self.room -= len(json.dumps(fields, default=in_json))
        if self.room < 0:
            fields = dict.fromkeys(fields, NOT_SHOWN)
        self.found["changed"].append({"control_number": number, "fields": fields})


def _stored(
    positions: Collection[Document], chunk: Sequence[JudgedPosition], **wanted: bool
) -> dict[str, Document]:
    """Return what is stored of these positions, by id: the wanted fields, or all."""
    ids = [documents.control_number(judged) for judged in chunk]
    return {
        found["_id"]: found
        for found in documents.utc(positions).find({"_id": {"$in": ids}}, wanted or None)
    }


def _amended(before: Document, judged: JudgedPosition) -> Document:
    """Return what an agency changed; nothing where only the other source says it differently."""
    same_source = before["source"] == judged["position"]["source"]
    fields = amended_fields(before, documents.content(judged), same_source=same_source)
    return {
        name: {"before": shortened(old), "after": shortened(new)}
        for name, (old, new) in fields.items()
    }


def _comings_and_goings(database: Database[Document], receipt: Receipt) -> dict[str, list[str]]:
    """Tell what the search listed before and lists no more, and what it lists again.

    Only the Search API lists what is open, so only its runs are compared, each with the one
    before it. An answer that is not to be trusted makes nothing gone.
    """
    runs, observed_at = database[documents.RUNS], receipt["observed_at"]
    lists_all = receipt["source"] == SEARCH and not receipt["warnings"]
    previous = latest_complete_run(runs, receipt["search"], observed_at) if lists_all else None
    if previous is None:
        return {"gone": [], "closed": [], "reopened": []}
    missing = {*previous["matches"], *previous["near_misses"]} - listed(receipt)
    closed = {
        found["_id"]
        for found in database[documents.POSITIONS].find(
            {"_id": {"$in": list(missing)}, "closes_at": {"$lte": observed_at}},
            {"_id": True},
        )
    }
    known = {*receipt["matches"], *receipt["near_misses"]} - {*receipt["inserted"]}
    return {
        "gone": sorted(missing - closed),
        "closed": sorted(closed),
        "reopened": sorted(known - listed(previous)),
    }


def as_json(receipt: Receipt) -> Receipt:
    """Return a receipt as XComs carry it."""
    in_xcom: Receipt = json.loads(json.dumps(receipt, default=in_json))
    return in_xcom
