"""The receipt of a run: what it found, and its effect on the stored positions."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from pymongo.errors import DuplicateKeyError

from include.jobs import limits
from include.jobs.source import SEARCH, Source
from include.pipeline.arrived import ArrivedBatch, ArrivedPosition
from include.pipeline.judged import TransformResult
from include.pipeline.observations import ReadingTimes, reading_times
from include.pipeline.quality_checks import check_quality
from include.pipeline.stored import Stored
from include.store import collections
from include.store.damage import RECEIPT, has_damaged_facts, position_damage, sound_facts
from include.store.documents import AmendedField, Comparison, Document, Receipt
from include.store.history import (
    amended_facts,
    amended_fields,
    as_json_value,
    latest_complete_run,
    listed,
    shortened,
    unread,
)
from include.store.repair import damaged_positions
from include.store.upserts import entry_prefix

if TYPE_CHECKING:
    from pymongo.collection import Collection
    from pymongo.database import Database

NOT_SHOWN = AmendedField(before="…", after="…")
"""Replaces values that don't fit into the receipt; `position_versions` has them."""


def plan_receipt(
    database: Database[Document],
    result: TransformResult,
    compared: Comparison,
    dag_id: str,
    run_id: str,
) -> Receipt:
    """Return the receipt that an earlier attempt of this load stored, or store a new one.

    Of two concurrent attempts, the first one's receipt counts: the second would compare with what
    the first one has written.

    Raises:
        PyMongoError: MongoDB rejected a write, or can't be reached.
    """
    key = f"{dag_id}/{run_id}/{result['read_at']}"
    runs = database[collections.RUNS]
    of_this_load = {"_id": key, "batch_digest": result["digest"]}
    kept = collections.tz_aware(runs).find_one(of_this_load)
    if kept and not RECEIPT.damage(kept):
        return cast(Receipt, kept)
    times = reading_times(result)
    receipt = Receipt(
        _id=key,
        dag_id=dag_id,
        run_id=run_id,
        batch_digest=result["digest"],
        state="writing",
        search=result["search"],
        parameters=result["parameters"],
        source=result["source"],
        read_at=times.read_at,
        observed_at=times.observed_at,
        seen_at=times.seen_at,
        api_total=result["api_total"],
        pages=result["pages"],
        rows=result["rows"],
        outside=result["outside"],
        matches=result["matches"],
        near_misses=result["near_misses"],
        rejected=result["rejected"],
        drift=result["drift"],
        inserted=compared["inserted"],
        changed=compared["changed"],
        unchanged=compared["unchanged"],
        superseded=compared["superseded"],
        repaired=compared["repaired"],
        quarantined=result["unreadable"],
        warnings=check_quality(result, runs),
        gone=[],
        closed=[],
        reopened=[],
    )
    _add_comings_and_goings(database, receipt)
    of_another_load = {"_id": key, "batch_digest": {"$ne": result["digest"]}}
    try:
        # A damaged one is replaced, unless another attempt has done so meanwhile.
        runs.replace_one(kept or of_another_load, dict(receipt), upsert=True)
    except DuplicateKeyError:
        return cast(Receipt, collections.tz_aware(runs).find_one(of_this_load))
    return receipt


def counts(receipt: Mapping[str, Any]) -> dict[str, int]:
    """Return the counts of a receipt, in either form; `rejected` counts positions, not reasons."""
    return {
        "api_total": receipt["api_total"],
        "rows": receipt["rows"],
        "inserted": len(receipt["inserted"]),
        "changed": len(receipt["changed"]),
        "unchanged": len(receipt["unchanged"]),
        "superseded": len(receipt["superseded"]),
        "matches": len(receipt["matches"]),
        "near_misses": len(receipt["near_misses"]),
        "gone": len(receipt["gone"]),
        "closed": len(receipt["closed"]),
        "reopened": len(receipt["reopened"]),
        "rejected": len(set().union(*receipt["rejected"].values())),
        "outside": sum(len(numbers) for numbers in receipt["outside"].values()),
        "quarantined": len(receipt["quarantined"]),
        "warnings": len(receipt.get("warnings", [])),
        "drift": sum(entry["count"] for entry in receipt["drift"]),
    }


