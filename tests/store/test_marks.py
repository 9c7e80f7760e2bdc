"""Whose marks are whose, when accounts have ids beside their names; and whose count."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymongo.database import Database

from include.store.marks import counting_marks, may_run, owner, record_permission, take_over

MongoDatabase = Database[dict[str, Any]]

DAG, OTHER = "job_tracker", "job_tracker_denver"
UUID = "1c6a4b9e-3f0d-4c55-9d0c-0d5d3a1f7e21"
START = datetime(2026, 11, 3, tzinfo=UTC)


def mark(database: MongoDatabase, number: str, user: str, hours: int = 0, **fields: Any) -> None:
    """Store a mark as the page of any version does."""
    database.marks.insert_one(
        {
            "_id": f"{number}/{user}",
            "user": user,
            "control_number": number,
            "updated_at": START + timedelta(hours=hours),
            **fields,
        }
    )


def marks_of(database: MongoDatabase, user: str) -> dict[str, dict[str, Any]]:
    """Return what an owner marked, by control number, without whose it is and since when."""
    about = ("_id", "user", "control_number", "updated_at", "former_user")
    return {
        found["control_number"]: {name: found[name] for name in found if name not in about}
        for found in database.marks.find({"user": user})
    }


@pytest.mark.parametrize("account_id", ["1", "4711", UUID])
def test_marks_under_an_accounts_id_are_taken_over_to_its_name(
    database: MongoDatabase, account_id: str
) -> None:
    mark(database, "7", account_id, saved=True, note="call them")
    mark(database, "8", account_id, hidden=True)
    assert take_over(database, account_id, "admin") == "admin"
    assert marks_of(database, "admin") == {
        "7": {"saved": True, "note": "call them"},
        "8": {"hidden": True},
    }
    assert database.marks.count_documents({}) == 2


def test_marks_of_a_name_arrive_whatever_the_accounts_id_is(database: MongoDatabase) -> None:
    mark(database, "7", "admin", saved=True)
    for account_id in ("admin", "1", UUID):
        assert take_over(database, account_id, "admin") == "admin"
    assert marks_of(database, "admin") == {"7": {"saved": True}}


@pytest.mark.parametrize(("hours", "note"), [(-1, "of the name"), (1, "of the id")])
def test_of_two_marks_on_a_job_the_later_one_wins_and_nothing_is_lost(
    database: MongoDatabase, hours: int, note: str
) -> None:
    mark(database, "7", "admin", applied=True, note="of the name")
    mark(database, "7", "1", hours, saved=True, note="of the id")
    take_over(database, "1", "admin")
    assert marks_of(database, "admin") == {"7": {"applied": True, "saved": True, "note": note}}


def test_a_restored_mark_of_an_id_is_merged_again_and_changes_nothing(
    database: MongoDatabase,
) -> None:
    mark(database, "7", "1", saved=True)
    take_over(database, "1", "admin")
    database.marks.update_one({}, {"$set": {"saved": False, "updated_at": START.replace(hour=9)}})
    mark(database, "7", "1", saved=True)
    take_over(database, "1", "admin")
    assert marks_of(database, "admin") == {"7": {"saved": False}}


def test_a_user_whose_name_is_anothers_id_gets_none_of_their_marks(
    database: MongoDatabase,
) -> None:
    mark(database, "7", "1", saved=True)
    mark(database, "8", "5", hidden=True)
    named_one = take_over(database, "5", "1")
    assert take_over(database, "1", "admin") == "admin"
    assert marks_of(database, named_one) == {"8": {"hidden": True}}
    assert marks_of(database, "admin") == {"7": {"saved": True}}
    # Where the same user is known by name alone, the marks are found, too.
    assert take_over(database, "1", "1") == named_one


def test_only_an_id_is_taken_over_never_the_marks_of_another_name(
    database: MongoDatabase,
) -> None:
    mark(database, "7", "ann", saved=True)
    assert take_over(database, "ann", "bob") == "bob"
    assert marks_of(database, "ann") == {"7": {"saved": True}}


@given(st.lists(st.from_regex(r"\A(name:)*([0-9]{1,2}|[a-z])\Z"), unique=True))
def test_any_two_names_have_two_owners(names: list[str]) -> None:
    assert len({owner(name) for name in names}) == len(names)


@pytest.mark.parametrize(
    ("permission", "counts"),
    [
        ({}, True),
        ({"may_run": True}, True),
        ({"may_run": False}, False),
        ({"may_run": [DAG]}, True),
        ({"may_run": [OTHER]}, False),
    ],
)
def test_by_default_those_marks_count_whose_user_may_run_the_search(
    database: MongoDatabase, permission: dict[str, Any], counts: bool
) -> None:
    mark(database, "7", "ann", hidden=True, **permission)
    assert bool(counting_marks(database, DAG, None)) == counts
    assert counting_marks(database, DAG, ["ann"])
    assert not counting_marks(database, DAG, ["bob"])
    assert not counting_marks(database, DAG, [])


@pytest.mark.parametrize(
    ("permitted", "expected"), [({DAG, OTHER}, True), ({DAG}, [DAG]), (set(), False)]
)
def test_a_permission_is_all_none_or_some(permitted: set[str], expected: object) -> None:
    assert may_run(permitted, [DAG, OTHER]) == expected


def test_a_permission_that_changes_holds_for_earlier_marks(database: MongoDatabase) -> None:
    mark(database, "7", "ann", hidden=True)
    mark(database, "8", "bob", hidden=True)
    record_permission(database, "ann", False)
    assert [each["user"] for each in counting_marks(database, DAG, None)] == ["bob"]


def test_users_are_names_and_an_id_of_an_earlier_file_stands_for_its_user(
    database: MongoDatabase,
) -> None:
    def counted(user: str) -> set[str]:
        return {each["control_number"] for each in counting_marks(database, DAG, [user])}

    mark(database, "7", "1", hidden=True)
    assert counted("1") == {"7"}
    take_over(database, "1", "admin")
    mark(database, "8", "admin", hidden=True)
    assert counted("1") == counted("admin") == {"7", "8"}
    mark(database, "9", take_over(database, "5", "1"), hidden=True)
    assert counted("1") == {"9"}
