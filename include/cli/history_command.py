"""`bin/history`: prints the history of a position."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from pymongo.database import Database
from rich.console import Console
from rich.table import Table
from rich.text import Text

from include.cli.command import exit_status, jobs_database
from include.jobs.deadline import Deadline
from include.jobs.formatting import changes, day, outcome, plain, seen_day
from include.jobs.source import SEARCH
from include.store.collections import POSITIONS, RUNS, VERSIONS, tz_aware
from include.store.damage import ENTRY, HEALS, position_damage, sound_versions
from include.store.history import (
    amendments,
    latest_complete_run,
    newest_receipt,
    status,
)
from include.store.outcomes import outcome_of
from include.terminal.errors import CommandError, UsageError

Documents = Database[dict[str, Any]]


def show_history(console: Console, database: Documents, control_number: str, now: datetime) -> bool:
    """Print a position's dates, status and amendments; return False if it is unknown.

    Raises:
        CommandError: its document is damaged.
    """
    position = tz_aware(database[POSITIONS]).find_one({"_id": control_number})
    if position is None:
        return False
    if damage := position_damage(position, []):
        raise CommandError(
            f"The document of position {control_number} is damaged: {', '.join(damage)}. {HEALS}"
        )
    console.print(Text(plain(position["PositionTitle"]), "bold"))
    console.print(Text(plain(position["PositionURI"]), "dim"))
    console.print(_standing(database, position, now))
    versions = tz_aware(database[VERSIONS]).find({"control_number": control_number})
    found = amendments(sound_versions(versions))
    if not found:
        console.print("No amendment was noticed.")
        return True
    table = Table("observed", "field", "before", "after", title="Amended", title_justify="left")
    for amendment in found:
        on = day(amendment.observed_at)
        for change in changes(amendment.shortened().fields, now):
            table.add_row(on, change.name, change.before, change.after)
    console.print(table)
    return True


def _standing(database: Documents, position: dict[str, Any], now: datetime) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_row("first listed", seen_day(position["first_seen_at"]))
    table.add_row("last listed", seen_day(position["last_seen_at"]))
    table.add_row("deadline", Deadline.of(position, now).words)
    if became := outcome_of(position):
        in_order = sorted(became.first_seen.items(), key=lambda each: each[1])
        said = [outcome(status, since, now) for status, since in in_order]
        table.add_row("what became of it", ", ".join(said) or "USAJOBS doesn't know")
    for search, entry in sorted(position["matches"].items()):
        if damage := ENTRY.damage(entry):
            fields = sorted({path[0] for path in damage if path})
            table.add_row(search, f"its entry is damaged: {', '.join(fields) or 'not an object'}")
            continue
        state = status(position, search, latest_complete_run(database[RUNS], search), now)
        in_words = f"{state}, {entry['level']}".replace("_", " ")
        reasons = "; ".join(plain(reason["message"]) for reason in entry["reasons"])
        table.add_row(search, f"{in_words}{f': {reasons}' if reasons else ''}")
        for warning in _warnings_of_latest_run(database, search):
            table.add_row("warning", f"its latest run can't show what is gone: {plain(warning)}")
    return table


def _warnings_of_latest_run(database: Documents, search: str) -> list[str]:
    """Return why the latest response of the Search API is suspicious, if it is."""
    latest = newest_receipt(database[RUNS], search=search, source=SEARCH)
    return [warning["message"] for warning in latest.get("warnings", [])] if latest else []


def main(arguments: Sequence[str]) -> int:
    """Show the history of the given position.

    Raises:
        UsageError: the argument is not a control number.
        CommandError: there is no such position.
    """
    if len(arguments) != 1 or not arguments[0].isdecimal():
        raise UsageError("Usage: bin/history CONTROL_NUMBER, the number in a posting's address.")
    with jobs_database(os.environ) as database:
        if show_history(Console(), database, arguments[0], datetime.now(UTC)):
            return 0
    raise CommandError(f"There is no position {arguments[0]} here.")


if __name__ == "__main__":
    sys.exit(exit_status(main, sys.argv[1:]))
