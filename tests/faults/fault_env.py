"""What the sample API serves before and while faults strike, and what undisturbed runs store of it.

On the first day one search found 36 rows. On the second three of them are gone, three are new,
some have changed, one can't be read and some don't suit.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from include.sample_api.faults import Fault
from include.sample_api.server import SampleApi
from include.store.documents import Receipt
from tests.faults.chain import Client, MongoDatabase, run
from tests.faults.oracle import (
    Stored,
    check_adds_up,
    check_message,
    check_stored,
    restore,
    stored,
)
from tests.support.rows import pay, row

FIRST_DAY = datetime(2026, 11, 22, 12, tzinfo=UTC)
SECOND_DAY = FIRST_DAY + timedelta(days=1)
LATER = SECOND_DAY + timedelta(hours=1)


def _row(number: int, **changes: Any) -> dict[str, Any]:
    # Two in five stay aside for more than one reason.
    details = {"HiringPath": ["vet"], "LowGrade": "15", "HighGrade": "15"} if number % 5 < 2 else {}
    return row(str(900_000_000 + number), details=details, **changes)


FIRST_ROWS = [_row(number) for number in range(36)]
SECOND_ROWS = [
    *(_row(number) for number in range(3, 20)),
    *(_row(number, PositionRemuneration=pay("99000", "140000")) for number in range(20, 38)),
    {"MatchedObjectId": "900000038", "MatchedObjectDescriptor": None},
]


def run_at(client: Client, page_size: int, database: MongoDatabase) -> Receipt:
    """Run the chain once, as the run of a client's time."""
    return run(client.search(page_size), database, f"at {client.moment:%d %H:%M}")


class FaultEnv:
    """A sample API and a database: `before` is what the first day's run left there."""

    def __init__(self, api: SampleApi, address: str, database: MongoDatabase) -> None:
        self.api = api
        self.address = address
        self.database = database
        self._undisturbed: dict[Any, Stored] = {}

    @cached_property
    def before(self) -> Stored:
        """What is stored when the faults begin."""
        restore(self.database, {})
        self.api.faults.inject()
        self.api.rows = FIRST_ROWS
        run_at(Client(self.address, FIRST_DAY), 25, self.database)
        self.api.rows = SECOND_ROWS
        return stored(self.database)

    def undisturbed(self, page_size: int, *moments: datetime) -> Stored:
        """Return what is stored after undisturbed runs of the second day at those times."""
        key = page_size, moments
        if key not in self._undisturbed:
            self.begin_again()
            for moment in moments:
                run_at(Client(self.address, moment), page_size, self.database)
            self._undisturbed[key] = stored(self.database)
        return self._undisturbed[key]

    def check(
        self,
        client: Client,
        page_size: int,
        *,
        faults: Sequence[Fault] = (),
        succeeds: bool | None = None,
        messages: str = "",
    ) -> None:
        """Let a client run the chain under faults, and see that it kept to the oracle.

        It comes to the complete and right result (`succeeds`: True), or fails with a message that
        matches, and nothing stored is touched (False), or either (None). After that a run without
        faults leaves what it would have left anyway.
        """
        right = self.undisturbed(page_size, SECOND_DAY)
        completed = {
            True: self.undisturbed(page_size, SECOND_DAY, LATER),
            False: self.undisturbed(page_size, LATER),
        }
        self.begin_again()
        self.api.faults.inject(*faults)
        try:
            receipt = run_at(client, page_size, self.database)
            has_succeeded = True
        except Exception as error:
            if succeeds:
                raise AssertionError("the run failed, which nothing obliged it to") from error
            check_message(error, messages)
            check_stored(self.database, self.before)
            has_succeeded = False
        else:
            assert succeeds is not False, "the run succeeded, in spite of the fault"
            check_adds_up(receipt)
            check_stored(self.database, right)
        self.api.faults.inject()
        run_at(Client(self.address, LATER), page_size, self.database)
        check_stored(self.database, completed[has_succeeded])

    def begin_again(self) -> None:
        """Go back to where the faults begin."""
        restore(self.database, self.before)
        self.api.faults.inject()