def counts_by_collection(receipt: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return what a load wrote into each collection; `written` counts its documents."""
    counted = counts(receipt)
    quarantined = sum(row.get("kept", True) for row in receipt["quarantined"])
    return {
        **by_collection(
            counted,
            kept=counted["matches"] + counted["near_misses"],
            quarantined=quarantined,
            quarantine_size=receipt["quarantine_size"],
        ),
        collections.RUNS: {"written": 1, "receipt": receipt["_id"], "state": receipt["state"]},
    }


def by_collection(
    counted: dict[str, int], *, kept: int, quarantined: int, quarantine_size: int
) -> dict[str, dict[str, Any]]:
    """Return what was written into the collections that hold rows, with all counts."""
    return {
        collections.POSITIONS: {"written": kept, **counted},
        collections.VERSIONS: {"written": kept},
        collections.QUARANTINE: {"written": quarantined, "size": quarantine_size},
    }


def compare(stored: Stored, times: ReadingTimes, batches: Iterable[ArrivedBatch]) -> Comparison:
    """Determine the effect of the batches on each position before they are written.

    What is stored of them is added to `stored`.
    """
    comparing = _Comparing(stored, times)
    for batch in batches:
        for chunk in collections.chunks(batch.kept):
            comparing.compare(chunk)
    return comparing.found


@dataclass
class _Comparing:
    """Compares positions with the stored ones, and records differences as long as they fit."""

    stored: Stored
    times: ReadingTimes
    found: Comparison = field(
        default_factory=lambda: Comparison(
            inserted=[], changed=[], unchanged=[], superseded=[], repaired=[]
        )
    )
    room_characters: int = limits.MAX_AMENDED_CHARACTERS

    def compare(self, chunk: Sequence[ArrivedPosition]) -> None:
        """Classify each position as inserted, changed, unchanged or superseded."""
        stored = self.stored.add([judged.identity for judged in chunk])
        numbers = [judged.control_number for judged in chunk]
        unsound = self.stored.identifying(number for number in numbers if number not in stored)
        stored |= unsound
        database, search = self.stored.database, self.stored.search
        damaged = damaged_positions(database, [*unsound], [search]) if unsound else {}
        self.found["repaired"] += damaged
        content_damaged = {
            number for number, found in damaged.items() if position_damage(found, [])
        }
        facts_damaged = {number for number, found in damaged.items() if has_damaged_facts(found)}
        differing = []
        for judged in chunk:
            number = judged.control_number
            before = stored.get(number)
            if before is None:
                self.found["inserted"].append(number)
            elif number in content_damaged:
                differing.append(judged)
            elif before["content_hash"] == judged.content_hash:
                if number in facts_damaged or not self._has_other_facts(before, judged):
                    self.found["unchanged"].append(number)
                else:
                    differing.append(judged)
            elif (before["source"], before["observed_at"]) > self.times.rank:
                self.found["superseded"].append(number)
            else:
                differing.append(judged)
        whole = _stored(database[collections.POSITIONS], differing) if differing else {}
        for judged in differing:
            self._amend(whole[judged.control_number], judged)

    def _has_other_facts(self, before: Document, judged: ArrivedPosition) -> bool:
        """Return whether a position's facts are other ones than the stored ones, and newer."""
        stored = before.get("facts")
        if not stored or not judged.facts_hash:
            return False
        is_newer = (stored["source"], stored["observed_at"]) > self.times.rank
        return stored["facts_hash"] != judged.facts_hash and not is_newer

    def _amend(self, before: Document, judged: ArrivedPosition) -> None:
        number = judged.control_number
        fields = _amended(before, judged, self.times.source)
        if (facts := sound_facts(before)) and self._has_other_facts({"facts": facts}, judged):
            fields |= _in_receipt(
                amended_facts(
                    facts, judged.decoded_facts(), same_source=facts["source"] == self.times.source
                )
            )
        if not fields:
            self.found["unchanged"].append(number)
            return
        self.room_characters -= len(json.dumps(fields, default=as_json_value))
        if self.room_characters < 0:
            fields = dict.fromkeys(fields, NOT_SHOWN)
        self.found["changed"].append({"control_number": number, "fields": fields})


def _stored(
    positions: Collection[Document], chunk: Sequence[ArrivedPosition]
) -> dict[str, Document]:
    """Return the stored documents of these positions by id."""
    ids = [judged.control_number for judged in chunk]
    found = collections.tz_aware(positions).find({"_id": {"$in": ids}})
    return {position["_id"]: position for position in found}


def _amended(before: Document, judged: ArrivedPosition, source: Source) -> dict[str, AmendedField]:
    """Return the fields that an agency changed, ignoring differences between the two APIs.

    Fields of a stored document that are damaged are ignored, too.
    """
    damage = position_damage(before, [])
    after = {name: new for name, new in judged.decoded_content().items() if name not in damage}
    same_source = before.get("source") == source
    return _in_receipt(amended_fields(before, after, same_source=same_source))


def _in_receipt(fields: Mapping[str, tuple[Any, Any]]) -> dict[str, AmendedField]:
    return {
        name: AmendedField(before=shortened(old), after=shortened(new))
        for name, (old, new) in fields.items()
    }


def _add_comings_and_goings(database: Database[Document], receipt: Receipt) -> None:
    """Add which positions the search no longer lists, and which it lists again.

    Only the Search API lists all open positions, so only its runs are compared, each with the
    previous one. A suspicious response makes nothing gone.
    """
    runs, observed_at = database[collections.RUNS], receipt["observed_at"]
    lists_all = receipt["source"] == SEARCH and not receipt["warnings"]
    previous = latest_complete_run(runs, receipt["search"], observed_at) if lists_all else None
    if previous is None:
        return
    positions = database[collections.POSITIONS]
    # A row that the previous run could not read is that of an open position, if it is stored.
    found_by_search = {f"{entry_prefix(receipt['search'])}last_seen_at": {"$exists": True}}
    unread_before = _ids(positions, unread(previous), found_by_search)
    missing = {*previous["matches"], *previous["near_misses"]} | unread_before
    missing -= listed(receipt)
    closed = _ids(positions, missing, {"closes_at": {"$lte": observed_at}})
    known = {*receipt["matches"], *receipt["near_misses"]} - {*receipt["inserted"]}
    receipt["gone"] = sorted(missing - closed)
    receipt["closed"] = sorted(closed)
    receipt["reopened"] = sorted(known - listed(previous))


def _ids(positions: Collection[Document], among: Iterable[str], where: Document) -> set[str]:
    """Return which of these positions are stored and meet a condition."""
    return {
        found["_id"] for found in positions.find({"_id": {"$in": [*among]}, **where}, {"_id": True})
    }


def as_json(receipt: Receipt) -> dict[str, Any]:
    """Return a receipt in JSON form, as XComs carry it."""
    in_xcom: dict[str, Any] = json.loads(json.dumps(receipt, default=as_json_value))
    return in_xcom
