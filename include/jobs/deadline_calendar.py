"""A calendar of deadlines in iCalendar form (RFC 5545): an entry on the last day of each job."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
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
    lines: Sequence[str] = ()
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
    # Imported here, because every Airflow process parses the DAG file, but few make a calendar.
    from icalendar import Calendar, Timezone

    made = Calendar()
    made.add("prodid", "-//Job Tracker//EN")
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    made.calendar_name = "Job Tracker"
    made.add("x-wr-calname", "Job Tracker")
    made.refresh_interval = timedelta(hours=limits.CALENDAR_REFRESH_HOURS)
    made.add("x-published-ttl", f"PT{limits.CALENDAR_REFRESH_HOURS}H")
    for event in events:
        made.add_component(_event(event))
    if not made.subcomponents:
        # Without any component it would be invalid (RFC 5545, 3.6), which some programs refuse.
        made.add_component(Timezone.from_tzid("UTC"))
    return bytes(made.to_ical())


def _event(event: DeadlineEvent) -> Any:
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
    return made
