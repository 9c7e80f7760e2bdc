"""`bin/feeds`: lists the private addresses of all users, and takes them back.

    python -m include.cli.feeds_command [--take-back ID | --take-back-user NAME]

An address works until it is taken back, also when its user may no longer log in to Airflow.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from pymongo.database import Database
from rich.console import Console
from rich.table import Table

from include.cli.command import exit_status, jobs_database
from include.jobs.formatting import count, plain, seen_day
from include.store.documents import Document, FeedDocument
from include.store.feeds import live_feeds, take_back
from include.store.marks import NAME, owner
from include.terminal.errors import CommandError

SHOWN_CHARACTERS = 12
"""Of an address's id, which is the digest of its token; `--take-back` takes its beginning."""


def show_feeds(console: Console, feeds: Sequence[FeedDocument]) -> None:
    """Print the addresses, without their tokens, which nobody knows but who made them."""
    if not feeds:
        console.print("There are no private addresses.")
        return
    table = Table("id", "user", "what it gives", "made", "last read")
    for feed in feeds:
        table.add_row(
            feed["_id"][:SHOWN_CHARACTERS],
            plain(feed["user"].removeprefix(NAME)),
            plain(f"new matches of {feed['search']}" if feed["search"] else "deadlines"),
            seen_day(feed["made_at"]),
            seen_day(feed["last_read_at"]) if feed["last_read_at"] else "never",
        )
    console.print(table)


def take_back_all(database: Database[Document], feeds: Sequence[FeedDocument]) -> int:
    """Take back these addresses, for good; return how many still worked."""
    now = datetime.now(UTC)
    return sum(take_back(database, feed["user"], feed["_id"], now) is not None for feed in feeds)


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="bin/feeds",
        description="Lists the private addresses of all users' calendars and feeds, or takes some "
        "back. One that was taken back answers 404 for good.",
        allow_abbrev=False,
    )
    some = parser.add_mutually_exclusive_group()
    some.add_argument("--take-back", metavar="ID", help="the address whose id begins like this")
    some.add_argument("--take-back-user", metavar="NAME", help="all addresses of this user")
    return parser.parse_args(arguments)


def _chosen(feeds: Sequence[FeedDocument], options: argparse.Namespace) -> list[FeedDocument]:
    """Return the addresses to take back.

    Raises:
        CommandError: there are none, or the id is that of several.
    """
    if options.take_back_user is not None:
        users = {owner(options.take_back_user)}
        chosen = [feed for feed in feeds if feed["user"] in users]
        missing = f"The user {options.take_back_user} has no address."
    else:
        beginning = options.take_back.lower()
        chosen = [feed for feed in feeds if beginning and feed["_id"].startswith(beginning)]
        missing = f"There is no address {options.take_back}: bin/feeds lists them."
        if len(chosen) > 1:
            raise CommandError(f"{len(chosen)} addresses begin with {beginning}: give more of it.")
    if not chosen:
        raise CommandError(missing)
    return chosen


def main(arguments: Sequence[str]) -> int:
    """List the addresses, or take some back.

    Raises:
        CommandError: there is no such address.
    """
    options = _options(arguments)
    console = Console(highlight=False)
    with jobs_database(os.environ) as database:
        feeds = live_feeds(database)
        if options.take_back is None and options.take_back_user is None:
            show_feeds(console, feeds)
            return 0
        taken = take_back_all(database, _chosen(feeds, options))
        console.print(f"{count(taken, 'address', 'addresses')} taken back.")
    return 0


if __name__ == "__main__":
    sys.exit(exit_status(main, sys.argv[1:]))
