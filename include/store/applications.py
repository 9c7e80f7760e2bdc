"""The state of a user's application for a job, as their mark records it.

A mark has a `history`, to which each change adds an entry; the last one is the present state.
Beside it stand the flags `saved` and `applied`, which are all that earlier versions know. Where
they contradict the history, or there is none, an earlier version wrote them last, and they make a
state by themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from pymongo import UpdateOne

from include.jobs.application import APPLIED, ApplicationState, fitting, goes_back
from include.jobs.office_time import eastern_day
from include.store.damage import FIRST, LAST, STATE_CHANGE
from include.store.documents import Document, StateChange

HISTORY = "history"
FLAGS = ("saved", "applied")

_JUST_LATER = timedelta(milliseconds=1)


class Application(NamedTuple):
    """A user's application for a job.

    `history` is in the order in which it was recorded. `unrecorded` is its last entry if no
    version has stored that yet: the state that the flags of an earlier version make.
    """

    history: list[StateChange]
    unrecorded: StateChange | None
    saved: bool
    applied: bool

    @property
    def state(self) -> ApplicationState | None:
        """The present state; None if there is none, or it was taken back."""
        return self.history[-1]["state"] if self.history else None

    @property
    def since(self) -> date | None:
        """Since which day it is so; None if there is no state, or that isn't known."""
        return since(self.history[-1]) if self.history and self.state else None

    @property
    def is_estimated(self) -> bool:
        """Whether it may have been so before that day."""
        return bool(self.history) and self.history[-1].get("estimated", False)


def application_of(mark: Mapping[str, Any]) -> Application:
    """Return the application that a mark records; damaged entries and flags count for nothing."""
    stored = mark.get(HISTORY)
    sound = (each for each in stored if _is_sound(each)) if isinstance(stored, list) else ()
    history: list[StateChange] = sorted(sound, key=lambda each: _aware(each["recorded_at"]))
    last = history[-1]["state"] if history else None
    saved, applied = (mark.get(name) is True for name in FLAGS)
    state = fitting(last, saved=saved, applied=applied)
    if state == last:
        return Application(history, None, saved, applied)
    changed_at = mark.get("updated_at")
    known = _aware(changed_at) if isinstance(changed_at, datetime) else None
    unrecorded = StateChange(
        state=state,
        since=eastern_day(known).isoformat() if known else None,
        recorded_at=_after(history, known or FIRST),
        estimated=True,
    )
    return Application([*history, unrecorded], unrecorded, saved, applied)


def state_of(mark: Mapping[str, Any]) -> ApplicationState | None:
    """Return the state of the application that a mark records."""
    return application_of(mark).state


def may_have_state(mark: Mapping[str, Any]) -> bool:
    """Return whether a mark records a state, or may: one of its flags is set."""
    return any(mark.get(name) is True for name in FLAGS)


def since(change: StateChange) -> date | None:
    """Return since which day a state holds; None if that isn't known."""
    return date.fromisoformat(change["since"]) if change["since"] else None


class Change(NamedTuple):
    """What a change writes into a mark: values of its flags, and entries of its history."""

    flags: dict[str, bool]
    entries: list[StateChange]


def changed(
    application: Application, state: ApplicationState | None, day: date | None, now: datetime
) -> Change:
    """Return what to write for a state to hold since a day.

    Without a day, a state that holds already stays as it is, and a change that takes a later state
    back gives the earlier one its day again.
    """
    applied = state in APPLIED
    saved = state == "saved" or (applied and application.saved)
    # An earlier version's flags say as little as possible: `applied` false answers a question.
    flags = {
        name: after
        for name, before, after in zip(
            FLAGS, (application.saved, application.applied), (saved, applied), strict=True
        )
        if before != after
    }
    entries = [application.unrecorded] if application.unrecorded else []
    if state != application.state or (day and (day, False) != _day_of(application)):
        entries.append(_entry(application, state, day, now))
    return Change(flags, entries)


def _entry(
    application: Application, state: ApplicationState | None, day: date | None, now: datetime
) -> StateChange:
    recorded_at = _after(application.history, now)
    if day is None and goes_back(application.state, state):
        for before in _latest_states(application.history):
            if before["state"] == state:
                return {**before, "recorded_at": recorded_at}
    held_since = (day or eastern_day(now)).isoformat()
    return StateChange(state=state, since=held_since, recorded_at=recorded_at)


def _latest_states(history: list[StateChange]) -> Iterator[StateChange]:
    """Yield the entries, the latest first, as far back as there was a state."""
    for each in reversed(history):
        if each["state"] is None:
            return
        yield each


def _day_of(application: Application) -> tuple[date | None, bool]:
    return application.since, application.is_estimated


def _after(history: list[StateChange], moment: datetime) -> datetime:
    """Return a moment that sorts after all of a history, even if another machine's clock is off."""
    latest = (_aware(each["recorded_at"]) for each in history[-1:])
    return max([moment, *(min(each, LAST - _JUST_LATER) + _JUST_LATER for each in latest)])


def _is_sound(entry: object) -> bool:
    if STATE_CHANGE.damage(entry) or not isinstance(entry, dict):
        return False
    try:
        since(entry)  # type: ignore[arg-type]
    except ValueError:
        return False
    return True


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def joining_histories(mark_id: object, history: object) -> list[UpdateOne]:
    """Return the updates that add another history to that of a stored mark: nothing is lost."""
    if not isinstance(history, list) or not history:
        return []
    is_history: list[Document] = [{HISTORY: {"$exists": False}}, {HISTORY: {"$type": "array"}}]
    joined = {"$addToSet": {HISTORY: {"$each": history}}}
    return [UpdateOne({"_id": mark_id, "$or": is_history}, joined)]
