"""Mornings of a search: what a run found, and what is told of it then."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from pymongo.database import Database

from include.digest.message import Message
from include.digest.telling import tell
from include.saved_searches import Entry, Recipient, SavedSearch
from include.usajobs.asking import iso
from tests.chain import stored, transformed
from tests.rows import answer, place, row

MongoDatabase = Database[dict[str, Any]]

ADA = Recipient("email", "ada@example.org")
BOB = Recipient("apprise", "phone_of_bob")
FIRST_DAY = datetime(2026, 11, 3, 7, tzinfo=UTC)
PAGE = "http://127.0.0.1:8080/job-tracker/"
MILWAUKEE = place("Milwaukee, Wisconsin", 43.0389, -87.9065)

SEARCH = SavedSearch(entry=Entry(email=[ADA.address]))


def match(number: str, closes: str = "2026-12-31", **changes: Any) -> dict[str, Any]:
    """Return a row that the search keeps as a match; it closes at 23:59 Eastern Time."""
    title = {"PositionTitle": f"Data Engineer {number}", "ApplicationCloseDate": closes}
    return row(number, **{**title, **changes})


def near_miss(number: str, **changes: Any) -> dict[str, Any]:
    """Return a row that is too far away."""
    return match(number, **{"PositionLocation": [MILWAUKEE], **changes})


def day(number: float) -> datetime:
    """Return the morning so many days after the first."""
    return FIRST_DAY + timedelta(days=number)


class Mailbox:
    """Takes messages; `trouble` is raised for those to a recipient, `before` or after taking it."""

    def __init__(self) -> None:
        self.messages: list[tuple[Recipient, Message]] = []
        self.trouble: dict[Recipient, BaseException] = {}
        self.takes_it_all_the_same = False

    def send(self, recipient: Recipient, message: Message) -> None:
        if recipient not in self.trouble or self.takes_it_all_the_same:
            self.messages.append((recipient, message))
        if recipient in self.trouble:
            raise self.trouble[recipient]

    def texts(self) -> list[str]:
        """Return the texts that came since the last call."""
        taken, self.messages = self.messages, []
        return [message.text for _, message in taken]


class Mornings:
    """Runs a search day by day and tells what is new."""

    def __init__(self, database: MongoDatabase, search: SavedSearch = SEARCH) -> None:
        self.database = database
        self.search = search
        self.mailbox = Mailbox()

    def run(self, number: float, *rows: dict[str, Any]) -> dict[str, Any]:
        """Store what a run of that day found, and return its receipt."""
        found = transformed(answer(*rows, at=iso(day(number))))
        return stored(self.database, found, f"day {number}")

    def tell(self, number: float) -> list[str]:
        """Tell what is new on that day; return the texts of what was sent."""
        later = day(number) + timedelta(minutes=1)
        tell(self.database, self.search, self.mailbox.send, later, PAGE)
        return self.mailbox.texts()

    def morning(self, number: float, *rows: dict[str, Any]) -> list[str]:
        """Run and tell."""
        self.run(number, *rows)
        return self.tell(number)

    def mark(self, numbers: Sequence[str], user: str = "ada", **marks: bool) -> None:
        """Mark positions for a user."""
        for number in numbers:
            self.database.marks.update_one(
                {"_id": f"{number}/{user}"},
                {"$set": {"user": user, "control_number": number, **marks}},
                upsert=True,
            )
