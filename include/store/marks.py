"""Users' marks in `marks`: whose they are, and whose count for a search.

A mark belongs to the name of its user, which is the same under every auth manager of Airflow.
Earlier versions stored the account's id instead: a number under FAB, a UUID under Keycloak.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from pymongo import DeleteOne, InsertOne, UpdateOne
from pymongo.database import Database

from include.jobs import limits
from include.jobs.application import ApplicationState
from include.store import collections
from include.store.applications import FLAGS, HISTORY, joining_histories, state_of
from include.store.documents import Document, MayRun
from include.store.upserts import DURABLE, Write, bulk_write, where_missing

ACCOUNT_ID = "[0-9]+|[0-9a-fA-F-]{32,}"
NAME = "name:"
"""Precedes a name that looks like an account's id, so that the two are never confused."""


def owner(name: str) -> str:
    """Return the `user` of the marks of the user with this name."""
    return f"{NAME}{name}" if re.fullmatch(f"({NAME})*({ACCOUNT_ID})", name) else name


def mark_id(control_number: str, user: str) -> str:
    """Return the `_id` of an owner's mark on a position."""
    return f"{control_number}/{user}"


def take_over(database: Database[Document], account_id: str, name: str) -> str:
    """Move the marks stored under an account's id to its name; return the owner of its marks.

    It may be interrupted, repeated and run concurrently: a mark is deleted only after it is stored
    under the name, and only if it has not changed since.

    Raises:
        PyMongoError: MongoDB rejected a write, or can't be reached.
    """
    user = owner(name)
    if user == account_id or not re.fullmatch(ACCOUNT_ID, account_id):
        return user
    marks = collections.tz_aware(database[collections.MARKS]).with_options(write_concern=DURABLE)
    for chunk in collections.chunks(marks.find({"user": account_id})):
        moved = [_moved(mark, user) for mark in chunk]
        existing = bulk_write(marks, [InsertOne(mark) for mark in moved])
        bulk_write(marks, [write for index in existing for write in merged(moved[index])])
        bulk_write(marks, [DeleteOne(mark) for mark in chunk])
    return user


def _moved(mark: Document, user: str) -> Document:
    number = str(mark["_id"]).partition("/")[0]
    return {**mark, "_id": mark_id(number, user), "user": user, "former_user": mark["user"]}


def merged(mark: Document) -> list[Write]:
    """Return the updates that merge a mark into the existing one with its `_id`.

    Of a field that both have, that of the mark which was changed later wins; histories are joined.
    """
    known = ("_id", HISTORY)
    fields = {name: value for name, value in mark.items() if name not in known and "." not in name}
    writes = [
        *where_missing(mark["_id"], fields),
        *joining_histories(mark["_id"], mark.get(HISTORY)),
    ]
    if isinstance(changed := mark.get("updated_at"), datetime):
        earlier = {"_id": mark["_id"], "updated_at": {"$not": {"$gte": changed}}}
        writes.insert(0, UpdateOne(earlier, {"$set": fields}))
    return writes


def may_run(permitted: Collection[str], dag_ids: Collection[str]) -> MayRun:
    """Return what a mark records about the DAGs that its user may run, out of all of them."""
    if not permitted:
        return False
    return True if set(dag_ids) <= set(permitted) else sorted(permitted)


def record_permission(database: Database[Document], user: str, permission: MayRun) -> None:
    """Record in all marks of an owner which DAGs they may run now.

    Raises:
        PyMongoError: MongoDB rejected a write, or can't be reached.
    """
    outdated = {"user": user, "may_run": {"$ne": permission}}
    database[collections.MARKS].update_many(outdated, {"$set": {"may_run": permission}})


def counting_marks(
    database: Database[Document], dag_id: str, users: Sequence[str] | None
) -> list[Document]:
    """Return the marks that count for a search with this DAG, without their histories and notes.

    They are those of these users. If None are named, they are those of everybody who may run the
    DAG, and those of earlier versions, which did not record that.
    """
    owners = [each for user in users or () for each in _owners(database, user)]
    by_them: Document = {} if users is None else {"user": {"$in": owners}}
    fields = ("control_number", "user", "may_run", "hidden", *FLAGS)
    marks = database[collections.MARKS].find(
        by_them, dict.fromkeys(fields, True), batch_size=limits.WRITE_BATCH_SIZE_DOCUMENTS
    )
    return [
        mark
        for mark in marks
        if isinstance(mark.get("control_number"), str)
        and (users is not None or _may_run(mark.get("may_run", True), dag_id))
    ]


def states_of(
    database: Database[Document], mark_ids: Sequence[str]
) -> Iterator[tuple[str, ApplicationState | None]]:
    """Yield the control number and the state of the application of these marks."""
    marks = collections.tz_aware(database[collections.MARKS])
    for chunk in collections.chunks(mark_ids):
        for mark in marks.find({"_id": {"$in": chunk}}):
            yield mark["control_number"], state_of(mark)


def _may_run(permission: object, dag_id: str) -> bool:
    return dag_id in permission if isinstance(permission, list) else permission is not False


def _owners(database: Database[Document], user: str) -> list[str]:
    """Return the owner with this name; if nobody has it, those with this id in earlier versions."""
    marks = database[collections.MARKS]
    named = owner(user)
    if named == user or marks.find_one({"user": named}, {"_id": True}):
        return [named]
    return [user, *marks.distinct("user", {"former_user": user})]
