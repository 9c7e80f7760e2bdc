from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from pymongo.database import Database

from include.cli import feeds_command
from include.store.feeds import find_feed, live_feeds, make_feed
from include.store.marks import owner
from include.terminal.errors import CommandError

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
Run = Callable[..., str]


@pytest.fixture
def run(
    database: Database[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    @contextmanager
    def opened(environ: object) -> Iterator[Database[dict[str, Any]]]:
        yield database

    def run_command(*arguments: str) -> str:
        assert feeds_command.main(arguments) == 0
        return capsys.readouterr().out

    monkeypatch.setattr(feeds_command, "jobs_database", opened)
    monkeypatch.setenv("COLUMNS", "120")
    return run_command


def test_the_addresses_of_all_users_are_listed_without_their_tokens(
    database: Database[dict[str, Any]], run: Run
) -> None:
    assert "no private addresses" in run()
    calendar, _ = make_feed(database, "ada", "calendar", None, NOW)
    matches, _ = make_feed(database, owner("42"), "matches", "chicago-50", NOW)
    find_feed(database, calendar, NOW)
    listed = run()
    assert all(word in listed for word in ("ada", "deadlines", " 42 ", "matches of chicago-50"))
    assert ("never" in listed, calendar in listed, matches in listed) == (True, False, False)


def test_an_address_or_all_those_of_a_user_are_taken_back(
    database: Database[dict[str, Any]], run: Run
) -> None:
    tokens = [make_feed(database, "ada", "calendar", None, NOW)[0] for _ in range(3)]
    other, _ = make_feed(database, owner("42"), "calendar", None, NOW)
    first = live_feeds(database, "ada")[0]["_id"]
    assert "1 address taken back" in run("--take-back", first[:12])
    assert "2 addresses taken back" in run("--take-back-user", "ada")
    assert [find_feed(database, token, NOW) for token in tokens] == [None] * 3
    assert find_feed(database, other, NOW)
    assert "1 address taken back" in run("--take-back-user", "42")


@pytest.mark.parametrize(
    "arguments", [("--take-back", "zz"), ("--take-back", ""), ("--take-back-user", "bob")]
)
def test_what_is_no_address_takes_nothing_back(
    database: Database[dict[str, Any]], run: Run, arguments: tuple[str, str]
) -> None:
    token, _ = make_feed(database, "ada", "calendar", None, NOW)
    with pytest.raises(CommandError):
        run(*arguments)
    assert find_feed(database, token, NOW)
