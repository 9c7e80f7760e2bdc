"""Jobs that are announced again, over the API: each user is asked about their own marks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from include.web.app import create_app
from tests.support.rows import row
from tests.web.fake_host import FakeHost
from tests.web.stored import MongoDatabase, closing, in_a_month, store

Answer = dict[str, Any]


class Program:
    """Asks the API as a user."""

    def __init__(self, database: MongoDatabase, folder: Path) -> None:
        self._client = TestClient(create_app(FakeHost(database), folder))

    def job(self, user: str, number: str = "2") -> Answer:
        return self._ask("GET", user, f"/stored_jobs/{number}")

    def listed(self, user: str) -> list[Answer]:
        jobs: list[Answer] = self._ask("GET", user, "/stored_jobs")["jobs"]
        return jobs

    def mark(self, user: str, number: str, **marks: Any) -> Answer:
        return self._ask("PUT", user, f"/stored_jobs/{number}/mark", marks)

    def question(self, user: str) -> Answer | None:
        question: Answer | None = self.job(user)["announced_again"]["question"]
        return question

    def _ask(self, method: str, user: str, path: str, body: Answer | None = None) -> Answer:
        headers = {"Login": user, "Authorization": "Bearer token"}
        answer = self._client.request(method, path, headers=headers, json=body)
        assert answer.status_code == 200, answer.text
        found: Answer = answer.json()
        return found


def store_again(database: MongoDatabase, **changes: Any) -> None:
    """Store a job that was announced in the first days of last month, and is announced again."""
    now = datetime.now(UTC)
    first = now - timedelta(days=40)
    last = closing(f"{now - timedelta(days=20):%Y-%m-%d}")
    opened = {"PublicationStartDate": f"{first:%Y-%m-%d}"}
    store(database, row("1", PositionID="TR-26-1", **opened, **last), at=first)
    opened = {"PublicationStartDate": f"{now - timedelta(days=1):%Y-%m-%d}"}
    later = {"PositionID": "TR-26-2", **opened, **in_a_month(), **changes}
    store(database, row("2", **later), row("3", PositionTitle="Data Architect"), at=now)


@pytest.fixture
def program(database: MongoDatabase, folder: Path) -> Program:
    store_again(database)
    return Program(database, folder)


def test_a_job_names_its_earlier_announcements(program: Program) -> None:
    again = program.job("ada")["announced_again"]
    assert again["times"] == 2
    assert again["in_words"].startswith("Announced again: last time it closed on ")
    (earlier,) = again["earlier"]
    assert earlier["control_number"] == "1"
    assert earlier["announcement_number"] == "TR-26-1"
    assert earlier["ending"] == "closed"
    assert again["question"] is None
    assert program.job("ada", "1")["announced_again"] is None
    assert program.job("ada", "3")["announced_again"] is None
    listed = {job["control_number"]: job["announced_again"] for job in program.listed("ada")}
    assert listed["2"] == again


def test_what_the_agency_cancelled_is_said(program: Program, database: MongoDatabase) -> None:
    outcome = {"status": "job canceled"}
    database.positions.update_one({"_id": "1"}, {"$set": {"outcome": outcome}})
    again = program.job("ada")["announced_again"]
    assert again["in_words"] == "Announced again: last time it was cancelled"
    assert [each["ending"] for each in again["earlier"]] == ["cancelled"]


@pytest.mark.parametrize(
    ("marks", "asked"),
    [
        ({"hidden": True}, "hidden"),
        ({"applied": True}, "applied"),
        ({"applied": True, "hidden": True}, "hidden"),
        ({"saved": True, "note": "call them"}, None),
        ({"hidden": False}, None),
    ],
)
def test_a_user_is_asked_whether_an_earlier_mark_holds(
    program: Program, marks: dict[str, Any], asked: str | None
) -> None:
    program.mark("ada", "1", **marks)
    question = program.question("ada")
    assert (question and question["mark"]) == asked
    assert program.question("bob") is None
    assert program.job("bob")["announced_again"]["earlier"][0]["mark"]["note"] == ""
    assert program.job("ada")["announced_again"]["earlier"][0]["mark"].items() >= marks.items()
    # Nothing carries over unasked.
    mark = program.job("ada")["mark"]
    assert (mark["hidden"], mark["applied"], mark["saved"]) == (False, False, False)


def test_the_question_names_the_month(program: Program, database: MongoDatabase) -> None:
    opened = datetime(2026, 3, 2, 5, tzinfo=UTC)
    database.positions.update_one({"_id": "1"}, {"$set": {"published_at": opened}})
    program.mark("ada", "1", hidden=True)
    question = program.question("ada")
    assert question
    year = "" if datetime.now(UTC).year == 2026 else " 2026"
    assert question["in_words"] == (
        f"You hid this job when it was announced in March{year}. Hide it again?"
    )


@pytest.mark.parametrize("mark", ["hidden", "applied"])
@pytest.mark.parametrize("holds", [True, False])
def test_the_answer_is_the_mark_and_is_asked_for_once(
    program: Program, mark: str, holds: bool
) -> None:
    for user in ("ada", "bob"):
        program.mark(user, "1", **{mark: True})
    assert program.mark("ada", "2", **{mark: holds})[mark] is holds
    assert program.question("ada") is None
    question = program.question("bob")
    assert question
    assert question["mark"] == mark


def test_a_no_counts_for_the_next_announcement_too(
    program: Program, database: MongoDatabase
) -> None:
    program.mark("ada", "1", hidden=True)
    program.mark("bob", "1", hidden=True)
    program.mark("ada", "2", hidden=False)
    now = datetime.now(UTC)
    opened = {"PositionID": "TR-26-4", "PublicationStartDate": f"{now:%Y-%m-%d}"}
    store(database, row("4", **opened, **in_a_month()), at=now + timedelta(minutes=1))
    for user, asked in (("ada", False), ("bob", True)):
        again = program.job(user, "4")["announced_again"]
        assert again["times"] == 3
        assert bool(again["question"]) is asked


def test_about_a_job_that_has_closed_nothing_is_asked(
    database: MongoDatabase, folder: Path
) -> None:
    yesterday = datetime.now(UTC) - timedelta(days=2)
    store_again(database, **closing(f"{yesterday:%Y-%m-%d}"))
    program = Program(database, folder)
    program.mark("ada", "1", hidden=True)
    assert program.job("ada")["announced_again"]["times"] == 2
    assert program.question("ada") is None


@pytest.mark.parametrize("damage", [5, "x", [5], None])
def test_damaged_keys_hide_no_job(
    program: Program, database: MongoDatabase, damage: object
) -> None:
    database.positions.update_many({}, {"$set": {"announcement_keys": damage}})
    assert program.job("ada")["announced_again"] is None
    assert {job["control_number"] for job in program.listed("ada")} == {"2", "3"}
