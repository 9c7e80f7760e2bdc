"""A calendar of deadlines in iCalendar form (RFC 5545): an entry on the last day of each job."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from typing import Any, NamedTuple

from include.jobs import limits
from include.jobs.deadline import Deadline
from include.jobs.formatting import at_applications, day, plain
from include.jobs.position import position_uri

ALARM = timedelta(hours=-15)
"""From the beginning of the last day: at nine on the morning before."""


class DeadlineEvent(NamedTuple):
    """The last day of a job, in the office's time.

    `changed_at` is when the entry last changed. Of two with the same `control_number`, programs
    keep the one with the higher `sequence`.
    """

    control_number: str
    summary: str
    last_day: date
    changed_at: datetime
    sequence: int = 0
    lines: tuple[str, ...] = ()
    is_cancelled: bool = False
    has_alarm: bool = False


def summary(position: Mapping[str, Any], deadline: Deadline) -> str:
    """Return the title of a job's event."""
    what = "Apply early" if deadline.applications else "Apply"
    return f"{what}: {position['PositionTitle']}"


def advice(deadline: Deadline) -> str:
    """Return when a job closes, and what follows from it."""
    closes = closes_in_words(deadline)
    return f"{closes}: apply early" if deadline.applications else closes


def closes_in_words(deadline: Deadline) -> str:
    """Return when a job closes in words that stay true until then: without "in 8 days"."""
    parts = []
    if deadline.applications:
        parts.append(at_applications(deadline.applications))
    if deadline.closes_at:
        parts.append(day(deadline.closes_at, deadline.now))
    if deadline.is_continuous or not parts:
        return "open continuously" if deadline.is_continuous else "no closing date"
    return f"closes {', or '.join(parts)}"


def calendar(events: Iterable[DeadlineEvent]) -> bytes:
    """Return a calendar with these events; a later one with the same jobs updates them."""
    made = [*map(_event, events)]
    # Without any component it would be invalid (RFC 5545, 3.6), which some programs refuse.
    head, end = _frame()
    return b"".join([head, *(made or [_no_events()]), end])


@cache
def _frame() -> tuple[bytes, bytes]:
    """Return what stands before the events of a calendar, and after them."""
    # Imported here, because every Airflow process parses the DAG file, but few make a calendar.
    from icalendar import Calendar

    made = Calendar()
    made.add("prodid", "-//Job Tracker//EN")
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    made.calendar_name = "Job Tracker"
    made.add("x-wr-calname", "Job Tracker")
    made.refresh_interval = timedelta(hours=limits.CALENDAR_REFRESH_HOURS)
    made.add("x-published-ttl", f"PT{limits.CALENDAR_REFRESH_HOURS}H")
    head, end, rest = bytes(made.to_ical()).partition(b"END:VCALENDAR")
    return head, end + rest


def _no_events() -> bytes:
    from icalendar import Timezone

    return bytes(Timezone.from_tzid("UTC").to_ical())


@lru_cache(maxsize=limits.CALENDAR_EVENTS)
def _event(event: DeadlineEvent) -> bytes:
    """Return an event; programs ask for the same calendar every hour, and few events change."""
    from icalendar import Alarm, Event

    made = Event()
    made.add("uid", f"{event.control_number}@job-tracker")
    made.add("dtstamp", event.changed_at)
    made.add("last-modified", event.changed_at)
    made.add("sequence", event.sequence)
    made.add("status", "CANCELLED" if event.is_cancelled else "CONFIRMED")
    made.add("dtstart", event.last_day)
    made.add("dtend", event.last_day + timedelta(days=1))
    made.add("summary", plain(event.summary))
    if event.lines:
        made.add("description", "\n".join(map(plain, event.lines)))
    made.add("url", position_uri(event.control_number))
    made.add("transp", "TRANSPARENT")
    if event.has_alarm:
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", plain(event.summary))
        alarm.add("trigger", ALARM)
        made.add_component(alarm)
    return bytes(made.to_ical())
