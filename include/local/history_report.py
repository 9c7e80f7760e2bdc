"""`bin/history`: what happened to one position, for a terminal."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any

from pymongo.database import Database
from rich.console import Console
from rich.table import Table
from rich.text import Text

from include.documents import POSITIONS, RUNS, VERSIONS
from include.history import (
    amendments,
    in_json,
    latest_complete_run,
    newest_receipt,
    shortened,
    status,
)
from include.local.command import exit_status, jobs_database
from include.local.trouble import Refusal, Trouble
from include.sources import SEARCH
from include.usajobs.values import EASTERN
from include.words import plain

Documents = Database[dict[str, Any]]


def show_history(console: Console, database: Documents, control_number: str, now: datetime) -> bool:
    """Print when a position was listed, how it stands, what was amended; False if unknown."""
    position = database[POSITIONS].find_one({"_id": control_number})
    if position is None:
        return False
    console.print(Text(plain(position["PositionTitle"]), "bold"))
    console.print(Text(plain(position["PositionURI"]), "dim"))
    console.print(_standing(database, position, now))
    versions = list(database[VERSIONS].find({"control_number": control_number}))
    found = amendments(versions)
    if not found:
        console.print("Nothing was amended since it was first read.")
        return True
    table = Table("observed", "field", "before", "after", title="Amended", title_justify="left")
    for amendment in found:
        for name, (before, after) in amendment.fields.items():
            table.add_row(_day(amendment.observed_at), name, _shown(before), _shown(after))
    console.print(table)
    return True


def _standing(database: Documents, position: dict[str, Any], now: datetime) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_row("first listed", _day(position["first_seen_at"]))
    table.add_row("last listed", _day(position["last_seen_at"]))
    table.add_row(
        "closes", _day(position["closes_at"], EASTERN) if position["closes_at"] else "open"
    )
    for search, entry in sorted(position["matches"].items()):
        stands = status(position, search, latest_complete_run(database[RUNS], search), now)
        in_words = f"{stands}, {entry['level']}".replace("_", " ")
        reasons = "; ".join(plain(reason["message"]) for reason in entry["reasons"])
        table.add_row(search, f"{in_words}{f': {reasons}' if reasons else ''}")
        for warning in _warnings_of_latest_run(database, search):
            table.add_row("warning", f"its latest run makes nothing gone: {plain(warning)}")
    return table


def _warnings_of_latest_run(database: Documents, search: str) -> list[str]:
    """Return why the latest answer that could have told what is gone looked wrong."""
    latest = newest_receipt(database[RUNS], search=search, source=SEARCH) or {}
    return [str(warning.get("message")) for warning in latest.get("warnings") or []]


def _day(moment: datetime, zone: tzinfo = UTC) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d}"


def _shown(value: Any) -> str:
    if isinstance(value, datetime):
        return _day(value, EASTERN)
    short = shortened(value)
    text = short if isinstance(short, str) else json.dumps(short, default=in_json)
    return plain(text)


def main(arguments: Sequence[str]) -> int:
    """Show the history of the position that is named; Trouble if there is none."""
    if len(arguments) != 1 or not arguments[0].isdecimal():
        raise Refusal("Usage: bin/history CONTROL_NUMBER, the number in a posting's address.")
    with jobs_database(os.environ) as database:
        if show_history(Console(), database, arguments[0], datetime.now(UTC)):
            return 0
    raise Trouble(f"There is no position {arguments[0]} here.")


if __name__ == "__main__":
    sys.exit(exit_status(main, sys.argv[1:]))
