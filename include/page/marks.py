"""What a user notes about a job, in the collection `marks`; nobody else sees or changes it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from pymongo import ReturnDocument
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from include import documents
from include.documents import Document
from include.page.answers import Mark
from include.page.filters import MarkName
from include.storage import DURABLE


class MarkChange(BaseModel):
    """What to change of a mark; what is left out stays as it is, an empty note removes it."""

    model_config = ConfigDict(extra="forbid")

    applied: bool | None = None
    saved: bool | None = None
    hidden: bool | None = None
    # A constraint also makes pydantic refuse half characters, which no database stores.
    note: Annotated[str | None, Field(max_length=4000, pattern=r"^[^\x00]*$")] = None


def set_mark(
    database: Database[Document], user: str, control_number: str, change: MarkChange, now: datetime
) -> Mark | None:
    """Change a user's mark and return it, None if no such position is stored.

    Each field is written by itself, so that two changes at the same time don't undo each other.
    """
    if database[documents.POSITIONS].find_one({"_id": control_number}, {"_id": True}) is None:
        return None
    changed = change.model_dump(exclude_none=True)
    if not changed:
        return marks_of(database, user, [control_number]).get(control_number, Mark())
    written = {**changed, "user": user, "control_number": control_number, "updated_at": now}
    try:
        return _write(database, _id(control_number, user), written)
    except DuplicateKeyError:
        # Another change made the mark at the same moment: now there is one to update.
        return _write(database, _id(control_number, user), written)


def marks_of(
    database: Database[Document], user: str, control_numbers: Iterable[str]
) -> dict[str, Mark]:
    """Return a user's marks of these positions, by control number; most have none."""
    ids = [_id(number, user) for number in control_numbers]
    found = documents.utc(database[documents.MARKS]).find({"_id": {"$in": ids}})
    return {mark["control_number"]: Mark.model_validate(mark) for mark in found}


def marked(database: Database[Document], user: str, name: MarkName) -> list[str]:
    """Return the control numbers of what a user marked so."""
    found = database[documents.MARKS].find({"user": user, name: True}, {"control_number": True})
    return [mark["control_number"] for mark in found]


def _id(control_number: str, user: str) -> str:
    return f"{control_number}/{user}"


def _write(database: Database[Document], mark_id: str, fields: Document) -> Mark:
    marks = documents.utc(database[documents.MARKS]).with_options(write_concern=DURABLE)
    return Mark.model_validate(
        marks.find_one_and_update(
            {"_id": mark_id},
            {"$set": fields},
            upsert=True,
            return_document=ReturnDocument.AFTER,
        )
    )
