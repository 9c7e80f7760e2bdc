from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pymongo.database import Database
from rich.console import Console

from include.cli.history_command import main, show_history
from include.store.outcomes import record
from include.terminal.errors import UsageError
from include.usajobs.extract import iso
from tests.support.chain import stored, transformed
from tests.support.historic_rows import ANNOUNCEMENT, historic_row
from tests.support.rows import answer, historic_answer, row

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def amended(database: Database[dict[str, Any]]) -> Database[dict[str, Any]]:
    """A position announced in September, seen twice with an extended deadline, then gone."""
    announced: Any = {**historic_row(1, positionCloseDate="2026-11-28"), "text": ANNOUNCEMENT}
    answers = [historic_answer(announced, read_at=iso(NOW - timedelta(days=9)), day="2026-09-01")]
    for days, rows in [(8, ["11/28/2026"]), (5, ["11/30/2026"]), (2, [])]:
        listed = [
            row("1", ApplicationCloseDate=day, PublicationStartDate="2026-09-01") for day in rows
        ]
        answers.append(answer(*listed, at=iso(NOW - timedelta(days=days))))
    for number, found in enumerate(answers):
        stored(database, transformed(found), f"run {number}")
    return database


def shown(database: Database[dict[str, Any]], control_number: str) -> tuple[bool, str]:
    console = Console(file=io.StringIO(), width=100)
    found = show_history(console, database, control_number, NOW)
    return found, console.file.getvalue()  # type: ignore[attr-defined]


def test_a_history_tells_when_a_position_was_listed_what_was_amended_and_that_it_is_gone(
    amended: Database[dict[str, Any]],
) -> None:
    found, text = shown(amended, "1")
    assert found
    words = " ".join(text.split())
    assert "first listed Sep 1, 2026" in words
    assert "last listed Nov 18, 2026" in words
    assert "deadline closes Nov 30, in 7 days" in words
    assert "data-engineering-chicago-illinois-50 gone, match" in words
    assert "Nov 18, 2026 │ deadline │ Nov 28 │ Nov 30" in words
    assert text.count("Nov 28") == 1


def test_a_history_tells_what_became_of_the_position(amended: Database[dict[str, Any]]) -> None:
    assert "what became of it" not in shown(amended, "1")[1]
    record(amended, ["1"], {}, NOW - timedelta(days=3))
    assert "what became of it USAJOBS doesn't know" in " ".join(shown(amended, "1")[1].split())
    record(amended, ["1"], {"1": "reviewing applications"}, NOW - timedelta(days=2))
    record(amended, ["1"], {"1": "candidate selected"}, NOW - timedelta(days=1))
    said = "reviewing applications (seen Nov 21), candidate selected (seen Nov 22)"
    assert f"what became of it {said}" in " ".join(shown(amended, "1")[1].split())


def test_a_history_tells_that_the_latest_run_is_not_trusted(
    amended: Database[dict[str, Any]],
) -> None:
    broken = [row(number, PositionTitle=None) for number in "345"]
    found = answer(*broken, at=iso(NOW - timedelta(days=1)))
    stored(amended, transformed(found), "suspicious")
    _, text = shown(amended, "1")
    words = " ".join(text.split())
    assert "data-engineering-chicago-illinois-50 gone, match" in words
    assert "warning its latest run can't show what is gone: 3 of 3 rows" in words
    stored(amended, transformed(answer(at=iso(NOW))), "sound")
    assert "warning" not in shown(amended, "1")[1]


def test_a_position_that_is_not_there_is_said_to_be_unknown(
    amended: Database[dict[str, Any]],
) -> None:
    assert shown(amended, "2") == (False, "")


@pytest.mark.parametrize("arguments", [[], ["x"], ["1", "2"]])
def test_what_is_no_control_number_is_refused(arguments: list[str]) -> None:
    with pytest.raises(UsageError, match="bin/history CONTROL_NUMBER"):
        main(arguments)
