"""Users' marks and notes on jobs, in the collection `marks`; each user sees only their own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pymongo import ReturnDocument
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError, PyMongoError

from include.jobs import formatting, limits
from include.jobs.application import (
    AWAITING,
    ApplicationState,
    change_in_words,
    fitting,
    in_words,
    selection_in_words,
)
from include.jobs.office_time import eastern_day
from include.store import applications, collections
from include.store.applications import FLAGS, HISTORY, Application, application_of, state_of
from include.store.damage import MARK
from include.store.documents import Document, MayRun, StateChange
from include.store.marks import mark_id
from include.store.outcomes import SelectionTime, outcome_of, selection_times
from include.store.upserts import DURABLE
from include.web.query_params import MarkName
from include.web.schemas import Mark, MarkState

READ_FIELDS = ("organization", "published_at", "first_seen_at", "outcome")
"""The fields of a position that a change of a mark depends on."""

UNMARKED = Mark()
"""That of most jobs; nothing may change it."""

EASTERNMOST = timedelta(hours=14)
"""The time zone in which days begin first."""


class ImpossibleDay(ValueError):
    """The state can't hold since that day; the message says since which days it can."""


class Contended(PyMongoError):
    """The mark is changed by others all the time."""


class MarkChange(BaseModel):
    """Changes to a mark; fields that are left out stay as they are, an empty note removes it.

    `state` null takes the state back. `applied` and `saved` change it as well: `applied` true makes
    it `applied`, unless it is a later one, and false takes that back.
    """

    model_config = ConfigDict(extra="forbid")

    state: ApplicationState | None = None
    since: Annotated[
        date | None,
        Field(
            description="the day since which the state holds; left out, today, or what it was "
            "before a later state that is taken back"
        ),
    ] = None
    applied: bool | None = None
    saved: bool | None = None
    hidden: bool | None = None
    # The pattern also makes pydantic reject lone surrogates, which no database stores.
    note: Annotated[str | None, Field(max_length=4000, pattern=r"^[^\x00]*$")] = None

    @model_validator(mode="after")
    def _says_one_thing(self) -> MarkChange:
        has_flags = self.applied is not None or self.saved is not None
        if has_flags and (self.sets_state or self.since):
            raise ValueError(
                "`applied` and `saved` change the state, so they can't stand beside `state` or "
                "`since`"
            )
        if self.sets_state and self.state is None and self.since:
            raise ValueError("a state that is taken back holds since no day")
        return self

    @property
    def sets_state(self) -> bool:
        """Whether it has a state, even if null."""
        return "state" in self.model_fields_set

    @property
    def is_empty(self) -> bool:
        """Whether it changes nothing."""
        return not self.sets_state and not self.model_dump(exclude_none=True)

    def state_after(self, application: Application) -> ApplicationState | None:
        """Return the state that it leads to."""
        if self.sets_state:
            return self.state
        return fitting(
            application.state,
            saved=application.saved if self.saved is None else self.saved,
            applied=application.applied if self.applied is None else self.applied,
        )


def set_mark(
    database: Database[Document],
    user: str,
    control_number: str,
    change: MarkChange,
    now: datetime,
    may_run: MayRun = True,
) -> Mark | None:
    """Change a user's mark and return it, or None if no such position is stored.

    Concurrent changes don't undo each other: fields are written separately, and a change of the
    state only if it is still the one that the change is based on. `may_run` says which searches the
    user may run; for others, the mark does not count.

    Raises:
        ImpossibleDay: the day is in the future or before the posting's first, or there is no state.
        PyMongoError: MongoDB rejected a write, or can't be reached.
    """
    position = collections.tz_aware(database[collections.POSITIONS]).find_one(
        {"_id": control_number}, dict.fromkeys(READ_FIELDS, True)
    )
    if position is None:
        return None
    if change.is_empty:
        mark = marks_of(database, user, [control_number], now).get(control_number, UNMARKED)
    else:
        _check_day(change.since, position, now)
        written = {"user": user, "control_number": control_number, "may_run": may_run}
        mark = _mark(_write(database, written, change, now), now)
    awaits = {str(position.get("organization"))} if mark.state in AWAITING else set()
    return with_selection_time(mark, position, selection_times(database, awaits, now))


def _check_day(since: date | None, position: Document, now: datetime) -> None:
    """Refuse a day that is in the future everywhere, or before the posting can have been seen."""
    if since is None:
        return
    dates = [position.get(name) for name in ("published_at", "first_seen_at")]
    known = [eastern_day(each) for each in dates if isinstance(each, datetime)]
    # Where the user is, it may be the day before.
    earliest = min(known) - timedelta(days=1) if known else date(2000, 1, 1)
    latest = (now.astimezone(UTC) + EASTERNMOST).date()
    if not earliest <= since <= latest:
        raise ImpossibleDay(
            f"a state holds since a day from {formatting.day(earliest)}, when the job was "
            f"announced, to today"
        )


