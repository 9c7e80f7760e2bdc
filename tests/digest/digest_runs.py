"""Runs of a search, each with the digest that follows it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from pymongo.database import Database

from include.digest.message import Message
from include.digest.send import send_digest
from include.searches.saved_searches import Entry, Recipient, SavedSearch
from include.usajobs.extract import iso
from tests.support.chain import stored, transformed
from tests.support.rows import answer, place, row

MongoDatabase = Database[dict[str, Any]]

ADA = Recipient("email", "ada@example.org")
BOB = Recipient("apprise", "phone_of_bob")
FIRST_DAY = datetime(2026, 11, 3, 7, tzinfo=UTC)
PAGE_URL = "http://127.0.0.1:8080/job-tracker/"
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
    """Takes messages; `failures` has what is raised for those to a recipient."""

    def __init__(self) -> None:
        self.messages: list[tuple[Recipient, Message]] = []
        self.failures: dict[Recipient, BaseException] = {}
        self.takes_it_all_the_same = False

    def send(self, recipient: Recipient, message: Message) -> None:
        if recipient not in self.failures or self.takes_it_all_the_same:
            self.messages.append((recipient, message))
        if recipient in self.failures:
            raise self.failures[recipient]

    def texts(self) -> list[str]:
        """Return the texts that came since the last call."""
        taken, self.messages = self.messages, []
        return [message.text for _, message in taken]


class DigestRuns:
    """Runs a search day by day and sends what is new."""

    def __init__(self, database: MongoDatabase, search: SavedSearch = SEARCH) -> None:
        self.database = database
        self.search = search
        self.mailbox = Mailbox()

    def run(self, number: float, *rows: dict[str, Any]) -> dict[str, Any]:
        """Store what a run of that day found, and return its receipt."""
        found = transformed(answer(*rows, at=iso(day(number))))
        return stored(self.database, found, f"day {number}")

    def send(self, number: float) -> list[str]:
        """Send what is new on that day; return the texts."""
        later = day(number) + timedelta(minutes=1)
        send_digest(self.database, self.search, self.mailbox.send, later, PAGE_URL)
        return self.mailbox.texts()

    def run_and_send(self, number: float, *rows: dict[str, Any]) -> list[str]:
        """Run, and send what is new."""
        self.run(number, *rows)
        return self.send(number)

    def mark(self, numbers: Sequence[str], user: str = "ada", **marks: bool) -> None:
        """Mark positions for a user."""
        for number in numbers:
            self.database.marks.update_one(
                {"_id": f"{number}/{user}"},
                {"$set": {"user": user, "control_number": number, **marks}},
                upsert=True,
            )


def in_section(texts: list[str], heading: str) -> set[str]:
    """Return the numbers of the positions beneath a heading."""
    numbers: set[str] = set()
    for text in texts:
        beneath = re.split(r"^([A-Z0-9 ,]+)$", text, flags=re.MULTILINE)
        for title, words in zip(beneath[1::2], beneath[2::2], strict=True):
            if heading in title:
                numbers |= set(re.findall(r"usajobs\.gov/job/(\d+)", words))
    return numbers
