"""Users' marks and notes on jobs, in the collection `marks`; each user sees only their own."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from pymongo import ReturnDocument
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from include.store import collections
from include.store.damage import MARK
from include.store.documents import Document, MayRun
from include.store.marks import mark_id
from include.store.upserts import DURABLE
from include.web.query_params import MarkName
from include.web.schemas import Mark


class MarkChange(BaseModel):
    """Changes to a mark; fields that are left out stay as they are, an empty note removes it."""

    model_config = ConfigDict(extra="forbid")

    applied: bool | None = None
    saved: bool | None = None
    hidden: bool | None = None
    # The pattern also makes pydantic reject lone surrogates, which no database stores.
    note: Annotated[str | None, Field(max_length=4000, pattern=r"^[^\x00]*$")] = None


def set_mark(
    database: Database[Document],
    user: str,
    control_number: str,
    change: MarkChange,
    now: datetime,
    may_run: MayRun = True,
) -> Mark | None:
    """Change a user's mark and return it, or None if no such position is stored.

    Fields are written separately, so that concurrent changes don't undo each other. `may_run` says
    which searches the user may run; for others, the mark does not count.
    """
    if database[collections.POSITIONS].find_one({"_id": control_number}, {"_id": True}) is None:
        return None
    changed = change.model_dump(exclude_none=True)
    if not changed:
        return marks_of(database, user, [control_number]).get(control_number, Mark())
    written = {
        **changed,
        "user": user,
        "control_number": control_number,
        "may_run": may_run,
        "updated_at": now,
    }
    try:
        return _write(database, mark_id(control_number, user), written)
    except DuplicateKeyError:
        # Another change inserted the mark at the same time, so it can be updated now.
        return _write(database, mark_id(control_number, user), written)


def marks_of(
    database: Database[Document], user: str, control_numbers: Iterable[str]
) -> dict[str, Mark]:
    """Return a user's marks on these positions, by control number; most have none."""
    numbers = {mark_id(number, user): number for number in control_numbers}
    marks = collections.tz_aware(database[collections.MARKS])
    return {numbers[mark["_id"]]: _mark(mark) for mark in marks.find({"_id": {"$in": [*numbers]}})}


def marked(database: Database[Document], user: str, name: MarkName) -> list[str]:
    """Return the control numbers of the positions that a user marked this way."""
    found = database[collections.MARKS].find({"user": user, name: True}, {"control_number": True})
    numbers = (mark.get("control_number") for mark in found)
    return [number for number in numbers if isinstance(number, str)]


def _write(database: Database[Document], document_id: str, fields: Document) -> Mark:
    marks = collections.tz_aware(database[collections.MARKS]).with_options(write_concern=DURABLE)
    written: Any = marks.find_one_and_update(
        {"_id": document_id}, {"$set": fields}, upsert=True, return_document=ReturnDocument.AFTER
    )
    return _mark(written)


def _mark(document: Document) -> Mark:
    """Return a mark without those of its fields that are damaged."""
    damage = MARK.damaged_fields(document)
    return Mark.model_validate({name: document[name] for name in document if name not in damage})