def _write(
    database: Database[Document], fields: Document, change: MarkChange, now: datetime
) -> Document:
    """Change the mark as it is stored now, again if it has changed meanwhile; return it."""
    marks = collections.tz_aware(database[collections.MARKS]).with_options(write_concern=DURABLE)
    document_id = mark_id(fields["control_number"], fields["user"])
    for _ in range(limits.MARK_ATTEMPTS):
        before = marks.find_one({"_id": document_id})
        try:
            written: Document | None = marks.find_one_and_update(
                {"_id": document_id, **_unchanged(before or {})},
                _update(before or {}, fields, change, now),
                upsert=before is None,
                return_document=ReturnDocument.AFTER,
            )
        except DuplicateKeyError:
            # Another change inserted the mark at the same time.
            continue
        if written is not None:
            return written
    raise Contended(f"The mark {document_id} was changed by others {limits.MARK_ATTEMPTS} times")


def _unchanged(mark: Document) -> Document:
    """Return the filter for a mark whose state is still the same."""
    return {
        name: {"$eq": mark[name]} if name in mark else {"$exists": False}
        for name in (*FLAGS, HISTORY)
    }


def _update(mark: Document, fields: Document, change: MarkChange, now: datetime) -> Document:
    application = application_of(mark)
    state = change.state_after(application)
    if change.since and state is None:
        raise ImpossibleDay("no state is recorded that could hold since a day")
    flags, entries = applications.changed(application, state, change.since, now)
    given = change.model_dump(exclude_none=True, exclude={"state", "since"})
    update: Document = {"$set": {**flags, **given, **fields, "updated_at": now}}
    if entries and isinstance(mark.get(HISTORY, []), list):
        update["$push"] = {HISTORY: {"$each": entries, "$slice": -limits.STATE_CHANGES}}
    elif entries:
        update["$set"][HISTORY] = entries
    return update


def marks_of(
    database: Database[Document], user: str, control_numbers: Iterable[str], now: datetime
) -> dict[str, Mark]:
    """Return a user's marks on these positions, by control number; most have none."""
    numbers = {mark_id(number, user): number for number in control_numbers}
    marks = collections.tz_aware(database[collections.MARKS])
    found = marks.find({"_id": {"$in": [*numbers]}})
    return {numbers[mark["_id"]]: _mark(mark, now) for mark in found}


def marked(database: Database[Document], user: str, *names: MarkName) -> list[str]:
    """Return the control numbers of the positions that a user marked in one of these ways."""
    wanted = {"user": user, "$or": [{name: True} for name in names]}
    found = database[collections.MARKS].find(
        wanted, {"control_number": True}, batch_size=limits.WRITE_BATCH_SIZE_DOCUMENTS
    )
    numbers = (mark.get("control_number") for mark in found)
    return [number for number in numbers if isinstance(number, str)]


def followed(database: Database[Document], user: str) -> list[str]:
    """Return the control numbers of the positions that a user saved or applied for."""
    return sorted({*marked(database, user, "saved", "applied")})


def in_state(database: Database[Document], user: str, state: ApplicationState) -> list[str]:
    """Return the control numbers of the positions that are in a state for a user."""
    return [mark["control_number"] for mark in _followed(database, user) if state_of(mark) == state]


def followed_by(database: Database[Document], user: str, now: datetime) -> dict[str, Mark]:
    """Return a user's marks with a state, by control number."""
    return {mark["control_number"]: _mark(mark, now) for mark in _followed(database, user)}


def _followed(database: Database[Document], user: str) -> list[Document]:
    flagged = {"user": user, "$or": [{name: True} for name in FLAGS]}
    found = collections.tz_aware(database[collections.MARKS]).find(flagged)
    return [mark for mark in found if isinstance(mark.get("control_number"), str)]


def with_selection_time(
    mark: Mark, position: Mapping[str, Any], times: Mapping[str, SelectionTime]
) -> Mark:
    """Return a mark that also says how long its job's agency takes, while the user waits."""
    time = times.get(position.get("organization") or "")
    outcome = outcome_of(position)
    status = outcome.status if outcome else None
    usual = selection_in_words(mark.state, status, time.days if time else None)
    return mark.model_copy(update={"in_words": f"{mark.in_words}; {usual}"}) if usual else mark


def _mark(document: Document, now: datetime) -> Mark:
    """Return a mark without those of its fields that are damaged."""
    damage = MARK.damaged_fields(document) | {HISTORY}
    application = application_of(document)
    state, since, estimated = application.state, application.since, application.is_estimated
    return Mark.model_validate(
        {
            **{name: document[name] for name in document if name not in damage},
            "state": state,
            "since": since,
            "in_words": in_words(state, since, now, is_estimated=estimated) if state else None,
            "history": [_state(each, now) for each in application.history],
        }
    )


def _state(change: StateChange, now: datetime) -> MarkState:
    since, estimated = applications.since(change), change.get("estimated", False)
    state, recorded_at = change["state"], change["recorded_at"]
    return MarkState(
        state=state,
        since=since,
        is_estimated=estimated,
        recorded_at=recorded_at,
        in_words=change_in_words(state, since, recorded_at, now, is_estimated=estimated),
    )
