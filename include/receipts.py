"""The receipt of a run: what it found, and what it does to what is stored."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from pymongo.collection import Collection
from pymongo.database import Database

from include import documents
from include.documents import Document
from include.history import amended_fields, in_json, latest_complete_run, listed, shortened
from include.sources import SEARCH
from include.transform import Batch, JudgedPosition

Receipt = dict[str, Any]


def planned_receipt(
    database: Database[Document], batch: Batch, dag_id: str, run_id: str
) -> Receipt:
    """Return the receipt that an earlier try of this very load left, or a new one, kept now."""
    key = f"{dag_id}/{run_id}/{batch['read_at']}"
    digest = _batch_digest(batch)
    kept: Receipt | None = documents.utc(database[documents.RUNS]).find_one(
        {"_id": key, "batch_digest": digest}
    )
    if kept:
        return kept
    receipt: Receipt = {
        "_id": key,
        "dag_id": dag_id,
        "run_id": run_id,
        "batch_digest": digest,
        "state": "writing",
        **{
            name: batch[name]
            for name in ("search", "parameters", "source", "api_total", "pages", "rows", "outside")
        },
        **documents.times(batch),
        **_compare(database[documents.POSITIONS], batch),
        "matches": _ids_at("match", batch),
        "near_misses": _ids_at("near_miss", batch),
        "rejected": batch["rejected"],
        "quarantined": [
            {"control_number": row["control_number"], "reason": row["reason"]}
            for row in batch["quarantined"]
        ],
        "drift": batch["drift"],
    }
    receipt |= _comings_and_goings(database, receipt)
    database[documents.RUNS].replace_one({"_id": key}, receipt, upsert=True)
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
        "drift": sum(entry["count"] for entry in receipt["drift"]),
    }


def _batch_digest(batch: Batch) -> str:
    """Tell a retry from a load of the same answer transformed anew, by other code."""
    parts = hashlib.sha256(json.dumps(batch["rejected"]).encode())
    for judged in batch["kept"]:
        parts.update(f"{judged['content_hash']}{judged['verdict_hash']}".encode())
    for row in batch["quarantined"]:
        parts.update(f"{row['raw']}{row['reason']}".encode())
    return parts.hexdigest()[:32]


def _ids_at(level: str, batch: Batch) -> list[str]:
    return [
        documents.control_number(judged)
        for judged in batch["kept"]
        if judged["verdict"]["level"] == level
    ]


def _compare(positions: Collection[Document], batch: Batch) -> dict[str, list[Any]]:
    """Tell what the batch will do to each position from what is stored before it is written."""
    comparison: dict[str, list[Any]] = {
        "inserted": [],
        "changed": [],
        "unchanged": [],
        "superseded": [],
    }
    observed = (batch["source"], documents.times(batch)["observed_at"])
    for chunk in documents.chunks(batch["kept"]):
        stored = _stored(positions, chunk, content_hash=True, source=True, observed_at=True)
        differing = []
        for judged in chunk:
            before = stored.get(documents.control_number(judged))
            if before is None:
                comparison["inserted"].append(documents.control_number(judged))
            elif before["content_hash"] == judged["content_hash"]:
                comparison["unchanged"].append(documents.control_number(judged))
            elif (before["source"], before["observed_at"]) > observed:
                comparison["superseded"].append(documents.control_number(judged))
            else:
                differing.append(judged)
        whole = _stored(positions, differing)
        for judged in differing:
            amended = _amended(whole[documents.control_number(judged)], judged)
            comparison["changed" if amended else "unchanged"].append(
                amended or documents.control_number(judged)
            )
    return comparison


def _stored(
    positions: Collection[Document], chunk: Sequence[JudgedPosition], **wanted: bool
) -> dict[str, Document]:
    """Return what is stored of these positions, by id: the wanted fields, or all."""
    ids = [documents.control_number(judged) for judged in chunk]
    return {
        found["_id"]: found
        for found in documents.utc(positions).find({"_id": {"$in": ids}}, wanted or None)
    }


def _amended(before: Document, judged: JudgedPosition) -> Document | None:
    """Return what an agency changed, None where only the other source says it differently."""
    same_source = before["source"] == judged["position"]["source"]
    fields = amended_fields(before, documents.content(judged), same_source=same_source)
    if not fields:
        return None
    return {
        "control_number": documents.control_number(judged),
        "fields": {
            name: {"before": shortened(old), "after": shortened(new)}
            for name, (old, new) in fields.items()
        },
    }


def _comings_and_goings(database: Database[Document], receipt: Receipt) -> dict[str, list[str]]:
    """Tell what the search listed before and lists no more, and what it lists again.

    Only the Search API lists what is open, so only its runs are compared, each with the one
    before it.
    """
    runs, observed_at = database[documents.RUNS], receipt["observed_at"]
    lists_all = receipt["source"] == SEARCH
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
