"""The board of a user's applications, by state."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from pymongo.database import Database

from include.jobs import formatting, limits
from include.jobs.application import STATES, ApplicationState
from include.jobs.deadline import Deadline
from include.store import collections
from include.store.damage import OUTCOME, left_out, log, position_damage
from include.store.documents import Document
from include.store.outcomes import SelectionTime, is_news, outcome_of, selection_times, status_since
from include.web.counting import OF_DEADLINE
from include.web.jobs import job_deadline, told
from include.web.marks import followed_by, with_selection_time
from include.web.schemas import Application, ApplicationInWords, Applications, Board, Mark

SHOWN_FIELDS = ("PositionTitle", "organization", "closes_at")
READ_FIELDS = (*SHOWN_FIELDS, *OF_DEADLINE, OUTCOME)


def board(database: Database[Document], user: str, now: datetime) -> Board:
    """Return a user's applications by state, of all searches.

    What is saved is in the order of its deadlines, the most urgent first. In the other
    states, the latest changes come first.
    """
    marks = followed_by(database, user, now)
    positions = _positions(database, marks)
    organizations = {each["organization"] for each in positions.values() if each["organization"]}
    times = selection_times(database, organizations, now)
    columns = {state: _column(state, positions, marks, now) for state in STATES}
    return Board(
        columns=[
            Applications(
                state=state,
                total=len(numbers),
                jobs=[
                    _card(positions[number], marks[number], times, now)
                    for number in numbers[: limits.BOARD_CARDS]
                ],
            )
            for state, numbers in columns.items()
        ],
        left_out=sorted(marks.keys() - positions.keys()),
    )


def _positions(database: Database[Document], marks: Mapping[str, Mark]) -> dict[str, Document]:
    """Return the positions with these control numbers; damaged ones are left out, and logged."""
    stored = collections.tz_aware(database[collections.POSITIONS])
    found: dict[str, Document] = {}
    for chunk in collections.chunks(sorted(marks)):
        for position in stored.find({"_id": {"$in": chunk}}, dict.fromkeys(READ_FIELDS, True)):
            if damage := position_damage(position, [], SHOWN_FIELDS):
                log.warning("%s", left_out("position", position, damage))
            else:
                found[position["_id"]] = position
    return found


def _column(
    state: ApplicationState,
    positions: Mapping[str, Document],
    marks: Mapping[str, Mark],
    now: datetime,
) -> list[str]:
    """Return the control numbers of a column in its order."""

    def by_deadline(number: str) -> tuple[int, float]:
        return Deadline.of(positions[number], now).sort_key

    def by_day(number: str) -> date:
        return marks[number].since or date.min

    numbers = [number for number in positions if marks[number].state == state]
    if state == "saved":
        return sorted(numbers, key=by_deadline)
    return sorted(numbers, key=by_day, reverse=True)


def _card(
    position: Document, mark: Mark, times: Mapping[str, SelectionTime], now: datetime
) -> Application:
    outcome = outcome_of(position)
    since = status_since(outcome) if is_news(outcome) else None
    deadline = job_deadline(Deadline.of(position, now))
    return Application(
        control_number=position["_id"],
        PositionTitle=position["PositionTitle"],
        organization=position["organization"],
        closes_at=position["closes_at"],
        deadline=deadline,
        mark=with_selection_time(mark, position, times),
        outcome=told(outcome),
        in_words=ApplicationInWords(
            deadline=deadline.in_words,
            outcome=formatting.outcome(*since, now) if since else None,
        ),
    )
